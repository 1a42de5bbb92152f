/**
 * Signature: the last 16 bytes of a voucher, an order or a read-back, AES-CMAC (RFC 4493) over all bytes before them.
 */
import type { Crypto } from "../../hal/crypto";
import type { CmacKey } from "../crypto/cmac";
import { cmacFrom, sameBytes, zeroBlock } from "../crypto/cmac";

export const SIGNATURE_BYTES = 16;

/** These bytes with their signature behind them. */
export function signedBytes(crypto: Crypto, key: CmacKey, bytes: number[]): number[] {
  return bytes.concat(cmacFrom(crypto, key, zeroBlock(), bytes));
}

/** Whether bytes end with their signature under a key. */
export function signatureGood(crypto: Crypto, key: CmacKey, bytes: number[]): boolean {
  const signed = bytes.length - SIGNATURE_BYTES;
  const expected = cmacFrom(crypto, key, zeroBlock(), bytes.slice(0, signed));
  return sameBytes(expected, bytes.slice(signed, bytes.length));
}
