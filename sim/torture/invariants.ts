/**
 * Invariants: what must hold when a meter comes back after a power cut, each by its name.
 *
 *   boots_on_anything               whatever the memory holds, the meter boots, locked with a named fault if it must
 *   journal_mounts                  a memory that once held a commit is never found damaged
 *   total_never_decreases           no recovery is behind an earlier one
 *   no_litre_billed_twice           no more litres than the sensor has counted
 *   at_most_one_quantum_unbilled    of those at most ten litres less, and the litre or pulse under way
 *   books_balance                   balance + charged = credited + debt
 *   credit_once_or_not_at_all       sequence and sum are those of the vouchers and tokens handed in, and one that is
 *                                   handed in again after the cut is in the books once
 *   tariff_old_or_new_whole         every number of a tariff is that of one tariff that was handed in
 *   acknowledged_is_committed       what the outside was told before the cut is in the books
 *   recovered_state_was_passed      the books are those of one moment of the uncut run
 *   charge_is_the_price_of_the_litres   by the model's own reckoning, after the cut and after the restart
 *   valve_shut_when_it_must_be      and open when nothing is against it
 *   register_kept                   a memory of garbage and one valid record comes back with that record's litres
 *
 * Each is a plain comparison of what the model knows with what was seen, so that a test can show it a false meter.
 */
import type { Tariff } from "../../firmware/credit/tariff";
import {
  AT_ONCE,
  BALANCE,
  CHARGED,
  CREDITED,
  CUT,
  DEBT,
  EXACT,
  LOCKS,
  MONTH,
  MONTH_L,
  PART,
  SEQUENCE,
  STANDING,
  TARIFF_ID,
  THOUSANDTHS,
  VOLUME_L,
  differsAt,
} from "./books";
import type { Model, Passed } from "./model";
import { explainCost, findMarked, partsOf, passedAt, quantumParts, takenAgain, takenBy, tariffWhole } from "./model";
import { hasToken, tokenMarks } from "./taken";
import type { ToldToken } from "./tokens";

export const INVARIANT_NAMES: string[] = [
  "boots_on_anything",
  "journal_mounts",
  "total_never_decreases",
  "no_litre_billed_twice",
  "at_most_one_quantum_unbilled",
  "books_balance",
  "credit_once_or_not_at_all",
  "tariff_old_or_new_whole",
  "acknowledged_is_committed",
  "recovered_state_was_passed",
  "charge_is_the_price_of_the_litres",
  "valve_shut_when_it_must_be",
  "register_kept",
];

/** What was seen of a meter that came back. */
export interface Observation {
  /** "ok", or the fault that the meter names. */
  storage: string;
  /** The books as recovered, before the meter was started, and some seconds after that. */
  books: number[];
  later: number[];
  tariff: Tariff;
  pending: Tariff | undefined;
  /** The meter has a reason for its valve to be shut, after those seconds. */
  shut: boolean;
  /** "closed", "open" or "between", as it really is. */
  valve: string;
  /** The valve and its switches do what they should. */
  valve_whole: boolean;
  /** Without credit the valve is shut: no lifeline keeps it open. */
  no_lifeline: boolean;
  /** Books after the voucher or token in flight was handed in once more; empty when it was not. */
  retried: number[];
  /** What the meter said to the token then. */
  answer: string;
}

function balances(books: number[]): boolean {
  return books[BALANCE] + books[CHARGED] === books[CREDITED] + books[DEBT] && books[DEBT] >= 0;
}

/** A meter that has lost everything is a new one: nothing of it may be there. */
function isNew(books: number[]): boolean {
  return books[VOLUME_L] === 0 && books[PART] === 0 && books[CREDITED] === 0 && books[CHARGED] === 0;
}

function judgeVolume(model: Model, seen: Observation): string {
  const parts = partsOf(model, seen.books);
  if (parts < model.durable_parts) {
    return "total_never_decreases";
  }
  const delivered_parts = model.delivered_pulses * model.pulse_litres;
  if (parts > delivered_parts || partsOf(model, seen.later) > delivered_parts) {
    return "no_litre_billed_twice";
  }
  if (parts < model.settled_parts - quantumParts(model)) {
    return "at_most_one_quantum_unbilled";
  }
  return partsOf(model, seen.later) < parts ? "total_never_decreases" : "";
}

/** Whether a token that is keyed in again after the cut was taken before it or now, and not twice, nor lost. */
function tokenOnce(model: Model, token: ToldToken, seen: Observation): boolean {
  const later = seen.later;
  const retried = seen.retried;
  // While a torn commit may be read one way or another, what the meter remembers tells nothing of this token.
  const is_sure = model.taken.length === 1;
  const was_taken = is_sure && differsAt(model.flight_marks, tokenMarks(later), 0, 3) < 3;
  const credited_milli = retried[CREDITED] - later[CREDITED];
  const lent_milli = retried[DEBT] - later[DEBT];
  if (was_taken && token.kind !== "other") {
    const taken = takenBy(model, later);
    const is_lost = token.kind === "credit" && (taken === undefined || !hasToken(taken, token));
    return seen.answer !== "accepted" && credited_milli === 0 && lent_milli === 0 && !is_lost;
  }
  if (seen.answer !== "accepted") {
    return credited_milli === 0 && lent_milli === 0;
  }
  switch (token.kind) {
    case "credit":
      return credited_milli === token.amount;
    case "lend":
      return credited_milli === 0 && (token.amount === 0 || lent_milli === token.amount);
    case "clear":
      return credited_milli <= 0 && retried[BALANCE] <= 0;
    default:
      return credited_milli === 0 && lent_milli === 0;
  }
}

