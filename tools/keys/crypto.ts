/**
 * The crypto port of the desktop, on node:crypto, so that what desk and meter must compute alike is one source.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { LmsHash } from "../../firmware/crypto/lms";
import type { Crypto } from "../../hal/crypto";

export function createNodeCrypto(): Crypto & LmsHash {
  return {
    aes_cbc_encrypt: (key, initial, data) => {
      const cipher = createCipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(initial)).setAutoPadding(false);
      return [...cipher.update(Buffer.from(data)), ...cipher.final()];
    },
    aes_cbc_decrypt: (key, initial, data) => {
      const decipher = createDecipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(initial)).setAutoPadding(false);
      return [...decipher.update(Buffer.from(data)), ...decipher.final()];
    },
    sha256: (data) => [...createHash("sha256").update(Buffer.from(data)).digest()],
  };
}
