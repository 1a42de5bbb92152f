/**
 * Ring: commits one after another, through the sectors of the ring and round again. The newest valid one counts.
 *
 * Rules, in the order in which journal.ts argues from them:
 *   mount     the header at every block is read; of those with falling sequence the first whose checksum holds is
 *             chosen, and the largest mark in its lanes. Nothing is written.
 *   anchor    the chosen commit may be a torn one that reads well just now. So each commit names the sector of the
 *             newest commit known to be whole when it was written, and the first commit in a sector is sealed by a
 *             mark of count 0 before it is answered. A mark in its lanes tells that a commit is whole, and makes its
 *             own sector the anchor; without one the sector that it names is kept as well.
 *   reseal    that mark may itself be torn, and be gone at the next boot. Where a seal is all that tells, the session
 *             writes another before it erases anything.
 *   first     before its first commit a session erases every good sector but those of the chosen commit and its anchor,
 *             so that no torn commit of an earlier session is left that could read well later and be newer.
 *   sequence  rises with every attempt, and by SESSION_STEP at the start of a session: above all that may be torn in
 *             the sectors that were kept.
 *   place     the next block of a sector that this session erased, after the lanes if they hold a mark; when commit
 *             and lanes do not fit (the commit alone, while the supply is not good), the next sector that is neither
 *             retired nor kept, erased now unless it was erased ahead.
 *   retired   a sector whose erase or program has no effect, or is refused, is given up, and the next one tried.
 *             With two good sectors left, a cut between the first commit in a sector and its seal ends in "worn_out":
 *             neither may be erased.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import type { Layout } from "./layout";
import { BLANK_WORD } from "./layout";
import type { Lanes } from "./marks";
import { LANES, lanesAt, newestMark, noLanes, sealAgain, writeMark } from "./marks";
import type { Record } from "./record";
import { blocksOf, KIND_COMMIT, readHeader, readRecord, SEQUENCE_MAX, writeRecord } from "./record";
import type { Wear } from "./wear";
import { checkBlank, eraseSector, retireSector } from "./wear";

/** "low_power": the supply does not allow it now, nothing is lost; "worn_out": no sector is left to write to. */
export type JournalResult = "ok" | "low_power" | "worn_out";

/** More commits than a session can attempt without one that succeeds. */
const SESSION_STEP = 65536;
const NO_SECTOR = -1;

export interface Ring {
  nvm: Nvm;
  layout: Layout;
  wear: Wear;
  found: "blank" | "commit" | "damaged";
  /** Of the chosen commit; empty when there is none. */
  payload: string;
  /** The largest mark after the chosen commit. */
  marked: number;

  /** Of the next attempt. */
  sequence: number;
  /** The sector being written, counted within the ring, and its first free block before lanes are counted. */
  sector: number;
  place: number;
  /** Sectors that are kept: of the newest commit, and of the newest one known to be whole. */
  newest: number;
  anchor: number;
  /** A commit of this session stands. */
  landed: boolean;
  /** By sector of the ring: erased in this session and not written to since, or also looked at and found blank. */
  clean: ("no" | "erased" | "blank")[];
  /** Blocks of the last commit. */
  blocks: number;
  lanes: Lanes;
  /** Lanes of the chosen commit, to be sealed again before anything is erased; undefined when that need not be. */
  reseal: Lanes | undefined;
}

/** Place of the first block that is neither a record nor a lane with marks. */
function freePlace(ring: Ring): number {
  return ring.place + (ring.lanes.used > 0 ? LANES : 0);
}

function ringBlock(ring: Ring, place: number): number {
  return (ring.layout.ring_first + ring.sector) * ring.layout.sector_blocks + place;
}

/** Sequence of the commit that seems to start at each block of the ring, -1 where none does. */
function readSequences(ring: Ring): number[] {
  const sequences: number[] = [];
  const first = ring.layout.ring_first * ring.layout.sector_blocks;
  for (let i = 0; i < ring.layout.ring_sectors * ring.layout.sector_blocks; i++) {
    const header = readHeader(ring.nvm, ring.layout, first + i);
    sequences.push(header !== undefined && header.kind === KIND_COMMIT ? header.sequence : -1);
  }
  return sequences;
}

