/**
 * Numbers of a torture: everything that varies is drawn from the seed of the program and the number of the cut, so that
 * one cut can be run alone. Neighbouring seeds of a small generator begin alike; a large factor and two draws part them.
 */
import type { RandomNumbers } from "../world/random_numbers";
import { createRandomNumbers, randomBelow } from "../world/random_numbers";

const FIRST_FACTOR = 69069;
const FOLD = 2097143;
const SECOND_FACTOR = 2654435761;
const BELOW_2_31 = 2147483646;

export function numbersOf(seed: number, number: number): RandomNumbers {
  const folded = (seed * FIRST_FACTOR + number) % FOLD;
  const numbers = createRandomNumbers((folded * SECOND_FACTOR) % BELOW_2_31);
  randomBelow(numbers, 2);
  randomBelow(numbers, 2);
  return numbers;
}

export function between(numbers: RandomNumbers, least: number, most: number): number {
  return least + randomBelow(numbers, most - least + 1);
}

/** True in so many of a thousand. */
export function chance(numbers: RandomNumbers, permille: number): boolean {
  return randomBelow(numbers, 1000) < permille;
}

export function pick(numbers: RandomNumbers, list: number[]): number {
  return list[randomBelow(numbers, list.length)];
}

export function pickText(numbers: RandomNumbers, list: string[]): string {
  return list[randomBelow(numbers, list.length)];
}
