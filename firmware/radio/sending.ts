/**
 * Sending: a telegram from its counter to the window that opens behind it.
 *
 *   counter reserved by a commit, telegram built, handed to the modem     nothing is sent that a power cut could repeat
 *   sent         what it told is told; the receive window opens
 *   duty_cycle   the airtime of the hour is used up: nothing is tried for DUTY_WAIT_MS
 *   failed       tried again after RETRY_MS, RETRIES_MAX times; then not before the next report. A modem that never
 *                answers has failed after SEND_MAX_MS
 *
 * Each try is a new telegram with a counter of its own: what it says is of that moment. A counter that was taken for a
 * try that failed is not used again, since nobody knows what of it was on the air.
 */
import { assert } from "../assert";
import { putBytes } from "../card/bytes";
import { stateBefore } from "../keeping";
import { NEVER_MS } from "../schedule";
import { note } from "../state";
import { settle } from "../supervision";
import { frameA } from "./frames";
import { DEVICE_WATER } from "./link";
import type { Address } from "./link";
import { COUNTER_MAX, COUNTER_STEP } from "./radio_books";
import { radioId } from "./radio_settings";
import type { Station } from "./radio_state";
import { intervalMs, masterKey, storeBooks } from "./radio_state";
import { monthBack, reportOf } from "./reporting";
import type { MonthReading, UplinkHeader } from "./uplink";
import {
  MANUFACTURER,
  MONTHS_TOLD,
  TELEGRAM_VERSION,
  meterTelegram,
  monthRecords,
  putAnswers,
  statusOf,
  uplinkRecords,
} from "./uplink";

/** Open after each telegram: a gateway behind a network answers within a second or two. */
export const WINDOW_MS = 3000;
/** Messages that are opened in one window. */
export const OPENS_MAX = 8;
export const RETRIES_MAX = 3;
const RETRY_MS = 60000;
/** A module of a mobile network may have to wake, register and connect first; it gives up by itself before. */
const SEND_MAX_MS = 60000;
const DUTY_WAIT_MS = 900000;
const STORAGE_WAIT_MS = 900000;
/** Between two telegrams that are not reports: answers, months, the ones at installation. */
const SPACING_MS = 5000;
/** Places in an interval, and how far apart those of two numbers are whose last digits differ by one. */
const SPREAD = 256;
const SPREAD_LAST = 53;
const SPREAD_BEFORE = 19;
const SPREAD_THIRD = 7;
const SPREAD_ACCESS = 101;

export type SendResult = "sent" | "duty_cycle" | "failed";
type TelegramKind = "report" | "installation" | "months";

export function addressOf(station: Station): Address {
  const id = radioId(station.meter.card.books.meter);
  return { manufacturer: MANUFACTURER, id: id, version: TELEGRAM_VERSION, device_type: DEVICE_WATER };
}

/**
 * When to report next. Meters that begin at once, behind an outage of a whole house, must not drown each other out for ever:
 * the first report comes within the interval at a place of the meter's own, and each further one after 97 to 103 % of it by
 * the access number, as EN 13757-4:2019, 12.6.2, spreads synchronous telegrams. Over 256 reports it comes to the interval.
 */
export function planReport(station: Station, now_ms: number, is_first: boolean): void {
  const id = radioId(station.meter.card.books.meter);
  const own = SPREAD_LAST * id.charCodeAt(7) + SPREAD_BEFORE * id.charCodeAt(6) + SPREAD_THIRD * id.charCodeAt(5);
  const place = (SPREAD_ACCESS * station.access + own) % SPREAD;
  const share = is_first ? 8 * (place + 1) : 1984 + Math.max(place - 128, 128 - place);
  station.report_ms = now_ms + Math.floor((intervalMs(station) * share) / 2048);
}

/** Opens a window, or leaves one open that ends later. */
export function openWindow(station: Station, span_ms: number, now_ms: number): void {
  const radio = station.meter.hal.radio;
  const late_ms = radio.late_ms === undefined ? 0 : radio.late_ms;
  station.window_until_ms = Math.max(station.window_until_ms, now_ms + span_ms + late_ms);
  radio.listen(station.window_until_ms - now_ms);
}

/** Makes sure that the next counter is committed as used; false when it cannot be, and nothing may be sent. */
function reserve(station: Station): boolean {
  const books = station.books;
  if (station.counter < books.reserved) {
    return true;
  }
  if (station.counter + COUNTER_STEP > COUNTER_MAX) {
    return false;
  }
  const before = stateBefore(station.meter);
  books.reserved = station.counter + COUNTER_STEP;
  return storeBooks(station, before);
}

