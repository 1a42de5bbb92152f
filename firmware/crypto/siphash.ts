/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): 64 bits of a short message under a key
 * of 16 bytes. OpenPAYGO tokens are made of it; it guards nothing else here.
 *
 * The engines have no 64-bit numbers, so each of the four words v0 to v3 is four limbs of 16 bits, least significant
 * first, in one array of 16: v1's limbs are at 4 to 7, v2's at 8 to 11, v3's at 12 to 15.
 */
import { assert } from "../assert";

export const SIPHASH_KEY_BYTES = 16;
const MESSAGE_MAX_BYTES = 255;
const WORD_BYTES = 8;
const LIMBS = 4;
const HALF = 65536;
const V0 = 0;
const V1 = 4;
const V2 = 8;
const V3 = 12;

/** "somepseudorandomlygeneratedbytes" of the paper, as the limbs of v0, v1, v2 and v3. */
const START: number[] = [
  0x6575, 0x7073, 0x6d65, 0x736f, 0x6f6d, 0x6e64, 0x7261, 0x646f, 0x7261, 0x6e65, 0x6765, 0x6c79, 0x6573, 0x7974,
  0x6462, 0x7465,
];

/** v[to] += v[from], modulo 2^64. */
function add(v: number[], to: number, from: number): void {
  let carry = 0;
  for (let i = 0; i < LIMBS; i++) {
    const sum = v[to + i] + v[from + i] + carry;
    carry = sum >= HALF ? 1 : 0;
    v[to + i] = sum % HALF;
  }
}

/** v[to] rotated left by so many limbs and bits. */
function turn(v: number[], to: number, limbs: number, bits: number): void {
  const old = [v[to], v[to + 1], v[to + 2], v[to + 3]];
  for (let i = 0; i < LIMBS; i++) {
    const high = old[(i + LIMBS - limbs) % LIMBS];
    const low = old[(i + 2 * LIMBS - limbs - 1) % LIMBS];
    v[to + i] = ((high << bits) & 0xffff) + Math.floor(low / (1 << (16 - bits)));
  }
}

function mix(v: number[], to: number, from: number): void {
  for (let i = 0; i < LIMBS; i++) {
    v[to + i] = v[to + i] ^ v[from + i];
  }
}

/** SipRound of the paper, so many times. */
function rounds(v: number[], times: number): void {
  for (let round = 0; round < times; round++) {
    add(v, V0, V1);
    turn(v, V1, 0, 13);
    mix(v, V1, V0);
    turn(v, V0, 2, 0);
    add(v, V2, V3);
    turn(v, V3, 1, 0);
    mix(v, V3, V2);
    add(v, V0, V3);
    turn(v, V3, 1, 5);
    mix(v, V3, V0);
    add(v, V2, V1);
    turn(v, V1, 1, 1);
    mix(v, V1, V2);
    turn(v, V2, 2, 0);
  }
}

/** Mixes eight bytes, least significant first, into the word at `to`. */
function mixBytes(v: number[], to: number, bytes: number[], first: number): void {
  for (let i = 0; i < LIMBS; i++) {
    v[to + i] = v[to + i] ^ (bytes[first + 2 * i] + 256 * bytes[first + 2 * i + 1]);
  }
}

/** The message with zeros up to whole words, the last byte of which is its length. */
function paddedMessage(message: number[]): number[] {
  const bytes: number[] = [];
  for (const byte of message) {
    bytes.push(byte);
  }
  while (bytes.length % WORD_BYTES !== WORD_BYTES - 1) {
    bytes.push(0);
  }
  bytes.push(message.length);
  return bytes;
}

/** The 64 bits as four numbers of 16, least significant first. */
export function siphash(key: number[], message: number[]): number[] {
  assert(key.length === SIPHASH_KEY_BYTES, "a SipHash key has 16 bytes");
  assert(message.length <= MESSAGE_MAX_BYTES, "only short messages are hashed");
  const v: number[] = [];
  for (const limb of START) {
    v.push(limb);
  }
  for (let word = 0; word < 4; word++) {
    mixBytes(v, LIMBS * word, key, WORD_BYTES * (word % 2));
  }
  const bytes = paddedMessage(message);
  for (let first = 0; first < bytes.length; first += WORD_BYTES) {
    mixBytes(v, V3, bytes, first);
    rounds(v, 2);
    mixBytes(v, V0, bytes, first);
  }
  v[V2] = v[V2] ^ 255;
  rounds(v, 4);
  const hash: number[] = [];
  for (let i = 0; i < LIMBS; i++) {
    hash.push(v[i] ^ v[V1 + i] ^ v[V2 + i] ^ v[V3 + i]);
  }
  return hash;
}
