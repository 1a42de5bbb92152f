/**
 * What `curbstop keys make` does: the first keys of a region, in a store that it makes when there is none; with
 * --signing or --update its signing keys too, also when the others are there already.
 */
import { SIGNING_KINDS, type BaseDate, type SigningKind } from "../keys/names";
import { withRegion, type RegionKey } from "../keys/ring";
import { currentSigning } from "../keys/signing";
import { changeStore, openStore, storeExists } from "../keys/store";
import type { MadeKey } from "../lms/key";
import type { Context } from "../context";
import { assertNoSigning, makeSigningPair, signingRow, withSigningPair } from "./keys_signing";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysMakeOptions extends StoreOptions {
  region: string;
  baseDate: BaseDate;
  keyExpiry: number;
  signing?: boolean;
  update?: boolean;
}

/** The pairs that are asked for. Made before the store is locked: a pair takes seconds. */
async function makePairs(kinds: readonly SigningKind[], context: Context): Promise<[SigningKind, MadeKey][]> {
  const pairs: [SigningKind, MadeKey][] = [];
  for (const kind of kinds) pairs.push([kind, await makeSigningPair(context)]);
  return pairs;
}

export async function keysMake(options: KeysMakeOptions, context: Context): Promise<void> {
  const { region, baseDate: base_date, keyExpiry: key_expiry } = options;
  const file = storeFile(options);
  const fresh = !storeExists(file);
  const passphrase = await storePassphrase(options, context);
  const kinds = SIGNING_KINDS.filter((kind) => options[kind] === true);
  if (kinds.length > 0 && !fresh) {
    const ring = await openStore(file, passphrase);
    for (const kind of kinds) assertNoSigning(ring, region, kind);
  }
  const pairs = await makePairs(kinds, context);
  let had: readonly RegionKey[] = [];
  const ring = await changeStore(file, passphrase, (before) => {
    const now = new Date();
    had = before.keys;
    // To a region that is there, --signing and --update add what it does not have.
    const is_there = pairs.length > 0 && before.regions().includes(region);
    let after = is_there ? before : withRegion(before, region, { base_date, key_expiry }, now);
    for (const [kind, pair] of pairs) {
      assertNoSigning(after, region, kind);
      after = withSigningPair(after, file, region, pair, now, kind);
    }
    return after;
  });
  const made = ring.keys.filter((key) => key.region === region && !had.includes(key)).map(keyRow);
  for (const kind of kinds) made.push(signingRow(currentSigning(ring.signing, region, kind), file));
  if (options.json === true) return printJson({ store: file, made }, context);
  context.output.out(keyTable(made));
  context.output.out(`in ${file}${fresh ? ", a new store: without it and its passphrase the keys are gone\n" : "\n"}`);
}
