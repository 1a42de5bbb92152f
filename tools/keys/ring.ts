/**
 * The keys of a store in memory, and what may happen to them: made, rotated, merged. Rings are values: each change
 * gives a new one, and nothing here reads or writes a file.
 *
 * Revisions of one kind in one region are 1, 2, ... without a gap; the last is current, the ones before have a date of
 * rotation and are kept, because meters and cards in the field still have them.
 */
import { randomBytes } from "node:crypto";
import { fingerprint } from "./fingerprint";
import { KeyError } from "./key_error";
import { KEY_BYTES, KEY_KINDS, REVISION_MAX, isRegion, type BaseDate, type KeyKind } from "./names";
import { Secret } from "./secret";
import type { SigningKey } from "./signing";

/** What IEC 62055-41 knows of a vending key beside its revision. */
export interface StsAttributes {
  readonly base_date: BaseDate;
  readonly key_expiry: number;
}

export interface RegionKey {
  readonly region: string;
  readonly kind: KeyKind;
  readonly revision: number;
  /** UTC, 2026-11-22T02:27:26Z. */
  readonly made: string;
  /** When the next revision took over; undefined while this one is current. */
  readonly rotated: string | undefined;
  readonly key: Secret;
  /** Of vending keys only. */
  readonly sts: StsAttributes | undefined;
}

/** How a key is called in a message. */
export function keyName({ region, kind, revision }: Pick<RegionKey, "region" | "kind" | "revision">): string {
  return `${kind} key ${revision} of region ${region}`;
}

export class KeyRing {
  constructor(
    readonly keys: readonly RegionKey[] = [],
    /** Of LMS, with revisions of their own (signing.ts); kept as they are by whatever changes `keys`. */
    readonly signing: readonly SigningKey[] = [],
  ) {}

  regions(): string[] {
    return [...new Set(this.keys.map(({ region }) => region))].sort();
  }

  assertRegion(region: string): void {
    if (!this.regions().includes(region)) {
      throw new KeyError(
        "region_unknown",
        `region ${region} has no keys in this store (curbstop keys make makes them)`,
      );
    }
  }

  /** All revisions of a kind, the current one last. */
  revisions(region: string, kind: KeyKind): RegionKey[] {
    const found = this.keys.filter((key) => key.region === region && key.kind === kind);
    return found.sort((one, other) => one.revision - other.revision);
  }

  /** The revision with which new things are made. */
  current(region: string, kind: KeyKind): RegionKey {
    const key = this.revisions(region, kind).at(-1);
    if (key !== undefined) return key;
    this.assertRegion(region);
    throw new KeyError("key_unknown", `region ${region} has no ${kind} key in this store (curbstop keys list)`);
  }

  /** One revision, to read what was made with it. */
  revision(region: string, kind: KeyKind, revision: number): RegionKey {
    const current = this.current(region, kind);
    const key = this.revisions(region, kind).find((candidate) => candidate.revision === revision);
    if (key !== undefined) return key;
    const wanted = keyName({ region, kind, revision });
    throw new KeyError("key_unknown", `there is no ${wanted} in this store (the current one is ${current.revision})`);
  }
}

/** Dates are kept to the second. */
function dateText(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

function freshKey(
  { region, kind, revision }: Pick<RegionKey, "region" | "kind" | "revision">,
  made: string,
  sts: StsAttributes | undefined,
  key: Secret = new Secret(randomBytes(KEY_BYTES[kind])),
): RegionKey {
  return { region, kind, revision, made, rotated: undefined, key, sts };
}

/** With the first keys of a region, one of each kind; the vending key may have been made in an HSM. */
export function withRegion(
  ring: KeyRing,
  region: string,
  sts: StsAttributes,
  now: Date,
  vending_key?: Secret,
): KeyRing {
  if (!isRegion(region)) throw new KeyError("bad_name", `${region}: a region is six digits, its supply group code`);
  if (ring.regions().includes(region)) {
    const advice = "curbstop keys rotate makes a new revision";
    throw new KeyError("region_exists", `region ${region} has keys already, and they are kept (${advice})`);
  }
  const made = dateText(now);
  const fresh = KEY_KINDS.map((kind) =>
    kind === "vending"
      ? freshKey({ region, kind, revision: 1 }, made, sts, vending_key)
      : freshKey({ region, kind, revision: 1 }, made, undefined),
  );
  return new KeyRing([...ring.keys, ...fresh], ring.signing);
}

/**
 * With a new revision of one kind; a vending key keeps the attributes that are not given anew. `key`: one that has been
 * made elsewhere.
 */
export function withRotated(
  ring: KeyRing,
  region: string,
  kind: KeyKind,
  now: Date,
  sts: Partial<StsAttributes> = {},
  key?: Secret,
): KeyRing {
  const old = ring.current(region, kind);
  if (old.revision >= REVISION_MAX[kind]) {
    throw new KeyError("revisions_used_up", `the ${keyName(old)} is the last there can be (take a new region code)`);
  }
  const date = dateText(now);
  // A clock that went back must not make a key that is older than the one it replaces.
  const rotated = date < old.made ? old.made : date;
  const attributes = old.sts === undefined ? undefined : { ...old.sts, ...sts };
  const fresh = freshKey({ region, kind, revision: old.revision + 1 }, rotated, attributes, key);
  const keys = ring.keys.map((one) => (one === old ? { ...old, rotated } : one));
  return new KeyRing([...keys, fresh], ring.signing);
}

/** With another place of a key's bytes. */
export function withMoved(ring: KeyRing, moved: RegionKey, key: Secret): KeyRing {
  return new KeyRing(
    ring.keys.map((one) => (one === moved ? { ...one, key } : one)),
    ring.signing,
  );
}

function sameKey(one: RegionKey, other: RegionKey): boolean {
  const same_sts = one.sts?.base_date === other.sts?.base_date && one.sts?.key_expiry === other.sts?.key_expiry;
  const is_moved = one.key.known_fingerprint !== undefined || other.key.known_fingerprint !== undefined;
  // Of a key in an HSM only its fingerprint is known; a copy of the store from before it went there has the key itself.
  const same_key = is_moved ? fingerprint(one.key) === fingerprint(other.key) : one.key.equals(other.key);
  return same_sts && same_key;
}

/**
 * Both rings in one. What only one has is taken; what both have must be the same key, or nothing is merged. Where one
 * of them has rotated a key since, it is rotated. Signing keys are never taken (signing.ts). `source` names the other ring in messages. When there is nothing new,
 * the ring is the same object.
 */
export function merged(ring: KeyRing, other: KeyRing, source: string): { ring: KeyRing; added: RegionKey[] } {
  const added: RegionKey[] = [];
  const keys = [...ring.keys];
  for (const theirs of other.keys) {
    const place = keys.findIndex((key) => keyName(key) === keyName(theirs));
    const ours = keys[place];
    if (place < 0) {
      added.push(theirs);
      keys.push(theirs);
    } else if (!sameKey(ours, theirs)) {
      const prints = `fingerprint ${fingerprint(ours.key)} here, ${fingerprint(theirs.key)} there`;
      throw new KeyError(
        "conflict",
        `${source}: its ${keyName(theirs)} is not the one here (${prints}); nothing taken`,
      );
    } else {
      keys[place] = { ...ours, rotated: ours.rotated ?? theirs.rotated };
    }
  }
  // Whoever has rotated a key also has its next revision, so a new date comes with a new key.
  return { ring: added.length === 0 ? ring : new KeyRing(keys, ring.signing), added };
}