function judgeRetried(model: Model, seen: Observation): boolean {
  const token = model.flight_token;
  if (token !== undefined) {
    return tokenOnce(model, token, seen) && balances(seen.retried);
  }
  const taken = takenAgain(model, seen.later);
  const once =
    taken !== undefined && seen.retried[SEQUENCE] === taken.sequence && seen.retried[CREDITED] === taken.milli;
  return once && balances(seen.retried);
}

function judgeMoney(model: Model, seen: Observation): string {
  if (!balances(seen.books) || !balances(seen.later)) {
    return "books_balance";
  }
  if (takenBy(model, seen.books) === undefined || takenBy(model, seen.later) === undefined) {
    return "credit_once_or_not_at_all";
  }
  if (seen.retried.length > 0 && !judgeRetried(model, seen)) {
    return "credit_once_or_not_at_all";
  }
  const pending = seen.pending;
  const whole = tariffWhole(model, seen.tariff) && (pending === undefined || tariffWhole(model, pending));
  return whole ? "" : "tariff_old_or_new_whole";
}

/** Why no state of the trail equals these books: too old a one does, or another price, or none at all. */
function judgeStranger(model: Model, books: number[]): string {
  for (let back = 0; back < model.trail_count; back++) {
    const passed = passedAt(model, back).books;
    const same_litres = partsOf(model, passed) === partsOf(model, books);
    if (same_litres && differsAt(passed, books, AT_ONCE, EXACT) === EXACT) {
      const same_price =
        passed[CHARGED] === books[CHARGED] &&
        passed[THOUSANDTHS] === books[THOUSANDTHS] &&
        passed[MONTH_L] === books[MONTH_L];
      return same_price ? "recovered_state_was_passed" : "charge_is_the_price_of_the_litres";
    }
  }
  return "recovered_state_was_passed";
}

function judgePast(model: Model, seen: Observation, passed: Passed | undefined): string {
  if (passed === undefined) {
    const marked = model.weak ? findMarked(model, seen.books) : undefined;
    return marked !== undefined && marked.generation >= model.floor_generation ? "" : judgeStranger(model, seen.books);
  }
  if (passed.generation < model.floor_generation) {
    return "acknowledged_is_committed";
  }
  const cost = (seen.books[CHARGED] - seen.books[STANDING]) * 1000 + seen.books[THOUSANDTHS];
  if (cost !== passed.cost_thousandths || explainCost(model, passed, seen.later) < 0) {
    return "charge_is_the_price_of_the_litres";
  }
  return "";
}

function judgeValve(seen: Observation): string {
  if (!seen.valve_whole) {
    return "";
  }
  const books = seen.books;
  const later = seen.later;
  // A free block, of this month or a new one or of another tariff, brings supply back.
  const same_month = later[MONTH] === books[MONTH] && later[MONTH_L] === books[MONTH_L];
  const same_price = later[TARIFF_ID] === books[TARIFF_ID] && same_month;
  const must_shut = books[LOCKS] > 0 || (books[CUT] === 1 && seen.no_lifeline && same_price);
  if ((must_shut || seen.shut) && seen.valve !== "closed") {
    return "valve_shut_when_it_must_be";
  }
  return !must_shut && !seen.shut && seen.valve !== "open" ? "valve_shut_when_it_must_be" : "";
}

/** The first invariant that a recovery breaks, or "". `passed` is the state of the trail that it came back to. */
export function judge(model: Model, seen: Observation, passed: Passed | undefined): string {
  if (seen.storage !== "ok") {
    // The first commit of all may be torn: nothing was promised before it.
    return !model.committed && seen.storage === "damaged" && isNew(seen.books) ? judgeValve(seen) : "journal_mounts";
  }
  const volume = judgeVolume(model, seen);
  if (volume !== "") {
    return volume;
  }
  const money = judgeMoney(model, seen);
  if (money !== "") {
    return money;
  }
  const past = judgePast(model, seen, passed);
  return past === "" ? judgeValve(seen) : past;
}

/** What a memory holds that no journal has written as a whole. */
export type Contents = "garbage" | "one_record" | "altered";

/** The same for arbitrary memory; `valid_parts` is the volume of the record that was left in it. */
export function judgeContents(model: Model, seen: Observation, contents: Contents, valid_parts: number): string {
  const parts = partsOf(model, seen.books);
  if (contents === "one_record") {
    return parts === valid_parts ? "" : "register_kept";
  }
  if (seen.storage === "ok" && contents === "altered") {
    const sound = parts <= model.delivered_pulses * model.pulse_litres && balances(seen.books) && balances(seen.later);
    return sound ? "" : "boots_on_anything";
  }
  const locked = seen.shut && (seen.valve === "closed" || !seen.valve_whole);
  return seen.storage !== "ok" && locked ? "" : "boots_on_anything";
}

/** The uncut run keeps its books as well: the first promise that it breaks stands in the model. */
export function judgeRun(model: Model): void {
  const newest = passedAt(model, 0);
  if (model.broken !== "" || newest.generation === model.judged_generation) {
    return;
  }
  model.judged_generation = newest.generation;
  if (!balances(newest.books)) {
    model.broken = "books_balance";
  } else if (takenBy(model, newest.books) === undefined) {
    model.broken = "credit_once_or_not_at_all";
  }
}
