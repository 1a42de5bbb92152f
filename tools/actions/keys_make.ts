/**
 * What `curbstop keys make` does: the first keys of a region, in a store that it makes when there is none; with
 * --signing its signing key too, also when the others are there already.
 */
import type { BaseDate } from "../keys/names";
import { withRegion, type RegionKey } from "../keys/ring";
import { currentSigning } from "../keys/signing";
import { changeStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { assertNoSigning, makeSigningPair, signingRow, withSigningPair } from "./keys_signing";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysMakeOptions extends StoreOptions {
  region: string;
  baseDate: BaseDate;
  keyExpiry: number;
  signing?: boolean;
}

export async function keysMake(options: KeysMakeOptions, context: Context): Promise<void> {
  const { region, baseDate: base_date, keyExpiry: key_expiry } = options;
  const file = storeFile(options);
  const fresh = !storeExists(file);
  const passphrase = await storePassphrase(options, context);
  // Before the store is locked: a pair takes seconds.
  if (options.signing === true && !fresh) assertNoSigning(await openStore(file, passphrase), region);
  const pair = options.signing === true ? await makeSigningPair(context) : undefined;
  let had: readonly RegionKey[] = [];
  const ring = await changeStore(file, passphrase, (before) => {
    const now = new Date();
    had = before.keys;
    // To a region that is there, --signing adds what it does not have.
    const is_there = pair !== undefined && before.regions().includes(region);
    const after = is_there ? before : withRegion(before, region, { base_date, key_expiry }, now);
    if (pair === undefined) return after;
    assertNoSigning(after, region);
    return withSigningPair(after, file, region, pair, now);
  });
  const made = ring.keys.filter((key) => key.region === region && !had.includes(key)).map(keyRow);
  if (pair !== undefined) made.push(signingRow(currentSigning(ring.signing, region), file));
  if (options.json === true) return printJson({ store: file, made }, context);
  context.output.out(keyTable(made));
  context.output.out(`in ${file}${fresh ? ", a new store: without it and its passphrase the keys are gone\n" : "\n"}`);
}
