/**
 * How a content goes to many meters in their daily window: in fragments of which size, and how many of them.
 *
 * Two ways, compared by the airtime until every meter has the content, where each copy of a frame is lost with the same
 * chance for each meter:
 *
 *   passes   the content's own fragments again and again. A meter waits for each single one, so the last of all meters
 *            needs about log(meters x count) / log(1 / loss) passes: six at 1,000 meters and 20 % loss, however many
 *            fragments there are.
 *   code     each frame has another number (firmware/carousel/erasure.ts), and any `count` of them are enough. What a
 *            meter gets is a binomial number; its spread shrinks against its mean as fragments become smaller and more,
 *            while each brings its own header. Between the two lies the size with the least airtime.
 *
 * Of the plans whose airtime is at most RATIO_MOST times that of their fragments sent once, the one with the least is
 * taken; where there is none, the least of all. At 1,000 meters, 20 % loss and 1,000 bytes over C2 it is 56 bytes a
 * fragment, 18 of them, 35 frames and 558 ms, 1.95 times the minimum; passes need 1677 ms at their best
 * (`curbstop radio plan`).
 *
 * A plan has so many frames that fewer than UNFINISHED_MOST meters are expected to be left over: one broadcast in twenty
 * needs a second day, once the telegrams have told, and with its frames it comes to more than twice the minimum.
 */
import { airtimeUs, dutyPermille, type RadioMode } from "../../firmware/modem/airtime";
import { HOUR_MS } from "../../firmware/modem/duty_cycle";
import { FRAGMENTS_MAX } from "../../firmware/carousel/erasure";
import {
  FRAGMENT_MAX_BYTES,
  FRAGMENT_MIN_BYTES,
  FRAGMENT_OVERHEAD_BYTES,
  fragmentCount,
  isDivisible,
} from "../../firmware/carousel/fragments";
import { frameA, frameB } from "../../firmware/radio/frames";

/** Meters left over on the first day, in the mean. */
export const UNFINISHED_MOST = 0.05;

/** Loss that a gateway plans for. */
export const PLANNED_LOSS = 0.2;

/** Airtime of a plan against its fragments sent once. */
export const RATIO_MOST = 2;

export type Way = "code" | "passes";

export interface Field {
  readonly meters: number;
  /** Part of the copies that a meter does not hear, 0 to 0.9. */
  readonly loss: number;
  readonly mode: RadioMode;
}

export interface Plan {
  readonly way: Way;
  readonly size: number;
  readonly count: number;
  /** Numbers in the order in which they are sent. */
  readonly numbers: readonly number[];
  /** Meters that are expected to be left over. */
  readonly unfinished: number;
  readonly airtime_us: number;
  /** Each fragment once, to all at once; and to each meter by itself. */
  readonly broadcast_minimum_us: number;
  readonly unicast_minimum_us: number;
}

/** A content as it is on the air: of wireless M-Bus in format A, as the module sends it (firmware/modem/im871a.ts). */
export function frameOf(mode: RadioMode, content: number[]): number[] {
  return mode.startsWith("SF") ? frameB(content) : frameA(content);
}

/** Airtime of a content in its frame. */
export function contentAirtime(mode: RadioMode, content: number[]): number {
  return airtimeUs(mode, frameOf(mode, content).length);
}

/** Airtime of fragment `n` with its header and sums. */
export function fragmentAirtime(mode: RadioMode, length: number, size: number, n: number): number {
  const count = fragmentCount(length, size);
  const content_bytes = FRAGMENT_OVERHEAD_BYTES + (n === count - 1 ? length - n * size : size);
  const content = new Array<number>(content_bytes).fill(0);
  content[0] = content_bytes - 1;
  return contentAirtime(mode, content);
}

