/**
 * What `curbstop keys rotate` does: a new revision of one key; the old one is kept for reading.
 */
import { KeyError } from "../keys/key_error";
import type { BaseDate, KeyKind } from "../keys/names";
import { withRotated } from "../keys/ring";
import { changeStore, noStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysRotateOptions extends StoreOptions {
  region: string;
  kind: KeyKind;
  baseDate?: BaseDate;
  keyExpiry?: number;
}

export async function keysRotate(options: KeysRotateOptions, context: Context): Promise<void> {
  const { region, kind, baseDate, keyExpiry } = options;
  const sts = {
    ...(baseDate === undefined ? {} : { base_date: baseDate }),
    ...(keyExpiry === undefined ? {} : { key_expiry: keyExpiry }),
  };
  if (kind !== "vending" && Object.keys(sts).length > 0) {
    throw new KeyError("bad_name", `--base-date and --key-expiry belong to a vending key, not to a ${kind} key`);
  }
  const file = storeFile(options);
  if (!storeExists(file)) throw noStore(file);
  const passphrase = await storePassphrase(options, context);
  const ring = await changeStore(file, passphrase, (before) => withRotated(before, region, kind, new Date(), sts));
  const [rotated, made] = ring.revisions(region, kind).slice(-2).map(keyRow);
  if (options.json === true) return printJson({ store: file, rotated, made }, context);
  context.output.out(keyTable([rotated, made]));
}
