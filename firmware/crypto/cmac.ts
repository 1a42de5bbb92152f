/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B). The chaining may begin at any value instead of zero, because DESFire continues
 * it from one message to the next (channel.ts of the room card).
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import { AES_BLOCK_BYTES, AES_KEY_BYTES } from "./aes";

/** A key with its subkeys, for as long as several messages are to be authenticated under it. */
export interface CmacKey {
  key: number[];
  whole: number[];
  padded: number[];
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

/** Subkeys K1 and K2 (RFC 4493 2.3). One AES block. */
export function cmacKey(crypto: Crypto, key: number[]): CmacKey {
  assert(key.length === AES_KEY_BYTES, "a key has 16 bytes");
  const whole = doubledBlock(crypto.aes_cbc_encrypt(key, zeroBlock(), zeroBlock()));
  return { key: key, whole: whole, padded: doubledBlock(whole) };
}

/** The message with its padding and the subkey that belongs to it (RFC 4493 2.4), up to `least_bytes` at least. */
function finished(cmac: CmacKey, message: number[], least_bytes: number): number[] {
  const beyond = message.length % AES_BLOCK_BYTES;
  const is_whole = beyond === 0 && message.length >= Math.max(least_bytes, 1);
  let blocks = is_whole ? message : message.concat(PADDING.slice(0, AES_BLOCK_BYTES - beyond));
  while (blocks.length < least_bytes) {
    blocks = blocks.concat(zeroBlock());
  }
  const last = blocks.length - AES_BLOCK_BYTES;
  const masked = exclusiveOr(lastBlock(blocks), is_whole ? cmac.whole : cmac.padded);
  return last === 0 ? masked : blocks.slice(0, last).concat(masked);
}

function lastBlock(bytes: number[]): number[] {
  return bytes.slice(bytes.length - AES_BLOCK_BYTES, bytes.length);
}

/** The 16-byte MAC of a message, chained on from `initial`. As many AES blocks as the message has, one for none. */
export function cmacFrom(crypto: Crypto, cmac: CmacKey, initial: number[], message: number[]): number[] {
  return lastBlock(crypto.aes_cbc_encrypt(cmac.key, initial, finished(cmac, message, 0)));
}

/** The 16-byte MAC of a message that is padded to `least_bytes` at least: AN10922 asks for two blocks. */
export function cmacPadded(crypto: Crypto, key: number[], message: number[], least_bytes: number): number[] {
  return lastBlock(crypto.aes_cbc_encrypt(key, zeroBlock(), finished(cmacKey(crypto, key), message, least_bytes)));
}

/** The 16-byte MAC of a message. */
export function cmac(crypto: Crypto, key: number[], message: number[]): number[] {
  return cmacPadded(crypto, key, message, 0);
}

/** Compares in a time that does not depend on where they differ, as far as the engine has such a time. */
export function sameBytes(one: number[], other: number[]): boolean {
  if (one.length !== other.length) {
    return false;
  }
  let difference = 0;
  let left = one.length;
  while (left > 0) {
    left -= 1;
    difference |= one[left] ^ other[left];
  }
  return difference === 0;
}
