/**
 * Crypto twin: a board without native primitives, so the firmware's own are exercised.
 */
import type { Crypto } from "../../hal/crypto";

export function createCryptoTwin(): Crypto {
  return { aes_ecb_encrypt: undefined, aes_ecb_decrypt: undefined, sha256: undefined };
}
