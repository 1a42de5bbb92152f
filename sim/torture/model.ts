/**
 * Model: what a careful neighbour of the meter would know. It sees the pulses that the sensor counted, the vouchers and
 * tariffs that were handed in, what the meter said and did, and after every event the state of its books; it reckons
 * by itself what the water must have cost. It holds nothing of the firmware but the shape of a tariff.
 *
 * The trail is the list of states that the run has passed through. A state belongs to a generation: a new one begins
 * with every change of what must be committed at once (books.ts). The floor is the generation that the outside world
 * has been told of, by a good beep, a display, a moving valve, an answer or a returned call: a meter that comes back
 * older than that has lied.
 */
import { assert } from "../../firmware/assert";
import type { Tariff } from "../../firmware/credit/tariff";
import {
  AT_ONCE,
  CHARGED,
  CUT,
  DAY,
  EXACT,
  LIFELINE_L,
  LOCKS,
  LOCK_NOT_COMMISSIONED,
  MONTH,
  MONTH_L,
  PAID_DAY,
  PART,
  STANDING,
  TARIFF_ID,
  THOUSANDTHS,
  VOLUME_L,
  copyBooks,
  differsAt,
} from "./books";
import type { Taken } from "./taken";
import { takenAs, takenWithToken, tokenMarks } from "./taken";
import type { ToldToken } from "./tokens";

/** Litres between two marks of the journal: as many may be lost by a cut, and the litre or pulse under way. */
const QUANTUM_L = 10;
/** Days that a clock's jump ahead may charge at most. */
const CATCH_UP_DAYS_MAX = 31;
/** States kept in any case, and states kept at most. */
const TRAIL_KEPT = 24;
const TRAIL_MAX = 16384;
/** Each real cut of a run doubles at most what may have been taken (run.ts, ADOPTED_MAX). */
const TAKEN_MAX = 64;

export interface Passed {
  books: number[];
  generation: number;
  /** Thousandths of a milli-unit that all priced litres up to here cost together, by the model's own reckoning. */
  cost_thousandths: number;
}

export interface Model {
  pulse_litres: number;
  pulse_pulses: number;
  /** Every tariff that was handed in; the one of the boot first. */
  tariffs: Tariff[];
  /** Pulses that the sensor has counted since the meter was new. */
  delivered_pulses: number;
  /** A ring: `trail_first` is the oldest of `trail_count`. */
  trail: Passed[];
  trail_first: number;
  trail_count: number;
  floor_generation: number;
  /** Generation at which the outside was told last, or to which a reboot has come back: what is undone leads here. */
  base_generation: number;
  /** Volume at the end of the last event, in parts of a litre: what a quantum counts back from. */
  settled_parts: number;
  /** Volume below which no recovery may come any more, in parts of a litre. */
  durable_parts: number;
  /** What was taken; all that it can be while a torn commit may be read one way or another. */
  taken: Taken[];
  /** A voucher or a token is being handed in. */
  in_flight: boolean;
  /** The token in the hand, and what the meter remembered of tokens before it; undefined for a voucher. */
  flight_token: ToldToken | undefined;
  flight_marks: number[];
  flight_sequence: number;
  flight_milli: number;
  /** The power failed while it was in the hand: until the meter tells something, it is booked or not. */
  flight_torn: boolean;
  /** The journal has completed a commit: from here on it must mount. */
  committed: boolean;
  /** The meter says that it cannot commit: litres may be kept by marks while the rest waits. */
  weak: boolean;
  /** Generation at which the uncut run was judged last. */
  judged_generation: number;
  /** The first promise that the uncut run itself has broken. */
  broken: string;
}

export function createModel(pulse_litres: number, pulse_pulses: number, tariff: Tariff): Model {
  return {
    pulse_litres: pulse_litres,
    pulse_pulses: pulse_pulses,
    tariffs: [tariff],
    delivered_pulses: 0,
    trail: [],
    trail_first: 0,
    trail_count: 0,
    floor_generation: 0,
    base_generation: 0,
    settled_parts: 0,
    durable_parts: 0,
    taken: [{ sequence: 0, milli: 0, tokens: " ", cleared: false }],
    in_flight: false,
    flight_token: undefined,
    flight_marks: [],
    flight_sequence: 0,
    flight_milli: 0,
    flight_torn: false,
    committed: false,
    weak: false,
    judged_generation: -1,
    broken: "",
  };
}

/** Volume of books in parts of a litre, 1 / pulse_pulses each. */
export function partsOf(model: Model, books: number[]): number {
  return books[VOLUME_L] * model.pulse_pulses + books[PART];
}

/** What a cut may leave unbilled, in parts of a litre. */
export function quantumParts(model: Model): number {
  return QUANTUM_L * model.pulse_pulses + Math.max(model.pulse_litres, model.pulse_pulses);
}

