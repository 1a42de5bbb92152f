/**
 * Read-back, 200 bytes (card file 3): what a meter writes onto a card for the desk.
 *
 *    0   1  version, 1; 0 on a card that no meter has written yet
 *    1   3  region, supply group code as BCD
 *    4   9  meter, 18 digits as BCD
 *   13   7  UID of the card
 *   20   1  generation of the card that was taken last; 0: none yet
 *   21   4  sequence of the voucher that was taken last
 *   25   6  cumulative amount taken by voucher, milli-units
 *   31   5  time, UTC seconds; 0: not known
 *   36   5  register, litres
 *   41   3  reverse register, litres; more than fits: all ones
 *   44   6  balance, milli-units, two's complement
 *   50   4  emergency credit not yet repaid, milli-units; more than fits: all ones
 *   54   2  reasons for the valve to be shut: bit n is place n in REASON_NAMES (valve/reasons.ts)
 *   56   1  info codes: bit n is place n in CODES (metrology/info_codes.ts)
 *   57   2  supply, millivolts
 *   59   4  version (id) of the tariff
 *   63   1  what came of this card: place in CARD_RESULTS (results.ts)
 *   64   2  newest month that has ended, 12 times its year and its number from 1 (credit/calendar.ts); 0: none
 *   66  48  register at the end of the last twelve months, litres, the newest first, 4 bytes each; all ones: not known,
 *           as of all that are older than a month for which the meter had no end
 *  114  70  the last ten events, the newest first, 7 bytes each: number of the code (eventNumber; 0: another), minutes
 *           since 2020-01-01 in 3 bytes (0: not known), value in 3 bytes (all ones: does not fit)
 *  184  16  AES-CMAC over bytes 0 to 183 under the meter's voucher key: a refund is given for nothing less
 */
import type { CmacKey } from "../crypto/cmac";
import { assert } from "../assert";
import { bytesAt, digitsAt, putWhole, wholeAt } from "./bytes";
import { READ_BACK_BYTES, REGION_BYTES } from "./files";
import { CARD_RESULTS } from "./results";
import { SIGNATURE_BYTES, signedBytes } from "./signature";
import { METER_BYTES, UID_BYTES } from "./voucher";

const READ_BACK_VERSION = 1;
const SIGNED_BYTES = READ_BACK_BYTES - SIGNATURE_BYTES;
const MONTHS = 12;
export const EVENTS = 10;
export const EVENT_BYTES = 7;
export const EVENTS_BYTES = EVENTS * EVENT_BYTES;
const TWO_48 = 281474976710656;
const TWO_47 = 140737488355328;
const TWO_24 = 16777216;
const TWO_32 = 4294967296;
/** 2020-01-01, UTC seconds. */
const EVENT_EPOCH_S = 1577836800;

/** A number that says "not known" in 4 bytes of months, or "does not fit" in 3 of an event. */
export const MONTH_UNKNOWN_L = TWO_32 - 1;
export const VALUE_UNKNOWN = TWO_24 - 1;
/** Stands for this debt, and for any that is larger. */
export const DEBT_MOST_MILLI = TWO_32 - 1;

/** Codes of events by number; numbers never change, new codes come last. */
export const EVENT_CODES: string[] = [
  "boot",
  "credit_accepted",
  "credit_refused",
  "tariff_accepted",
  "tariff_refused",
  "tariff_active",
  "commissioned",
  "emergency_granted",
  "emergency_refused",
  "low_credit",
  "supply_cut",
  "supply_back",
  "valve_opened",
  "valve_shut",
  "valve_fault",
  "valve_exercise",
  "flow_while_shut",
  "tamper",
  "tamper_cleared",
  "sensor_cable_cut",
  "sensor_ok",
  "impossible_rate",
  "outage_water",
  "remote_lock_on",
  "remote_lock_off",
  "customer_lock_on",
  "customer_lock_off",
  "memory_worn",
  "tariff_lost",
  "battery_low",
  "battery_ok",
  "card_locked_out",
  "card_come",
  "card_gone",
  "transferred",
  "hot_list",
];

/** From here on numbers stand for refused cards: "card_" and a name of CARD_RESULTS. */
const FIRST_RESULT = 128;
const RESULT_PREFIX = "card_";

export interface ReadBackEvent {
  code: string;
  utc_s: number;
  value: number;
}

export interface ReadBack {
  region: string;
  meter: string;
  uid: number[];
  generation: number;
  sequence: number;
  cumulative_milli: number;
  utc_s: number;
  volume_l: number;
  reverse_l: number;
  balance_milli: number;
  debt_milli: number;
  reasons: number;
  info: number;
  supply_mv: number;
  tariff_id: number;
  result: number;
  month: number;
  /** Up to twelve registers, the newest first. */
  months_l: number[];
  /** Up to ten, the newest first. */
  events: ReadBackEvent[];
}

/** A read-back as it is written: what changes seldom is bytes already (prepared.ts). */
export interface ReadBackNow {
  /** Region and meter. */
  place: number[];
  uid: number[];
  generation: number;
  sequence: number;
  cumulative_milli: number;
  utc_s: number;
  volume_l: number;
  reverse_l: number;
  balance_milli: number;
  debt_milli: number;
  reasons: number;
  info: number;
  supply_mv: number;
  tariff_id: number;
  result: number;
  /** From `monthBytes`. */
  months: number[];
  /** From `putEvent`, filled up with zeros. */
  events: number[];
}

