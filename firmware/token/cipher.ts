/**
 * Cipher: the two encryption algorithms of IEC 62055-41 by their numbers, for one block under one decoder key.
 *
 *   EA11  MISTY1, key of 16 bytes: the usual one
 *   EA07  STA, key of 8 bytes: for regions whose vending keys are older. With the operator's tables, or the sample ones
 */
import { assert } from "../assert";
import { textBytes } from "../card/bytes";
import { MISTY1_KEY_BYTES, misty1Decrypt, misty1Encrypt, misty1Schedule } from "../crypto/misty1";
import type { StaTables } from "../crypto/sta";
import { STA_KEY_BYTES, sampleStaTables, staDecrypt, staEncrypt } from "../crypto/sta";

export const EA_STA = 7;
export const EA_MISTY1 = 11;

/** Bytes of a decoder key; 0 for an algorithm that there is not. */
export function decoderKeyBytes(algorithm: number): number {
  if (algorithm === EA_MISTY1) {
    return MISTY1_KEY_BYTES;
  }
  return algorithm === EA_STA ? STA_KEY_BYTES : 0;
}

/** The key comes as characters 0 to 255. `tables` undefined: the sample ones. */
export function decryptBlock(algorithm: number, tables: StaTables | undefined, key: string, block: number[]): number[] {
  assert(key.length === decoderKeyBytes(algorithm), "a decoder key fits its algorithm");
  if (algorithm === EA_MISTY1) {
    return misty1Decrypt(misty1Schedule(key), block);
  }
  return staDecrypt(tables === undefined ? sampleStaTables() : tables, textBytes(key), block);
}

export function encryptBlock(algorithm: number, tables: StaTables | undefined, key: string, block: number[]): number[] {
  assert(key.length === decoderKeyBytes(algorithm), "a decoder key fits its algorithm");
  if (algorithm === EA_MISTY1) {
    return misty1Encrypt(misty1Schedule(key), block);
  }
  return staEncrypt(tables === undefined ? sampleStaTables() : tables, textBytes(key), block);
}
