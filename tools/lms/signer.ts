/**
 * Signs: takes a leaf for good, then computes the signature, then verifies it as a meter will. A leaf whose signature did
 * not come out is given up.
 */
import path from "node:path";
import { bytesText } from "../../firmware/card/bytes";
import { lmsParameters, verifyLms } from "../../firmware/crypto/lms";
import { createNodeCrypto } from "../keys/crypto";
import { KeyError } from "../keys/key_error";
import { LOCK_WAIT_MS, withLock } from "../keys/lock";
import { makeSecretFolder } from "../keys/secret_file";
import { signingName, signingRotation, type SigningKey } from "../keys/signing";
import { lmsKey, signatureUnder } from "./key";
import { treeFrom } from "./leaves_file";
import { mendCounter, readState, reserveLeaf, type StatePlaces } from "./state";
import type { OnLeaf } from "./tree";

export interface Signed {
  readonly signature: Buffer;
  readonly leaf: number;
  /** Signatures that this key can still make. */
  readonly left: number;
}

export interface SigningOptions {
  /** The highest leaf of messages that are known to be signed with this key. */
  readonly seen_leaf?: number | undefined;
  readonly on_leaf?: OnLeaf;
  readonly wait_ms?: number;
}

/** How many signatures a key makes in its life. */
export function leavesOf({ tree_type, ots_type }: Pick<SigningKey, "tree_type" | "ots_type">): number {
  return 2 ** (lmsParameters(tree_type, ots_type)?.height ?? 0);
}

function assertNotSeen(key: SigningKey, next: number, seen_leaf: number | undefined): void {
  if (seen_leaf === undefined || seen_leaf < next) return;
  const advice = `make a new key: ${signingRotation(key)}`;
  const why = `it would use leaf ${next}, and a message under leaf ${seen_leaf} is there already`;
  throw new KeyError("signing_state", `the ${signingName(key)} signs no more: ${why}, so its state is old (${advice})`);
}

function assertGood(key: SigningKey, message: Buffer, signature: Buffer): void {
  const { sha256 } = createNodeCrypto();
  if (sha256 === undefined) throw new Error("node:crypto has SHA-256");
  const public_key = [...Buffer.from(key.public_key, "hex")];
  if (verifyLms({ sha256 }, public_key, [...message], bytesText([...signature]))) return;
  throw new Error("a signature of this machine is not good; it computes wrongly");
}

/** Signs one message. */
export async function signMessage(
  key: SigningKey,
  places: StatePlaces,
  message: Buffer,
  options: SigningOptions = {},
): Promise<Signed> {
  const private_key = lmsKey(key, Buffer.from(key.identifier, "hex"), key.seed);
  const total = leavesOf(key);
  // Where there is no record the state is refused; for its lock the folder must be there.
  makeSecretFolder(path.dirname(places.record));
  const work = async (): Promise<Signed> => {
    const state = readState(places, key);
    assertNotSeen(key, state.next, options.seen_leaf);
    if (state.next >= total) {
      const advice = `${signingRotation(key)} makes a new one`;
      throw new KeyError("leaves_used_up", `the ${signingName(key)} has made all its ${total} signatures (${advice})`);
    }
    const tree = await treeFrom(places.leaves, private_key, Buffer.from(key.public_key, "hex"), options.on_leaf);
    mendCounter(places, key, state);
    const leaf = reserveLeaf(places, key, state);
    const signature = signatureUnder(private_key, tree, leaf, message);
    assertGood(key, message, signature);
    return { signature, leaf, left: total - leaf - 1 };
  };
  return withLock(places.record, work, options.wait_ms ?? LOCK_WAIT_MS);
}
