/**
 * Token number: the twenty digits that people key in, and the 66 bits in them (IEC 62055-41, token data format; the
 * digits are the numeric carrier of IEC 62055-51).
 *
 *   66 bits = block of 64 bits with the class, 2 bits, put in: bits 28 and 27 of the block move to 65 and 64, and the
 *   class goes to 28 and 27 in their place. As a decimal number, with zeros in front up to twenty digits.
 *
 * Twenty digits can say more than 66 bits hold (73786976294838206463): such a number is no token.
 */
import { assert } from "../assert";

export const TOKEN_DIGITS = 20;
export const BLOCK_BYTES = 8;
const CLASS_MAX = 3;
/** 66 bits and the six zero bits above them. */
const NUMBER_BYTES = 9;
/** Byte of the block in which bits 28 and 27 are, and the weight of bit 27 there. */
const CLASS_BYTE = 4;
const CLASS_WEIGHT = 8;

export interface TokenNumber {
  /** 0 credit, 1 tests and displays, 2 management, 3 reserved. */
  token_class: number;
  /** 64 bits, most significant byte first; enciphered in classes 0 and 2. */
  block: number[];
}

/** Puts two bits in the place of bits 28 and 27, and tells what stood there. */
function exchange(block: number[], bits: number): number {
  const byte = block[CLASS_BYTE];
  const before = Math.floor(byte / CLASS_WEIGHT) % 4;
  block[CLASS_BYTE] = byte + (bits - before) * CLASS_WEIGHT;
  return before;
}

/** What comes in with one of eight digits stays below 2^51. */
const GROUP_SCALE = 100000000;
const FOUR_SCALE = 10000;
const LIMB = 16777216;
/** So far below zero that four digits more leave it there. */
const NO_DIGITS = -100000000;

function putLimb(bytes: number[], limb: number): void {
  const high = Math.floor(limb / 65536);
  const middle = Math.floor(limb / 256);
  bytes.push(high, middle - high * 256, limb - middle * 256);
}

/** Four digits as a number; NO_DIGITS when there is another character. Few statements: a small engine pays for each. */
function fourAt(digits: string, place: number): number {
  const a = digits.charCodeAt(place);
  const b = digits.charCodeAt(place + 1);
  const c = digits.charCodeAt(place + 2);
  const d = digits.charCodeAt(place + 3);
  return Math.min(a, b, c, d) < 48 || Math.max(a, b, c, d) > 57 ? NO_DIGITS : a * 1000 + b * 100 + c * 10 + d - 53328;
}

/**
 * What the digits say; undefined when they are no token number. Three limbs of 24 bits, and digits in three groups: a
 * byte and a digit at a time would be ten times the work on a small engine, and so would loops.
 */
export function readTokenNumber(digits: string): TokenNumber | undefined {
  if (digits.length !== TOKEN_DIGITS) {
    return undefined;
  }
  const first = fourAt(digits, 0);
  const second = fourAt(digits, 4) * FOUR_SCALE + fourAt(digits, 8);
  const third = fourAt(digits, 12) * FOUR_SCALE + fourAt(digits, 16);
  if (first < 0 || second < 0 || third < 0) {
    return undefined;
  }
  // The first twelve digits are 2^24 * upper + low; eight more follow.
  const twelve = first * GROUP_SCALE + second;
  const upper = Math.floor(twelve / LIMB);
  const low_sum = (twelve - upper * LIMB) * GROUP_SCALE + third;
  const low_carry = Math.floor(low_sum / LIMB);
  const middle_sum = upper * GROUP_SCALE + low_carry;
  const top = Math.floor(middle_sum / LIMB);
  const bits = Math.floor(top / 65536);
  if (bits > CLASS_MAX) {
    return undefined;
  }
  const block: number[] = [];
  const high = Math.floor(top / 256);
  block.push(high - bits * 256, top - high * 256);
  putLimb(block, middle_sum - top * LIMB);
  putLimb(block, low_sum - low_carry * LIMB);
  return { token_class: exchange(block, bits), block: block };
}

/** The twenty digits of a class and a block. */
export function tokenDigits(token_class: number, block: number[]): string {
  assert(
    block.length === BLOCK_BYTES && token_class >= 0 && token_class <= CLASS_MAX,
    "a token has a class and a block",
  );
  const bytes: number[] = [0];
  for (const byte of block) {
    bytes.push(byte);
  }
  const inner: number[] = [];
  for (const byte of block) {
    inner.push(byte);
  }
  bytes[0] = exchange(inner, token_class);
  bytes[CLASS_BYTE + 1] = inner[CLASS_BYTE];
  let digits = "";
  for (let digit = 0; digit < TOKEN_DIGITS; digit++) {
    let rest = 0;
    for (let i = 0; i < NUMBER_BYTES; i++) {
      const value = rest * 256 + bytes[i];
      bytes[i] = Math.floor(value / 10);
      rest = value % 10;
    }
    digits = String.fromCharCode(48 + rest) + digits;
  }
  return digits;
}

/** Digits in groups of four, as they are printed and shown while they are keyed in. */
export function groupedDigits(digits: string): string {
  let text = "";
  for (let first = 0; first < digits.length; first += 4) {
    const group = digits.substring(first, Math.min(first + 4, digits.length));
    text = first === 0 ? group : text + " " + group;
  }
  return text;
}
