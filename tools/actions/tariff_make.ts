/**
 * What `curbstop tariff make` does: from what a person writes to the bytes that are signed.
 */
import { contentBytes } from "../../firmware/radio/signed";
import type { Context } from "../context";
import { table } from "../output";
import { writeMessage } from "../tariff/message_file";
import { messageJson, messageRows } from "../tariff/words";
import { loadWish } from "../tariff/wish";
import { printJson } from "./keys_session";

export interface TariffMakeOptions {
  out: string;
  json?: boolean;
}

export function tariffMake(file: string, options: TariffMakeOptions, context: Context): void {
  const { out, json } = options;
  const content = loadWish(file);
  const signed_bytes = Buffer.from(contentBytes(content));
  writeMessage(out, signed_bytes);
  const message = { content, signed_bytes, signature: Buffer.alloc(0) };
  if (json === true) return printJson({ file: out, ...messageJson(message) }, context);
  context.output.out(table(messageRows(message)));
  context.output.out(`in ${out}, not signed yet\n`);
}
