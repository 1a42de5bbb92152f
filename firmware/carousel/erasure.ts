/**
 * Erasure code of the carousel: from `count` fragments of a content any number of parity fragments are made, and any
 * `count` of all of them give the content back (a systematic Cauchy Reed-Solomon code).
 *
 *   field       GF(2^8), polynomial 0x11D
 *   number n    below count: a fragment as it is; from count on: the sum over all i below count of
 *               fragment i times 1 / (n + i), plus being exclusive or; n goes up to 255
 *
 * Every square part of such a matrix can be inverted, which is why it does not matter which ones were lost.
 *
 * Cost: a product of a fragment and a factor is two look-ups a byte in tables of 16 that are made for the factor; taking
 * m lost fragments back costs m x count of them, and nothing when none was lost. That is long for a small board, and
 * anyone can send what makes it do so: it is done in steps of one lost fragment, with pulses counted in between. No
 * table of the field is kept: 512 numbers are 6 KB on a small engine.
 *
 * Fragments are texts of one character a byte: as numbers they would take twelve times the memory.
 */
import { assert } from "../assert";

export const FRAGMENTS_MAX = 256;
const POLYNOMIAL_LOW = 0x1d;

/** Times x. */
function doubled(value: number): number {
  return value < 128 ? value * 2 : ((value - 128) * 2) ^ POLYNOMIAL_LOW;
}

export function product(one: number, other: number): number {
  let sum = 0;
  let shifted = one;
  let rest = other;
  while (rest > 0) {
    if (rest % 2 === 1) {
      sum = sum ^ shifted;
    }
    rest = Math.floor(rest / 2);
    shifted = doubled(shifted);
  }
  return sum;
}

/** 1 / value: its 254th power. */
export function inverse(value: number): number {
  assert(value > 0 && value < 256, "zero has no inverse");
  let power = 1;
  for (let i = 0; i < 7; i++) {
    power = product(product(power, power), value);
  }
  return product(power, power);
}

/** Factor of fragment i in parity fragment n. */
function factorOf(n: number, i: number): number {
  return inverse(n ^ i);
}

/** Multiples of a factor: 0 to 15 times it, then 0 to 240 times it in steps of 16. */
function multiples(factor: number): number[] {
  const table: number[] = [];
  for (let i = 0; i < 16; i++) {
    table.push(product(factor, i));
  }
  for (let i = 0; i < 16; i++) {
    table.push(product(factor, i * 16));
  }
  return table;
}

/** `sum` plus `fragment` times `factor`. */
function added(sum: string, fragment: string, factor: number): string {
  assert(sum.length === fragment.length, "fragments have one length");
  const table = multiples(factor);
  let text = "";
  for (let i = 0; i < fragment.length; i++) {
    const byte = fragment.charCodeAt(i);
    text = text + String.fromCharCode(sum.charCodeAt(i) ^ table[byte % 16] ^ table[16 + Math.floor(byte / 16)]);
  }
  return text;
}

function zeros(length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    text = text + "\0";
  }
  return text;
}

function scaled(fragment: string, factor: number): string {
  return added(zeros(fragment.length), fragment, factor);
}

/** Fragment `n` of those that `fragments` make. */
export function fragmentOf(fragments: string[], n: number): string {
  assert(n >= 0 && n < FRAGMENTS_MAX && fragments.length <= FRAGMENTS_MAX, "a fragment has a number");
  if (n < fragments.length) {
    return fragments[n];
  }
  let sum = zeros(fragments[0].length);
  for (let i = 0; i < fragments.length; i++) {
    sum = added(sum, fragments[i], factorOf(n, i));
  }
  return sum;
}

/** Numbers below `count` that are not among `numbers`. */
function lostOf(numbers: number[], count: number): number[] {
  const lost: number[] = [];
  for (let i = 0; i < count; i++) {
    if (numbers.indexOf(i) < 0) {
      lost.push(i);
    }
  }
  return lost;
}

/** One equation: factors of the lost fragments, and what they sum to. */
interface Equation {
  factors: number[];
  sum: string;
}

/** Lost fragments on their way back: one equation each, which are set up first and solved then. */
export interface Recovery {
  numbers: number[];
  texts: string[];
  count: number;
  lost: number[];
  equations: Equation[];
  /** Equations that are solved. */
  solved: number;
}

/** The parity fragment at a place, less what is known of it. */
function equationOf(recovery: Recovery, place: number): Equation {
  const numbers = recovery.numbers;
  const n = numbers[place];
  let sum = recovery.texts[place];
  for (let at = 0; at < numbers.length; at++) {
    if (numbers[at] < recovery.count) {
      sum = added(sum, recovery.texts[at], factorOf(n, numbers[at]));
    }
  }
  const factors: number[] = [];
  for (const i of recovery.lost) {
    factors.push(factorOf(n, i));
  }
  return { factors: factors, sum: sum };
}

/** Takes `times` another equation off one. */
function takeOff(equation: Equation, other: Equation, times: number): void {
  for (let i = 0; i < equation.factors.length; i++) {
    equation.factors[i] = equation.factors[i] ^ product(other.factors[i], times);
  }
  equation.sum = added(equation.sum, other.sum, times);
}

/** From any `count` different fragments and their numbers. */
export function beginRecovery(numbers: number[], texts: string[], count: number): Recovery {
  assert(numbers.length === count && texts.length === count, "as many fragments as the content has");
  const lost = lostOf(numbers, count);
  return { numbers: numbers, texts: texts, count: count, lost: lost, equations: [], solved: 0 };
}

/** Sets up the next equation, of the next parity fragment that has come. */
function setUp(recovery: Recovery): void {
  const numbers = recovery.numbers;
  const count = recovery.count;
  const equations = recovery.equations;
  let parities = equations.length;
  for (let at = 0; at < count; at++) {
    if (numbers[at] < count) {
      continue;
    }
    if (parities === 0) {
      equations.push(equationOf(recovery, at));
      return;
    }
    parities -= 1;
  }
  assert(false, "each number is there once");
}

/** Gauss and Jordan: afterwards the sum of equation i is lost fragment i. No pivot is zero in such a matrix. */
function solveNext(recovery: Recovery): void {
  const equations = recovery.equations;
  const i = recovery.solved;
  const one = equations[i];
  const divisor = inverse(one.factors[i]);
  for (let k = 0; k < one.factors.length; k++) {
    one.factors[k] = product(one.factors[k], divisor);
  }
  one.sum = scaled(one.sum, divisor);
  for (let k = 0; k < equations.length; k++) {
    if (k !== i && equations[k].factors[i] !== 0) {
      takeOff(equations[k], one, equations[k].factors[i]);
    }
  }
  recovery.solved += 1;
}

/** Goes on by one equation, which costs at most as many products as the content has bytes; true when none is left. */
export function stepRecovery(recovery: Recovery): boolean {
  if (recovery.equations.length < recovery.lost.length) {
    setUp(recovery);
  } else if (recovery.solved < recovery.lost.length) {
    solveNext(recovery);
  }
  return recovery.solved === recovery.lost.length;
}

/** The content's fragments in their order, one after the other, from a recovery that has come to its end. */
export function recoveredText(recovery: Recovery): string {
  assert(recovery.solved === recovery.lost.length, "what was lost is back");
  let text = "";
  for (let i = 0; i < recovery.count; i++) {
    const place = recovery.lost.indexOf(i);
    text = text + (place < 0 ? recovery.texts[recovery.numbers.indexOf(i)] : recovery.equations[place].sum);
  }
  return text;
}