/** Chance that fewer than `least` of `frames` arrive. */
export function chanceOfFewer(least: number, frames: number, loss: number): number {
  if (loss === 0) return frames < least ? 1 : 0;
  let term = frames * Math.log(loss);
  let sum = Math.exp(term);
  for (let arrived = 1; arrived < least; arrived++) {
    term += Math.log((frames - arrived + 1) / arrived) + Math.log((1 - loss) / loss);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

function planOf(way: Way, length: number, size: number, field: Field, numbers: number[], unfinished: number): Plan {
  const { mode, meters } = field;
  const count = fragmentCount(length, size);
  const airtimes = numbers.map((n) => fragmentAirtime(mode, length, size, n));
  const own = Array.from({ length: count }, (_, n) => fragmentAirtime(mode, length, size, n));
  const once_us = own.reduce((sum, airtime_us) => sum + airtime_us, 0);
  return {
    way,
    size,
    count,
    numbers,
    unfinished,
    airtime_us: airtimes.reduce((sum, airtime_us) => sum + airtime_us, 0),
    broadcast_minimum_us: once_us,
    unicast_minimum_us: once_us * meters,
  };
}

/** Enough numbers of the code; undefined where there are not enough numbers. */
function codePlan(length: number, size: number, field: Field): Plan | undefined {
  const count = fragmentCount(length, size);
  for (let frames = count; frames <= FRAGMENTS_MAX; frames++) {
    const unfinished = field.meters * chanceOfFewer(count, frames, field.loss);
    if (unfinished > UNFINISHED_MOST) continue;
    return planOf(
      "code",
      length,
      size,
      field,
      Array.from({ length: frames }, (_, n) => n),
      unfinished,
    );
  }
  return undefined;
}

/** Enough passes through the content's own fragments. */
function passesPlan(length: number, size: number, field: Field): Plan {
  const count = fragmentCount(length, size);
  for (let passes = 1; ; passes++) {
    const unfinished = field.meters * (1 - (1 - field.loss ** passes) ** count);
    if (unfinished > UNFINISHED_MOST) continue;
    const numbers = Array.from({ length: passes * count }, (_, place) => place % count);
    return planOf("passes", length, size, field, numbers, unfinished);
  }
}

/** A plan of one way and one size of fragments. */
export function planWith(way: Way, length: number, size: number, field: Field): Plan | undefined {
  if (!isDivisible(length, size)) return undefined;
  return way === "code" ? codePlan(length, size, field) : passesPlan(length, size, field);
}

/** Airtime against that of each fragment sent once to all. */
export function ratioOf({ airtime_us, broadcast_minimum_us }: Plan): number {
  return airtime_us / broadcast_minimum_us;
}

function isBetter(one: Plan, other: Plan): boolean {
  const [one_within, other_within] = [ratioOf(one) <= RATIO_MOST, ratioOf(other) <= RATIO_MOST];
  return one_within === other_within ? one.airtime_us < other.airtime_us : one_within;
}

/** The best plan of one way among all sizes. */
export function bestPlan(way: Way, length: number, field: Field): Plan {
  let best: Plan | undefined;
  for (let size = FRAGMENT_MIN_BYTES; size <= FRAGMENT_MAX_BYTES; size++) {
    // Sizes that cut the content into as many fragments differ only in filling: the smallest one is the best.
    if (isDivisible(length, size - 1) && fragmentCount(length, size - 1) === fragmentCount(length, size)) continue;
    const plan = planWith(way, length, size, field);
    if (plan !== undefined && (best === undefined || isBetter(plan, best))) best = plan;
  }
  if (best === undefined) throw new RangeError(`no size of fragments fits a content of ${length} bytes`);
  return best;
}

/** Numbers that no meter has heard yet, for those left over after `sent` frames; none when the code has no more. */
export function moreNumbers(plan: Plan, sent: number, wanted: number): number[] {
  if (plan.way === "passes") return Array.from({ length: plan.count }, (_, n) => n);
  const fresh = Array.from({ length: wanted }, (_, place) => sent + place).filter((n) => n < FRAGMENTS_MAX);
  return fresh.length > 0 ? fresh : Array.from({ length: Math.min(wanted, FRAGMENTS_MAX) }, (_, n) => n);
}

/** Airtime that the law leaves in an hour of a mode's sub-band. */
export function hourAirtimeUs(mode: RadioMode): number {
  return dutyPermille(mode) * HOUR_MS;
}
