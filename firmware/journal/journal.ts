/**
 * Journal: what the meter must not forget, on flash that loses power at any moment. This is the specification; each
 * format stands byte by byte in the one file that implements it:
 *
 *   layout.ts   regions and blocks          record.ts   a payload with its checksum (crc.ts)
 *   ring.ts     commits                     marks.ts    pulses since the newest commit
 *   archive.ts  events and history          fields.ts   values as bytes
 *   wear.ts     erases and retired sectors  image.ts    an update while it is received
 *
 * Payload of a commit, as fields:
 *   whole number   version of the journal's own part, 1
 *   bytes          the own part: wear (wear.ts), head of the events, head of the history (archive.ts)
 *   the rest       the meter's part, which the journal does not look into
 *
 * What the hardware must do (besides hal/nvm.ts):
 *   P1  A cut inside a program leaves each bit that was to change changed, unchanged, or reading one way now and the
 *       other later; it may also change one other byte of the same page. Nothing outside of that page changes. The same
 *       bytes programmed again make it sound.
 *   P2  A cut inside an erase leaves any mixture in that sector and nothing else changed.
 *   P3  "low_power" and "refused" mean that this call changed nothing.
 *   P4  What was programmed without a cut, and read back as written, reads so until it is erased.
 *   P5  A worn sector shows it: after its erase it is not blank, or after a program it does not read as written.
 *
 * Why every cut is safe. Let N be the newest commit that was answered "ok" and M its newest mark answered true. Claim:
 * after any number of cuts, each at any operation, mount finds N with a mark of M or later, or a commit whose attempt
 * came after N; and once a commit has been answered "ok" in this session, nothing older is ever found again.
 *   1. N stays. Every session from N's on keeps a sector that holds a whole commit not older than N, and names it in
 *      each commit it attempts (the anchor). In N's session it is N's sector. A later session chooses some commit X.
 *      If X is N, a mark or the anchor in its own sector tells that it is whole, and N's sector is kept. If X was
 *      attempted after N, then either a mark or the anchor tells that X, or one before it in its sector, is whole, and
 *      X's sector is kept; or the sector that X names is kept. What told that X is whole may be a torn seal, gone at
 *      the next boot; so it is sealed again before anything is erased, and later sessions know it for whole as well.
 *   2. N's pages are not programmed: a block takes part in one record or one lane, and a session programs only sectors
 *      that it erased itself, but for second seals, which go to the lane that does not hold the first. A mark is
 *      programmed into the lane that does not hold M (P1), so M stays as well.
 *   3. What is found is whole, or was complete when it was cut: 2^-31 for a torn record, never for a torn mark.
 *   4. Torn attempts after N that could read well later lie in sectors that the next session erases before its first
 *      commit, or in a kept sector, where only one session ever wrote, with sequences below those of the next
 *      (SESSION_STEP).
 *   5. An archive is what N says it is (archive.ts), and only changes what N does not count on.
 *   6. An erase that a cut stopped is made again before its sector is used: a session trusts only its own erases.
 * What is left, besides the 2^-31: a first commit in a sector cut in its seal, that seal reading well at the next boot,
 * a second seal that is made, a third cut so that its tear disturbs the second, and two more cuts at the right erases,
 * all in a row without one commit answered in between.
 *
 * What the caller must do: commit what changes together in one commit; after a boot, commit before anything is told to
 * the outside, because what was found may be a torn attempt that reads well just now; never let a reset loop commit,
 * as the first commit of a session erases several sectors; not commit over "damaged" what a service could still read.
 *
 * Direction of every error, always against the supplier and never against credit that was confirmed to the customer:
 *   cut              pulses since the newest mark are not billed; a change without its "ok" happened wholly or not
 *   archive          events, hours and months without their commit are undone, and are still in the commit
 *   each boot        may pass over one good block of each archive
 *   nothing valid    "blank" when no commit was ever finished, else "damaged": the meter comes up locked
 *   unknown own part "damaged", but `state` holds the meter's part; wear counts from 0, archives start anew
 */
import type { Nvm } from "../../hal/nvm";
import type { Archive } from "./archive";
import { archiveFields, createArchive, HEAD_BYTES_MAX, resumeArchive } from "./archive";
import type { Fields } from "./fields";
import { bytesField, readFields, wholeField, writeFields } from "./fields";
import type { Layout } from "./layout";
import { layoutOf } from "./layout";
import { writeMark } from "./marks";
import type { JournalResult, Ring } from "./ring";
import { commitRing, openRing, prepareRing, readyRing } from "./ring";
import type { Lifetime, Wear } from "./wear";
import { createWear, lifetime, WEAR_SECTOR_BYTES_MAX, wearFields } from "./wear";