/** The state `back` steps before the newest. */
export function passedAt(model: Model, back: number): Passed {
  assert(back < model.trail_count, "the trail is as long as it is");
  return model.trail[(model.trail_first + model.trail_count - 1 - back) % TRAIL_MAX];
}

export function tariffOf(model: Model, id: number): Tariff | undefined {
  for (const tariff of model.tariffs) {
    if (tariff.id === id) {
      return tariff;
    }
  }
  return undefined;
}

/** What the litres of a month from `from_l` on cost in a tariff, in thousandths of a milli-unit. */
export function priceThousandths(tariff: Tariff, from_l: number, litres: number): number {
  let cost = 0;
  let at_l = from_l;
  const end_l = from_l + litres;
  for (let block = 0; block < tariff.limits_l.length && at_l < end_l; block++) {
    if (tariff.limits_l[block] > at_l) {
      const to_l = Math.min(end_l, tariff.limits_l[block]);
      cost += (to_l - at_l) * tariff.prices_milli[block];
      at_l = to_l;
    }
  }
  return cost;
}

/** Priced litres that lie between two states. */
function pricedLitres(from: number[], to: number[]): number {
  if (Math.floor(from[LOCKS] / LOCK_NOT_COMMISSIONED) % 2 === 1) {
    return 0;
  }
  return to[VOLUME_L] - from[VOLUME_L] - (to[LIFELINE_L] - from[LIFELINE_L]);
}

/** What the books say that water has cost, in thousandths. */
function bookedThousandths(books: number[]): number {
  return (books[CHARGED] - books[STANDING]) * 1000 + books[THOUSANDTHS];
}

/** Whether standing charges between two states are those of the days between them, at one of the two tariffs. */
function standingFits(model: Model, from: number[], to: number[]): boolean {
  const charged_milli = to[STANDING] - from[STANDING];
  const old_tariff = tariffOf(model, from[TARIFF_ID]);
  const new_tariff = tariffOf(model, to[TARIFF_ID]);
  if (old_tariff === undefined || new_tariff === undefined) {
    return false;
  }
  // Over a jump of more than a month only a month's days are charged, and counting begins anew at the day before it.
  const since_day = to[DAY] > from[DAY] + CATCH_UP_DAYS_MAX ? from[DAY] : from[PAID_DAY];
  const days = from[PAID_DAY] < 0 ? 0 : to[PAID_DAY] - since_day;
  if (from[DAY] < from[PAID_DAY]) {
    // After a false date the mark of what was paid stands still, and days up to it that were missed are not charged.
    const passed = Math.min(Math.max(to[DAY] - from[DAY], 0), CATCH_UP_DAYS_MAX);
    return (
      charged_milli >= 0 && charged_milli <= Math.max(old_tariff.standing_milli, new_tariff.standing_milli) * passed
    );
  }
  if (days < 0) {
    return charged_milli === 0;
  }
  const least_milli = Math.min(old_tariff.standing_milli, new_tariff.standing_milli) * days;
  const most_milli = Math.max(old_tariff.standing_milli, new_tariff.standing_milli) * days;
  return charged_milli >= least_milli && charged_milli <= most_milli;
}

/**
 * The cost of all litres at `to`, when `from` with its cost is known; -1 when the books of `to` cannot have come about.
 * Litres run before a change of tariff or month or after it; both orders happen within one event.
 */
export function explainCost(model: Model, from: Passed, to: number[]): number {
  const before = from.books;
  const litres = pricedLitres(before, to);
  const old_tariff = tariffOf(model, before[TARIFF_ID]);
  const new_tariff = tariffOf(model, to[TARIFF_ID]);
  if (litres < 0 || old_tariff === undefined || new_tariff === undefined || !standingFits(model, before, to)) {
    return -1;
  }
  const new_month = to[MONTH] !== before[MONTH] && to[MONTH_L] < before[MONTH_L] + litres;
  const late_l = new_month ? to[MONTH_L] : 0;
  const early_l = litres - late_l;
  if (early_l < 0 || (!new_month && to[MONTH_L] !== before[MONTH_L] + litres)) {
    return -1;
  }
  const base = from.cost_thousandths;
  const booked = bookedThousandths(to);
  const late_cost = priceThousandths(new_tariff, 0, late_l);
  const old_cost = base + priceThousandths(old_tariff, before[MONTH_L], early_l) + late_cost;
  if (old_cost === booked) {
    return old_cost;
  }
  const new_cost = base + priceThousandths(new_tariff, before[MONTH_L], early_l) + late_cost;
  return new_cost === booked ? new_cost : -1;
}

