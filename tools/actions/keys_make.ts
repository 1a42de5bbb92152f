/**
 * What `curbstop keys make` does: the first keys of a region, in a store that it makes when there is none.
 */
import type { BaseDate } from "../keys/names";
import { withRegion } from "../keys/ring";
import { changeStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysMakeOptions extends StoreOptions {
  region: string;
  baseDate: BaseDate;
  keyExpiry: number;
}

export async function keysMake(options: KeysMakeOptions, context: Context): Promise<void> {
  const { region, baseDate: base_date, keyExpiry: key_expiry } = options;
  const file = storeFile(options);
  const fresh = !storeExists(file);
  const passphrase = await storePassphrase(options, context);
  const ring = await changeStore(file, passphrase, (before) =>
    withRegion(before, region, { base_date, key_expiry }, new Date()),
  );
  const made = ring.keys.filter((key) => key.region === region).map(keyRow);
  if (options.json === true) return printJson({ store: file, made }, context);
  context.output.out(keyTable(made));
  context.output.out(`in ${file}${fresh ? ", a new store: without it and its passphrase the keys are gone\n" : "\n"}`);
}
