/**
 * What `curbstop update verify` does: is this update signed under the region's update key? The answer no is exit code 1.
 * That image and manifest belong together was found when the file was read.
 */
import { EXIT_NO, type Context } from "../context";
import { isSignedUnder } from "../tariff/verify";
import { readUpdateFile } from "../update/update_file";
import { publicKeyFor } from "./keys_signing";
import { printJson, type StoreOptions } from "./keys_session";

export interface UpdateVerifyOptions extends StoreOptions {
  publicKey?: string;
}

export async function updateVerify(file: string, options: UpdateVerifyOptions, context: Context): Promise<void> {
  const update = readUpdateFile(file);
  const { region, key_revision, version, board } = update.manifest;
  const wanted = { kind: "update" as const, region, revision: key_revision };
  const good = isSignedUnder(update, await publicKeyFor(wanted, options, context));
  if (!good) context.exit_code = EXIT_NO;
  if (options.json === true)
    return printJson({ file, good, region, update_key: key_revision, version, board }, context);
  if (good) return context.output.out(`good: version ${version} of ${board} for region ${region}\n`);
  const why = update.signature.length === 0 ? "it is not signed" : "its signature is not that of this key";
  context.output.err(`curbstop: ${file}: bad: ${why} (do not send it; sign the update anew: curbstop update sign)\n`);
}
