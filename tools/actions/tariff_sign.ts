/**
 * What `curbstop tariff sign` does: one leaf of the region's signing key for one message.
 */
import { KeyError } from "../keys/key_error";
import { noStore, openStore, storeExists } from "../keys/store";
import { signingName, signingRevision, type SigningKey } from "../keys/signing";
import { signMessage } from "../lms/signer";
import { usualPlaces } from "../lms/state";
import type { Context } from "../context";
import { createProgress } from "../progress";
import { assertFree, readMessage, writeMessage } from "../tariff/message_file";
import { isSignedUnder } from "../tariff/verify";
import { shownLeaf } from "../tariff/words";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface TariffSignOptions extends StoreOptions {
  out: string;
  seen?: string[];
}

/** The highest leaf of messages that this key has signed. A message that it has not signed says nothing of it. */
function seenLeaf(key: SigningKey, files: readonly string[]): number | undefined {
  let highest: number | undefined;
  for (const file of files) {
    const message = readMessage(file);
    if (!isSignedUnder(message, key.public_key)) {
      throw new KeyError("conflict", `${file}: it is not signed by the ${signingName(key)} (leave it out of --seen)`);
    }
    highest = Math.max(highest ?? 0, shownLeaf(message) ?? 0);
  }
  return highest;
}

export async function tariffSign(file: string, options: TariffSignOptions, context: Context): Promise<void> {
  const { out, seen = [], json } = options;
  const message = readMessage(file);
  if (message.signature.length > 0) {
    throw new KeyError("conflict", `${file}: it is signed already (a leaf is not to be wasted on it)`);
  }
  assertFree(out);
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  const { region, key_revision } = message.content;
  const key = signingRevision(ring.signing, region, key_revision);
  const bar = createProgress(context.output);
  const on_leaf = (done: number, total: number) => {
    if (done === 1) bar.start(total, 0, { doing: "leaves of the key" });
    bar.update(done);
  };
  const seen_leaf = seenLeaf(key, seen);
  const { signature, leaf, left } = await signMessage(key, usualPlaces(store, key), message.signed_bytes, {
    seen_leaf,
    on_leaf,
  }).finally(() => bar.stop());
  writeMessage(out, Buffer.concat([message.signed_bytes, signature]));
  const bytes = message.signed_bytes.length + signature.length;
  if (json === true) return printJson({ file: out, region, signing_key: key_revision, leaf, left, bytes }, context);
  const by = `the ${signingName(key)}, leaf ${leaf}, ${left} left`;
  context.output.out(`signed by ${by}: ${out}, ${bytes} bytes\n`);
}
