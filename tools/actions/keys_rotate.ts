/**
 * What `curbstop keys rotate` does: a new revision of one key; the old one is kept for reading.
 */
import { HsmKey } from "../keys/hsm_key";
import { KeyError } from "../keys/key_error";
import type { BaseDate, KeyKind, SigningKind } from "../keys/names";
import { withRotated } from "../keys/ring";
import type { Secret } from "../keys/secret";
import { currentSigning, signingRevisions } from "../keys/signing";
import { changeStore, noStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { makeSigningPair, signingRow, withSigningPair } from "./keys_signing";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysRotateOptions extends StoreOptions {
  region: string;
  kind: KeyKind | SigningKind;
  baseDate?: BaseDate;
  keyExpiry?: number;
}

/** The pair is made before the store is locked: it takes seconds. */
async function rotateSigning(
  file: string,
  region: string,
  kind: SigningKind,
  passphrase: Secret,
  options: KeysRotateOptions,
  context: Context,
): Promise<void> {
  currentSigning((await openStore(file, passphrase)).signing, region, kind);
  const pair = await makeSigningPair(context);
  const { signing } = await changeStore(file, passphrase, (before) =>
    withSigningPair(before, file, region, pair, new Date(), kind),
  );
  const [rotated, made] = signingRevisions(signing, region, kind)
    .slice(-2)
    .map((key) => signingRow(key, file));
  if (options.json === true) return printJson({ store: file, rotated, made }, context);
  context.output.out(keyTable([rotated, made]));
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
  if (kind === "signing" || kind === "update") return rotateSigning(file, region, kind, passphrase, options, context);
  const ring = await changeStore(file, passphrase, (before) => {
    if (before.current(region, kind).key instanceof HsmKey) {
      const advice = "curbstop keys hsm make-vending-key makes the next one there";
      throw new KeyError("hsm_key", `region ${region}: its vending key is in an HSM (${advice})`);
    }
    return withRotated(before, region, kind, new Date(), sts);
  });
  const [rotated, made] = ring.revisions(region, kind).slice(-2).map(keyRow);
  if (options.json === true) return printJson({ store: file, rotated, made }, context);
  context.output.out(keyTable([rotated, made]));
}
