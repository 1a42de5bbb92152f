/**
 * A good signature without a signer: under random values a verifier computes some root, and the public key that has
 * this root makes them good. For fuzzing: such a key signs exactly one message.
 */
import { createHash } from "node:crypto";
import { bytesText } from "../../firmware/card/bytes";
import {
  beginVerification,
  lmsParameters,
  lmsSignatureBytes,
  stepVerification,
  type LmsHash,
} from "../../firmware/crypto/lms";
import { bytesOf, type Draws } from "../card_fuzz/draws";

/** LMS 10 and LM-OTS 7: n = 24, height 5, W4. */
const TREE_TYPE = 10;
const OTS_TYPE = 7;
const HASHES_MAX = 100_000;

export const NODE_HASH: LmsHash = {
  sha256: (data) => [...createHash("sha256").update(Uint8Array.from(data)).digest()],
};

const number4 = (value: number): number[] => [0, 0, Math.floor(value / 256), value % 256];

export interface SignedOnce {
  /** As the meter's setting has it. */
  region_key: string;
  /** Message and signature. */
  content: string;
}

export function signedOnce(draws: Draws, message: number[]): SignedOnce {
  const parameters = lmsParameters(TREE_TYPE, OTS_TYPE);
  if (parameters === undefined) throw new Error("the fuzz's parameter set exists");
  const { n, height } = parameters;
  const signature = [...number4(0), ...bytesOf(draws, lmsSignatureBytes(parameters))];
  signature.splice(4, 4, ...number4(7));
  signature.splice(8, 4, ...number4(OTS_TYPE));
  signature.splice(signature.length - height * n - 4, 4, ...number4(TREE_TYPE));
  const front = [...number4(1), ...number4(TREE_TYPE), ...number4(OTS_TYPE), ...bytesOf(draws, 16)];
  const unknown = [...front, ...new Array<number>(n).fill(0)];
  const work = beginVerification(NODE_HASH, unknown, message, bytesText(signature));
  stepVerification(work, HASHES_MAX);
  return {
    region_key: Buffer.from([...front, ...work.value]).toString("hex"),
    content: bytesText([...message, ...signature]),
  };
}
