/** Zones: the same places once as settings of the meter and once as ICU knows them. */
import type { Settings } from "../../../firmware/settings";
import { NO_DST, ROME } from "../samples";

export interface Zone {
  name: string;
  rule: Partial<Settings>;
}

export const ZONES: Zone[] = [
  { name: "Europe/Rome", rule: ROME },
  {
    name: "America/New_York",
    rule: {
      utc_offset_min: -300,
      dst_shift_min: 60,
      dst_start_month: 3,
      dst_start_week: 2,
      dst_start_weekday: 0,
      dst_start_minute: 120,
      dst_end_month: 11,
      dst_end_week: 1,
      dst_end_weekday: 0,
      dst_end_minute: 120,
    },
  },
  {
    name: "Australia/Sydney",
    rule: {
      utc_offset_min: 600,
      dst_shift_min: 60,
      dst_start_month: 10,
      dst_start_week: 1,
      dst_start_weekday: 0,
      dst_start_minute: 120,
      dst_end_month: 4,
      dst_end_week: 1,
      dst_end_weekday: 0,
      dst_end_minute: 180,
    },
  },
  { name: "Asia/Kolkata", rule: { utc_offset_min: 330, ...NO_DST } },
];

/** Local time in seconds since 1970-01-01 00:00 local time, from ICU's data. */
export function icuLocalSeconds(zone: string): (utc_s: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (utc_s) => {
    const [, day, month, year, hour, minute, second] =
      /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(format.format(utc_s * 1000)) ?? [];
    return Date.UTC(+year, +month - 1, +day, +hour, +minute, +second) / 1000;
  };
}

/** The UTC seconds in [from_s, to_s] at which the zone's offset changes, found by halving. */
export function icuSwitches(zone: string, from_s: number, to_s: number): number[] {
  const local = icuLocalSeconds(zone);
  const offset = (utc_s: number): number => local(utc_s) - utc_s;
  const found: number[] = [];
  for (let day_s = from_s; day_s < to_s; day_s += 86400) {
    if (offset(day_s) === offset(day_s + 86400)) continue;
    let before_s = day_s;
    let after_s = day_s + 86400;
    while (after_s - before_s > 1) {
      const middle_s = Math.floor((before_s + after_s) / 2);
      if (offset(middle_s) === offset(before_s)) before_s = middle_s;
      else after_s = middle_s;
    }
    found.push(after_s);
  }
  return found;
}
