/**
 * Where a passphrase comes from: the terminal without echo, a file that only its owner can read, or an open file
 * descriptor. Never an argument or an environment variable: other processes read those, and shells and supervisors log
 * them.
 *
 * One line of UTF-8, normalised to NFC, so that the same passphrase is the same bytes whatever keyboard made it. A new
 * one has 12 characters at least: a stolen store is attacked at leisure, half a second a guess and core.
 */
import fs from "node:fs";
import { isatty } from "node:tty";
import { KeyError, systemCode } from "./key_error";
import { Secret } from "./secret";
import { readSecretFile } from "./secret_file";

export const PASSPHRASE_MAX_BYTES = 1024;
export const PASSPHRASE_LEAST_CHARACTERS = 12;

/** The PIN of an HSM may come in the environment, as HSM tools have it: without the HSM it is worth nothing. */
export const HSM_PIN_VARIABLE = "CURBSTOP_HSM_PIN";

const READ_WAIT_MS = 20;
const READ_TRIES_MAX = 3000;
const NEWLINE = 10;

export interface PassphraseSource {
  readonly file?: string | undefined;
  readonly fd?: number | undefined;
}

/** What is asked for, and how it is given other than by typing. */
export interface Wanted {
  /** What it opens, for the person: "the key store /home/...". */
  readonly of: string;
  /** For a file that does not exist yet: asked twice, and not too short. */
  readonly fresh: boolean;
  /** Options that name a source, for the message where nobody can type. */
  readonly options: string;
}

/** The part of a terminal that a hidden question needs; process.stdin and process.stderr have it. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  write(text: string): void;
}

function refused(message: string): KeyError {
  return new KeyError("passphrase", message);
}

/** Bytes of one line as a passphrase. */
function passphraseOf(line: Uint8Array, where: string): Secret {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line).normalize("NFC");
  } catch {
    throw refused(`${where}: the passphrase is not UTF-8`);
  }
  if (text === "") throw refused(`${where}: the passphrase is empty`);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refused(`${where}: the passphrase is not one line of characters`);
  return new Secret(Buffer.from(text));
}

function assertLong(passphrase: Secret): void {
  if (Array.from(passphrase.buffer().toString()).length >= PASSPHRASE_LEAST_CHARACTERS) return;
  throw refused(`a new passphrase has ${PASSPHRASE_LEAST_CHARACTERS} characters at least (four random words will do)`);
}

function fromFile(file: string): Secret {
  const bytes = readSecretFile(file, PASSPHRASE_MAX_BYTES);
  if (bytes === undefined) throw new KeyError("file", `${file}: there is no such file`);
  const end = bytes.length - (bytes.at(-1) === NEWLINE ? 1 : 0);
  return passphraseOf(bytes.subarray(0, end), file);
}

/** One byte; undefined at the end. A descriptor that never blocks is asked again, for a minute at most. */
async function nextByte(fd: number): Promise<number | undefined> {
  const byte = Buffer.alloc(1);
  for (let i = 0; i < READ_TRIES_MAX; i++) {
    try {
      return fs.readSync(fd, byte, 0, 1, null) === 0 ? undefined : byte[0];
    } catch (error) {
      if (systemCode(error) === "EOF") return undefined;
      if (systemCode(error) !== "EAGAIN") throw refused(`file descriptor ${fd} cannot be read (${systemCode(error)})`);
    }
    await new Promise((resolve) => setTimeout(resolve, READ_WAIT_MS));
  }
  throw refused(`nothing came through file descriptor ${fd}`);
}

/** Up to the end of a line, and not a byte more: a second passphrase may follow. */
async function fromDescriptor(fd: number): Promise<Secret> {
  if (isatty(fd)) throw refused(`file descriptor ${fd} is a terminal, which would show it (leave the option out)`);
  const line: number[] = [];
  for (let byte = await nextByte(fd); byte !== undefined && byte !== NEWLINE; byte = await nextByte(fd)) {
    if (line.length === PASSPHRASE_MAX_BYTES) throw refused(`a passphrase has ${PASSPHRASE_MAX_BYTES} bytes at most`);
    line.push(byte);
  }
  return passphraseOf(Buffer.from(line), `file descriptor ${fd}`);
}

