/**
 * Signing keys in the commands of `curbstop keys`: made with their state, and shown beside the other keys.
 */
import { lmsParameters } from "../../firmware/crypto/lms";
import { publicFingerprint, signingRevisions, withSigning, type SigningKey } from "../keys/signing";
import { KeyRing } from "../keys/ring";
import { KeyError } from "../keys/key_error";
import { makeKey, type MadeKey } from "../lms/key";
import { writeLeaves } from "../lms/leaves_file";
import { REGION_PARAMETERS } from "../lms/names";
import { leavesOf } from "../lms/signer";
import { readState, usualPlaces, writeFirstState } from "../lms/state";
import type { Context } from "../context";
import { createProgress } from "../progress";
import type { KeyRow } from "./keys_session";

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
export function withSigningPair(ring: KeyRing, store: string, region: string, pair: MadeKey, now: Date): KeyRing {
  const signing = withSigning(ring.signing, region, pair, now);
  const key = signing[signing.length - 1];
  const places = usualPlaces(store, key);
  writeFirstState(places, key);
  writeLeaves(places.leaves, pair.leaves);
  return new KeyRing(ring.keys, signing);
}

export function assertNoSigning(ring: KeyRing, region: string): void {
  if (signingRevisions(ring.signing, region).length === 0) return;
  const advice = `curbstop keys rotate --region ${region} --kind signing makes a new revision`;
  throw new KeyError("region_exists", `region ${region} has a signing key already, and it is kept (${advice})`);
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
  const { region, revision, made, rotated, public_key } = key;
  const parameters = lmsParameters(key.tree_type, key.ots_type);
  const set = `LMS n${parameters?.n ?? 0} H${parameters?.height ?? 0} W${parameters?.w ?? 0}`;
  const dates = { current: rotated === undefined, made, rotated: rotated ?? null };
  const note = `${set}, ${usedText(key, store)}`;
  return { region, kind: "signing", revision, ...dates, fingerprint: publicFingerprint(public_key), note };
}
