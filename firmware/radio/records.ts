/**
 * Records of EN 13757-3 (clause 6) as the meter writes them: DIF, DIFE, VIF, VIFE, then the value, low byte first.
 *
 *   DIF   low four bits, data: 1 8-bit, 2 16-bit, 4 32-bit, 6 48-bit integer (type B, two's complement);
 *         40 storage number 1, the due date's; 80 a DIFE follows
 *   date (type G, 2 bytes)             day | (year & 7) << 5, month | (year >> 3) << 4; the year from 2000 on
 *   date and time (type F, 4 bytes)    minute, hour | summer time << 7, then as type G
 *
 * Records name their own length, so a value that has outgrown the usual one takes the next, and every reader follows.
 */
import { assert } from "../assert";
import { putBytes } from "../card/bytes";

const YEAR_FIRST = 2000;
/** Seven bits, of which the standard uses 0 to 99. */
const YEARS = 100;

const DIF_16_BIT = 0x02;
const DIF_32_BIT = 0x04;
const DIF_48_BIT = 0x06;

export interface Day {
  year: number;
  /** 1 to 12 */
  month: number;
  /** 1 to 31 */
  day: number;
}

/** Wall-clock time where the meter stands. */
export interface WallTime {
  date: Day;
  hour: number;
  minute: number;
  summer_time: boolean;
}

/** 256 to the power of `bytes`. */
function values(bytes: number): number {
  let count = 1;
  for (let i = 0; i < bytes; i++) {
    count = count * 256;
  }
  return count;
}

/** Whether a whole number fits so many bytes with its sign. */
function fits(value: number, bytes: number): boolean {
  const half = Math.floor(values(bytes) / 2);
  return value >= 0 - half && value < half;
}

/** A whole number with its sign in two's complement, low byte first. */
export function putSigned(record: number[], value: number, bytes: number): void {
  assert(fits(value, bytes), "a value fits its record");
  let rest = value < 0 ? value + values(bytes) : value;
  for (let i = 0; i < bytes; i++) {
    record.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
}

/** A whole number of at least `least_bytes`, 2 or 4, in the first length that it fits: 2, 4 or 6 bytes. */
export function putNumber(records: number[], storage: number, vif: number[], value: number, least_bytes: number): void {
  let bytes = least_bytes;
  while (!fits(value, bytes) && bytes < 6) {
    bytes += 2;
  }
  const data = bytes === 2 ? DIF_16_BIT : bytes === 4 ? DIF_32_BIT : DIF_48_BIT;
  records.push(data + storage);
  putBytes(records, vif);
  putSigned(records, value, bytes);
}

/** Bits and codes: not a number, so the highest bit is no sign. */
export function putBits(records: number[], vif: number[], bits: number): void {
  assert(bits >= 0 && bits < 65536, "flags fit 16 bits");
  records.push(DIF_16_BIT);
  putBytes(records, vif);
  records.push(bits % 256, Math.floor(bits / 256));
}

/** Type G. */
export function dateBytes(date: Day): number[] {
  const year = date.year - YEAR_FIRST;
  assert(year >= 0 && year < YEARS, "a date is in this century");
  assert(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31, "a date is in a month");
  return [date.day + (year % 8) * 32, date.month + Math.floor(year / 8) * 16];
}

/** Type F, valid. */
export function timeBytes(time: WallTime): number[] {
  assert(time.hour >= 0 && time.hour < 24 && time.minute >= 0 && time.minute < 60, "a time is in a day");
  const bytes = [time.minute, time.hour + (time.summer_time ? 128 : 0)];
  putBytes(bytes, dateBytes(time.date));
  return bytes;
}
