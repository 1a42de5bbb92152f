/**
 * What `curbstop radio decode` does: telegrams in hexadecimal, decrypted, checked and explained.
 */
import { KeyError } from "../keys/key_error";
import { readSecretFile } from "../keys/secret_file";
import { Formats } from "../radio/compact";
import { explanation } from "../radio/explain";
import { FRAME_MAX_BYTES, type FrameFormat } from "../radio/frame";
import { fieldsOf } from "../radio/meters";
import { RadioError } from "../radio/radio_error";
import { KEY_BYTES } from "../radio/security";
import { decodeTelegram, type Telegram } from "../radio/telegram";
import type { Context } from "../context";

export interface RadioDecodeOptions {
  key?: string;
  keyFile?: string;
  format?: FrameFormat;
  name?: string;
  json?: boolean;
}

/** A key, white space around it, and what tells that it is something else. */
const KEY_TEXT_MAX_BYTES = 256;

/** Text of standard input up to a limit, so that a wrong file cannot fill the memory. */
async function standardInput(): Promise<string> {
  if (process.stdin.isTTY)
    throw new RadioError("bad_key", "standard input is a terminal, which would show the key (give --key-file)");
  let bytes = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length > KEY_TEXT_MAX_BYTES)
      throw new RadioError("bad_key", `standard input has more than a key (${KEY_TEXT_MAX_BYTES} bytes)`);
  }
  return bytes.toString("latin1");
}

function keyFileText(file: string): string {
  const bytes = readSecretFile(file, KEY_TEXT_MAX_BYTES);
  if (bytes === undefined) throw new KeyError("file", `${file}: there is no such file`);
  return bytes.toString("latin1");
}

/** The key from where it comes; what is wrong with it is said without showing it. */
async function keyFrom({ key, keyFile }: RadioDecodeOptions): Promise<number[] | undefined> {
  if (key === undefined && keyFile === undefined) return undefined;
  if (key !== undefined && keyFile !== undefined) throw new RadioError("bad_key", "give one of --key and --key-file");
  const text = keyFile !== undefined ? keyFileText(keyFile) : key === "-" ? await standardInput() : (key ?? "");
  const digits = text.trim();
  if (!/^[0-9a-fA-F]*$/.test(digits) || digits.length !== 2 * KEY_BYTES) {
    const what = /^[0-9a-fA-F]*$/.test(digits) ? `${digits.length} digits` : "characters that are none";
    throw new RadioError("bad_key", `a key has ${2 * KEY_BYTES} hexadecimal digits, this one has ${what}`);
  }
  return [...Buffer.from(digits, "hex")];
}

/** Bytes of a telegram; spaces and underscores between them are for people. */
function telegramBytes(text: string): number[] {
  const digits = text.replace(/[\s_]/g, "");
  if (digits === "" || !/^[0-9a-fA-F]*$/.test(digits))
    throw new RadioError("bad_hex", "a telegram is given in hexadecimal digits");
  if (digits.length % 2 !== 0)
    throw new RadioError("bad_hex", `a telegram has two digits a byte, this has ${digits.length}`);
  if (digits.length > 2 * FRAME_MAX_BYTES)
    throw new RadioError("bad_hex", `a telegram has ${FRAME_MAX_BYTES} bytes at most, this has ${digits.length / 2}`);
  return [...Buffer.from(digits, "hex")];
}

/** Says which of several telegrams an error is about. */
function numbered<Result>(index: number, of: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (of === 1 || !(error instanceof RadioError)) throw error;
    throw new RadioError(error.code, `telegram ${index + 1}: ${error.message}`);
  }
}

export async function radioDecode(
  texts: readonly string[],
  options: RadioDecodeOptions,
  context: Context,
): Promise<void> {
  const all = texts.map((text, index) => numbered(index, texts.length, () => telegramBytes(text)));
  const key = await keyFrom(options);
  const formats = new Formats();
  const { format } = options;
  all.forEach((bytes, index) => {
    const telegram: Telegram = numbered(index, all.length, () => decodeTelegram(bytes, { key, format, formats }));
    const fields = fieldsOf(telegram, options.name);
    const text = options.json === true ? `${JSON.stringify(fields)}\n` : explanation(telegram, fields);
    context.output.out(index > 0 && options.json !== true ? `\n${text}` : text);
  });
}
