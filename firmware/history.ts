/**
 * History: what each hour and each month has used, for the household's questions and the utility's bills.
 *
 * Hours are gathered in RAM and in the journal's commits, and moved to the history archive when a block of them is
 * together; months are rewritten there whenever one ends. An hour takes a byte up to 127 litres and two above: the two
 * sectors of the smallest part keep 90 days of a household that uses 600 m3 a year, and larger parts of any.
 */
import { assert } from "./assert";
import type { Fields } from "./journal/fields";
import { WHOLE_MAX, wholeField, writeFields } from "./journal/fields";

/** Hours move to the archive once they take this many bytes: with their head they fill a block of 256. */
export const HOURS_FULL_BYTES = 220;
/** Where nothing can be moved, for want of supply, the hours before this are given up. */
export const HOURS_MAX_BYTES = 330;
/** Bytes of one hour, at most. */
const HOUR_BYTES_MAX = 8;
export const MONTHS_KEPT = 12;
/** A month's entry: its number (calendar.ts), register and charges at its end. */
export const MONTH_NUMBERS = 3;

/** Taken off an hour's litres, since a field's first byte holds -64 to 63: so hours up to 127 litres take a byte. */
const HOUR_BIAS_L = 64;

export interface History {
  /** Litres of the hours not yet in the archive, oldest first (hourField). */
  hours: string;
  hours_count: number;
  /** End of the first of them; 0 when the clock was not valid. */
  from_utc_s: number;
  /** Register at the end of the last hour. */
  hour_l: number;
  /** Up to twelve entries, oldest first. */
  months: number[];
}

export function createHistory(): History {
  return { hours: "", hours_count: 0, from_utc_s: 0, hour_l: 0, months: [] };
}

/** The litres of one hour, in either direction. */
export function hourField(fields: Fields, litres: number): number {
  return wholeField(fields, litres - HOUR_BIAS_L, 0 - HOUR_BIAS_L, WHOLE_MAX - HOUR_BIAS_L) + HOUR_BIAS_L;
}

/** Books the hour that ends now. */
export function addHour(history: History, volume_l: number, utc_s: number): void {
  assert(volume_l >= history.hour_l, "the register never falls");
  if (history.hours.length > HOURS_MAX_BYTES - HOUR_BYTES_MAX) {
    dropHours(history);
  }
  if (history.hours_count === 0) {
    history.from_utc_s = utc_s;
  }
  const fields = writeFields();
  hourField(fields, volume_l - history.hour_l);
  history.hours = history.hours + fields.text;
  history.hours_count += 1;
  history.hour_l = volume_l;
}

/** The hours have been moved to the archive, or have to be given up. */
export function dropHours(history: History): void {
  history.hours = "";
  history.hours_count = 0;
}

/** Books the month that has ended; the same month again, after a power cut, replaces its entry. */
export function addMonth(history: History, month: number, volume_l: number, charged_milli: number): void {
  const months = history.months;
  const kept: number[] = [];
  const entries = Math.floor(months.length / MONTH_NUMBERS);
  const known = entries > 0 && months[months.length - MONTH_NUMBERS] === month;
  const last = known ? entries - 1 : entries;
  for (let entry = last < MONTHS_KEPT ? 0 : last - MONTHS_KEPT + 1; entry < last; entry++) {
    for (let i = 0; i < MONTH_NUMBERS; i++) {
      kept.push(months[entry * MONTH_NUMBERS + i]);
    }
  }
  kept.push(month);
  kept.push(volume_l);
  kept.push(charged_milli);
  history.months = kept;
  assert(kept.length <= MONTHS_KEPT * MONTH_NUMBERS, "twelve months are kept");
}
