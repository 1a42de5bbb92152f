/**
 * A meter without water beside a model of what it may find after a cut: a number that each commit carries, marks, two
 * archives with live documents. Everything that was answered must be there; what was attempted may be; nothing else.
 */
import assert from "node:assert/strict";
import type { Archive, Document } from "../../../firmware/journal/archive";
import { appendArchive, newestOf, recordAt } from "../../../firmware/journal/archive";
import { bytesField, wholeField } from "../../../firmware/journal/fields";
import type { Journal } from "../../../firmware/journal/journal";
import { beginCommit, endCommit, markJournal, openJournal, prepareJournal } from "../../../firmware/journal/journal";
import { KIND_EVENTS, KIND_HOURS, KIND_MONTHS, KIND_TARIFF } from "../../../firmware/journal/record";
import { textOf } from "../../byte_texts";
import type { TearingNvm } from "./tearing_nvm";

/** What one archive holds: all ever appended, newest last, and where each sector began. */
interface Shelf {
  payloads: string[];
  starts: number[];
  sector: number;
  documents: Document[];
}

interface Snapshot {
  events: Shelf;
  history: Shelf;
}

const emptyShelf = (): Shelf => ({ payloads: [], starts: [], sector: -1, documents: [] });
const copyShelf = (shelf: Shelf): Shelf => ({
  payloads: [...shelf.payloads],
  starts: [...shelf.starts],
  sector: shelf.sector,
  documents: shelf.documents.map((document) => ({ ...document })),
});

export interface Model {
  nvm: TearingNvm;
  random: () => number;
  journal: Journal;
  /** The number of the newest commit that was answered "ok", 0 before the first. */
  answered: number;
  /** Numbers attempted since, and the last number ever given. */
  attempted: number[];
  last: number;
  mark_answered: number;
  mark_attempted: number;
  snapshots: Map<number, Snapshot>;
  now: Snapshot;
  /** Largest filler of a commit and of an archive record. */
  commit_bytes_max: number;
  record_bytes_max: number;
  results: Record<string, number>;
}

export function createModel(nvm: TearingNvm, random: () => number, commit_bytes_max = 300): Model {
  return {
    nvm,
    random,
    journal: openJournal(nvm.port)!,
    answered: 0,
    attempted: [],
    last: 0,
    mark_answered: 0,
    mark_attempted: 0,
    snapshots: new Map([[0, { events: emptyShelf(), history: emptyShelf() }]]),
    now: { events: emptyShelf(), history: emptyShelf() },
    commit_bytes_max,
    record_bytes_max: 400,
    results: {},
  };
}

const filler = (number: number, length: number) => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = number * 7 + i * 13;
  return textOf(bytes);
};

function count(model: Model, name: string): void {
  model.results[name] = (model.results[name] ?? 0) + 1;
}

export function commit(model: Model): string {
  const number = ++model.last;
  const fields = beginCommit();
  wholeField(fields, number, 0, Number.MAX_SAFE_INTEGER);
  bytesField(fields, filler(number, Math.floor(model.random() * model.commit_bytes_max)), 4096);
  model.attempted.push(number);
  model.snapshots.set(number, { events: copyShelf(model.now.events), history: copyShelf(model.now.history) });
  const result = endCommit(model.journal, fields, model.nvm.supply_good);
  count(model, `commit_${result}`);
  if (result === "ok") {
    model.answered = number;
    model.attempted = [];
    model.mark_answered = 0;
    model.mark_attempted = 0;
    for (const other of model.snapshots.keys()) if (other !== number) model.snapshots.delete(other);
  }
  return result;
}

export function mark(model: Model): boolean {
  const pulses = model.mark_attempted + 1 + Math.floor(model.random() * 300);
  if (pulses > 65535) return false;
  model.mark_attempted = pulses;
  const done = markJournal(model.journal, pulses);
  count(model, `mark_${done}`);
  if (done) model.mark_answered = pulses;
  return done;
}

