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

export function zeroBlock(): number[] {
  const block: number[] = [];
  while (block.length < AES_BLOCK_BYTES) {
    block.push(0);
  }
  return block;
}

/** Times x in GF(2^128) (RFC 4493 2.3). */
function doubledBlock(block: number[]): number[] {
  const doubled: number[] = [];
  for (let i = 0; i < AES_BLOCK_BYTES; i++) {
    const carry = i + 1 < AES_BLOCK_BYTES && block[i + 1] > 127 ? 1 : 0;
    doubled.push(((block[i] & 127) << 1) | carry);
  }
  if (block[0] > 127) {
    doubled[AES_BLOCK_BYTES - 1] = doubled[AES_BLOCK_BYTES - 1] ^ 135;
  }
  return doubled;
}

/** Subkeys K1 and K2 (RFC 4493 2.3). One AES block. */
export function cmacKey(crypto: Crypto, key: number[]): CmacKey {
  assert(key.length === AES_KEY_BYTES, "a key has 16 bytes");
  const whole = doubledBlock(crypto.aes_cbc_encrypt(key, zeroBlock(), zeroBlock()));
  return { key: key, whole: whole, padded: doubledBlock(whole) };
}

/** The message with its padding and the subkey that belongs to it (RFC 4493 2.4), up to `least_bytes` at least. */
function finished(cmac: CmacKey, message: number[], least_bytes: number): number[] {
  const blocks: number[] = [];
  for (const byte of message) {
    blocks.push(byte);
  }
  const is_whole = message.length >= Math.max(least_bytes, 1) && message.length % AES_BLOCK_BYTES === 0;
  if (!is_whole) {
    blocks.push(128);
  }
  while (blocks.length < least_bytes || blocks.length % AES_BLOCK_BYTES !== 0) {
    blocks.push(0);
  }
  const subkey = is_whole ? cmac.whole : cmac.padded;
  const last = blocks.length - AES_BLOCK_BYTES;
  for (let i = 0; i < AES_BLOCK_BYTES; i++) {
    blocks[last + i] = blocks[last + i] ^ subkey[i];
  }
  return blocks;
}

function lastBlock(bytes: number[]): number[] {
  const last: number[] = [];
  for (let i = bytes.length - AES_BLOCK_BYTES; i < bytes.length; i++) {
    last.push(bytes[i]);
  }
  return last;
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
  for (let i = 0; i < one.length; i++) {
    difference = difference | (one[i] ^ other[i]);
  }
  return difference === 0;
}