/** Place in EVENT_CODES from 1, or FIRST_RESULT and the place in CARD_RESULTS; 0 for another code. */
function eventNumber(code: string): number {
  const place = EVENT_CODES.indexOf(code);
  if (place >= 0) {
    return place + 1;
  }
  for (let result = 0; result < CARD_RESULTS.length; result++) {
    if (RESULT_PREFIX + CARD_RESULTS[result] === code) {
      return FIRST_RESULT + result;
    }
  }
  return 0;
}

/** The code that a number stands for. */
function eventCode(number: number): string {
  if (number >= FIRST_RESULT && number < FIRST_RESULT + CARD_RESULTS.length) {
    return RESULT_PREFIX + CARD_RESULTS[number - FIRST_RESULT];
  }
  return number > 0 && number <= EVENT_CODES.length ? EVENT_CODES[number - 1] : "other";
}

/** Appends an event. */
export function putEvent(bytes: number[], event: ReadBackEvent): void {
  const minutes = event.utc_s < EVENT_EPOCH_S ? 0 : Math.floor((event.utc_s - EVENT_EPOCH_S) / 60);
  const fits = event.value >= 0 && event.value < VALUE_UNKNOWN;
  bytes.push(eventNumber(event.code));
  putWhole(bytes, minutes < TWO_24 ? minutes : 0, 3);
  putWhole(bytes, fits ? event.value : VALUE_UNKNOWN, 3);
}

export function noBytes(length: number): number[] {
  const bytes: number[] = [];
  while (bytes.length < length) {
    bytes.push(0);
  }
  return bytes;
}

/** The newest month that has ended, and up to twelve registers, the newest first. */
export function monthBytes(month: number, registers_l: number[]): number[] {
  const bytes: number[] = [];
  putWhole(bytes, month, 2);
  for (let i = 0; i < MONTHS; i++) {
    putWhole(bytes, i < registers_l.length ? Math.min(registers_l[i], MONTH_UNKNOWN_L) : MONTH_UNKNOWN_L, 4);
  }
  return bytes;
}

/** The read-back as bytes, signed under the meter's voucher key. */
export function readBackBytes(key: CmacKey, said: ReadBackNow): number[] {
  const bytes = [READ_BACK_VERSION].concat(said.place, said.uid, [said.generation]);
  putWhole(bytes, said.sequence, 4);
  putWhole(bytes, said.cumulative_milli, 6);
  putWhole(bytes, said.utc_s, 5);
  putWhole(bytes, said.volume_l, 5);
  putWhole(bytes, Math.min(said.reverse_l, TWO_24 - 1), 3);
  putWhole(bytes, said.balance_milli < 0 ? TWO_48 + said.balance_milli : said.balance_milli, 6);
  putWhole(bytes, Math.min(said.debt_milli, DEBT_MOST_MILLI), 4);
  // Reasons, info codes and supply are five bytes, and the three numbers below 2^16.
  putWhole(bytes, (said.reasons * 256 + said.info) * 65536 + said.supply_mv, 5);
  putWhole(bytes, said.tariff_id, 4);
  bytes.push(said.result);
  assert(bytes.length + said.months.length + said.events.length === SIGNED_BYTES, "all parts of a read-back are there");
  return signedBytes(key, bytes.concat(said.months, said.events));
}

function readEvents(bytes: number[]): ReadBackEvent[] {
  const events: ReadBackEvent[] = [];
  for (let i = 0; i < EVENTS; i++) {
    const first = SIGNED_BYTES - (EVENTS - i) * EVENT_BYTES;
    const minutes = wholeAt(bytes, first + 1, 3);
    const value = wholeAt(bytes, first + 4, 3);
    const number = bytes[first];
    if (number > 0 || minutes > 0 || value > 0) {
      events.push({
        code: eventCode(number),
        utc_s: minutes === 0 ? 0 : EVENT_EPOCH_S + minutes * 60,
        value: value,
      });
    }
  }
  return events;
}

/** What these bytes say, whoever wrote them; undefined when it is no read-back of this version, "none" on a new card. */
export function readReadBack(bytes: number[]): ReadBack | "none" | undefined {
  if (bytes.length !== READ_BACK_BYTES) {
    return undefined;
  }
  if (bytes[0] === 0) {
    return "none";
  }
  const region = digitsAt(bytes, 1, REGION_BYTES);
  const meter = digitsAt(bytes, 4, METER_BYTES);
  if (bytes[0] !== READ_BACK_VERSION || region === "" || meter === "") {
    return undefined;
  }
  const balance = wholeAt(bytes, 44, 6);
  const months_l: number[] = [];
  for (let i = 0; i < MONTHS && wholeAt(bytes, 66 + 4 * i, 4) !== MONTH_UNKNOWN_L; i++) {
    months_l.push(wholeAt(bytes, 66 + 4 * i, 4));
  }
  return {
    region: region,
    meter: meter,
    uid: bytesAt(bytes, 13, UID_BYTES),
    generation: bytes[20],
    sequence: wholeAt(bytes, 21, 4),
    cumulative_milli: wholeAt(bytes, 25, 6),
    utc_s: wholeAt(bytes, 31, 5),
    volume_l: wholeAt(bytes, 36, 5),
    reverse_l: wholeAt(bytes, 41, 3),
    balance_milli: balance >= TWO_47 ? balance - TWO_48 : balance,
    debt_milli: wholeAt(bytes, 50, 4),
    reasons: wholeAt(bytes, 54, 2),
    info: bytes[56],
    supply_mv: wholeAt(bytes, 57, 2),
    tariff_id: wholeAt(bytes, 59, 4),
    result: bytes[63],
    month: wholeAt(bytes, 64, 2),
    months_l: months_l,
    events: readEvents(bytes),
  };
}