const ENTER = ["\r", "\n"];
const CANCEL = ["\u0003", "\u0004"];
const RUBOUT = ["\u007f", "\b"];
const CLEAR = "\u0015";
/** Cursor keys and the like. */
// eslint-disable-next-line no-control-regex -- an escape sequence begins with one
const ESCAPES = /\u001b(\[[0-9;]*[ -/]*[@-~]|O.|.?)/g;

/** Asks with nothing shown of the answer. Enter ends it, Ctrl-C gives up, backspace and Ctrl-U correct. */
export async function askHidden(question: string, terminal: Terminal): Promise<Secret> {
  return passphraseOf(await typedLine(question, terminal), "the keyboard");
}

function typedLine(question: string, terminal: Terminal): Promise<Buffer> {
  const { input } = terminal;
  const decoder = new TextDecoder();
  // First the echo goes, then the question comes: an answer that is ready must not be shown.
  input.setRawMode?.(true);
  terminal.write(question);
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = () => {
      input.removeListener("data", take);
      input.pause();
      input.setRawMode?.(false);
      terminal.write("\n");
    };
    const take = (chunk: Buffer | string) => {
      const text = decoder.decode(Buffer.from(chunk), { stream: true });
      const characters = Array.from(text.replace(ESCAPES, ""));
      for (const [index, character] of characters.entries()) {
        if (CANCEL.includes(character)) {
          finish();
          return reject(new KeyError("cancelled", "given up, nothing was changed"));
        }
        if (ENTER.includes(character)) {
          finish();
          const rest = characters.slice(index + 1).join("");
          if (rest !== "") input.unshift(Buffer.from(rest));
          return resolve(Buffer.from(typed.join("")));
        }
        if (RUBOUT.includes(character)) typed.pop();
        else if (character === CLEAR) typed = [];
        else if (typed.length < PASSPHRASE_MAX_BYTES) typed.push(character);
      }
    };
    input.on("data", take);
    input.resume();
  });
}

async function fromTerminal(wanted: Wanted, terminal: Terminal): Promise<Secret> {
  if (terminal.input.isTTY !== true) {
    throw refused(`nobody is there to type the passphrase of ${wanted.of} (give ${wanted.options})`);
  }
  const passphrase = await askHidden(`${wanted.fresh ? "New passphrase" : "Passphrase"} of ${wanted.of}: `, terminal);
  if (!wanted.fresh) return passphrase;
  assertLong(passphrase);
  const again = await askHidden("The same once more: ", terminal);
  if (!again.equals(passphrase)) throw refused("the two are not the same, nothing was changed");
  return passphrase;
}

/**
 * The PIN of an HSM's token: from a file, the environment, or the keyboard; undefined where there is none of them, for
 * it may not be needed.
 */
export async function readHsmPin(
  token: string,
  file: string | undefined,
  terminal: Terminal,
): Promise<Secret | undefined> {
  if (file !== undefined) return fromFile(file);
  const given = process.env[HSM_PIN_VARIABLE];
  if (given !== undefined && given !== "") return passphraseOf(Buffer.from(given), `$${HSM_PIN_VARIABLE}`);
  if (terminal.input.isTTY !== true) return undefined;
  return askHidden(`PIN of HSM token ${token}: `, terminal);
}

/** The passphrase from where it comes. */
export async function readPassphrase(source: PassphraseSource, wanted: Wanted, terminal: Terminal): Promise<Secret> {
  const { file, fd } = source;
  if (file !== undefined && fd !== undefined) throw refused(`give one of ${wanted.options}`);
  if (file === undefined && fd === undefined) return fromTerminal(wanted, terminal);
  const passphrase = file === undefined ? await fromDescriptor(fd ?? 0) : fromFile(file);
  if (wanted.fresh) assertLong(passphrase);
  return passphrase;
}