export function append(model: Model, which: "events" | "history"): void {
  const archive = model.journal[which];
  const shelf = model.now[which];
  const kind =
    which === "events" ? KIND_EVENTS : [KIND_HOURS, KIND_MONTHS, KIND_TARIFF][Math.floor(model.random() * 3)];
  const payload = filler(++model.last, 4 + Math.floor(model.random() * model.record_bytes_max));
  const before = shelf.documents.map((document) => ({ ...document }));
  const result = appendArchive(archive, kind, payload, model.nvm.supply_good, before);
  count(model, `append_${result}`);
  if (result !== "ok") return;
  if (archive.sector !== shelf.sector) {
    shelf.sector = archive.sector;
    shelf.starts.push(shelf.payloads.length);
    shelf.payloads.push(...before.map((document) => document.payload));
  }
  shelf.payloads.push(payload);
  if (kind === KIND_MONTHS || kind === KIND_TARIFF) {
    shelf.documents = [...before.filter((document) => document.kind !== kind), { kind, payload }];
  }
}

/** Walks back and compares; `sure` sectors back, all that was ever appended must be there. */
export function checkShelf(archive: Archive, shelf: Shelf, sure: number): void {
  const promised = shelf.payloads.length - (shelf.starts[Math.max(shelf.starts.length - sure, 0)] ?? 0);
  for (let back = 0; ; back++) {
    const record = recordAt(archive, back);
    if (record === undefined) {
      assert(back >= promised, `an archive shows ${back} records of ${promised} that it promised`);
      break;
    }
    assert.equal(record.payload, shelf.payloads[shelf.payloads.length - 1 - back], "archive: the records in order");
  }
  for (const document of shelf.documents) {
    assert.equal(newestOf(archive, document.kind), document.payload, "archive: live documents live on");
  }
}

/** Boots and checks what is found against what was answered and attempted. */
export function reboot(model: Model, archives_too: boolean): void {
  model.nvm.powerUp();
  const journal = openJournal(model.nvm.port)!;
  model.journal = journal;
  let found = 0;
  if (journal.found === "commit") {
    const state = journal.state!;
    found = wholeField(state, 0, 0, Number.MAX_SAFE_INTEGER);
    const rest = bytesField(state, "", 4096);
    assert(state.ok && state.place === state.text.length, "the meter's part is whole");
    assert.equal(rest, filler(found, rest.length));
  } else {
    assert.equal(model.answered, 0, `a part with an answered commit is found ${journal.found}`);
    assert.equal(journal.found, "blank");
    assert.equal(journal.state, undefined);
  }
  assert(
    found === model.answered || model.attempted.includes(found),
    `commit ${found} is found; answered ${model.answered}, attempted ${model.attempted.join()}`,
  );
  if (found === model.answered) {
    const sure = journal.marked >= model.mark_answered && journal.marked <= model.mark_attempted;
    assert(sure, `mark ${journal.marked}, answered ${model.mark_answered}, attempted ${model.mark_attempted}`);
  } else {
    assert.equal(journal.marked, 0, "a commit that was not answered has no marks");
  }
  const snapshot = model.snapshots.get(found)!;
  model.now = { events: copyShelf(snapshot.events), history: copyShelf(snapshot.history) };
  // Marks go on from what was found, in whatever commit comes next.
  if (found === model.answered) model.mark_answered = Math.min(model.mark_answered, journal.marked);
  if (archives_too) {
    // A cut may have come while the oldest sector was being erased: the one before the last is sure only where there are more.
    checkShelf(journal.events, model.now.events, journal.layout.events_sectors - 1);
    checkShelf(journal.history, model.now.history, journal.layout.history_sectors - 1);
  }
}

/** One thing that a meter does. */
export function step(model: Model): void {
  const chance = model.random();
  if (chance < 0.55) {
    if (!mark(model)) commit(model);
  } else if (chance < 0.8) {
    commit(model);
  } else if (chance < 0.86) {
    append(model, "events");
  } else if (chance < 0.92) {
    append(model, "history");
  } else {
    prepareJournal(model.journal, model.nvm.supply_good);
  }
}
