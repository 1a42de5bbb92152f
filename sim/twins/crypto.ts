/**
 * Crypto twin: a board whose chip computes nothing, so that the firmware's own algorithms are exercised. It has no
 * faults: a chip that computed wrongly would be refused by the vectors of a board's self-test.
 */
import type { Crypto } from "../../hal/crypto";
import { createAes } from "../../firmware/crypto/aes";

export function createCryptoTwin(): Crypto {
  const aes = createAes();
  return { aes_cbc_encrypt: aes.encrypt, aes_cbc_decrypt: aes.decrypt, sha256: undefined };
}
