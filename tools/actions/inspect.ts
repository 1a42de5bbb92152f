/**
 * What `curbstop inspect` does: says what a text or a file is, and what it says. Damaged, not genuine or refused is a no.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { UserError } from "../../sim/scenario/user_error";
import { INSPECT_MAX_CHARACTERS, typedKeys, type MeterKeys } from "../../sim/serve/inspector";
import { EXIT_NO, type Context } from "../context";
import { inspect } from "../inspect/inspect";
import { inspectionText } from "../inspect/words";
import { readSecretFile } from "../keys/secret_file";
import { printJson } from "./keys_session";

export interface InspectOptions {
  file?: string;
  keyFile?: string;
  json?: boolean;
}

/** A key, white space around it, and what tells that it is something else. */
const KEY_TEXT_MAX_BYTES = 256;
const STDIN = 0;
const IMAGE_MAGIC = "CURBCARD";

function keysFrom(file: string | undefined): MeterKeys {
  if (file === undefined) return {};
  const bytes = readSecretFile(file, KEY_TEXT_MAX_BYTES);
  if (bytes === undefined) throw new UserError(`--key-file ${file}: there is no such file`);
  const keys = typedKeys(bytes.toString("latin1"));
  // What stands in the file is not shown: it may be most of a key.
  if (keys === undefined) throw new UserError(`--key-file ${file}: a key has 32 hexadecimal digits, this has not`);
  return keys;
}

/** As much of a file as an inspection takes, and one byte more. */
function readSome(file: number | string, name: string): Buffer {
  const bytes = Buffer.alloc(INSPECT_MAX_CHARACTERS + 1);
  let length = 0;
  try {
    const handle = typeof file === "number" ? file : openSync(file, "r");
    try {
      for (let more = 1; more > 0 && length < bytes.length; length += more) {
        more = readSync(handle, bytes, length, bytes.length - length, null);
      }
    } finally {
      if (handle !== STDIN) closeSync(handle);
    }
  } catch (error) {
    throw new UserError(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  return bytes.subarray(0, length);
}

function textFrom(words: readonly string[], { file }: InspectOptions): string {
  if (file !== undefined) {
    if (words.length > 0) throw new UserError("give a text or --file, not both");
    const bytes = readSome(file, file);
    return bytes.toString("latin1", 0, IMAGE_MAGIC.length) === IMAGE_MAGIC ? bytes.toString("hex") : bytes.toString();
  }
  if (words.length === 0) throw new UserError("give a text, - for standard input, or --file (see --help)");
  return words.length === 1 && words[0] === "-" ? readSome(STDIN, "standard input").toString() : words.join(" ");
}

export function inspectText(words: readonly string[], options: InspectOptions, context: Context): void {
  const inspection = inspect(textFrom(words, options), keysFrom(options.keyFile));
  if (inspection.problem !== "") context.exit_code = EXIT_NO;
  if (options.json === true) return printJson(inspection, context);
  context.output.out(inspectionText(inspection));
}
