/**
 * Leaves on disk, so that a signature does not make the whole key again: one line, leaves of n bytes each in
 * hexadecimal. They are public, and good when the root over them is the public key's; a file that is missing, damaged or
 * of another key is made anew.
 */
import { readSecretFile, writeSecretFile } from "../keys/secret_file";
import { publicKey } from "./key";
import type { LmsKey } from "./ots";
import { makeLeaves, treeOver, type OnLeaf, type Tree } from "./tree";

export function writeLeaves(file: string, leaves: Buffer): void {
  writeSecretFile(file, `${leaves.toString("hex")}\n`);
}

function readLeaves(file: string, { parameters }: LmsKey): Buffer | undefined {
  const length = parameters.n * 2 ** parameters.height;
  const text = readSecretFile(file, 2 * length + 1)?.toString("latin1");
  if (text === undefined || text.length !== 2 * length + 1) return undefined;
  const leaves = Buffer.from(text.slice(0, -1), "hex");
  return leaves.length === length ? leaves : undefined;
}

/** The tree of a key, from its leaves on disk where they are good. */
export async function treeFrom(file: string, key: LmsKey, public_key: Buffer, on_leaf?: OnLeaf): Promise<Tree> {
  const kept = readLeaves(file, key);
  if (kept !== undefined) {
    const tree = treeOver(key, kept);
    if (publicKey(key, tree).equals(public_key)) return tree;
  }
  const leaves = await makeLeaves(key, on_leaf);
  const tree = treeOver(key, leaves);
  if (!publicKey(key, tree).equals(public_key)) throw new Error("a seed gives another public key than it did");
  writeLeaves(file, leaves);
  return tree;
}
