/**
 * The meter's telegram: what it sends by radio every hour, on an alarm and at installation.
 *
 *   link       L, 44 (46 at installation), the meter's address                       link.ts
 *   extended   8C, 80 when the meter listens afterwards, access number               layers.ts
 *   security   90 ..., message counter, MAC                                          mode7.ts
 *   transport  7A, access number, status, mode 7                                     layers.ts
 *   records    encrypted, in this order; "6" stands where a volume has outgrown 32 bits, "4" a flow 16 bits
 *
 *     04 13           volume, litres
 *     04 93 3C        volume that ran backward, litres
 *     44 13           volume on the due date, litres  \ both missing before
 *     42 6C           due date (type G)               / the first one
 *     02 3B           flow, litres an hour
 *     02 FF 20        info codes (below), coded as on Kamstrup's water meters
 *     02 FD 17        error flags, bit by bit as in ERROR_NAMES
 *     02 FD 74        battery, days that remain
 *     02 FD 1A        valve: bits 0 and 1 as in VALVE_POSITIONS; from bit 8 on why it is shut (valve/reasons.ts)
 *     06 FD 00        balance, 10^-3 of the currency unit; negative when water is owed for
 *     06 FD 04        debt, emergency credit not yet paid back, 10^-3 of the currency unit
 *     04 FD 0B        tariff, its id, as the identification of a set of parameters
 *     04 6D           wall-clock time (type F); missing while the clock is not set
 *     06 FF 22        the signed message judged last: what came of it, 1 byte, a zero, and its version, 4; in this order
 *                     because readers look codes up in the low 32 bits
 *     04 FF 21        answer to a request: its number, 3 bytes, and what came of it, 1; as many as find room
 *
 *   info codes  bits 0 to 3 dry, reverse, leak, burst now; then three bits for each: in how many hours of the last 30
 *               days it was active, in steps: 0, 8 hours, 24 hours, 3 days, 7 days, 14 days, 21 days, more
 *
 * Why money has 10^-3 of the unit: the standard's finest (EN 13757-3, credit and debit of 10^(nn-3)), understood by
 * every reader. The meter's books have 10^-5; a person sees two decimals, three where the currency has mills, and
 * those are exact: what is dropped is dropped downward for the balance and upward for the debt, as on the display, so
 * nobody is shown credit that is not there. A correction factor (VIFE 74) would carry all five decimals, but a reader
 * that passes over it would show a hundred times the money. Settlement takes the exact books (card read-back, service
 * port), never the telegram. 48 bits, because 32 would end at two million units, a month's credit in some currencies.
 *
 * Why the reverse volume stands beside the volume and is not taken off it: nobody gets water back by pumping it.
 *
 * A telegram of months (history asked for) has, for each month, newest first, with a storage number of its own from 2:
 *     volume at its end, litres (xx 13), and its last day (xx 6C); then the answers
 *
 * Cost: at most 19 blocks of AES (TEXT_BLOCKS_MAX), 15 usually; a telegram of usual numbers has 116 bytes of content.
 */
import type { Crypto } from "../../hal/crypto";
import type { ValvePosition } from "../../hal/valve";
import { assert } from "../assert";
import { lowFirst, putBytes } from "../card/bytes";
import {
  CI_SHORT,
  COMMUNICATION_BIDIRECTIONAL,
  extendedLinkHeader,
  STATUS_ALARM,
  STATUS_LOW_POWER,
  STATUS_PERMANENT_ERROR,
  STATUS_TEMPORARY_ERROR,
} from "./layers";
import type { Address } from "./link";
import { C_SND_IR, C_SND_NR, idBytes, linkContent } from "./link";
import { sealed } from "./mode7";
import type { Day, WallTime } from "./records";
import { dateBytes, putBits, putNumber, putSigned, timeBytes } from "./records";

/** 2F 2F and all records of a telegram fit so many blocks: 3 + n + n + 2 blocks of AES are at most 19. */
export const TEXT_BLOCKS_MAX = 7;
const TEXT_MAX_BYTES = TEXT_BLOCKS_MAX * 16 - 2;
/** The longest telegram, in frame format A: 36 bytes of headers, the text, and ten check sums. */
export const TELEGRAM_MAX_BYTES = 168;

/** Not on the list of the FLAG association: a maker of meters puts its own letters into the address. */
export const MANUFACTURER = "CSB";
/** Version in the address: of this telegram, one more when its records change their meaning. */
export const TELEGRAM_VERSION = 1;

