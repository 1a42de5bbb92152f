/**
 * Standpipe: water for whoever holds up a purse. Steps are paid before their water runs (purse.ts), what is left of the
 * last one is kept for the card's return (visits.ts); when the card goes the valve shuts.
 */
import { paceRun, stateBefore, storeChange } from "../keeping";
import { measure } from "../metering";
import { DUE_NOW } from "../keeper";
import { NEVER_MS, SLOT_CARD } from "../schedule";
import type { Meter } from "../state";
import { note } from "../state";
import { settle, tell } from "../supervision";
import { moneyField } from "../text";
import { reasonBits } from "../valve/reasons";
import { bytesText } from "./bytes";
import type { CardSession, Paying, Purse } from "./card_state";
import { debitPurse } from "./purse";
import type { CardResult } from "./results";
import { UID_BYTES } from "./voucher";
import { closeVisit, creditStep, openVisit, setAside, tearVisits } from "./visits";

/** The credit is looked at so often while a card is there. */
const LOOK_MS = 500;
/** `reasonBits` where want of credit, if anything, shuts the valve. */
const ONLY_NO_CREDIT = 1;

/** What a step costs at the present price, rounded up. */
function stepPrice(meter: Meter): number {
  const cost = meter.settings.standpipe_step_l * meter.account.unit_price_milli;
  return Math.floor((cost + 999) / 1000);
}

/** Whether a card was reported lost. */
export function isBlocked(meter: Meter, uid: number[]): boolean {
  const list = meter.card.books.hot_list;
  const text = bytesText(uid);
  for (let at = 0; at + UID_BYTES <= list.length; at += UID_BYTES) {
    if (list.substring(at, at + UID_BYTES) === text) {
      return true;
    }
  }
  return false;
}

/** A genuine purse has come: its visit is committed before anything is paid. "accepted" when it pays now. */
export function beginPaying(meter: Meter, session: CardSession, purse: Purse): CardResult {
  const books = meter.card.books;
  const uid = bytesText(session.uid);
  const step_milli = stepPrice(meter);
  if (purse.value_milli < step_milli && setAside(books.visits, uid, purse.spent_milli, step_milli) === 0) {
    return "purse_empty";
  }
  measure(meter, meter.hal.timer.now_ms());
  const before = stateBefore(meter);
  books.visits = openVisit(books.visits, meter.account, uid, purse.spent_milli, step_milli);
  note(meter, "card_come", meter.register.volume_l);
  if (!storeChange(meter, before)) {
    return "not_stored";
  }
  meter.card.paying = { session: session, uid: uid, purse: purse, busy: false };
  return "accepted";
}

/** The card has gone, or does not answer any more: its visit is over, or torn when a step was being paid. */
export function endPaying(meter: Meter): void {
  const paying = meter.card.paying;
  if (paying === undefined) {
    return;
  }
  const now_ms = meter.hal.timer.now_ms();
  const books = meter.card.books;
  meter.card.paying = undefined;
  meter.schedule.deadlines_ms[SLOT_CARD] = NEVER_MS;
  measure(meter, now_ms);
  if (paying.busy) {
    tearVisits(books.visits, meter.account);
  } else {
    books.visits = closeVisit(books.visits, meter.account, paying.uid);
  }
  // A commit that fails now leaves the visit open in the memory, and the next boot tears it.
  meter.keeper.due = DUE_NOW;
  note(meter, "card_gone", meter.register.volume_l);
  settle(meter, now_ms);
}

/** A step was paid, or the card has not confirmed it. */
function takeStep(meter: Meter, paying: Paying, step_milli: number, paid: boolean): void {
  if (meter.card.paying !== paying) {
    return;
  }
  if (!paid) {
    endPaying(meter);
    return;
  }
  const now_ms = meter.hal.timer.now_ms();
  paying.busy = false;
  paying.purse = {
    value_milli: paying.purse.value_milli - step_milli,
    spent_milli: paying.purse.spent_milli + step_milli,
  };
  measure(meter, now_ms);
  creditStep(meter.account, step_milli);
  paceRun(meter);
  tell(meter, moneyField(paying.purse.value_milli + meter.account.balance_milli, 8), now_ms);
  settle(meter, now_ms);
}

/** Looks whether the next step is to be paid; due every half second while a purse is there. */
export function lookAtPurse(meter: Meter, now_ms: number): void {
  const paying = meter.card.paying;
  if (paying === undefined) {
    return;
  }
  meter.schedule.deadlines_ms[SLOT_CARD] = now_ms + LOOK_MS;
  const step_milli = stepPrice(meter);
  const low = 2 * meter.account.balance_milli < step_milli;
  // A lock, an opened case or a low battery keeps the valve shut whatever is paid: then nothing is.
  const paid_opens = reasonBits(meter.reasons) <= ONLY_NO_CREDIT;
  if (low && paid_opens && !paying.busy && step_milli > 0 && paying.purse.value_milli >= step_milli) {
    paying.busy = true;
    debitPurse(meter, paying.session, paying.purse.spent_milli, step_milli, function (paid) {
      takeStep(meter, paying, step_milli, paid);
    });
  }
}
