/**
 * What `curbstop update sign` does: one leaf of the region's update key for one update.
 */
import type { Context } from "../context";
import { KeyError } from "../keys/key_error";
import { assertFree, writeMessage } from "../tariff/message_file";
import { readUpdateFile, updateFileBytes } from "../update/update_file";
import { signWithStore } from "./keys_signing";
import { printJson, type StoreOptions } from "./keys_session";

export interface UpdateSignOptions extends StoreOptions {
  out: string;
  seen?: string[];
}

export async function updateSign(file: string, options: UpdateSignOptions, context: Context): Promise<void> {
  const { out, seen = [], json } = options;
  const update = readUpdateFile(file);
  if (update.signature.length > 0)
    throw new KeyError("conflict", `${file}: it is signed already (a leaf is not to be wasted on it)`);
  assertFree(out);
  const { region, key_revision, version } = update.manifest;
  const wanted = { kind: "update" as const, region, revision: key_revision };
  const updates = { files: seen, read: readUpdateFile };
  const signed = await signWithStore(wanted, update.signed_bytes, updates, options, context);
  const { signature, leaf, left } = signed;
  writeMessage(out, updateFileBytes({ ...update, signature }));
  if (json === true) return printJson({ file: out, region, update_key: key_revision, version, leaf, left }, context);
  context.output.out(`version ${version} signed by the ${signed.name}, leaf ${leaf}, ${left} left: ${out}\n`);
}