/** Bits of the error flags, from bit 0 on. */
export const ERROR_NAMES: string[] = [
  "valve_fault",
  "flow_while_shut",
  "sensor_cable_cut",
  "case_open",
  "magnet",
  "reader_cover",
  "storage_fault",
  "battery_low",
  "clock_not_set",
  "flow_impossible",
];
/** Status of the transport layer for each: a technician must come; it may pass by itself; someone is at the meter. */
const ERROR_STATUS: number[] = [
  STATUS_PERMANENT_ERROR,
  STATUS_ALARM,
  STATUS_PERMANENT_ERROR,
  STATUS_ALARM,
  STATUS_ALARM,
  STATUS_ALARM,
  STATUS_PERMANENT_ERROR,
  STATUS_LOW_POWER,
  STATUS_TEMPORARY_ERROR,
  STATUS_TEMPORARY_ERROR,
];

export const VALVE_POSITIONS: ValvePosition[] = ["closed", "open", "between", "unknown"];
const REASONS_MAX = 8;

/** Active hours up to which each step of the info codes' durations reaches; more is the last one. */
const DURATION_HOURS: number[] = [0, 8, 24, 72, 168, 336, 504];
const INFO_CODES = 4;

const DAYS_MAX = 32767;
/** Milli-units, 10^-5 of the unit, in a thousandth of it. */
const MILLI_PER_WIRE = 100;

const STORAGE_DUE = 0x40;
const VIF_VOLUME: number[] = [0x13];
const VIF_VOLUME_BACKWARD: number[] = [0x93, 0x3c];
const VIF_FLOW_L_H: number[] = [0x3b];
const VIF_INFO_CODES: number[] = [0xff, 0x20];
const VIF_ERROR_FLAGS: number[] = [0xfd, 0x17];
const VIF_BATTERY_DAYS: number[] = [0xfd, 0x74];
const VIF_DIGITAL_OUTPUT: number[] = [0xfd, 0x1a];
const VIF_CREDIT: number[] = [0xfd, 0x00];
const VIF_DEBIT: number[] = [0xfd, 0x04];
const DIF_VIF_PARAMETER_SET: number[] = [0x04, 0xfd, 0x0b];
const DIF_VIF_DUE_DATE: number[] = [0x42, 0x6c];
const DIF_VIF_TIME: number[] = [0x04, 0x6d];
const DIF_VIF_VERDICT: number[] = [0x06, 0xff, 0x22];
const DIF_VIF_ANSWER: number[] = [0x04, 0xff, 0x21];
export const VERDICT_BYTES = 9;
export const ANSWER_BYTES = 7;

/** Months that fit a telegram at their longest, with an answer. */
export const MONTHS_TOLD = 6;
const MONTH_STORAGE_FIRST = 2;
const DIF_MORE = 0x80;
const VIF_DATE = 0x6c;
const DIF_16_BIT = 0x02;
const DIF_48_BIT = 0x06;
const VOLUME_BYTES = 6;

export interface DueReading {
  volume_l: number;
  date: Day;
}

/** What came of a request. */
export interface Answer {
  request: number;
  code: number;
}

/** What came of the signed message that was judged last. */
export interface Verdict {
  version: number;
  code: number;
}

/** What a telegram says. Flags are in the order of their names. */
export interface UplinkContent {
  volume_l: number;
  reverse_l: number;
  due: DueReading | undefined;
  flow_l_h: number;
  /** Info codes active now, and the hours in which they were active within 30 days (metrology/info_codes.ts). */
  info_active: boolean[];
  info_hours: number[];
  /** In the order of ERROR_NAMES. */
  errors: boolean[];
  battery_days: number;
  valve: ValvePosition;
  /** In the order of REASON_NAMES (valve/reasons.ts). */
  shut_reasons: boolean[];
  balance_milli: number;
  debt_milli: number;
  tariff_id: number;
  time: WallTime | undefined;
}

/** A month that has ended. */
export type MonthReading = DueReading;

export interface UplinkHeader {
  address: Address;
  /** At installation a gateway is asked to take the meter in. */
  kind: "report" | "installation";
  access: number;
  /** Message counter: committed to the journal before, never used twice. */
  counter: number;
  /** A receive window opens after the telegram. */
  listens: boolean;
}

/** The step of an active time among the eight of the info codes. */
export function durationStep(hours: number): number {
  let step = 0;
  while (step < DURATION_HOURS.length && hours > DURATION_HOURS[step]) {
    step += 1;
  }
  return step;
}

function flagBits(flags: boolean[]): number {
  let bits = 0;
  let weight = 1;
  for (const flag of flags) {
    bits += flag ? weight : 0;
    weight = weight * 2;
  }
  return bits;
}

/** Info codes as one word. */
export function infoWord(active: boolean[], hours: number[]): number {
  assert(active.length === INFO_CODES && hours.length === INFO_CODES, "each info code has its hours");
  let word = flagBits(active);
  let weight = 16;
  for (const count of hours) {
    word += durationStep(count) * weight;
    weight = weight * 8;
  }
  return word;
}

function valveBits(content: UplinkContent): number {
  assert(content.shut_reasons.length <= REASONS_MAX, "reasons fit their bits");
  let position = 0;
  while (VALVE_POSITIONS[position] !== content.valve) {
    position += 1;
  }
  return position + 256 * flagBits(content.shut_reasons);
}

