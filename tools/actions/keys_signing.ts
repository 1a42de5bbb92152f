/**
 * Signing keys in the commands: made with their state, shown beside the other keys, and used for one signature.
 */
import { lmsParameters } from "../../firmware/crypto/lms";
import type { SigningKind } from "../keys/names";
import {
  publicFingerprint,
  signingRevisions,
  signingName,
  signingRevision,
  signingRotation,
  withSigning,
  type SigningKey,
} from "../keys/signing";
import { KeyRing } from "../keys/ring";
import { KeyError } from "../keys/key_error";
import { makeKey, type MadeKey } from "../lms/key";
import { writeLeaves } from "../lms/leaves_file";
import { REGION_PARAMETERS } from "../lms/names";
import { readPublicKey } from "../lms/public_key_file";
import { leafOf } from "../lms/key";
import { leavesOf, signMessage, type Signed } from "../lms/signer";
import { readState, usualPlaces, writeFirstState } from "../lms/state";
import type { Context } from "../context";
import { noStore, openStore, storeExists } from "../keys/store";
import { createProgress } from "../progress";
import { isSignedUnder } from "../tariff/verify";
import { storeFile, storePassphrase, type KeyRow, type StoreOptions } from "./keys_session";

/** A new key pair; seconds of work, shown where somebody watches. */
export async function makeSigningPair(context: Context): Promise<MadeKey> {
  const bar = createProgress(context.output);
  try {
    return await makeKey(REGION_PARAMETERS, (done, total) => {
      if (done === 1) bar.start(total, 0, { doing: "leaves of the signing key" });
      bar.update(done);
    });
  } finally {
    bar.stop();
  }
}

/** The ring with the pair as the newest signing key of its region, whose state is on the disk when this returns. */
export function withSigningPair(
  ring: KeyRing,
  store: string,
  region: string,
  pair: MadeKey,
  now: Date,
  kind: SigningKind = "signing",
): KeyRing {
  const signing = withSigning(ring.signing, region, pair, now, kind);
  const key = signing[signing.length - 1];
  const places = usualPlaces(store, key);
  writeFirstState(places, key);
  writeLeaves(places.leaves, pair.leaves);
  return new KeyRing(ring.keys, signing);
}

export function assertNoSigning(ring: KeyRing, region: string, kind: SigningKind = "signing"): void {
  if (signingRevisions(ring.signing, region, kind).length === 0) return;
  const advice = `${signingRotation({ region, kind })} makes a new revision`;
  throw new KeyError(
    "region_exists",
    `region ${region} has ${kind === "update" ? "an" : "a"} ${kind} key already, and it is kept (${advice})`,
  );
}

/** How many signatures are used, or that none can be made any more. */
function usedText(key: SigningKey, store: string): string {
  try {
    return `${readState(usualPlaces(store, key), key).next} of ${leavesOf(key)} signatures used`;
  } catch (error) {
    if (error instanceof KeyError && error.code === "signing_state")
      return "signs no more, its counter is not the newest";
    throw error;
  }
}

export function signingRow(key: SigningKey, store: string): KeyRow {
  const { region, kind, revision, made, rotated, public_key } = key;
  const parameters = lmsParameters(key.tree_type, key.ots_type);
  const set = `LMS n${parameters?.n ?? 0} H${parameters?.height ?? 0} W${parameters?.w ?? 0}`;
  const dates = { current: rotated === undefined, made, rotated: rotated ?? null };
  const note = `${set}, ${usedText(key, store)}`;
  return { region, kind, revision, ...dates, fingerprint: publicFingerprint(public_key), note };
}

/** What has a signature, or is to have one. */
export interface Signable {
  readonly signed_bytes: Buffer;
  /** Of no bytes while it is not signed. */
  readonly signature: Buffer;
}

/** Which key is to sign or has signed. */
export interface KeyWanted {
  readonly kind: SigningKind;
  readonly region: string;
  readonly revision: number;
}

/** The highest leaf of messages that this key has signed. A message that it has not signed says nothing of it. */
function seenLeaf(key: SigningKey, files: readonly string[], read: (file: string) => Signable): number | undefined {
  let highest: number | undefined;
  for (const file of files) {
    const message = read(file);
    if (!isSignedUnder(message, key.public_key)) {
      throw new KeyError("conflict", `${file}: it is not signed by the ${signingName(key)} (leave it out of --seen)`);
    }
    highest = Math.max(highest ?? 0, leafOf(message.signature));
  }
  return highest;
}

/** Signs bytes with one leaf of a region's key. `read` reads the files that are known to be signed with it. */
export async function signWithStore(
  wanted: KeyWanted,
  bytes: Buffer,
  seen: { readonly files: readonly string[]; readonly read: (file: string) => Signable },
  options: StoreOptions,
  context: Context,
): Promise<Signed & { readonly name: string }> {
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  const key = signingRevision(ring.signing, wanted.region, wanted.revision, wanted.kind);
  const bar = createProgress(context.output);
  const on_leaf = (done: number, total: number) => {
    if (done === 1) bar.start(total, 0, { doing: "leaves of the key" });
    bar.update(done);
  };
  const seen_leaf = seenLeaf(key, seen.files, seen.read);
  const signed = await signMessage(key, usualPlaces(store, key), bytes, { seen_leaf, on_leaf }).finally(() =>
    bar.stop(),
  );
  return { ...signed, name: signingName(key) };
}

/** The public key that is wanted: from a file, or from the store. */
export async function publicKeyFor(
  { kind, region, revision }: KeyWanted,
  options: StoreOptions & { publicKey?: string },
  context: Context,
): Promise<string> {
  if (options.publicKey !== undefined) return readPublicKey(options.publicKey);
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  return signingRevision(ring.signing, region, revision, kind).public_key;
}
