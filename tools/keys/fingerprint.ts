/**
 * Fingerprints by which people compare keys without seeing them: key check values of three bytes, as HSMs show them.
 *
 *   16 bytes  CMAC of a block of zeros (ANSI X9.24-1:2017 Annex A)
 *   others    HMAC-SHA-256 of the same: a vending key of 20 bytes, and EA07's of 8, are no AES keys
 *
 * No derivation has a block of zeros as its message, so a fingerprint says nothing about a derived key; and it takes
 * 2^24 keys at most to find one with the same, so it finds mix-ups, not forgers.
 */
import { AES_KEY_BYTES } from "../../firmware/crypto/aes";
import { cmac, zeroBlock } from "../../firmware/crypto/cmac";
import { createNodeCrypto } from "./crypto";
import type { Secret } from "./secret";

const FINGERPRINT_BYTES = 3;

const crypto = createNodeCrypto();

function text(whole: Uint8Array): string {
  return Buffer.from(whole).subarray(0, FINGERPRINT_BYTES).toString("hex").toUpperCase();
}

/** Of a vending key that does HMAC-SHA-256 where it is. */
export function hmacFingerprint(hmac: (message: Uint8Array) => Buffer): string {
  return text(hmac(Buffer.from(zeroBlock())));
}

export function fingerprint(key: Secret): string {
  if (key.known_fingerprint !== undefined) return key.known_fingerprint;
  if (key.length === AES_KEY_BYTES) return text(Buffer.from(cmac(crypto, key.bytes(), zeroBlock())));
  return hmacFingerprint((message) => key.hmacSha256(message));
}