function newestOf(sequences: number[]): number {
  let newest = 0;
  for (let i = 1; i < sequences.length; i++) {
    if (sequences[i] > sequences[newest]) {
      newest = i;
    }
  }
  return newest;
}

function choose(ring: Ring, offset: number, record: Record): void {
  const layout = ring.layout;
  const after = (offset % layout.sector_blocks) + blocksOf(layout, record.payload.length);
  ring.found = "commit";
  ring.payload = record.payload;
  ring.sequence = record.header.sequence + SESSION_STEP;
  ring.sector = Math.floor(offset / layout.sector_blocks);
  ring.newest = ring.sector;
  // An anchor from another layout names no sector.
  ring.anchor = record.header.anchor <= layout.ring_sectors ? record.header.anchor - 1 : NO_SECTOR;
  if (after + LANES <= layout.sector_blocks) {
    const lanes = lanesAt(ring.nvm, layout, ringBlock(ring, after), record.header.sequence);
    const mark = newestMark(lanes);
    ring.marked = Math.max(mark, 0);
    if (mark === 0 && ring.anchor !== ring.sector) {
      ring.reseal = lanes;
    }
    ring.anchor = mark >= 0 ? ring.sector : ring.anchor;
  }
}

/**
 * Without a commit: whether the ring is as blank as it was before its first commit. That one may be torn, so a record
 * at the very first block does not count, nor the blocks it covers.
 */
function isUntouched(ring: Ring): boolean {
  const layout = ring.layout;
  const first = layout.ring_first * layout.sector_blocks;
  const header = readHeader(ring.nvm, layout, first);
  const start = header === undefined ? 1 : blocksOf(layout, header.length);
  for (let i = start; i < layout.ring_sectors * layout.sector_blocks; i++) {
    if (ring.nvm.read((first + i) * layout.block_bytes, BLANK_WORD.length) !== BLANK_WORD) {
      return false;
    }
  }
  return true;
}

/** Finds the newest commit. Writes nothing, and trusts nothing that it reads. */
export function openRing(nvm: Nvm, layout: Layout, wear: Wear): Ring {
  const ring: Ring = {
    nvm: nvm,
    layout: layout,
    wear: wear,
    found: "damaged",
    payload: "",
    marked: 0,
    sequence: 1,
    sector: layout.ring_sectors - 1,
    place: layout.sector_blocks,
    newest: NO_SECTOR,
    anchor: NO_SECTOR,
    landed: false,
    clean: [],
    blocks: 0,
    lanes: noLanes(nvm),
    reseal: undefined,
  };
  for (let sector = 0; sector < layout.ring_sectors; sector++) {
    ring.clean.push("no");
  }
  const sequences = readSequences(ring);
  let offset = newestOf(sequences);
  while (sequences[offset] >= 0) {
    const record = readRecord(nvm, layout, layout.ring_first * layout.sector_blocks + offset);
    if (record !== undefined && record.header.kind === KIND_COMMIT) {
      choose(ring, offset, record);
      return ring;
    }
    sequences[offset] = -1;
    offset = newestOf(sequences);
  }
  if (isUntouched(ring)) {
    ring.found = "blank";
  }
  return ring;
}

function mayErase(ring: Ring, sector: number): boolean {
  return sector !== ring.newest && sector !== ring.anchor && !ring.wear.retired[ring.layout.ring_first + sector];
}

function eraseRing(ring: Ring, sector: number, supply_good: boolean): "ok" | "low_power" | "retired" {
  assert(mayErase(ring, sector), "the sector of the only good commit is never erased");
  if (ring.clean[sector] !== "no") {
    return "ok";
  }
  if (!supply_good) {
    return "low_power";
  }
  const result = eraseSector(ring.nvm, ring.wear, ring.layout.ring_first + sector);
  ring.clean[sector] = result === "ok" ? "erased" : "no";
  return result;
}

/** Erases the sector unless this session has, and sees it blank. */
function cleanSector(ring: Ring, sector: number, supply_good: boolean): "ok" | "low_power" | "retired" {
  const result = eraseRing(ring, sector, supply_good);
  if (result !== "ok" || ring.clean[sector] === "blank") {
    return result;
  }
  ring.clean[sector] = "blank";
  return checkBlank(ring.nvm, ring.wear, ring.layout.ring_first + sector);
}