function push(model: Model, passed: Passed): void {
  if (model.trail_count === TRAIL_MAX) {
    model.trail_first = (model.trail_first + 1) % TRAIL_MAX;
    model.trail_count -= 1;
  }
  const place = (model.trail_first + model.trail_count) % TRAIL_MAX;
  if (place === model.trail.length) {
    model.trail.push(passed);
  } else {
    model.trail[place] = passed;
  }
  model.trail_count += 1;
}

/** Forgets states that no recovery may lead to any more; a few stay, so that a fault can be named. */
function prune(model: Model): void {
  const oldest_parts = model.settled_parts - 2 * quantumParts(model);
  while (model.trail_count > TRAIL_KEPT) {
    const oldest = passedAt(model, model.trail_count - 1);
    if (oldest.generation >= model.floor_generation && partsOf(model, oldest.books) >= oldest_parts) {
      return;
    }
    model.trail_first = (model.trail_first + 1) % TRAIL_MAX;
    model.trail_count -= 1;
  }
}

/** Begins the trail at the state of a new meter. */
export function beginTrail(model: Model, books: number[], cost_thousandths: number): void {
  model.trail_first = 0;
  model.trail_count = 0;
  model.settled_parts = partsOf(model, books);
  model.base_generation = model.floor_generation;
  push(model, { books: copyBooks(books), generation: model.floor_generation, cost_thousandths: cost_thousandths });
}

/**
 * The run's own power has failed, and its meter has come back in this state. It may have read a torn commit that reads
 * otherwise at the next boot: until the meter has told something, which takes a commit, a further cut may lead to any
 * state that the first one could lead to, and the voucher in the hand is booked or not.
 */
export function resumeTrail(model: Model, books: number[], cost_thousandths: number): void {
  model.settled_parts = partsOf(model, books);
  model.base_generation = passedAt(model, 0).generation + 1;
  model.flight_torn = model.in_flight;
  push(model, { books: copyBooks(books), generation: model.base_generation, cost_thousandths: cost_thousandths });
}

/**
 * The generation of a state that differs from the newest one in what is committed at once. A change that was undone,
 * because it could not be stored, and that no one was told of, leads back to the generation before it.
 */
function nextGeneration(model: Model, books: number[]): number {
  const newest = passedAt(model, 0);
  for (let back = 1; newest.generation > model.base_generation && back < model.trail_count; back++) {
    const passed = passedAt(model, back);
    if (passed.generation === model.base_generation) {
      const undone = differsAt(passed.books, books, AT_ONCE, EXACT) === EXACT;
      return undone ? model.base_generation : newest.generation + 1;
    }
  }
  return newest.generation + 1;
}

/** Takes note of the state that the run is in now. */
export function observe(model: Model, books: number[]): void {
  const newest = passedAt(model, 0);
  if (differsAt(newest.books, books, 0, EXACT) === EXACT) {
    return;
  }
  const same = differsAt(newest.books, books, AT_ONCE, EXACT) === EXACT;
  const cost = explainCost(model, newest, books);
  if (cost < 0 && model.broken === "") {
    model.broken = "charge_is_the_price_of_the_litres";
  }
  push(model, {
    books: copyBooks(books),
    generation: same ? newest.generation : nextGeneration(model, books),
    cost_thousandths: cost < 0 ? bookedThousandths(books) : cost,
  });
}

/** The outside world has been told of the newest state: its commit stands, with the litres that it began with. */
export function acknowledge(model: Model): void {
  const generation = passedAt(model, 0).generation;
  if (generation === model.floor_generation) {
    return;
  }
  let first = passedAt(model, 0);
  for (let back = 1; back < model.trail_count && passedAt(model, back).generation === generation; back++) {
    first = passedAt(model, back);
  }
  model.durable_parts = Math.max(model.durable_parts, partsOf(model, first.books));
  model.floor_generation = generation;
  model.base_generation = generation;
}

/**
 * An event is over, and with it every call: what it changed is acknowledged. `searching`: a number is being looked for,
 * and what is in the hand stays there until it is found or not.
 */
export function endEvent(model: Model, searching: boolean): void {
  const newest = passedAt(model, 0).books;
  acknowledge(model);
  model.settled_parts = partsOf(model, newest);
  if (!searching) {
    takeFlight(model, newest);
  }
  prune(model);
}

/** An event is over on a meter that cannot store: it has promised nothing, and settled nothing of a cut before. */
export function settle(model: Model): void {
  model.in_flight = model.flight_torn;
  prune(model);
}

/** What is taken once the voucher or token in the hand is as well; undefined when it is too old. */
function takenWithFlight(model: Model, taken: Taken): Taken | undefined {
  if (model.in_flight && model.flight_token !== undefined) {
    return takenWithToken(taken, model.flight_token);
  }
  const opening = model.flight_sequence === 0 && taken.milli === 0;
  if (!model.in_flight || (taken.sequence >= model.flight_sequence && !opening)) {
    return undefined;
  }
  return {
    sequence: model.flight_sequence,
    milli: taken.milli + model.flight_milli,
    tokens: taken.tokens,
    cleared: taken.cleared,
  };
}

