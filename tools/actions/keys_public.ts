/**
 * What `curbstop keys public` does: the public key of a region's signing key, for whoever verifies.
 */
import { currentSigning, publicFingerprint, signingRevision } from "../keys/signing";
import { noStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysPublicOptions extends StoreOptions {
  region: string;
  revision?: number;
  update?: boolean;
}

export async function keysPublic(options: KeysPublicOptions, context: Context): Promise<void> {
  const { region, revision } = options;
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const { signing } = await openStore(store, await storePassphrase(options, context));
  const kind = options.update === true ? "update" : "signing";
  const key =
    revision === undefined ? currentSigning(signing, region, kind) : signingRevision(signing, region, revision, kind);
  const { public_key, made } = key;
  const fingerprint = publicFingerprint(public_key);
  if (options.json === true) {
    return printJson({ region, revision: key.revision, made, fingerprint, public_key }, context);
  }
  context.output.out(`${public_key}\n`);
}
