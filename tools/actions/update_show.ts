/**
 * What `curbstop update show` does: every field of an update, signed or not. It believes nothing but the image's hashes,
 * and verifies no signature.
 */
import type { Context } from "../context";
import { table } from "../output";
import { readUpdateFile } from "../update/update_file";
import { updateJson, updateRows } from "../update/words";
import { printJson } from "./keys_session";

export interface UpdateShowOptions {
  json?: boolean;
}

export function updateShow(file: string, options: UpdateShowOptions, context: Context): void {
  const update = readUpdateFile(file);
  if (options.json === true) return printJson({ file, ...updateJson(update) }, context);
  context.output.out(table(updateRows(update)));
  if (update.signature.length > 0) context.output.out("the signature is not verified (curbstop update verify)\n");
}