function monthsOf(station: Station): MonthReading[] {
  const months: MonthReading[] = [];
  for (let i = 0; i < MONTHS_TOLD; i++) {
    const month = monthBack(station.meter, station.months_back + i);
    if (month !== undefined) {
      months.push(month);
    }
  }
  return months;
}

function kindOf(station: Station): TelegramKind {
  if (station.installations_left > 0) {
    return "installation";
  }
  return station.months_back >= 0 ? "months" : "report";
}

/** The frame with the next counter, and what it tells. */
function nextFrame(station: Station, kind: TelegramKind): number[] {
  const meter = station.meter;
  const header: UplinkHeader = {
    address: addressOf(station),
    kind: kind === "installation" ? "installation" : "report",
    access: station.access,
    counter: station.counter,
    listens: true,
  };
  const content = reportOf(meter, station.books.service_h);
  const records: number[] = [];
  putBytes(records, kind === "months" ? monthRecords(monthsOf(station)) : uplinkRecords(content));
  const verdict = kind === "months" ? undefined : station.verdict;
  station.told_answers = putAnswers(records, verdict, station.answers);
  station.told_verdict = verdict;
  station.counter += 1;
  station.access = (station.access + 1) % 256;
  return frameA(meterTelegram(meter.hal.crypto, masterKey(station), header, statusOf(content), records));
}

/** What was told is told; more of it comes after a while. */
function afterSent(station: Station, kind: TelegramKind, counter: number, now_ms: number): void {
  station.retries = 0;
  station.sent_counter = counter;
  station.answers = station.answers.slice(station.told_answers, station.answers.length);
  if (station.verdict === station.told_verdict) {
    station.verdict = undefined;
  }
  if (kind === "installation") {
    station.installations_left -= 1;
  } else if (kind === "months") {
    station.months_back = -1;
  }
  if (station.installations_left > 0 || station.months_back >= 0 || station.answers.length > 0) {
    station.extra_ms = Math.min(station.extra_ms, now_ms + SPACING_MS);
  }
  station.opens_left = OPENS_MAX;
  station.refusal_noted = false;
  openWindow(station, WINDOW_MS, now_ms);
}

/** Nothing was sent: it is tried again, a few times. */
function afterFailure(station: Station, result: SendResult, now_ms: number): void {
  station.extra_ms = now_ms;
  if (result === "duty_cycle") {
    station.hold_ms = now_ms + DUTY_WAIT_MS;
    return;
  }
  station.hold_ms = now_ms + RETRY_MS;
  station.retries += 1;
  if (station.retries > RETRIES_MAX) {
    station.retries = 0;
    station.extra_ms = NEVER_MS;
    note(station.meter, "radio_failed", station.counter);
  }
}

function onSent(station: Station, kind: TelegramKind, number: number, counter: number, result: SendResult): void {
  if (number !== station.send_number || station.sending_until_ms === NEVER_MS) {
    return;
  }
  const now_ms = station.meter.hal.timer.now_ms();
  station.sending_until_ms = NEVER_MS;
  if (result === "sent") {
    afterSent(station, kind, counter, now_ms);
  } else {
    afterFailure(station, result, now_ms);
  }
}

/** The modem has not answered in time. */
export function giveUpSending(station: Station, now_ms: number): void {
  station.sending_until_ms = NEVER_MS;
  afterFailure(station, "failed", now_ms);
}

/** Sends what is due. */
export function sendNext(station: Station, now_ms: number): void {
  const meter = station.meter;
  assert(station.sending_until_ms === NEVER_MS, "one telegram at a time");
  if (meter.brown_out || !reserve(station)) {
    station.hold_ms = now_ms + STORAGE_WAIT_MS;
    return;
  }
  const kind = kindOf(station);
  const counter = station.counter;
  const frame = nextFrame(station, kind);
  assert(frame.length <= meter.hal.radio.frame_max_bytes, "a telegram fits the modem");
  if (station.report_ms <= now_ms) {
    planReport(station, now_ms, false);
  }
  station.extra_ms = NEVER_MS;
  station.send_number += 1;
  station.sending_until_ms = now_ms + SEND_MAX_MS;
  const number = station.send_number;
  const started = meter.hal.radio.send(frame, function (result) {
    onSent(station, kind, number, counter, result);
    settle(meter, meter.hal.timer.now_ms());
  });
  if (started === "busy") {
    giveUpSending(station, now_ms);
  }
}
