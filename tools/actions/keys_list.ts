/**
 * What `curbstop keys list` does: what is in a store, without the keys.
 */
import { KEY_KINDS, SIGNING_KINDS } from "../keys/names";
import { signingRevisions } from "../keys/signing";
import { noStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { signingRow } from "./keys_signing";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysListOptions extends StoreOptions {
  region?: string;
}

export async function keysList(options: KeysListOptions, context: Context): Promise<void> {
  const file = storeFile(options);
  if (!storeExists(file)) throw noStore(file);
  const ring = await openStore(file, await storePassphrase(options, context));
  // A region that is not there is a mistake; a store without keys is not.
  if (options.region !== undefined) ring.assertRegion(options.region);
  const regions = options.region === undefined ? ring.regions() : [options.region];
  const keys = regions.flatMap((region) => KEY_KINDS.flatMap((kind) => ring.revisions(region, kind)));
  const signing = regions.flatMap((region) =>
    SIGNING_KINDS.flatMap((kind) => signingRevisions(ring.signing, region, kind)),
  );
  const rows = [...keys.map(keyRow), ...signing.map((key) => signingRow(key, file))];
  if (options.json === true) return printJson({ store: file, keys: rows }, context);
  context.output.out(keyTable(rows));
}