/** What these books have taken: all vouchers, with or without what is in flight; undefined when neither is true. */
export function takenBy(model: Model, books: number[]): Taken | undefined {
  for (const taken of model.taken) {
    const same = takenAs(taken, books);
    if (same !== undefined) {
      return same;
    }
    const more = takenWithFlight(model, taken);
    const with_flight = more === undefined ? undefined : takenAs(more, books);
    if (with_flight !== undefined) {
      return with_flight;
    }
  }
  return undefined;
}

/** The meter has told what it has taken: the voucher in the hand is marked as used, or it was refused. */
export function takeFlight(model: Model, books: number[]): void {
  const taken = takenBy(model, books);
  if (taken !== undefined) {
    model.taken = [taken];
  }
  model.in_flight = false;
  model.flight_torn = false;
}

/** What was in the hand may still be torn: from here on it is among what may have been taken. */
function keepTorn(model: Model): void {
  const without = model.taken.length;
  for (let i = 0; model.flight_torn && i < without; i++) {
    const taken = takenWithFlight(model, model.taken[i]);
    if (taken !== undefined) {
      model.taken.push(taken);
    }
  }
  assert(model.taken.length <= TAKEN_MAX, "few vouchers are torn in a row");
  model.flight_torn = false;
}

/** A token is keyed in. One that was taken before brings nothing, whatever the meter says. */
export function keyIn(model: Model, token: ToldToken): void {
  keepTorn(model);
  model.in_flight = true;
  model.flight_token = token;
  model.flight_marks = tokenMarks(passedAt(model, 0).books);
}

/** A voucher is handed in: an old one changes nothing, whatever the meter says. One before it may still be torn. */
export function handIn(model: Model, sequence: number, amount_milli: number): void {
  keepTorn(model);
  const opening = Math.floor(passedAt(model, 0).books[LOCKS] / LOCK_NOT_COMMISSIONED) % 2 === 1;
  model.in_flight = !opening || sequence === 0;
  model.flight_token = undefined;
  model.flight_sequence = sequence;
  model.flight_milli = amount_milli;
}

/** What a meter with these books has taken when the voucher in the hand is handed in once more. */
export function takenAgain(model: Model, books: number[]): Taken | undefined {
  const taken = takenBy(model, books);
  const more = taken === undefined ? undefined : takenWithFlight(model, taken);
  return more === undefined ? taken : more;
}

/** Whether a tariff is one that was handed in, in every number. */
export function tariffWhole(model: Model, tariff: Tariff): boolean {
  const known = tariffOf(model, tariff.id);
  if (known === undefined || known.start_utc_s !== tariff.start_utc_s) {
    return false;
  }
  const blocks = known.limits_l.length;
  if (known.standing_milli !== tariff.standing_milli || tariff.limits_l.length !== blocks) {
    return false;
  }
  return (
    tariff.prices_milli.length === blocks &&
    differsAt(known.limits_l, tariff.limits_l, 0, blocks) === blocks &&
    differsAt(known.prices_milli, tariff.prices_milli, 0, blocks) === blocks
  );
}

/** The newest state of the trail that equals these books; undefined when the run never was in it. */
export function findPassed(model: Model, books: number[]): Passed | undefined {
  for (let back = 0; back < model.trail_count; back++) {
    const passed = passedAt(model, back);
    if (differsAt(passed.books, books, 0, EXACT) === EXACT) {
      return passed;
    }
  }
  return undefined;
}

/**
 * On a meter that cannot commit: the state that was committed last, from which marks have led to these books. Litres
 * may have used up the credit again.
 */
export function findMarked(model: Model, books: number[]): Passed | undefined {
  for (let back = 0; back < model.trail_count; back++) {
    const passed = passedAt(model, back);
    if (differsAt(passed.books, books, AT_ONCE, CUT) === CUT && explainCost(model, passed, books) >= 0) {
      return passed;
    }
  }
  return undefined;
}

/** What a branch of the trail puts back when it ends. */
export interface Branch {
  trail_first: number;
  trail_count: number;
}

/** Goes on from a state of the trail as its newest one: a recovery that may be cut as well. */
export function beginBranch(model: Model, passed: Passed): Branch {
  const branch = { trail_first: model.trail_first, trail_count: model.trail_count };
  push(model, passed);
  return branch;
}

export function endBranch(model: Model, branch: Branch): void {
  model.trail_first = branch.trail_first;
  model.trail_count = branch.trail_count;
}
