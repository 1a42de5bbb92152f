/**
 * Reporting: what a meter has to say of itself, gathered for its telegram (uplink.ts).
 *
 * The due date is the end of the last month, which the history keeps. Days of battery are counted, not measured: the
 * voltage of a lithium cell tells only of its end, which makes them 0 at once.
 */
import { DAY_S, civilDate, firstOfMonth, localSeconds } from "../credit/calendar";
import { MONTH_NUMBERS } from "../history";
import { flowNow } from "../metrology/flow";
import { CODES, CODE_BURST, CODE_LEAK, activeHours } from "../metrology/info_codes";
import type { Meter } from "../state";
import { validTime } from "../state";
import { reasonFlags } from "../valve/reasons";
import type { Day, WallTime } from "./records";
import type { MonthReading, UplinkContent } from "./uplink";

/** Life for which the cell is chosen: twelve years. */
const BATTERY_DAYS = 4383;
/** Two digits of a year reach from 2000 to 2099. */
const YEAR_FIRST = 2000;
const YEAR_LAST = 2099;

/** Errors in the order of ERROR_NAMES. */
export function errorFlags(meter: Meter): boolean[] {
  const tamper = meter.hal.tamper;
  return [
    meter.supervisor.seized,
    meter.flow_while_shut,
    meter.sensor === "cable_cut",
    tamper.active("case"),
    tamper.active("magnet"),
    tamper.active("reader"),
    meter.reasons.storage,
    meter.reasons.battery,
    validTime(meter) === 0,
    meter.sensor === "impossible_rate",
  ];
}

/** Errors that are told at once: those that someone must act on. A lost clock and interference wait for the report. */
const URGENT_ERRORS = 8;

/** What is told at once, as bits: the first errors of ERROR_NAMES, then leak and burst. */
export function urgentBits(meter: Meter): number {
  const errors = errorFlags(meter);
  let bits = 0;
  let weight = 1;
  for (let i = 0; i < URGENT_ERRORS; i++) {
    bits += errors[i] ? weight : 0;
    weight = weight * 2;
  }
  bits += meter.info.active[CODE_LEAK] ? weight : 0;
  return bits + (meter.info.active[CODE_BURST] ? 2 * weight : 0);
}

function inTelegrams(year: number): boolean {
  return year >= YEAR_FIRST && year <= YEAR_LAST;
}

/** The last day of a month (calendar.ts counts months from year 0). */
function lastDay(month: number): Day {
  const year = Math.floor((month - 1) / 12);
  const of_year = month - year * 12;
  const days = firstOfMonth(year, of_year + 1) - firstOfMonth(year, of_year);
  return { year: year, month: of_year, day: days };
}

/** The month that ended so many months back, 0 for the last; undefined when it is not kept. */
export function monthBack(meter: Meter, back: number): MonthReading | undefined {
  const months = meter.history.months;
  const first = months.length - (back + 1) * MONTH_NUMBERS;
  if (first < 0) {
    return undefined;
  }
  const date = lastDay(months[first]);
  return inTelegrams(date.year) ? { volume_l: months[first + 1], date: date } : undefined;
}

function wallTime(meter: Meter): WallTime | undefined {
  const utc_s = validTime(meter);
  if (utc_s === 0) {
    return undefined;
  }
  const local_s = localSeconds(meter.settings, utc_s);
  const day = Math.floor(local_s / DAY_S);
  const date = civilDate(day);
  if (!inTelegrams(date.year)) {
    return undefined;
  }
  const minute = Math.floor((local_s - day * DAY_S) / 60);
  return {
    date: { year: date.year, month: date.month, day: day - firstOfMonth(date.year, date.month) + 1 },
    hour: Math.floor(minute / 60),
    minute: minute % 60,
    summer_time: local_s - utc_s !== meter.settings.utc_offset_min * 60,
  };
}

/** What the meter says now; `service_h` are the hours that it has been in service. */
export function reportOf(meter: Meter, service_h: number): UplinkContent {
  const hours: number[] = [];
  for (let code = 0; code < CODES.length; code++) {
    hours.push(activeHours(meter.info, code));
  }
  const days_left = Math.max(BATTERY_DAYS - Math.floor(service_h / 24), 0);
  return {
    volume_l: meter.register.volume_l,
    reverse_l: meter.register.reverse_l,
    due: monthBack(meter, 0),
    flow_l_h: flowNow(meter.flow, meter.hal.timer.now_ms(), meter.register),
    info_active: meter.info.active,
    info_hours: hours,
    errors: errorFlags(meter),
    battery_days: meter.reasons.battery ? 0 : days_left,
    valve: meter.hal.valve.position(),
    shut_reasons: reasonFlags(meter.reasons),
    balance_milli: meter.account.balance_milli,
    debt_milli: meter.account.debt_milli,
    tariff_id: meter.account.tariff.id,
    time: wallTime(meter),
  };
}
