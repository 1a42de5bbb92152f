/**
 * Draws: random numbers of one case, from the seed of the run and the number of the case, so that any case can be run
 * alone and a long run can be cut into ranges. Mulberry32: quick to begin, and good enough for mutations. Never for keys.
 */
export interface Draws {
  state: number;
}

export function drawsOf(seed: number, number: number): Draws {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return { state: (mixed ^ (mixed >>> 13)) >>> 0 };
}

function word(draws: Draws): number {
  draws.state = (draws.state + 0x6d2b79f5) >>> 0;
  let mixed = draws.state;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/** A whole number from 0 to `below` - 1. */
export function below(draws: Draws, limit: number): number {
  return word(draws) % limit;
}

/** True in so many of a thousand. */
export function chance(draws: Draws, permille: number): boolean {
  return below(draws, 1000) < permille;
}

export function pick<T>(draws: Draws, list: readonly T[]): T {
  return list[below(draws, list.length)];
}

export function bytesOf(draws: Draws, length: number): number[] {
  const bytes: number[] = [];
  while (bytes.length < length) bytes.push(below(draws, 256));
  return bytes;
}

/** The same bytes with 1 to `most` bits turned. */
export function flipped(draws: Draws, bytes: readonly number[], most: number): number[] {
  const copy = bytes.slice();
  for (let bits = 1 + below(draws, most); bits > 0 && copy.length > 0; bits--) {
    copy[below(draws, copy.length)] ^= 1 << below(draws, 8);
  }
  return copy;
}
