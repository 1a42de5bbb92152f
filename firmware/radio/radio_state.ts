/**
 * State of the station: its books, what it is about to send, and what it is listening to.
 */
import { ANNEX_MAX_BYTES } from "../annex";
import { assert } from "../assert";
import { hexBytes, textBytes } from "../card/bytes";
import type { Collection } from "../carousel/collection";
import { createCollection } from "../carousel/collection";
import type { LmsHash } from "../crypto/lms";
import type { Before } from "../keeping";
import { storeChange } from "../keeping";
import { NEVER_MS } from "../schedule";
import type { Meter } from "../state";
import { createGuest } from "./guest";
import type { Guest } from "./guest";
import type { RadioBooks } from "./radio_books";
import { UNCHANGED, booksText, readRadioBooks } from "./radio_books";
import type { RadioSettings } from "./radio_settings";
import type { Rules } from "./rules";
import { applyRules, nextStart, rulesOf } from "./rules";
import type { Judgement } from "./signed_judgement";
import type { Answer, Verdict } from "./uplink";

export interface Station {
  meter: Meter;
  /** As provisioned; what radio has changed of it stands in the books. */
  settings: RadioSettings;
  provisioned: Rules;
  hash: LmsHash;
  books: RadioBooks;

  /** Counter of the next telegram, and its access number. */
  counter: number;
  access: number;
  /** Answers that have not been sent. */
  answers: Answer[];
  verdict: Verdict | undefined;
  /** Months back from which a telegram of months was asked for; -1 for none. */
  months_back: number;

  report_ms: number;
  /** Something is to be sent before the next report. */
  extra_ms: number;
  /** Nothing is sent before this time: the airtime is used up, or the modem has failed. */
  hold_ms: number;
  retries: number;
  /** When a send that is under way is given up; NEVER_MS while none is. */
  sending_until_ms: number;
  /** Number of the send under way, so that an answer that comes too late is known for one. */
  send_number: number;
  told_answers: number;
  told_verdict: Verdict | undefined;
  /** Counter of the telegram that was sent last. */
  sent_counter: number;
  installations_left: number;
  was_in_service: boolean;
  urgent: number;
  alarm_ms: number;

  hour_ms: number;
  listen_ms: number;
  window_until_ms: number;
  /** Messages that are still opened in this window, each of which costs blocks of AES. */
  opens_left: number;
  /** A refusal has been logged in this window. */
  refusal_noted: boolean;

  collection: Collection;
  judgement: Judgement | undefined;
  /** Names of contents that need not be gathered again. */
  judged: number[][];
  judged_name: number[];
  step_ms: number;

  /** Updates, where the board has a place for them. */
  guest: Guest;
}

/** Whether the radio has anybody to speak to: those who have its keys, in the region of the nameplate. */
export function inService(meter: Meter): boolean {
  return !meter.reasons.not_commissioned && meter.card.books.region === meter.settings.region;
}

export function createStation(meter: Meter, settings: RadioSettings, hash: LmsHash, books: RadioBooks): Station {
  return {
    meter: meter,
    settings: settings,
    provisioned: rulesOf(meter.settings),
    hash: hash,
    books: books,
    counter: books.reserved,
    access: books.reserved % 256,
    answers: [],
    verdict: undefined,
    months_back: -1,
    report_ms: NEVER_MS,
    extra_ms: NEVER_MS,
    hold_ms: 0,
    retries: 0,
    sending_until_ms: NEVER_MS,
    send_number: 0,
    told_answers: 0,
    told_verdict: undefined,
    sent_counter: -1,
    installations_left: 0,
    was_in_service: inService(meter),
    urgent: 0,
    alarm_ms: 0,
    hour_ms: NEVER_MS,
    listen_ms: NEVER_MS,
    window_until_ms: 0,
    opens_left: 0,
    refusal_noted: false,
    collection: createCollection(),
    judgement: undefined,
    judged: [],
    judged_name: [],
    step_ms: NEVER_MS,
    guest: createGuest(),
  };
}

/** Puts the books where the next commit finds them, and their rules in force. */
export function keepBooks(station: Station): void {
  const annex = station.meter.annex;
  annex.kept = booksText(station.books);
  assert(annex.kept.length <= ANNEX_MAX_BYTES, "the books of the radio have a limit");
  annex.next_start_utc_s = nextStart(station.books.pending);
  applyRules(station.meter.settings, station.provisioned);
  applyRules(station.meter.settings, station.books.in_force);
}

/** Takes the books from where a change that could not be stored has left them. */
export function reloadBooks(station: Station): void {
  const books = readRadioBooks(station.meter.annex.kept);
  if (books !== undefined) {
    station.books = books;
  }
  keepBooks(station);
}

/** Commits a change of the books, with all else that has changed; false when that is impossible, and it is undone. */
export function storeBooks(station: Station, before: Before): boolean {
  keepBooks(station);
  if (storeChange(station.meter, before)) {
    return true;
  }
  reloadBooks(station);
  return false;
}

/** A setting as it is in force. */
function settingOf(changed: number, provisioned: number): number {
  return changed === UNCHANGED ? provisioned : changed;
}

export function intervalMs(station: Station): number {
  return 1000 * settingOf(station.books.interval_s, station.settings.interval_s);
}

export function listenMinute(station: Station): number {
  return settingOf(station.books.listen_minute, station.settings.listen_minute);
}

export function listenSeconds(station: Station): number {
  return settingOf(station.books.listen_s, station.settings.listen_s);
}

export function groupOf(station: Station): number {
  return settingOf(station.books.group, station.settings.group);
}

export function masterKey(station: Station): number[] {
  const changed = station.books.master_key;
  return changed === "" ? hexBytes(station.settings.master_key) : textBytes(changed);
}
