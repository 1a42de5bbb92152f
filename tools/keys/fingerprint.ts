/**
 * Fingerprints by which people compare keys without seeing them: key check values of three bytes, as HSMs show them.
 *
 *   16 bytes  CMAC of a block of zeros (ANSI X9.24-1:2017 Annex A)
 *   20 bytes  HMAC-SHA-256 of the same: a vending key is no AES key
 *
 * No derivation has a block of zeros as its message, so a fingerprint says nothing about a derived key; and it takes
 * 2^24 keys at most to find one with the same, so it finds mix-ups, not forgers.
 */
import { createHmac } from "node:crypto";
import { AES_KEY_BYTES } from "../../firmware/crypto/aes";
import { cmac, zeroBlock } from "../../firmware/crypto/cmac";
import { createNodeCrypto } from "./crypto";
import type { Secret } from "./secret";

const FINGERPRINT_BYTES = 3;

const crypto = createNodeCrypto();

export function fingerprint(key: Secret): string {
  const whole =
    key.length === AES_KEY_BYTES
      ? cmac(crypto, key.bytes(), zeroBlock())
      : createHmac("sha256", key.buffer()).update(Buffer.from(zeroBlock())).digest();
  return Buffer.from(whole).subarray(0, FINGERPRINT_BYTES).toString("hex").toUpperCase();
}
