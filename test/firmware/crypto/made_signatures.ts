/**
 * Good signatures without a signer: under random values a verifier computes some root, and the public key that has this
 * root makes them good. Random by seed, so that counts over many of them are the same in every run.
 */
import { createHash, hash } from "node:crypto";
import { bytesText, textBytes } from "../../../firmware/card/bytes";
import {
  beginVerification,
  lmsParameters,
  lmsSignatureBytes,
  stepVerification,
  type LmsHash,
  type LmsParameters,
} from "../../../firmware/crypto/lms";

export const NODE_HASH: LmsHash = {
  sha256: (data) => textBytes(hash("sha256", Buffer.from(data), "binary")),
};

export interface Made {
  public_key: number[];
  message: number[];
  signature: number[];
}

export function parametersOf(tree_type: number, ots_type: number): LmsParameters {
  const parameters = lmsParameters(tree_type, ots_type);
  if (parameters === undefined) throw new Error(`${tree_type} with ${ots_type} is no parameter set`);
  return parameters;
}

/** So many bytes that follow from a text. */
export function bytesFrom(seed: string, length: number): number[] {
  const bytes: number[] = [];
  for (let i = 0; bytes.length < length; i++) bytes.push(...createHash("sha256").update(`${seed} ${i}`).digest());
  return bytes.slice(0, length);
}

const number4 = (value: number) => [Math.floor(value / 2 ** 24), (value >> 16) & 255, (value >> 8) & 255, value & 255];

/** A good signature of one level. */
export function madeSignature(tree_type: number, ots_type: number, seed: string): Made {
  const parameters = parametersOf(tree_type, ots_type);
  const { n, height } = parameters;
  const message = bytesFrom(`${seed} message`, 100);
  const signature = [...number4(0), ...bytesFrom(`${seed} signature`, lmsSignatureBytes(parameters))];
  const [high, low] = bytesFrom(`${seed} leaf`, 2);
  signature.splice(4, 4, ...number4((high * 256 + low) % 2 ** height));
  signature.splice(8, 4, ...number4(ots_type));
  signature.splice(signature.length - height * n - 4, 4, ...number4(tree_type));
  const front = [...number4(1), ...number4(tree_type), ...number4(ots_type), ...bytesFrom(`${seed} identifier`, 16)];
  const unknown = [...front, ...new Array<number>(n).fill(0)];
  const work = beginVerification(NODE_HASH, unknown, message, bytesText(signature));
  stepVerification(work, 1_000_000);
  return { public_key: [...front, ...work.value], message, signature };
}
