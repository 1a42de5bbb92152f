/**
 * State of the updater (updater.ts): what it is about, and what everything in it does with its books, the log, the next
 * telegram and the spare slot.
 */
import type { FirmwareSlots } from "../../hal/firmware_slots";
import { stateBefore } from "../keeping";
import type { Station } from "../radio/radio_state";
import { keepBooks, storeBooks } from "../radio/radio_state";
import { noteRefusal } from "../radio/taking";
import { NEVER_MS } from "../schedule";
import { note } from "../state";
import type { UpdateJudgement } from "./judgement";
import type { Preparation, Staged } from "./staging";
import { forgetStaged } from "./staging";
import type { UpdateBooks } from "./update_books";
import { REFUSED_MAX, readUpdateBooks, updateBooksText } from "./update_books";
import type { UpdateRefusal, UpdateState } from "./update_results";
import { updateCode } from "./update_results";

export const STEP_PAUSE_MS = 20;
export const LOOK_MS = 60000;

export interface UpdateSettings {
  /** Name of the board that this firmware is for, as in manifests. */
  board: string;
  /** Public key of the region for updates, hexadecimal, as crypto/lms.ts reads it; "" takes none. */
  update_key: string;
  update_key_revision: number;
  /** Public key of the next revision, for the day on which this one can sign no more; "" for none. */
  update_key_next: string;
}

export interface Updater {
  station: Station;
  slots: FirmwareSlots;
  settings: UpdateSettings;
  books: UpdateBooks;
  state: UpdateState;
  judgement: UpdateJudgement | undefined;
  preparation: Preparation | undefined;
  staged: Staged | undefined;
  judging_ms: number;
  working_ms: number;
  /** Since when a verified image waits for water to stop. */
  waits_ms: number;
  /** When the count of verifications begins anew, and how many are left. */
  day_ms: number;
  verifications_left: number;
  looked: boolean;
}

/** Puts what the updater has to say into the next telegrams. */
export function tell(updater: Updater, version: number, result: UpdateState | UpdateRefusal): void {
  updater.station.verdict = { version: version, code: updateCode(result) };
}

export function enter(updater: Updater, state: UpdateState, version: number): void {
  updater.state = state;
  tell(updater, version, state);
}

/** One commit with what was noted and changed; false when that is impossible, and then it has not happened. */
export function store(updater: Updater, code: string, version: number): boolean {
  const station = updater.station;
  const before = stateBefore(station.meter);
  station.books.update = updateBooksText(updater.books);
  note(station.meter, code, version);
  if (storeBooks(station, before)) {
    return true;
  }
  const kept = readUpdateBooks(station.books.update);
  if (kept !== undefined) {
    updater.books = kept;
  }
  return false;
}

/** Counts and logs a refusal, which goes into the journal with the next commit. */
export function refuse(updater: Updater, result: UpdateRefusal | "forged", version: number): void {
  updater.books.refused = Math.min(updater.books.refused + 1, REFUSED_MAX);
  updater.station.books.update = updateBooksText(updater.books);
  keepBooks(updater.station);
  noteRefusal(updater.station, "update_" + result, version);
  if (result !== "forged") {
    tell(updater, version, result);
  }
}

/** Ends what stands in the spare slot. */
export function drop(updater: Updater): void {
  updater.staged = undefined;
  updater.preparation = undefined;
  updater.working_ms = NEVER_MS;
  forgetStaged(updater.slots);
}

/** The flash has not taken it, or a cut has damaged it: the manifest may come again, and with it everything. */
export function spoil(updater: Updater, version: number): void {
  drop(updater);
  updater.station.judged = [];
  updater.state = "nothing";
  refuse(updater, "damaged", version);
}
