/**
 * Billing time: what the passing of time does to an account: tariffs start, days are charged, months begin.
 *
 * The clock may lie. A local day is charged once, and never given back. When the clock jumps ahead, at most
 * CATCH_UP_DAYS_MAX days are charged. When it jumps back, nothing is charged until the days already charged are over;
 * but a jump back by more than CATCH_UP_DAYS_MAX days means that the time before it was false, and then only the days
 * that were really paid stay paid, PAID_AHEAD_MAX of them at most: otherwise one false date, be it the first of all, would
 * end the standing charges, and the months, for years. Where it was the jump back that was false, the days up to the
 * mark of those that were paid (paid_day) are not charged again when the clock is put right.
 */
import { assert } from "../assert";
import type { Settings } from "../settings";
import type { Account } from "./account";
import { DAY_S, friendlyAt, localSeconds, monthNumber, nextChange } from "./calendar";
import { chargeStanding, closeEntry } from "./ledger";
import type { Tariff } from "./tariff";
import { tariffFits } from "./tariff";

export const CATCH_UP_DAYS_MAX = 31;
/** What two false dates, one beyond the other, have charged; a mark further ahead than this is one of a false date itself. */
const PAID_AHEAD_MAX = 62;

export type TariffResult = "accepted" | "malformed" | "old";

/** Takes a tariff whose carrier has been found authentic. It waits for its start; a newer one replaces it. */
export function acceptTariff(account: Account, tariff: Tariff): TariffResult {
  if (!tariffFits(tariff, account.volume)) {
    return "malformed";
  }
  const newest_id = account.pending === undefined ? account.tariff.id : account.pending.id;
  if (tariff.id <= newest_id) {
    return "old";
  }
  account.pending = tariff;
  return "accepted";
}

function activate(account: Account, tariff: Tariff): void {
  assert(tariff.id > account.tariff.id, "tariffs only rise");
  account.tariff = tariff;
  account.pending = undefined;
}

function chargeDaysTo(account: Account, day: number, days_left: number): number {
  if (day <= account.day) {
    return 0;
  }
  const days = day - account.day;
  const charged = Math.min(days, days_left);
  chargeStanding(account, charged);
  if (account.day >= account.paid_day) {
    account.paid_day += charged;
  }
  account.day = day;
  return charged;
}

/** Gives the day's free litres anew. */
export function renewLifeline(account: Account): void {
  account.lifeline_today_l = 0;
  closeEntry(account);
}

/**
 * Renews the lifeline on a new day. A clock that is put back by less than a day does not renew it; one that is put back
 * further was wrong before, and must not keep a household without water until its false date has come.
 */
function passLifeline(account: Account, day: number): void {
  if (day > account.lifeline_day || day < account.lifeline_day - 1) {
    account.lifeline_day = day;
    account.lifeline_today_l = 0;
  }
}

/**
 * Tells a false date by the size of its jump, ahead or back. Below the mark of what was paid only days on which the clock
 * goes on are charged (lifeline_day is the one that it last showed): those that it jumps over may be paid.
 */
function judgeJump(account: Account, day: number): void {
  if (day > account.day && account.day < account.paid_day && day > account.lifeline_day + 1) {
    account.day = Math.min(day, account.paid_day);
    // The month of the mark has begun already.
    if (day >= account.paid_day) {
      account.month = monthNumber(account.day);
    }
  }
  if (day > account.day + CATCH_UP_DAYS_MAX) {
    // More days than are charged: from here on, what was paid is counted by itself.
    account.paid_day = account.day;
  } else if (day < account.day - CATCH_UP_DAYS_MAX) {
    account.day = Math.min(account.day, Math.max(day, Math.min(account.paid_day, day + PAID_AHEAD_MAX)));
    account.month = monthNumber(account.day);
  }
}

/**
 * Brings the account to `utc_s` (0: not known) and the local time that belongs to it. A tariff that starts exactly at
 * midnight holds for that day's standing charge. Returns true when the tariff changed.
 */
export function passTime(account: Account, settings: Settings, utc_s: number, local_s: number): boolean {
  const pending = account.pending;
  const starts = pending !== undefined && pending.start_utc_s <= utc_s;
  if (utc_s === 0) {
    // Without the time, friendly hours cannot be told: credit decides alone. Tariffs that start at once do start.
    account.friendly = false;
    if (starts) {
      activate(account, pending);
    }
    closeEntry(account);
    return starts;
  }
  const day = Math.floor(local_s / DAY_S);
  // First of all: a standing charge at the first minute of a friendly day must not cut the supply.
  account.friendly = friendlyAt(settings, local_s);
  if (account.day < 0) {
    account.day = day;
    account.paid_day = day;
    account.month = monthNumber(day);
  }
  judgeJump(account, day);
  passLifeline(account, day);
  let days_left = CATCH_UP_DAYS_MAX;
  if (starts) {
    // Up to the first day of 1970 none is to charge, and west of Greenwich it begins on one that the calendar has not.
    if (pending.start_utc_s > DAY_S) {
      const last_old_day = Math.floor(localSeconds(settings, pending.start_utc_s - 1) / DAY_S);
      days_left -= chargeDaysTo(account, last_old_day, days_left);
    }
    activate(account, pending);
  }
  // Tariff and month change together, before supply is judged: a price that never held must not bring supply back.
  const month = monthNumber(day);
  if (month > account.month) {
    account.month = month;
    account.month_l = 0;
  }
  chargeDaysTo(account, day, days_left);
  closeEntry(account);
  return starts;
}

/**
 * The next second (UTC) at which `passTime` has something to do; at most a quarter of an hour ahead. `local_s` is the
 * local time that belongs to `utc_s`.
 */
export function nextBoundary(account: Account, settings: Settings, utc_s: number, local_s: number): number {
  const change_s = nextChange(settings, utc_s, local_s);
  const pending = account.pending;
  if (pending !== undefined && pending.start_utc_s > utc_s && pending.start_utc_s < change_s) {
    return pending.start_utc_s;
  }
  assert(change_s > utc_s, "the next boundary lies ahead");
  return change_s;
}
