/**
 * Read-out: what a technician's laptop can ask at the service port without any key. Nothing here changes the meter;
 * what does needs a card, a token or a signed message.
 *
 * A request is a line of ASCII ended by LF (10); CR is ignored. The answer is one line "key=value key=value ..." or
 * "error ..." ended by LF.
 *   id    firmware id, metrology version and checksum, meter number, region; radio=on where it has one, or why it is off
 *   read  register, reverse register, balance, debt, tariff, flow, reasons for the valve to be shut, info codes
 *   log N the event with sequence number N, or the newest without N
 *   store what the memory is good for, and how far it is worn
 *   months, hours N   the last twelve months; the newest hours, N archived records back (stored.ts)
 *   selftest, settings N   what the ports say of themselves (self_test.ts); settings, no keys (settings_out.ts)
 */
import { assert } from "../assert";
import { flowNow } from "../metrology/flow";
import { CODES } from "../metrology/info_codes";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../metrology/identity";
import type { Meter } from "../state";
import { decimal, joinNames, lineBytes } from "../text";
import { describeReasons } from "../valve/reasons";
import { FIRMWARE_ID } from "../version";
import { answerSelfTest } from "./self_test";
import { answerSettings } from "./settings_out";
import { answerHours, answerMonths, answerStore, findEvent } from "./stored";

/** Longest request; a longer one is answered with an error and dropped. */
export const LINE_MAX = 32;
const ANSWER_MAX = 1000;
const LF = 10;
const CR = 13;

/** Active info codes joined by "+", "-" when none is. */
export function describeCodes(meter: Meter): string {
  return joinNames(CODES, meter.info.active);
}

/** Which software this is, whether or not there is a meter. */
export function firmwareText(): string {
  return "firmware=" + FIRMWARE_ID + " metrology=" + METROLOGY_VERSION + " checksum=" + METROLOGY_CHECKSUM;
}

function answerId(meter: Meter): string {
  const books = meter.card.books;
  return firmwareText() + " meter=" + books.meter + " region=" + books.region + meter.annex.told;
}

function answerRead(meter: Meter): string {
  const account = meter.account;
  const flow_l_h = flowNow(meter.flow, meter.hal.timer.now_ms(), meter.register);
  let text = "volume_l=" + decimal(meter.register.volume_l);
  text = text + " reverse_l=" + decimal(meter.register.reverse_l);
  text = text + " refused_pulses=" + decimal(meter.register.refused_pulses);
  text = text + " balance_milli=" + decimal(account.balance_milli);
  text = text + " debt_milli=" + decimal(account.debt_milli);
  text = text + " tariff=" + decimal(account.tariff.id);
  text = text + " flow_l_h=" + decimal(flow_l_h);
  return text + " shut_by=" + describeReasons(meter.reasons) + " info=" + describeCodes(meter);
}

/** The number after a request's word, `none` when there is no argument; -1 when it is not a number. */
function argumentOf(line: string, word: string, none: number, most: number): number {
  if (line.length <= word.length + 1) {
    return none;
  }
  let value = 0;
  for (let i = word.length + 1; i < line.length; i++) {
    const digit = line.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) {
      return -1;
    }
    // No further than it matters: 64-bit integers wrap, and a long number would come to name something.
    value = value > most ? value : value * 10 + digit;
  }
  return value;
}

function answerLog(meter: Meter, line: string): string {
  const sequence = argumentOf(line, "log", meter.log.count, meter.log.count);
  if (sequence < 0) {
    return "error log takes a sequence number";
  }
  const event = findEvent(meter, sequence);
  if (event === undefined) {
    return "error no such event, newest is " + decimal(meter.log.count);
  }
  const text = "event=" + decimal(event.sequence) + " utc_s=" + decimal(event.utc_s) + " code=" + event.code;
  return text + " value=" + decimal(event.value);
}

/** Records back that a request can ask for. */
const BACK_MAX = 1000;
const PARTS_MAX = 100;

function answerHoursAt(meter: Meter, line: string): string {
  const back = argumentOf(line, "hours", 0, BACK_MAX);
  return back < 0 ? "error hours takes a number of records" : answerHours(meter, back);
}

function asks(line: string, word: string): boolean {
  return line === word || line.substring(0, word.length + 1) === word + " ";
}

/** The answer to a request line, without its line end. */
export function answer(meter: Meter, line: string): string {
  if (line === "id") {
    return answerId(meter);
  }
  if (line === "read") {
    return answerRead(meter);
  }
  if (line === "store") {
    return answerStore(meter);
  }
  if (line === "months") {
    return answerMonths(meter);
  }
  if (asks(line, "log")) {
    return answerLog(meter, line);
  }
  if (asks(line, "hours")) {
    return answerHoursAt(meter, line);
  }
  if (line === "selftest") {
    return answerSelfTest(meter);
  }
  if (asks(line, "settings")) {
    return answerSettings(meter, argumentOf(line, "settings", 0, PARTS_MAX));
  }
  return "error unknown request, use id, read, log N, store, months, hours N, selftest or settings N";
}

/** Sends a line; a full port loses it, the technician asks again. */
function sendLine(meter: Meter, line: string): void {
  assert(line.length <= ANSWER_MAX, "an answer has a limit");
  meter.hal.service.write(lineBytes(line));
}

/** Bytes from the service port. */
export function onServiceBytes(meter: Meter, bytes: number[]): void {
  for (const byte of bytes) {
    if (byte === LF) {
      sendLine(meter, meter.service_line.length > LINE_MAX ? "error line too long" : answer(meter, meter.service_line));
      meter.service_line = "";
    } else if (byte !== CR && meter.service_line.length <= LINE_MAX) {
      meter.service_line = meter.service_line + String.fromCharCode(byte >= 32 && byte < 127 ? byte : 63);
    }
  }
}
