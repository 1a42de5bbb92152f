/**
 * SHA-256 (FIPS 180-4) in halves of words: for boards whose chip has none.
 *
 * A word of 32 bits is two numbers of 16, the upper before the lower, because no engine may see a bit operation on more
 * than 31 bits. Constants are kept as hexadecimal text and unpacked when a board asks for the algorithm.
 */
import { assert } from "../assert";
import { hexBytes, wholeAt } from "../card/bytes";

export const SHA256_BYTES = 32;

const BLOCK_BYTES = 64;
/** Where the length of the message stands in the last block (FIPS 180-4 5.1.1). */
const LENGTH_FIRST = 56;
const ROUNDS = 64;
const HALF = 65536;
/** The one bit behind a message, and seven zeros. */
const ONE_BIT = 128;
/** Eight words of state, in halves. */
const STATE_HALVES = 16;
/** 2^32 bytes are more than any message here, and keep the count of bits within 2^53. */
const MESSAGE_MAX_BYTES = 4294967296;

/** Cube roots of the first 64 primes, 32 bits after the point (FIPS 180-4 4.2.2). */
const CONSTANTS =
  "428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be550c7dc3" +
  "72be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da" +
  "983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13" +
  "650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070" +
  "19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3748f82ee78a5636f84c878148cc70208" +
  "90befffaa4506cebbef9a3f7c67178f2";
/** Square roots of the first eight primes (FIPS 180-4 5.3.3). */
const FIRST_STATE = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19";

function halvesOf(hex: string): number[] {
  const bytes = hexBytes(hex);
  const halves: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    halves.push(wholeAt(bytes, i, 2));
  }
  return halves;
}

/**
 * The upper half of a word rotated right by as many bits, fewer than 16, as `power` has; `rest` is 65536 / power. With
 * the halves exchanged it is the lower half, and a rotation by 16 more has them exchanged once more.
 */
function turned(high: number, low: number, power: number, rest: number): number {
  return Math.floor(high / power) + (low % power) * rest;
}

/** Words 16 to 63 of the schedule (FIPS 180-4 6.2.2 step 1). */
function expand(words: number[]): void {
  for (let at = 2 * 16; at < 2 * ROUNDS; at += 2) {
    const h15 = words[at - 30];
    const l15 = words[at - 29];
    const h2 = words[at - 4];
    const l2 = words[at - 3];
    // sigma0: rotations by 7 and 18, shift by 3; sigma1: rotations by 17 and 19, shift by 10.
    const high0 = turned(h15, l15, 128, 512) ^ turned(l15, h15, 4, 16384) ^ Math.floor(h15 / 8);
    const low0 = turned(l15, h15, 128, 512) ^ turned(h15, l15, 4, 16384) ^ turned(l15, h15, 8, 8192);
    const high1 = turned(l2, h2, 2, 32768) ^ turned(l2, h2, 8, 8192) ^ Math.floor(h2 / 1024);
    const low1 = turned(h2, l2, 2, 32768) ^ turned(h2, l2, 8, 8192) ^ turned(l2, h2, 1024, 64);
    const low = words[at - 31] + low0 + words[at - 13] + low1;
    const high = words[at - 32] + high0 + words[at - 14] + high1 + Math.floor(low / HALF);
    words.push(high % HALF);
    words.push(low % HALF);
  }
}

/** One block into the state (FIPS 180-4 6.2.2). */
function compress(constants: number[], state: number[], words: number[]): void {
  expand(words);
  const now: number[] = [];
  for (const half of state) {
    now.push(half);
  }
  for (let at = 0; at < 2 * ROUNDS; at += 2) {
    const e_high = now[8];
    const e_low = now[9];
    const a_high = now[0];
    const a_low = now[1];
    // Sigma1: rotations by 6, 11 and 25; Ch takes f where e has a one, g elsewhere.
    const high1 = turned(e_high, e_low, 64, 1024) ^ turned(e_high, e_low, 2048, 32) ^ turned(e_low, e_high, 512, 128);
    const low1 = turned(e_low, e_high, 64, 1024) ^ turned(e_low, e_high, 2048, 32) ^ turned(e_high, e_low, 512, 128);
    const choice_high = now[12] ^ (e_high & (now[10] ^ now[12]));
    const choice_low = now[13] ^ (e_low & (now[11] ^ now[13]));
    const first_low = now[15] + low1 + choice_low + constants[at + 1] + words[at + 1];
    const first_high = now[14] + high1 + choice_high + constants[at] + words[at];
    // Sigma0: rotations by 2, 13 and 22; Maj is what two of a, b and c have.
    const high0 = turned(a_high, a_low, 4, 16384) ^ turned(a_high, a_low, 8192, 8) ^ turned(a_low, a_high, 64, 1024);
    const low0 = turned(a_low, a_high, 4, 16384) ^ turned(a_low, a_high, 8192, 8) ^ turned(a_high, a_low, 64, 1024);
    const most_high = (a_high & now[2]) ^ (a_high & now[4]) ^ (now[2] & now[4]);
    const most_low = (a_low & now[3]) ^ (a_low & now[5]) ^ (now[3] & now[5]);
    for (let i = STATE_HALVES - 1; i > 1; i--) {
      now[i] = now[i - 2];
    }
    const next_e_low = now[9] + first_low;
    now[8] = (now[8] + first_high + Math.floor(next_e_low / HALF)) % HALF;
    now[9] = next_e_low % HALF;
    const next_a_low = first_low + low0 + most_low;
    now[0] = (first_high + high0 + most_high + Math.floor(next_a_low / HALF)) % HALF;
    now[1] = next_a_low % HALF;
  }
  for (let i = STATE_HALVES - 2; i >= 0; i -= 2) {
    const low = state[i + 1] + now[i + 1];
    state[i] = (state[i] + now[i] + Math.floor(low / HALF)) % HALF;
    state[i + 1] = low % HALF;
  }
}

