/**
 * What `curbstop tariff sign` does: one leaf of the region's signing key for one message.
 */
import { KeyError } from "../keys/key_error";
import type { Context } from "../context";
import { assertFree, readMessage, writeMessage } from "../tariff/message_file";
import { signWithStore } from "./keys_signing";
import { printJson, type StoreOptions } from "./keys_session";

export interface TariffSignOptions extends StoreOptions {
  out: string;
  seen?: string[];
}

export async function tariffSign(file: string, options: TariffSignOptions, context: Context): Promise<void> {
  const { out, seen = [], json } = options;
  const message = readMessage(file);
  if (message.signature.length > 0) {
    throw new KeyError("conflict", `${file}: it is signed already (a leaf is not to be wasted on it)`);
  }
  assertFree(out);
  const { region, key_revision } = message.content;
  const wanted = { kind: "signing" as const, region, revision: key_revision };
  const messages = { files: seen, read: readMessage };
  const signed = await signWithStore(wanted, message.signed_bytes, messages, options, context);
  const { signature, leaf, left } = signed;
  writeMessage(out, Buffer.concat([message.signed_bytes, signature]));
  const bytes = message.signed_bytes.length + signature.length;
  if (json === true) return printJson({ file: out, region, signing_key: key_revision, leaf, left, bytes }, context);
  const by = `the ${signed.name}, leaf ${leaf}, ${left} left`;
  context.output.out(`signed by ${by}: ${out}, ${bytes} bytes\n`);
}
