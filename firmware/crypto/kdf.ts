/**
 * Keys from a key: NIST SP 800-108r1 4.1 in counter mode with AES-CMAC as the pseudorandom function, one block, so a key
 * of AES-128. OpenSSL calls the same KBKDF.
 *
 *   CMAC(root, 00000001 || label || 00 || context || 00000080)
 *
 * The counter and the length in bits are 4 bytes each, most significant first; the label is ASCII.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import { cmac } from "./cmac";

/** No derivation needs a longer one. */
const LABEL_MAX = 32;

/** The first block for a fixed input as it stands: the form in which NIST publishes vectors. */
export function derivedBlock(crypto: Crypto, root: number[], fixed: number[]): number[] {
  return cmac(crypto, root, [0, 0, 0, 1].concat(fixed));
}

/** An AES-128 key of this name. */
export function derivedKey(crypto: Crypto, root: number[], label: string, context: number[]): number[] {
  assert(label.length > 0 && label.length <= LABEL_MAX, "a derivation has a label");
  const fixed: number[] = [];
  for (let i = 0; i < label.length; i++) {
    fixed.push(label.charCodeAt(i));
  }
  return derivedBlock(crypto, root, fixed.concat([0], context, [0, 0, 0, 128]));
}
