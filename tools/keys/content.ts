/**
 * What is inside of an encrypted store, as JSON:
 *
 *   keys     [{region, kind, revision, made, rotated, key, base_date, key_expiry}]   in any order; key in hexadecimal,
 *            rotated null while current, the last two with vending keys only. Of a vending key in an HSM,
 *            key is an object: where it is (hsm_key.ts)
 *   signing  {format: 0, keys: []} without LMS key pairs; with some {format: 1, keys: [{region, revision, made, rotated,
 *            tree_type, ots_type, identifier, seed, public_key}]}, types as in RFC 8554, the rest in hexadecimal; with
 *            keys for updates {format: 2, ...}, and those have kind "update"
 *
 * The counter of signatures is not in this file: restoring yesterday's copy would bring yesterday's counter back and
 * sign twice with one leaf. It is a file of its own beside the store, forced to the disk before each signature
 * (tools/lms/state.ts), and the identifier here names it.
 */
import { z } from "zod";
import { HSM_REFERENCE, HsmKey } from "./hsm_key";
import { KeyError } from "./key_error";
import { BASE_DATES, KEY_BYTES, KEY_EXPIRY_MAX, KEY_KINDS, REVISION_MAX, isRegion } from "./names";
import { KeyRing, keyName, type RegionKey } from "./ring";
import { Secret } from "./secret";
import { SIGNING_KEY, plainSigning, signingInOrder } from "./signing";

/** Thousands of regions with some revisions each. */
const KEYS_MAX = 20_000;
const SIGNING_NONE = 0;
const SIGNING_ONLY = 1;
const SIGNING_FORMAT = 2;
const SIGNING_MAX = 2_000;

export const DATE = z.iso.datetime({ precision: 0 });

/** A key of so many bytes in hexadecimal. */
export function hexKey(bytes: number): z.ZodType<Secret, string> {
  const text = z.string().length(bytes * 2);
  return text.regex(/^[0-9a-f]+$/).transform((hex) => new Secret(Buffer.from(hex, "hex")));
}

const COMMON = { region: z.string().refine(isRegion), made: DATE, rotated: DATE.nullable() };
const PLAIN_KINDS = KEY_KINDS.filter((kind) => kind !== "vending");

function revision(kind: RegionKey["kind"]): z.ZodInt {
  return z.int().min(1).max(REVISION_MAX[kind]);
}

const VENDING = z.strictObject({
  ...COMMON,
  kind: z.literal("vending"),
  revision: revision("vending"),
  key: z.union([hexKey(KEY_BYTES.vending), HSM_REFERENCE.transform((reference) => new HsmKey(reference))]),
  base_date: z.literal(BASE_DATES),
  key_expiry: z.int().min(0).max(KEY_EXPIRY_MAX),
});
const PLAIN = z.strictObject({
  ...COMMON,
  kind: z.enum(PLAIN_KINDS),
  revision: revision("card"),
  key: hexKey(KEY_BYTES.card),
});
const CONTENT = z.strictObject({
  keys: z.array(z.discriminatedUnion("kind", [VENDING, PLAIN])).max(KEYS_MAX),
  signing: z.discriminatedUnion("format", [
    z.strictObject({ format: z.literal(SIGNING_NONE), keys: z.array(z.never()).max(0) }),
    z.strictObject({
      format: z.literal([SIGNING_ONLY, SIGNING_FORMAT]),
      keys: z.array(SIGNING_KEY).min(1).max(SIGNING_MAX),
    }),
  ]),
});

/** The JSON inside of an envelope; undefined when it is none. The text may hold keys, so no error may quote it. */
export function parseContent(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  } finally {
    content.fill(0);
  }
}

/** Revisions 1, 2, ... and all but the last rotated. */
function isInOrder(ring: KeyRing): boolean {
  return ring.regions().every((region) =>
    KEY_KINDS.every((kind) => {
      const keys = ring.revisions(region, kind);
      return keys.every(
        (key, index) => key.revision === index + 1 && (key.rotated === undefined) === (index === keys.length - 1),
      );
    }),
  );
}

function fromParsed(key: z.infer<typeof CONTENT>["keys"][number]): RegionKey {
  const { region, kind, revision, made, rotated } = key;
  const sts = key.kind === "vending" ? { base_date: key.base_date, key_expiry: key.key_expiry } : undefined;
  return { region, kind, revision, made, rotated: rotated ?? undefined, key: key.key, sts };
}

/** The ring in a store's content, which came out of an authentic envelope: what is wrong then is of another version. */
export function ringOf(content: Buffer, source: string): KeyRing {
  const json = parseContent(content);
  const signing = (json as { signing?: { format?: unknown } } | undefined)?.signing?.format;
  const parsed = CONTENT.safeParse(json);
  if (parsed.success) {
    const ring = new KeyRing(parsed.data.keys.map(fromParsed), parsed.data.signing.keys);
    if (isInOrder(ring) && signingInOrder(ring.signing)) return ring;
  }
  if (typeof signing === "number" && signing > SIGNING_FORMAT) {
    throw new KeyError("newer_format", `${source}: it has signing keys of a newer curbstop (update curbstop)`);
  }
  throw new KeyError("damaged", `${source}: its content is not that of a key store (take a backup)`);
}

export function contentOf(ring: KeyRing): Buffer {
  const keys = [...ring.keys].sort((one, other) => (keyName(one) < keyName(other) ? -1 : 1));
  const plain = keys.map(({ region, kind, revision, made, rotated, key, sts }) => ({
    region,
    kind,
    revision,
    made,
    rotated: rotated ?? null,
    key: key instanceof HsmKey ? key.reference : key.buffer().toString("hex"),
    ...sts,
  }));
  const format =
    ring.signing.length === 0
      ? SIGNING_NONE
      : ring.signing.every(({ kind }) => kind === "signing")
        ? SIGNING_ONLY
        : SIGNING_FORMAT;
  return Buffer.from(JSON.stringify({ keys: plain, signing: { format, keys: ring.signing.map(plainSigning) } }));
}
