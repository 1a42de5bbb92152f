/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B). The chaining may begin at any value instead of zero, because DESFire continues
 * it from one message to the next (channel.ts of the room card).
 */
import type { Cmac, Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import { AES_BLOCK_BYTES, AES_KEY_BYTES } from "./aes";

/** A key with its subkeys, for as long as several messages are to be authenticated under it. */
export interface CmacKey {
  key: number[];
  whole: number[];
  padded: number[];
  /** Makes a MAC: the board's own way, or `cmacBy` where it has none. */
  link: Cmac;
}

/** A one bit, and zeros. */
const PADDING: number[] = [128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

export function zeroBlock(): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}

/** Times x in GF(2^128) (RFC 4493 2.3). Written out, because a step of a loop costs a small engine more than its work. */
function doubledBlock(b: number[]): number[] {
  assert(b.length === AES_BLOCK_BYTES, "a block has 16 bytes");
  return [
    ((b[0] & 127) << 1) | (b[1] > 127 ? 1 : 0),
    ((b[1] & 127) << 1) | (b[2] > 127 ? 1 : 0),
    ((b[2] & 127) << 1) | (b[3] > 127 ? 1 : 0),
    ((b[3] & 127) << 1) | (b[4] > 127 ? 1 : 0),
    ((b[4] & 127) << 1) | (b[5] > 127 ? 1 : 0),
    ((b[5] & 127) << 1) | (b[6] > 127 ? 1 : 0),
    ((b[6] & 127) << 1) | (b[7] > 127 ? 1 : 0),
    ((b[7] & 127) << 1) | (b[8] > 127 ? 1 : 0),
    ((b[8] & 127) << 1) | (b[9] > 127 ? 1 : 0),
    ((b[9] & 127) << 1) | (b[10] > 127 ? 1 : 0),
    ((b[10] & 127) << 1) | (b[11] > 127 ? 1 : 0),
    ((b[11] & 127) << 1) | (b[12] > 127 ? 1 : 0),
    ((b[12] & 127) << 1) | (b[13] > 127 ? 1 : 0),
    ((b[13] & 127) << 1) | (b[14] > 127 ? 1 : 0),
    ((b[14] & 127) << 1) | (b[15] > 127 ? 1 : 0),
    ((b[15] & 127) << 1) ^ (b[0] > 127 ? 135 : 0),
  ];
}

/** Written out like the doubling. */
function exclusiveOr(a: number[], b: number[]): number[] {
  assert(a.length === AES_BLOCK_BYTES && b.length === AES_BLOCK_BYTES, "blocks have 16 bytes");
  return [
    a[0] ^ b[0],
    a[1] ^ b[1],
    a[2] ^ b[2],
    a[3] ^ b[3],
    a[4] ^ b[4],
    a[5] ^ b[5],
    a[6] ^ b[6],
    a[7] ^ b[7],
    a[8] ^ b[8],
    a[9] ^ b[9],
    a[10] ^ b[10],
    a[11] ^ b[11],
    a[12] ^ b[12],
    a[13] ^ b[13],
    a[14] ^ b[14],
    a[15] ^ b[15],
  ];
}

/** CMAC by the board's AES. */
function cmacBy(crypto: Crypto, key: number[], whole: number[], padded: number[]): Cmac {
  return function (initial, message) {
    const last = Math.floor(Math.max(message.length - 1, 0) / AES_BLOCK_BYTES) * AES_BLOCK_BYTES;
    const missing = last + AES_BLOCK_BYTES - message.length;
    const end = last === 0 ? message : message.slice(last, message.length);
    const masked = missing === 0 ? exclusiveOr(end, whole) : exclusiveOr(end.concat(PADDING.slice(0, missing)), padded);
    if (last === 0) {
      return crypto.aes_cbc_encrypt(key, initial, masked);
    }
    const blocks = crypto.aes_cbc_encrypt(key, initial, message.slice(0, last).concat(masked));
    return blocks.slice(last, last + AES_BLOCK_BYTES);
  };
}

/** Subkeys K1 and K2 (RFC 4493 2.3). One AES block. */
export function cmacKey(crypto: Crypto, key: number[]): CmacKey {
  assert(key.length === AES_KEY_BYTES, "a key has 16 bytes");
  const whole = doubledBlock(crypto.aes_cbc_encrypt(key, zeroBlock(), zeroBlock()));
  const padded = doubledBlock(whole);
  const native = crypto.aes_cmac;
  return {
    key: key,
    whole: whole,
    padded: padded,
    link: native === undefined ? cmacBy(crypto, key, whole, padded) : native(key, whole, padded),
  };
}

/**
 * The 16-byte MAC of a message, chained on from `initial`: padded, masked with the subkey that belongs to it (RFC 4493
 * 2.4), enciphered as a whole. As many AES blocks as the message has, one for none. What the key's `link` returns is the
 * same, but to be indexed, compared and chained on from only (hal/crypto.ts).
 */
export function cmacFrom(cmac: CmacKey, initial: number[], message: number[]): number[] {
  return cmac.link(initial, message).slice(0, AES_BLOCK_BYTES);
}

/** The 16-byte MAC of a message that is padded to two blocks at least (AN10922). */
export function cmacOfTwoBlocks(crypto: Crypto, cmac: CmacKey, message: number[]): number[] {
  if (message.length > AES_BLOCK_BYTES) {
    return cmacFrom(cmac, zeroBlock(), message);
  }
  // A shorter one has its padding in the first block: the second is zeros, and masked it is the subkey.
  const end = message.length < AES_BLOCK_BYTES ? cmac.padded : exclusiveOr(PADDING, cmac.padded);
  const blocks = message.concat(PADDING.slice(0, AES_BLOCK_BYTES - message.length), end);
  return crypto.aes_cbc_encrypt(cmac.key, zeroBlock(), blocks).slice(AES_BLOCK_BYTES, 2 * AES_BLOCK_BYTES);
}

/** The 16-byte MAC of a message. */
export function cmac(crypto: Crypto, key: number[], message: number[]): number[] {
  return cmacFrom(cmacKey(crypto, key), zeroBlock(), message);
}

/** Compares in a time that does not depend on where they differ, as far as the engine has such a time. */
export function sameBytes(one: number[], other: number[]): boolean {
  return one.length === other.length && sameStart(one, other, one.length);
}

/** The same for the first bytes of both. */
export function sameStart(one: number[], other: number[], length: number): boolean {
  assert(one.length >= length && other.length >= length, "what is compared is there");
  let difference = 0;
  let left = length;
  // Four in a step: a step of a loop costs a small engine as much as two bytes.
  while (left > 3) {
    left -= 4;
    difference |=
      (one[left] ^ other[left]) |
      (one[left + 1] ^ other[left + 1]) |
      (one[left + 2] ^ other[left + 2]) |
      (one[left + 3] ^ other[left + 3]);
  }
  while (left > 0) {
    left -= 1;
    difference |= one[left] ^ other[left];
  }
  return difference === 0;
}
