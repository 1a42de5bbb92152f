/**
 * What `curbstop tariff verify` does: is this message signed under the region's public key? The answer no is exit code 1.
 */
import { EXIT_NO, type Context } from "../context";
import { readMessage } from "../tariff/message_file";
import { isSignedUnder } from "../tariff/verify";
import { shownLeaf, startText } from "../tariff/words";
import { publicKeyFor } from "./keys_signing";
import { printJson, type StoreOptions } from "./keys_session";

export interface TariffVerifyOptions extends StoreOptions {
  publicKey?: string;
}

export async function tariffVerify(file: string, options: TariffVerifyOptions, context: Context): Promise<void> {
  const message = readMessage(file);
  const { region, key_revision, version, start_utc_s } = message.content;
  const good = isSignedUnder(
    message,
    await publicKeyFor({ kind: "signing", region, revision: key_revision }, options, context),
  );
  const leaf = shownLeaf(message);
  if (!good) context.exit_code = EXIT_NO;
  if (options.json === true) {
    return printJson({ file, good, region, signing_key: key_revision, version, start_utc_s, leaf }, context);
  }
  const what = `version ${version} for region ${region}, start ${startText(start_utc_s)}`;
  if (good) return context.output.out(`good: ${what}, leaf ${leaf ?? 0}\n`);
  const why = message.signature.length === 0 ? "it is not signed" : "its signature is not that of this key";
  context.output.err(`curbstop: ${file}: bad: ${why} (do not send it; sign the message anew: curbstop tariff sign)\n`);
}
