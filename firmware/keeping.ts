/**
 * Keeping: when the meter's state goes into the journal.
 *
 *   at once       credit, tariff, commissioning, emergency credit, locks and tamper, the supply cut or back, a new
 *                 local day or month, friendly hours, refused pulses: a commit, before the outside sees anything of it
 *   each 10 l     a mark (journal/marks.ts): pulses since the commit
 *   brown-out     a mark, or a commit when something else has changed and it fits without an erase
 *   within hours  the rest: events that change nothing, hours of info codes, readings of the hours
 *
 * So a power cut leaves fewer than 10 litres, and the pulse under way, unbilled (recovery.ts brings the rest back).
 *
 * Where nothing can be written the meter is locked (reason `storage`) and says why (`keeper.storage`).
 */
import { assert } from "./assert";
import { closeEntry } from "./credit/ledger";
import type { Tariff } from "./credit/tariff";
import { dropUnsaved } from "./event_log";
import { HOURS_FULL_BYTES, dropHours } from "./history";
import type { Document } from "./journal/archive";
import { appendArchive } from "./journal/archive";
import { readFields, writeFields } from "./journal/fields";
import type { Journal } from "./journal/journal";
import { beginCommit, endCommit, journalLifetime, markJournal, prepareJournal } from "./journal/journal";
import { KIND_EVENTS, KIND_HOURS, KIND_MONTHS, KIND_TARIFF } from "./journal/record";
import type { Keeper } from "./keeper";
import { DUE_NONE, DUE_NOW, DUE_SOON, SPARE_MAX } from "./keeper";
import type { Saved } from "./saved_state";
import { lockBits, monthsDocument, runDocument, stateFields, tariffDocument } from "./saved_state";
import type { Meter } from "./state";
import { note, validTime } from "./state";

/** Litres between two marks. */
export const QUANTUM_L = 10;
/** What is not urgent is kept after so many hours. */
const KEEP_HOURS = 4;
/** Events move to the archive when so many are together. */
const EVENTS_MOVE = 8;
/** Share of the specified erases from which the memory is said to be worn. */
const WORN_PERMILLE = 800;

/** Whether the memory takes commits, at least when the supply is good. */
function writable(keeper: Keeper): boolean {
  return keeper.storage === "ok" || keeper.storage === "low_power";
}

/** Whether the supply bears an erase. */
function supplyGood(meter: Meter): boolean {
  return !meter.brown_out && meter.hal.power.supply_mv() >= meter.settings.battery_empty_mv;
}

/**
 * What a new sector of the history archive begins with, so that erasing the oldest one never loses it; without the
 * kind that is being appended.
 */
function liveDocuments(meter: Meter, appended: number): Document[] {
  const documents: Document[] = [];
  if (meter.history.months.length > 0 && appended !== KIND_MONTHS) {
    documents.push({ kind: KIND_MONTHS, payload: monthsDocument(meter.history.months) });
  }
  if (meter.account.pending !== undefined && appended !== KIND_TARIFF) {
    documents.push({ kind: KIND_TARIFF, payload: tariffDocument(meter.account.pending) });
  }
  return documents;
}

/** Puts the pending tariff into the archive, where the next commit names it. */
function archiveTariff(meter: Meter, pending: Tariff): boolean {
  const keeper = meter.keeper;
  const journal = keeper.journal;
  if (journal === undefined || !writable(keeper)) {
    return false;
  }
  const live = liveDocuments(meter, KIND_TARIFF);
  const document = tariffDocument(pending);
  if (appendArchive(journal.history, KIND_TARIFF, document, supplyGood(meter), live) !== "ok") {
    return false;
  }
  keeper.pending_id = pending.id;
  return true;
}