const OWN_VERSION = 1;
const OWN_VERSION_MAX = 63;
/** Largest own part that is read, of whatever version. */
const OWN_BYTES_MAX = 1000;
/** Version and length in front of it. */
const OWN_FRONT_BYTES_MAX = 3;

export interface Journal {
  nvm: Nvm;
  layout: Layout;
  wear: Wear;
  ring: Ring;
  events: Archive;
  history: Archive;
  found: "blank" | "commit" | "damaged";
  /** The newest commit, where the meter's part begins; undefined without a commit whose checksum holds. */
  state: Fields | undefined;
  /** Pulses counted after that commit, as far as marks tell. */
  marked: number;
}

function ownFields(fields: Fields, journal: Journal): void {
  wearFields(fields, journal.wear);
  archiveFields(fields, journal.events);
  archiveFields(fields, journal.history);
}

function ownPart(journal: Journal): string {
  const own = writeFields();
  ownFields(own, journal);
  const front = writeFields();
  wholeField(front, OWN_VERSION, 0, OWN_VERSION_MAX);
  bytesField(front, own.text, OWN_BYTES_MAX);
  return front.text;
}

/** Nothing known of wear and archives: as on a new part, and after an own part that cannot be read. */
function startAnew(journal: Journal): void {
  const layout = journal.layout;
  const wear = createWear(layout);
  journal.wear = wear;
  journal.ring.wear = wear;
  journal.events = createArchive(journal.nvm, layout, wear, layout.events_first, layout.events_sectors);
  journal.history = createArchive(journal.nvm, layout, wear, layout.history_first, layout.history_sectors);
}

function readCommit(journal: Journal): void {
  const fields = readFields(journal.ring.payload);
  const version = wholeField(fields, 0, 0, OWN_VERSION_MAX);
  const own = readFields(bytesField(fields, "", OWN_BYTES_MAX));
  ownFields(own, journal);
  if (fields.ok) {
    journal.state = fields;
  }
  if (version !== OWN_VERSION || !own.ok) {
    journal.found = "damaged";
    startAnew(journal);
  }
  resumeArchive(journal.events);
  resumeArchive(journal.history);
}

/** Finds the newest commit and writes nothing. Undefined when the part's geometry does not suit a journal. */
export function openJournal(nvm: Nvm): Journal | undefined {
  const layout = layoutOf(nvm.geometry);
  if (layout === undefined) {
    return undefined;
  }
  const wear = createWear(layout);
  const ring = openRing(nvm, layout, wear);
  const journal: Journal = {
    nvm: nvm,
    layout: layout,
    wear: wear,
    ring: ring,
    events: createArchive(nvm, layout, wear, layout.events_first, layout.events_sectors),
    history: createArchive(nvm, layout, wear, layout.history_first, layout.history_sectors),
    found: ring.found,
    state: undefined,
    marked: ring.marked,
  };
  if (ring.found === "commit") {
    readCommit(journal);
  }
  return journal;
}

/** Fields for the meter's part of the next commit. */
export function beginCommit(): Fields {
  return writeFields();
}

/**
 * Commits the meter's part with the journal's own. "ok": it is what every later boot finds, or something newer. Else
 * the newest commit is still the one before, and the caller keeps what it wanted to change and tries again later.
 */
export function endCommit(journal: Journal, fields: Fields, supply_good: boolean): JournalResult {
  const ring = journal.ring;
  const own_bytes_max = OWN_FRONT_BYTES_MAX + journal.wear.erases.length * WEAR_SECTOR_BYTES_MAX + 2 * HEAD_BYTES_MAX;
  // Making ready may erase, and the commit tells that erase; so the own part comes after it, and its room before.
  for (let attempt = 0; attempt <= journal.layout.ring_sectors; attempt++) {
    const ready = readyRing(ring, own_bytes_max + fields.text.length, supply_good);
    if (ready !== "ok") {
      return ready;
    }
    const result = commitRing(ring, ownPart(journal) + fields.text);
    if (result === "ok") {
      journal.events.settled = true;
      journal.history.settled = true;
    }
    if (result !== "failed") {
      return result;
    }
  }
  return "worn_out";
}

/**
 * Remembers that `count` pulses were counted since the newest commit of this session; `count` only rises. False when a
 * commit is needed instead: no place is left, the count is too large, or nothing was committed since boot.
 */
export function markJournal(journal: Journal, count: number): boolean {
  return writeMark(journal.ring.lanes, count);
}

/** Called while idle: erases ahead, so that a commit at the brown-out warning needs no erase. */
export function prepareJournal(journal: Journal, supply_good: boolean): void {
  prepareRing(journal.ring, supply_good);
}

export function journalLifetime(journal: Journal): Lifetime {
  return lifetime(journal.wear, journal.nvm.geometry.erase_limit);
}
