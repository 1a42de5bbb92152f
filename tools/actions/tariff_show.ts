/**
 * What `curbstop tariff show` does: every field of a message, signed or not. It believes nothing and verifies nothing.
 */
import type { Context } from "../context";
import { table } from "../output";
import { readMessage } from "../tariff/message_file";
import { messageJson, messageRows } from "../tariff/words";
import { printJson } from "./keys_session";

export interface TariffShowOptions {
  json?: boolean;
}

export function tariffShow(file: string, options: TariffShowOptions, context: Context): void {
  const message = readMessage(file);
  if (options.json === true) return printJson({ file, ...messageJson(message) }, context);
  context.output.out(table(messageRows(message)));
  if (message.signature.length > 0) context.output.out("the signature is not verified (curbstop tariff verify)\n");
}