/** The sector after this one that may be written next; NO_SECTOR when none is left. */
function nextSector(ring: Ring): number {
  for (let i = 1; i <= ring.layout.ring_sectors; i++) {
    const sector = (ring.sector + i) % ring.layout.ring_sectors;
    if (mayErase(ring, sector)) {
      return sector;
    }
  }
  return NO_SECTOR;
}

/** The rules "reseal" and "first": see the header. */
function cleanAll(ring: Ring, supply_good: boolean): JournalResult {
  if (ring.reseal !== undefined && !sealAgain(ring.reseal)) {
    return "low_power";
  }
  ring.reseal = undefined;
  for (let sector = 0; sector < ring.layout.ring_sectors; sector++) {
    if (mayErase(ring, sector) && eraseRing(ring, sector, supply_good) === "low_power") {
      return "low_power";
    }
  }
  return "ok";
}

/** Makes sure that a commit of this length has a place; erases where it must, and only while the supply is good. */
export function readyRing(ring: Ring, length: number, supply_good: boolean): JournalResult {
  const blocks = blocksOf(ring.layout, length);
  assert(blocks + LANES <= ring.layout.sector_blocks, "a commit and its lanes fit in a sector");
  // A commit without lanes is soon followed by another; it is made where the supply leaves no choice.
  const lanes = ring.sector === ring.anchor && !supply_good ? 0 : LANES;
  if (freePlace(ring) + blocks + lanes <= ring.layout.sector_blocks) {
    return "ok";
  }
  if (!ring.landed && cleanAll(ring, supply_good) === "low_power") {
    return "low_power";
  }
  // Each turn but the last retires a sector, so there are at most as many turns as sectors.
  for (let sector = nextSector(ring); sector !== NO_SECTOR; sector = nextSector(ring)) {
    const result = cleanSector(ring, sector, supply_good);
    if (result === "low_power") {
      return "low_power";
    }
    if (result === "ok") {
      ring.sector = sector;
      ring.place = 0;
      ring.clean[sector] = "no";
      ring.lanes = noLanes(ring.nvm);
      return "ok";
    }
  }
  return "worn_out";
}

/** One attempt at a commit, where `readyRing` has made a place. "failed": the sector is retired, make ready again. */
export function commitRing(ring: Ring, payload: string): JournalResult | "failed" {
  const layout = ring.layout;
  const place = freePlace(ring);
  const blocks = blocksOf(layout, payload.length);
  const sequence = ring.sequence;
  if (sequence > SEQUENCE_MAX) {
    return "worn_out";
  }
  const header = { kind: KIND_COMMIT, anchor: ring.anchor + 1, length: payload.length, sequence: sequence };
  const result = writeRecord(ring.nvm, layout, ringBlock(ring, place), header, payload);
  if (result === "low_power") {
    return "low_power";
  }
  ring.sequence = sequence + 1;
  ring.place = place + blocks;
  ring.lanes = noLanes(ring.nvm);
  if (result === "failed") {
    retireSector(ring.wear, layout.ring_first + ring.sector);
    ring.place = layout.sector_blocks;
    return "failed";
  }
  if (result === "unfinished") {
    return "low_power";
  }
  if (ring.place + LANES <= layout.sector_blocks) {
    ring.lanes = lanesAt(ring.nvm, layout, ringBlock(ring, ring.place), sequence);
  }
  if (ring.anchor !== ring.sector && !writeMark(ring.lanes, 0)) {
    // Whole but not sealed: it may be found after a cut, but the commits before it are kept until another is sealed.
    ring.lanes = noLanes(ring.nvm);
    ring.place += LANES;
    return "low_power";
  }
  ring.landed = true;
  ring.newest = ring.sector;
  ring.anchor = ring.sector;
  ring.blocks = blocks;
  return "ok";
}

/**
 * Erases the next sector ahead when less room is left than two commits with their lanes take. So a commit at the
 * brown-out warning finds a place without an erase, even after one for a credit.
 */
export function prepareRing(ring: Ring, supply_good: boolean): void {
  const room = ring.layout.sector_blocks - freePlace(ring);
  if (!supply_good || room >= 2 * (ring.blocks + LANES)) {
    return;
  }
  if (!ring.landed && cleanAll(ring, supply_good) === "low_power") {
    return;
  }
  const sector = nextSector(ring);
  if (sector !== NO_SECTOR) {
    cleanSector(ring, sector, supply_good);
  }
}
