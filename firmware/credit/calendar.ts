/**
 * Calendar: local days, months and hours from UTC, for billing and for friendly hours.
 *
 * Local time is UTC plus a fixed offset plus a daylight-saving shift. The rule has the form of POSIX TZ `Mm.w.d/time`:
 * it starts in month m, on weekday d (0 Sunday) of week w (1 to 4, or 5 for the last), at a minute of the local day in
 * standard time, and ends likewise, at a minute in daylight time. Offset, shift and minutes are multiples of 15
 * minutes, so every change of local time, and every local midnight, falls on a quarter of an hour of UTC.
 *
 * The civil-date arithmetic is Howard Hinnant's ("chrono-Compatible Low-Level Date Algorithms").
 */
import { assert } from "../assert";
import type { Settings } from "../settings";

export const DAY_S = 86400;
const QUARTER_S = 900;

export interface CivilDate {
  year: number;
  /** 1 to 12 */
  month: number;
}

/** Year and month of a day number (days since 1970-01-01, not before 1970). */
export function civilDate(day: number): CivilDate {
  assert(day >= 0, "the meter knows no day before 1970");
  const shifted = day + 719468;
  const era = Math.floor(shifted / 146097);
  const day_of_era = shifted - era * 146097;
  const leap_days = Math.floor(day_of_era / 1460) - Math.floor(day_of_era / 36524) + Math.floor(day_of_era / 146096);
  const year_of_era = Math.floor((day_of_era - leap_days) / 365);
  const year_days = 365 * year_of_era + Math.floor(year_of_era / 4) - Math.floor(year_of_era / 100);
  const month_from_march = Math.floor((5 * (day_of_era - year_days) + 2) / 153);
  const month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const year = year_of_era + era * 400;
  return { year: month <= 2 ? year + 1 : year, month: month };
}

/** Day number of the first of a month; month 13 is January of the next year. */
export function firstOfMonth(year: number, month: number): number {
  const march_year = month <= 2 ? year - 1 : year;
  const era = Math.floor(march_year / 400);
  const year_of_era = march_year - era * 400;
  const month_from_march = month > 2 ? month - 3 : month + 9;
  const day_of_year = Math.floor((153 * month_from_march + 2) / 5);
  const day_of_era = year_of_era * 365 + Math.floor(year_of_era / 4) - Math.floor(year_of_era / 100) + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

/** Weekday of a day number, 0 Sunday to 6 Saturday. */
export function weekday(day: number): number {
  return (day + 4) % 7;
}

/** Day number of the w-th given weekday of a month; week 5 means the last. */
export function weekdayOfMonth(year: number, month: number, week: number, day_of_week: number): number {
  assert(week >= 1 && week <= 5, "a rule names week 1 to 5");
  if (week < 5) {
    const first = firstOfMonth(year, month);
    return first + ((day_of_week + 7 - weekday(first)) % 7) + (week - 1) * 7;
  }
  const last = firstOfMonth(year, month + 1) - 1;
  return last - ((weekday(last) + 7 - day_of_week) % 7);
}

/** Seconds since 1970-01-01 00:00 local time. */
export function localSeconds(settings: Settings, utc_s: number): number {
  const standard_s = utc_s + settings.utc_offset_min * 60;
  if (settings.dst_shift_min === 0) {
    return standard_s;
  }
  const shift_s = settings.dst_shift_min * 60;
  const year = civilDate(Math.floor(standard_s / DAY_S)).year;
  const start_day = weekdayOfMonth(year, settings.dst_start_month, settings.dst_start_week, settings.dst_start_weekday);
  const end_day = weekdayOfMonth(year, settings.dst_end_month, settings.dst_end_week, settings.dst_end_weekday);
  const start_s = start_day * DAY_S + settings.dst_start_minute * 60;
  const end_s = end_day * DAY_S + settings.dst_end_minute * 60 - shift_s;
  // South of the equator the rule ends before it starts within a year.
  const summer =
    start_s < end_s ? standard_s >= start_s && standard_s < end_s : standard_s >= start_s || standard_s < end_s;
  return summer ? standard_s + shift_s : standard_s;
}

/** Months since year 0 of a day number: rises by one from month to month. */
export function monthNumber(day: number): number {
  const date = civilDate(day);
  return date.year * 12 + date.month;
}

/** Whether supply is not to be cut at this local time; a standpipe has no household that would have to wait. */
export function friendlyAt(settings: Settings, local_s: number): boolean {
  if (settings.standpipe_step_l > 0) {
    return false;
  }
  const day = Math.floor(local_s / DAY_S);
  const day_of_week = weekday(day);
  if (settings.friendly_weekends && (day_of_week === 0 || day_of_week === 6)) {
    return true;
  }
  for (const holiday of settings.holidays) {
    if (holiday === day) {
      return true;
    }
  }
  const minute = Math.floor((local_s - day * DAY_S) / 60);
  const from = settings.friendly_from_minute;
  const to = settings.friendly_to_minute;
  if (from <= to) {
    return minute >= from && minute < to;
  }
  return minute >= from || minute < to;
}

/** The next moment (UTC seconds) at which day, month, local offset or friendly hours can change. */
export function nextChange(settings: Settings, utc_s: number, local_s: number): number {
  let next_s = (Math.floor(utc_s / QUARTER_S) + 1) * QUARTER_S;
  const midnight_s = Math.floor(local_s / DAY_S) * DAY_S;
  const from_in_s = midnight_s + settings.friendly_from_minute * 60 - local_s;
  if (from_in_s > 0) {
    next_s = Math.min(next_s, utc_s + from_in_s);
  }
  const to_in_s = midnight_s + settings.friendly_to_minute * 60 - local_s;
  if (to_in_s > 0) {
    next_s = Math.min(next_s, utc_s + to_in_s);
  }
  return next_s;
}
