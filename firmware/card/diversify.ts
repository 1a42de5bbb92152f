/**
 * One AES-128 key per card from a master key (NXP AN10922 2.2): the CMAC under the master of
 *
 *   0     1  01, the constant of AES-128
 *   1  1-31  diversification input: card UID || application id || system identifier
 *
 * padded to 32 bytes always. The CMAC of RFC 4493 would leave an input of 16 bytes or less in one block, so it gives
 * other keys there; from 17 bytes on the two are equal.
 *
 * The meter and the card desk both use it, under different masters (tools/keys/derive.ts): a meter holds only the one
 * with which purses are debited and vouchers read. Two CMAC subkeys and two blocks: 3 AES blocks a key.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import type { CmacKey } from "../crypto/cmac";
import { cmacKey, cmacOfTwoBlocks } from "../crypto/cmac";

const AES_128_CONSTANT = 1;
const PADDED_BYTES = 32;
export const DIVERSIFICATION_MAX_BYTES = PADDED_BYTES - 1;

/** The key of one card under a master that is used for many: its subkeys are known. */
export function diversifiedUnder(
  crypto: Crypto,
  master: CmacKey,
  uid: number[],
  application: number[],
  system: number[],
): number[] {
  const input = [AES_128_CONSTANT].concat(uid, application, system);
  assert(input.length > 1 && input.length <= PADDED_BYTES, "a diversification input has 1 to 31 bytes");
  return cmacOfTwoBlocks(crypto, master, input);
}

/** The key of one card. The order is that of AN10922's example; the application id is three bytes as on the card. */
export function diversifiedKey(
  crypto: Crypto,
  master: number[],
  uid: number[],
  application: number[],
  system: number[],
): number[] {
  return diversifiedUnder(crypto, cmacKey(crypto, master), uid, application, system);
}
