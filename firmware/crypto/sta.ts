/**
 * STA, the standard transfer algorithm of IEC 62055-41 (encryption algorithm EA07): 64-bit blocks and keys, 16 rounds
 * of a substitution and a permutation, of one set of tables.
 *
 *   encrypt: key := complement of the key, rotated right by 12; 16 times { every nibble i of the block goes through the
 *   second substitution where bit 4i+3 of the key is set, else through the first; bit i of the block goes to bit
 *   permutation[i]; key rotated left by 1 }. Bit and nibble 0 are the least significant.
 *
 * The tables here are those that the standard prints as its sample: tokens made with them are for tests and trials. The
 * tables in use are handed out by the STS Association to its members; an operator loads them as a file of its own when
 * a meter is provisioned, and they are never part of this project. `tablesFault` says what is wrong with such a file.
 *
 * Inside of this file a block is 64 bits as an array of 0 and 1, least significant first: EA07 is for meters that are
 * in the field already, and this is the way to write it in which nothing can go wrong.
 */
import { assert } from "../assert";

export const STA_KEY_BYTES = 8;
export const STA_BLOCK_BYTES = 8;
const BITS = 64;
const ROUNDS = 16;
const KEY_TURN = 12;

/** Two substitutions of nibbles, and the place to which each bit goes. */
export interface StaTables {
  first: number[];
  second: number[];
  permutation: number[];
}

export function sampleStaTables(): StaTables {
  return {
    first: [12, 10, 8, 4, 3, 15, 0, 2, 14, 1, 5, 13, 6, 9, 7, 11],
    second: [6, 9, 7, 4, 3, 10, 12, 14, 2, 13, 1, 15, 0, 11, 8, 5],
    permutation: [
      29, 27, 34, 9, 16, 62, 55, 2, 40, 49, 38, 25, 33, 61, 30, 23, 1, 41, 21, 57, 42, 15, 5, 58, 19, 53, 22, 17, 48,
      28, 24, 39, 3, 60, 36, 14, 11, 52, 54, 12, 31, 51, 10, 26, 0, 45, 37, 43, 44, 6, 59, 4, 7, 35, 56, 50, 13, 18, 32,
      47, 46, 63, 20, 8,
    ],
  };
}

/** Whether the values are 0, 1, ... up to their number, in any order. */
function isPermutation(values: number[], length: number): boolean {
  if (values.length !== length) {
    return false;
  }
  const seen: boolean[] = [];
  for (let i = 0; i < length; i++) {
    seen.push(false);
  }
  for (const value of values) {
    if (!(value >= 0 && value < length) || Math.floor(value) !== value || seen[value]) {
      return false;
    }
    seen[value] = true;
  }
  return true;
}

/** The name of a table that is none; "" when all are good. */
export function tablesFault(tables: StaTables): string {
  if (!isPermutation(tables.first, 16)) {
    return "first";
  }
  if (!isPermutation(tables.second, 16)) {
    return "second";
  }
  return isPermutation(tables.permutation, BITS) ? "" : "permutation";
}

function bitsOf(bytes: number[]): number[] {
  assert(bytes.length === STA_BLOCK_BYTES, "an STA block or key has 8 bytes");
  const bits: number[] = [];
  for (let i = STA_BLOCK_BYTES - 1; i >= 0; i--) {
    let rest = bytes[i];
    for (let bit = 0; bit < 8; bit++) {
      bits.push(rest % 2);
      rest = Math.floor(rest / 2);
    }
  }
  return bits;
}

function bytesOf(bits: number[]): number[] {
  const bytes: number[] = [];
  for (let i = STA_BLOCK_BYTES - 1; i >= 0; i--) {
    let byte = 0;
    for (let bit = 7; bit >= 0; bit--) {
      byte = 2 * byte + bits[8 * i + bit];
    }
    bytes.push(byte);
  }
  return bytes;
}

/** Bit `place` of the key as it stands in round `round`: complemented, turned right by 12, then left once a round. */
function keyBit(key: number[], place: number, round: number): number {
  return 1 - key[(place + KEY_TURN + BITS - round) % BITS];
}

/** Where each value of a substitution came from. */
function inverse(values: number[]): number[] {
  const from: number[] = [];
  for (let i = 0; i < values.length; i++) {
    from.push(0);
  }
  for (let i = 0; i < values.length; i++) {
    from[values[i]] = i;
  }
  return from;
}

/** Puts every nibble through the substitution that the key's bits choose. */
function substitute(bits: number[], key: number[], round: number, first: number[], second: number[]): void {
  for (let at = 0; at < BITS; at += 4) {
    const nibble = bits[at] + 2 * bits[at + 1] + 4 * bits[at + 2] + 8 * bits[at + 3];
    let rest = keyBit(key, at + 3, round) === 1 ? second[nibble] : first[nibble];
    for (let bit = 0; bit < 4; bit++) {
      bits[at + bit] = rest % 2;
      rest = Math.floor(rest / 2);
    }
  }
}

/** The bits in the order in which `from` names them. */
function taken(bits: number[], from: number[]): number[] {
  const moved: number[] = [];
  for (let i = 0; i < BITS; i++) {
    moved.push(bits[from[i]]);
  }
  return moved;
}

export function staEncrypt(tables: StaTables, key: number[], block: number[]): number[] {
  const key_bits = bitsOf(key);
  const from = inverse(tables.permutation);
  let bits = bitsOf(block);
  for (let round = 0; round < ROUNDS; round++) {
    substitute(bits, key_bits, round, tables.first, tables.second);
    bits = taken(bits, from);
  }
  return bytesOf(bits);
}

export function staDecrypt(tables: StaTables, key: number[], block: number[]): number[] {
  const key_bits = bitsOf(key);
  const first = inverse(tables.first);
  const second = inverse(tables.second);
  let bits = bitsOf(block);
  for (let round = ROUNDS - 1; round >= 0; round--) {
    bits = taken(bits, tables.permutation);
    substitute(bits, key_bits, round, first, second);
  }
  return bytesOf(bits);
}
