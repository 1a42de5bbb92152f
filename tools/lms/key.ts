/**
 * An LMS key pair: made, and used for one leaf. Public key and signature are those of HSS with one level, as
 * firmware/crypto/lms.ts specifies them.
 */
import { randomBytes } from "node:crypto";
import { IDENTIFIER_BYTES, lmsParameters } from "../../firmware/crypto/lms";
import { Secret } from "../keys/secret";
import type { ParameterSet } from "./names";
import { signLeaf, type LmsKey } from "./ots";
import { makeLeaves, pathOf, treeOver, type OnLeaf, type Tree } from "./tree";

/** Levels beyond the first. */
const LEVELS_BELOW = 0;

function number4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface MadeKey {
  readonly key: LmsKey;
  readonly leaves: Buffer;
  readonly public_key: Buffer;
}

export function lmsKey({ tree_type, ots_type }: ParameterSet, identifier: Buffer, seed: Secret): LmsKey {
  const parameters = lmsParameters(tree_type, ots_type);
  if (parameters === undefined) throw new Error(`LMS ${tree_type} with LM-OTS ${ots_type} is no parameter set`);
  if (identifier.length !== IDENTIFIER_BYTES || seed.length !== parameters.n) throw new Error("no key has these parts");
  return { parameters, identifier, seed };
}

/** A new key pair, from the system's random numbers. */
export async function makeKey(set: ParameterSet, on_leaf?: OnLeaf): Promise<MadeKey> {
  const n = lmsParameters(set.tree_type, set.ots_type)?.n ?? 0;
  const key = lmsKey(set, randomBytes(IDENTIFIER_BYTES), new Secret(randomBytes(n)));
  const leaves = await makeLeaves(key, on_leaf);
  return { key, leaves, public_key: publicKey(key, treeOver(key, leaves)) };
}

/** Levels, types, identifier and root. */
export function publicKey({ parameters, identifier }: LmsKey, tree: Tree): Buffer {
  const types = [number4(parameters.tree_type), number4(parameters.ots_type)];
  return Buffer.concat([number4(LEVELS_BELOW + 1), ...types, identifier, tree[1]]);
}

/** The signature of a message under a leaf that has not signed before. */
export function signatureUnder(key: LmsKey, tree: Tree, leaf: number, message: Buffer): Buffer {
  const ots = signLeaf(key, leaf, message);
  const path = pathOf(key, tree, leaf);
  return Buffer.concat([number4(LEVELS_BELOW), number4(leaf), ots, number4(key.parameters.tree_type), path]);
}

/** The leaf under which a signature of one level was made. */
export function leafOf(signature: Buffer): number {
  return signature.readUInt32BE(4);
}
