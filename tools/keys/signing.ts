/**
 * Signing keys of regions: LMS key pairs (tools/lms) with revisions like those of the other keys, of two kinds: "signing"
 * for tariffs and rules, "update" for firmware. What a meter holds is the public keys alone.
 *
 * A seed never leaves its store: `import` does not take one from a copy, `export` gives public keys. For a second store
 * would have a second counter of used leaves, and two messages under one leaf are a forgery (tools/lms/state.ts).
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { lmsParameters, lmsPublicKeyBytes } from "../../firmware/crypto/lms";
import type { MadeKey } from "../lms/key";
import { KeyError } from "./key_error";
import { SIGNING_KINDS, SIGNING_REVISION_MAX, isRegion, type SigningKind } from "./names";
import { Secret } from "./secret";

const LEVELS_BYTES = 4;
const FINGERPRINT_DIGITS = 6;

export interface SigningKey {
  readonly region: string;
  readonly kind: SigningKind;
  readonly revision: number;
  /** UTC, 2026-11-22T02:27:26Z. */
  readonly made: string;
  /** When the next revision took over; undefined while this one is current. */
  readonly rotated: string | undefined;
  readonly tree_type: number;
  readonly ots_type: number;
  /** In hexadecimal; names the key everywhere. */
  readonly identifier: string;
  readonly seed: Secret;
  /** As firmware/crypto/lms.ts specifies it, in hexadecimal. */
  readonly public_key: string;
}

/** How a signing key is called in a message. */
export function signingName({ region, kind, revision }: Pick<SigningKey, "region" | "kind" | "revision">): string {
  return `${kind} key ${revision} of region ${region}`;
}

/** The command that makes the next revision, for whoever has used one up or lost its state. */
export function signingRotation({ region, kind }: Pick<SigningKey, "region" | "kind">): string {
  return `curbstop keys rotate --region ${region} --kind ${kind}`;
}

/** By which people compare public keys: the front of SHA-256. */
export function publicFingerprint(public_key: string): string {
  const whole = createHash("sha256").update(Buffer.from(public_key, "hex")).digest("hex");
  return whole.slice(0, FINGERPRINT_DIGITS).toUpperCase();
}

const DATE = z.iso.datetime({ precision: 0 });
const hex = z.string().regex(/^([0-9a-f]{2})+$/);

/** Lengths follow from the types, and the public key repeats types and identifier. */
function isWhole({ tree_type, ots_type, identifier, seed, public_key }: SigningKey): boolean {
  const parameters = lmsParameters(tree_type, ots_type);
  if (parameters === undefined || seed.length !== parameters.n) return false;
  const types = [1, tree_type, ots_type].map((value) => value.toString(16).padStart(8, "0")).join("");
  const bytes = LEVELS_BYTES + lmsPublicKeyBytes(parameters);
  return public_key.length === 2 * bytes && public_key.startsWith(types + identifier);
}

/** A signing key in a store's content (content.ts); before there were update keys it had no kind. */
export const SIGNING_KEY: z.ZodType<SigningKey> = z
  .strictObject({
    region: z.string().refine(isRegion),
    kind: z.enum(SIGNING_KINDS).default("signing"),
    revision: z.int().min(1).max(SIGNING_REVISION_MAX),
    made: DATE,
    rotated: DATE.nullable().transform((date) => date ?? undefined),
    tree_type: z.int(),
    ots_type: z.int(),
    identifier: hex.length(32),
    seed: hex.max(64).transform((text) => new Secret(Buffer.from(text, "hex"))),
    public_key: hex.max(128),
  })
  .refine(isWhole);

/** What SIGNING_KEY reads. */
export function plainSigning({ kind, ...key }: SigningKey): object {
  const plain = { ...key, rotated: key.rotated ?? null, seed: key.seed.buffer().toString("hex") };
  return kind === "signing" ? plain : { ...plain, kind };
}

/** All revisions of a region's signing key, the current one last. */
export function signingRevisions(
  keys: readonly SigningKey[],
  region: string,
  kind: SigningKind = "signing",
): SigningKey[] {
  const found = keys.filter((key) => key.region === region && key.kind === kind);
  return found.sort((one, other) => one.revision - other.revision);
}

/** Revisions 1, 2, ... and all but the last rotated. */
export function signingInOrder(keys: readonly SigningKey[]): boolean {
  return keys.every(({ region, kind, revision, rotated }) => {
    const all = signingRevisions(keys, region, kind);
    return all[revision - 1]?.revision === revision && (rotated === undefined) === (revision === all.length);
  });
}

export function currentSigning(keys: readonly SigningKey[], region: string, kind: SigningKind = "signing"): SigningKey {
  const key = signingRevisions(keys, region, kind).at(-1);
  if (key !== undefined) return key;
  const advice = `curbstop keys make --region ${region} --${kind} makes one`;
  throw new KeyError("key_unknown", `region ${region} has no ${kind} key in this store (${advice})`);
}

export function signingRevision(
  keys: readonly SigningKey[],
  region: string,
  revision: number,
  kind: SigningKind = "signing",
): SigningKey {
  const current = currentSigning(keys, region, kind);
  const key = signingRevisions(keys, region, kind).find((candidate) => candidate.revision === revision);
  if (key !== undefined) return key;
  const wanted = signingName({ region, kind, revision });
  throw new KeyError("key_unknown", `there is no ${wanted} in this store (the current one is ${current.revision})`);
}

/** With one more revision of a region's signing key, the first included. */
export function withSigning(
  keys: readonly SigningKey[],
  region: string,
  pair: MadeKey,
  now: Date,
  kind: SigningKind = "signing",
): SigningKey[] {
  const old = signingRevisions(keys, region, kind).at(-1);
  const revision = 1 + (old?.revision ?? 0);
  if (revision > SIGNING_REVISION_MAX) {
    throw new KeyError("revisions_used_up", `region ${region} has had ${SIGNING_REVISION_MAX} ${kind} keys`);
  }
  const date = `${now.toISOString().slice(0, 19)}Z`;
  // A clock that went back must not make a key that is older than the one it replaces.
  const made = old !== undefined && date < old.made ? old.made : date;
  const { tree_type, ots_type } = pair.key.parameters;
  const fresh: SigningKey = {
    ...{ region, kind, revision, made, rotated: undefined, tree_type, ots_type },
    identifier: pair.key.identifier.toString("hex"),
    seed: pair.key.seed,
    public_key: pair.public_key.toString("hex"),
  };
  return [...keys.map((key) => (key === old ? { ...old, rotated: made } : key)), fresh];
}