/** Moves to the archives what is ready for them. What cannot be moved stays where it is, in the commits. */
function moveToArchives(meter: Meter, journal: Journal): void {
  const log = meter.log;
  const history = meter.history;
  if (log.unsaved_count >= EVENTS_MOVE) {
    const run = runDocument(log.count - log.unsaved_count + 1, log.unsaved_count, log.unsaved);
    if (appendArchive(journal.events, KIND_EVENTS, run, true, []) === "ok") {
      dropUnsaved(log);
    }
  }
  if (history.hours.length >= HOURS_FULL_BYTES) {
    const run = runDocument(history.from_utc_s, history.hours_count, history.hours);
    if (appendArchive(journal.history, KIND_HOURS, run, true, liveDocuments(meter, KIND_HOURS)) === "ok") {
      dropHours(history);
    }
  }
  if (meter.keeper.months_due) {
    const months = monthsDocument(history.months);
    const live = liveDocuments(meter, KIND_MONTHS);
    meter.keeper.months_due = appendArchive(journal.history, KIND_MONTHS, months, true, live) !== "ok";
  }
}

function savedNow(meter: Meter): Saved {
  const keeper = meter.keeper;
  return { utc_s: validTime(meter), pending_id: keeper.pending_id, resets: keeper.resets };
}

/** Locks, and the supply cut or not. */
function locksNow(meter: Meter): number {
  return lockBits(meter.reasons) + (meter.account.cut ? 16 : 0);
}

/** All of them but the customer's lock. */
const OTHER_LOCKS = 27;

/** Writes a commit of the whole state; `storage` tells whether it stands. */
function commitState(meter: Meter, supply_good: boolean): boolean {
  const keeper = meter.keeper;
  const journal = keeper.journal;
  if (journal === undefined || !writable(keeper)) {
    return false;
  }
  if (meter.account.pending === undefined) {
    keeper.pending_id = 0;
  }
  if (supply_good) {
    moveToArchives(meter, journal);
  }
  const fields = beginCommit();
  stateFields(fields, meter, savedNow(meter));
  keeper.storage = endCommit(journal, fields, supply_good);
  if (keeper.storage !== "ok") {
    return false;
  }
  keeper.due = DUE_NONE;
  keeper.hours = 0;
  keeper.locks = locksNow(meter);
  keeper.kept_l = meter.register.volume_l;
  keeper.commit_l = meter.register.volume_l;
  keeper.commit_part = meter.register.part;
  return true;
}

/** Something urgent waits: it is kept, or the meter is locked until it can be. */
export function commitOrLock(meter: Meter): boolean {
  const keeper = meter.keeper;
  const good = supplyGood(meter);
  const storage = keeper.storage;
  // A supply that was too low for it last time has to be good before it is tried again.
  const stored = (storage === "ok" || good) && commitState(meter, good);
  meter.reasons.storage = !stored;
  if (keeper.storage !== storage) {
    note(meter, "storage_" + keeper.storage, meter.register.volume_l);
  }
  return stored;
}

/** Keeps the litres since the last commit with a mark, or with a commit when there is no room for one. */
export function keepLitres(meter: Meter): void {
  const keeper = meter.keeper;
  const register = meter.register;
  const parts = (register.volume_l - keeper.commit_l) * register.pulse_pulses + register.part - keeper.commit_part;
  const pulses = Math.floor(parts / register.pulse_litres);
  if (keeper.journal !== undefined && writable(keeper) && markJournal(keeper.journal, pulses)) {
    keeper.kept_l = register.volume_l;
  } else {
    commitOrLock(meter);
  }
}

/**
 * Keeps what has to be kept before the outside sees anything of it; a part of `settle`. A customer's lock alone is kept
 * at once as long as turns of it are left.
 */
export function keepChanges(meter: Meter): void {
  const keeper = meter.keeper;
  const locks = locksNow(meter);
  const turned = locks !== keeper.locks && keeper.locks >= 0 && (locks & OTHER_LOCKS) === (keeper.locks & OTHER_LOCKS);
  if (locks !== keeper.locks) {
    keeper.due = turned && keeper.spare === 0 ? Math.max(keeper.due, DUE_SOON) : DUE_NOW;
  }
  if (keeper.due === DUE_NOW && commitOrLock(meter) && turned) {
    keeper.spare = Math.max(keeper.spare - 1, 0);
  }
  const unkept_l = meter.register.volume_l - keeper.kept_l;
  if (unkept_l >= QUANTUM_L) {
    keepLitres(meter);
  }
  paceRun(meter);
}

