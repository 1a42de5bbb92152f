/**
 * Info codes, with the meaning they have on Kamstrup water meters. Legally relevant.
 *
 *   DRY      the measuring tube is empty
 *   REVERSE  water runs backward
 *   LEAK     no hour without flow in the last 24 hours
 *   BURST    flow above a set share of Q3 for 30 minutes
 *
 * For each code the hours in which it was active are kept for the last 30 days: 30 buckets of 24 hours, counted on the
 * monotonic timer because the clock may be wrong. A bucket holds four numbers 0 to 24 in base 32:
 * dry + 32 reverse + 1024 leak + 32768 burst.
 */
import { assert } from "../assert";
import { HOUR_MS } from "./flow";

export const DAYS_KEPT = 30;
export const LEAK_MS = 86400000;
export const BURST_MS = 1800000;

export const CODE_DRY = 0;
export const CODE_REVERSE = 1;
export const CODE_LEAK = 2;
export const CODE_BURST = 3;
export const CODES: string[] = ["dry", "reverse", "leak", "burst"];

const WEIGHTS: number[] = [1, 32, 1024, 32768];
const BASE = 32;

export interface InfoCodes {
  /** Active now, by code. */
  active: boolean[];
  /** Active at some time of the running hour, by code. */
  seen: boolean[];
  /** Flow above this counts towards BURST. */
  burst_l_h: number;
  /** Begin of the present flow above the burst limit; -1 when it is below. */
  burst_since_ms: number;
  /** Reverse pulses of the running hour. */
  reverse_pulses: number;
  /** The newest bucket is `days[day]`; it has run for `hour` hours. */
  days: number[];
  day: number;
  hour: number;
}

export function createInfoCodes(burst_l_h: number): InfoCodes {
  return {
    active: [false, false, false, false],
    seen: [false, false, false, false],
    burst_l_h: burst_l_h,
    burst_since_ms: -1,
    reverse_pulses: 0,
    days: [0],
    day: 0,
    hour: 0,
  };
}

/** Sets a code; true when that is a change. */
export function setCode(codes: InfoCodes, code: number, active: boolean): boolean {
  const changed = codes.active[code] !== active;
  codes.active[code] = active;
  if (active) {
    codes.seen[code] = true;
  }
  return changed;
}

/** Judges BURST by the rate of a window that has just closed at `now_ms`; true when BURST changed. */
export function judgeBurst(codes: InfoCodes, flow_l_h: number, start_ms: number, now_ms: number): boolean {
  assert(start_ms < now_ms, "a window ends after it starts");
  if (flow_l_h <= codes.burst_l_h) {
    codes.burst_since_ms = -1;
    return setCode(codes, CODE_BURST, false);
  }
  if (codes.burst_since_ms < 0) {
    codes.burst_since_ms = start_ms;
  }
  return setCode(codes, CODE_BURST, now_ms - codes.burst_since_ms >= BURST_MS);
}

/** Ends BURST when no pulse comes any more; true when it was active. */
export function endBurst(codes: InfoCodes): boolean {
  codes.burst_since_ms = -1;
  return setCode(codes, CODE_BURST, false);
}

/** LEAK holds while the last stagnant hour is 24 hours past and no new one is under way. */
export function leaking(stagnant_ms: number, last_pulse_ms: number, now_ms: number): boolean {
  return now_ms - last_pulse_ms < HOUR_MS && now_ms - stagnant_ms >= LEAK_MS;
}

/** Books the codes seen in the hour that has ended, and starts a new bucket after 24. */
export function endHour(codes: InfoCodes): void {
  for (let code = 0; code < CODES.length; code++) {
    if (codes.seen[code]) {
      codes.days[codes.day] += WEIGHTS[code];
    }
  }
  codes.hour += 1;
  if (codes.hour === 24) {
    codes.hour = 0;
    codes.day = (codes.day + 1) % DAYS_KEPT;
    if (codes.day === codes.days.length) {
      codes.days.push(0);
    } else {
      codes.days[codes.day] = 0;
    }
  }
  assert(codes.days.length <= DAYS_KEPT, "thirty days are kept");
}

/** Begins an hour, once what the last one has shown is judged: what is active now, is active in it. */
export function beginHour(codes: InfoCodes): void {
  for (let code = 0; code < CODES.length; code++) {
    // REVERSE stays active until an hour without it has passed; that hour itself saw no reverse flow.
    codes.seen[code] = codes.active[code] && code !== CODE_REVERSE;
  }
  codes.reverse_pulses = 0;
}

/** Hours of the last 30 days in which the code was active. */
export function activeHours(codes: InfoCodes, code: number): number {
  let hours = 0;
  for (const bucket of codes.days) {
    hours += Math.floor(bucket / WEIGHTS[code]) % BASE;
  }
  return hours;
}