/** Status of the transport layer: an alarm wins over its bits, the others are added up. */
export function statusOf(content: UplinkContent): number {
  assert(content.errors.length === ERROR_NAMES.length, "each error has its flag");
  let status = 0;
  for (let i = 0; i < ERROR_NAMES.length; i++) {
    status = content.errors[i] ? status | ERROR_STATUS[i] : status;
  }
  return status;
}

function putWater(records: number[], content: UplinkContent): void {
  putNumber(records, 0, VIF_VOLUME, content.volume_l, 4);
  putNumber(records, 0, VIF_VOLUME_BACKWARD, content.reverse_l, 4);
  const due = content.due;
  if (due !== undefined) {
    putNumber(records, STORAGE_DUE, VIF_VOLUME, due.volume_l, 4);
    putBytes(records, DIF_VIF_DUE_DATE);
    putBytes(records, dateBytes(due.date));
  }
  putNumber(records, 0, VIF_FLOW_L_H, content.flow_l_h, 2);
}

/** The records of a telegram, in the order of the header of this file. */
export function uplinkRecords(content: UplinkContent): number[] {
  const records: number[] = [];
  putWater(records, content);
  putBits(records, VIF_INFO_CODES, infoWord(content.info_active, content.info_hours));
  putBits(records, VIF_ERROR_FLAGS, flagBits(content.errors));
  putNumber(records, 0, VIF_BATTERY_DAYS, Math.min(content.battery_days, DAYS_MAX), 2);
  putBits(records, VIF_DIGITAL_OUTPUT, valveBits(content));
  putNumber(records, 0, VIF_CREDIT, Math.floor(content.balance_milli / MILLI_PER_WIRE), 6);
  const debt_wire = Math.floor((content.debt_milli + MILLI_PER_WIRE - 1) / MILLI_PER_WIRE);
  putNumber(records, 0, VIF_DEBIT, debt_wire, 6);
  putBytes(records, DIF_VIF_PARAMETER_SET);
  putBytes(records, lowFirst(content.tariff_id, 4));
  if (content.time !== undefined) {
    putBytes(records, DIF_VIF_TIME);
    putBytes(records, timeBytes(content.time));
  }
  return records;
}

/** Records that answer, behind others: the verdict first, then as many answers as find room. */
export function putAnswers(records: number[], verdict: Verdict | undefined, answers: Answer[]): number {
  if (verdict !== undefined && records.length + VERDICT_BYTES <= TEXT_MAX_BYTES) {
    putBytes(records, DIF_VIF_VERDICT);
    records.push(verdict.code, 0);
    putBytes(records, lowFirst(verdict.version, 4));
  }
  let told = 0;
  while (told < answers.length && records.length + ANSWER_BYTES <= TEXT_MAX_BYTES) {
    putBytes(records, DIF_VIF_ANSWER);
    putBytes(records, lowFirst(answers[told].request, 3));
    records.push(answers[told].code);
    told += 1;
  }
  return told;
}

/** The records of months, newest first. */
export function monthRecords(months: MonthReading[]): number[] {
  assert(months.length <= MONTHS_TOLD, "months fit their telegram");
  const records: number[] = [];
  for (let i = 0; i < months.length; i++) {
    const storage = MONTH_STORAGE_FIRST + i;
    const more = DIF_MORE + (storage % 2) * STORAGE_DUE;
    records.push(more + DIF_48_BIT, Math.floor(storage / 2));
    putBytes(records, VIF_VOLUME);
    putSigned(records, months[i].volume_l, VOLUME_BYTES);
    records.push(more + DIF_16_BIT, Math.floor(storage / 2), VIF_DATE);
    putBytes(records, dateBytes(months[i].date));
  }
  return records;
}

/** The telegram, without the check sums of a frame format (frames.ts). */
export function uplinkTelegram(
  crypto: Crypto,
  master_key: number[],
  header: UplinkHeader,
  content: UplinkContent,
): number[] {
  return meterTelegram(crypto, master_key, header, statusOf(content), uplinkRecords(content));
}

/** A telegram with these records. */
export function meterTelegram(
  crypto: Crypto,
  master_key: number[],
  header: UplinkHeader,
  status: number,
  records: number[],
): number[] {
  assert(records.length <= TEXT_MAX_BYTES, "the records fit their blocks");
  const communication = header.listens ? COMMUNICATION_BIDIRECTIONAL : 0;
  const layers = extendedLinkHeader(communication, header.access);
  const envelope = {
    direction: "from_meter" as const,
    counter: header.counter,
    id: idBytes(header.address.id),
    ci: CI_SHORT,
    address: [],
    access: header.access,
    status: status,
  };
  putBytes(layers, sealed(crypto, master_key, envelope, records));
  return linkContent(header.kind === "report" ? C_SND_NR : C_SND_IR, header.address, layers);
}
