/**
 * TIDs: minutes since the base date of a key (IEC 62055-41), in UTC. Three base dates follow one another, because 24
 * bits last less than 32 years: 1993 until 2024-11-24 20:15, 2014 until 2045-11-24 20:15, 2035.
 *
 * The minute 00:01 of every day is kept for special tokens: an ordinary one made in it gets the minute after. Where a
 * meter has its token of a minute already, the next one gets the minute after that.
 */
import { TID_MAX } from "../../firmware/token/tid_memory";
import type { BaseDate } from "../keys/names";
import { TokenError } from "./token_error";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const SPECIAL_MINUTE = 1;

function baseMs(base: BaseDate): number {
  return Date.UTC(base, 0, 1);
}

/** Whether a TID is in the minute that is kept for special tokens. */
export function isSpecial(tid: number): boolean {
  return tid % DAY_MINUTES === SPECIAL_MINUTE;
}

function ordinary(tid: number): number {
  return isSpecial(tid) ? tid + 1 : tid;
}

function checked(tid: number, base: BaseDate): number {
  if (tid < 0) {
    throw new TokenError("out_of_range", `the base date ${base} is later than the token (take an earlier one)`);
  }
  if (tid > TID_MAX) {
    const last = new Date(baseMs(base) + TID_MAX * MINUTE_MS).toISOString().slice(0, 16);
    const advice = "rotate the vending key with a new base date, then change the meter's key";
    throw new TokenError("base_date_over", `tokens from ${base} on ended with ${last}Z (${advice})`);
  }
  return tid;
}

/** The TID of an ordinary token that is made at this moment. */
export function tidAt(base: BaseDate, at: Date): number {
  return checked(ordinary(Math.floor((at.getTime() - baseMs(base)) / MINUTE_MS)), base);
}

/** The TID of a moment for a meter's memory: the nearest that there is where the base date has not come, or has ended. */
export function nearestTid(base: BaseDate, at: Date): number {
  return Math.min(Math.max(Math.floor((at.getTime() - baseMs(base)) / MINUTE_MS), 0), TID_MAX);
}

/** The TID of the next ordinary token: that of the moment, or the first one after the meter's last. */
export function nextTid(base: BaseDate, at: Date, last: number | undefined): number {
  const now = tidAt(base, at);
  return last === undefined || now > last ? now : checked(ordinary(last + 1), base);
}

/** When a TID was: 2004-03-01T13:00:00. */
export function tidText(base: BaseDate, tid: number): string {
  return new Date(baseMs(base) + tid * MINUTE_MS).toISOString().slice(0, 19);
}
