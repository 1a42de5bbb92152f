/**
 * Pseudo-random numbers of the simulated world: the minimal standard generator (Park and Miller, 1988, with the
 * multiplier 48271 of 1993). Every product stays below 2^47, so all engines agree. Never for keys.
 */
import { assert } from "../../firmware/assert";

const MODULUS = 2147483647;
const MULTIPLIER = 48271;

export interface RandomNumbers {
  state: number;
}

export function createRandomNumbers(seed: number): RandomNumbers {
  const state = ((seed % (MODULUS - 1)) + 1) % MODULUS;
  return { state: state };
}

/** A whole number from 0 to `below` - 1. */
export function randomBelow(random: RandomNumbers, below: number): number {
  assert(below > 0 && below < MODULUS, "the range is that of the generator");
  random.state = (random.state * MULTIPLIER) % MODULUS;
  return Math.floor(((random.state - 1) * below) / (MODULUS - 1));
}