/**
 * Cuts the run of plain litres so that the litre after it is the one to be marked (metering.ts, beginRun); the rest
 * stays planned.
 */
export function paceRun(meter: Meter): void {
  const account = meter.account;
  const planned_l = account.run_l + account.plan_l;
  const left_l = QUANTUM_L - 1 - (meter.register.volume_l - meter.keeper.kept_l);
  account.run_l = Math.min(planned_l, Math.max(left_l, 0));
  account.plan_l = planned_l - account.run_l;
  assert(account.run_l < QUANTUM_L, "a run ends before the quantum");
}

/** At the brown-out warning: one record, no erase. */
export function keepAtBrownOut(meter: Meter): void {
  if (meter.keeper.due === DUE_NONE || !commitState(meter, false)) {
    if (meter.register.volume_l > meter.keeper.kept_l) {
      keepLitres(meter);
    }
  }
}

/** Says once a boot that the memory has used up most of its life. */
function watchWear(meter: Meter, journal: Journal): void {
  const used_permille = journalLifetime(journal).used_permille;
  if (used_permille >= WORN_PERMILLE && !meter.keeper.worn) {
    meter.keeper.worn = true;
    note(meter, "memory_worn", used_permille);
  }
}

/** The work of each hour: what has waited long enough is kept, and a sector is erased ahead. */
export function keepHourly(meter: Meter): void {
  const keeper = meter.keeper;
  keeper.hours += 1;
  if (keeper.spare < SPARE_MAX) {
    keeper.spare += 1;
  }
  if (keeper.resets > 0) {
    keeper.resets = 0;
    keeper.due = Math.max(keeper.due, DUE_SOON);
    if (keeper.storage === "reset_loop") {
      keeper.storage = "ok";
      keeper.due = DUE_NOW;
    }
  }
  const waited = keeper.due === DUE_SOON && keeper.hours >= KEEP_HOURS;
  if (waited || meter.log.unsaved_count >= EVENTS_MOVE || keeper.storage === "low_power") {
    keeper.due = DUE_NOW;
  }
  keepChanges(meter);
  if (keeper.journal !== undefined && keeper.storage === "ok") {
    prepareJournal(keeper.journal, supplyGood(meter));
    watchWear(meter, keeper.journal);
  }
}

/** The state before a change, to come back to when the change cannot be stored. */
export interface Before {
  text: string;
  pending: Tariff | undefined;
  pending_id: number;
}

export function stateBefore(meter: Meter): Before {
  const fields = writeFields();
  stateFields(fields, meter, savedNow(meter));
  return { text: fields.text, pending: meter.account.pending, pending_id: meter.keeper.pending_id };
}

function undo(meter: Meter, before: Before): void {
  const fields = readFields(before.text);
  stateFields(fields, meter, savedNow(meter));
  assert(fields.ok, "what was written a moment ago can be read");
  meter.account.pending = before.pending;
  meter.keeper.pending_id = before.pending_id;
  if (!meter.reasons.not_commissioned) {
    closeEntry(meter.account);
    paceRun(meter);
  }
}

/** Commits a change at once; false when that is impossible, and then the change has not happened. */
export function storeChange(meter: Meter, before: Before): boolean {
  if (commitOrLock(meter)) {
    return true;
  }
  undo(meter, before);
  return false;
}

/** An archive takes nothing after it has been opened anew, until a commit has said so. */
export function readyForTariff(meter: Meter): void {
  const journal = meter.keeper.journal;
  if (journal !== undefined && !journal.history.settled) {
    commitOrLock(meter);
  }
}

/** Stores a tariff that was accepted: one that still waits goes into the archive first. False as for `storeChange`. */
export function storeTariff(meter: Meter, before: Before): boolean {
  const pending = meter.account.pending;
  if (pending !== undefined && pending.id !== before.pending_id && !archiveTariff(meter, pending)) {
    undo(meter, before);
    return false;
  }
  return storeChange(meter, before);
}