/** Byte `at` of the padded message (FIPS 180-4 5.1.1). */
function paddedByte(data: number[], at: number, padded_length: number): number {
  if (at < data.length) {
    return data[at];
  }
  if (at === data.length) {
    return ONE_BIT;
  }
  // The length in bits is less than 2^48 (MESSAGE_MAX_BYTES): it stands in the last six bytes.
  let bits = 8 * data.length;
  for (let after = padded_length - 1; after > at && bits > 0; after--) {
    bits = Math.floor(bits / 256);
  }
  return bits % 256;
}

function digestBytes(state: number[]): number[] {
  const bytes: number[] = [];
  for (const half of state) {
    bytes.push(Math.floor(half / 256));
    bytes.push(half % 256);
  }
  return bytes;
}

function digest(constants: number[], first_state: number[], data: number[]): number[] {
  assert(data.length < MESSAGE_MAX_BYTES, "a message has fewer than 2^32 bytes");
  const blocks = Math.floor((data.length + BLOCK_BYTES - LENGTH_FIRST) / BLOCK_BYTES) + 1;
  const padded_length = blocks * BLOCK_BYTES;
  const state: number[] = [];
  for (const half of first_state) {
    state.push(half);
  }
  for (let block = 0; block < padded_length; block += BLOCK_BYTES) {
    const words: number[] = [];
    for (let at = block; at < block + BLOCK_BYTES; at += 2) {
      words.push(paddedByte(data, at, padded_length) * 256 + paddedByte(data, at + 1, padded_length));
    }
    compress(constants, state, words);
  }
  return digestBytes(state);
}

/** The firmware's own SHA-256, to be wired to the crypto port of a board that has none. */
export function createSha256(): (data: number[]) => number[] {
  const constants = halvesOf(CONSTANTS);
  const first_state = halvesOf(FIRST_STATE);
  assert(constants.length === 2 * ROUNDS && first_state.length === STATE_HALVES, "the constants are whole");
  return function (data) {
    return digest(constants, first_state, data);
  };
}

/** A hash over more than memory holds, or than may be hashed in one go: taken in piece by piece. */
export interface Sha256Run {
  /** Takes in whole blocks of 64 bytes, as a text of one character a byte. */
  absorb: (text: string) => void;
  /** The hash, with the last bytes, fewer than a block; nothing may be taken in after it. */
  finish: (text: string) => number[];
}

/** The end of a message: its last bytes, a one bit, zeros, and the length of the whole in bits (FIPS 180-4 5.1.1). */
function paddedEnd(text: string, message_bytes: number): string {
  let end = text + String.fromCharCode(ONE_BIT);
  while (end.length % BLOCK_BYTES !== LENGTH_FIRST) {
    end = end + "\0";
  }
  let length = "";
  let bits = 8 * message_bytes;
  for (let i = 0; i < BLOCK_BYTES - LENGTH_FIRST; i++) {
    length = String.fromCharCode(bits % 256) + length;
    bits = Math.floor(bits / 256);
  }
  return end + length;
}

export function createSha256Run(): Sha256Run {
  const constants = halvesOf(CONSTANTS);
  const state = halvesOf(FIRST_STATE);
  let taken_bytes = 0;
  function absorb(text: string): void {
    assert(text.length % BLOCK_BYTES === 0, "whole blocks are taken in");
    for (let block = 0; block < text.length; block += BLOCK_BYTES) {
      const words: number[] = [];
      for (let at = block; at < block + BLOCK_BYTES; at += 2) {
        words.push(text.charCodeAt(at) * 256 + text.charCodeAt(at + 1));
      }
      compress(constants, state, words);
    }
    taken_bytes += text.length;
  }
  return {
    absorb: absorb,
    finish: function (text) {
      absorb(paddedEnd(text, taken_bytes + text.length));
      return digestBytes(state);
    },
  };
}
