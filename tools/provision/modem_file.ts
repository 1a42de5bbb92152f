/**
 * Certificates in the storage of a BG96, from Quectel's BG96 FILE AT Commands Manual V1.0 (2.2 to 2.5): listed (AT+QFLST),
 * read back (AT+QFDWL), removed (AT+QFDEL) and brought there (AT+QFUPL in its ACK mode, which answers with size and
 * checksum).
 *
 * There is no rename: a new file takes the place of an old one when that is gone. A power cut in between leaves none, and
 * one while it comes leaves its beginning, which is no certificate. So there are two, of which the firmware tries the one
 * when the broker cannot be opened by the other (`otherCaFile` in firmware/modem/bg96_commands.ts), and none is touched
 * while the other is not whole:
 *
 *   1  where the first is not as it is to be, and the other is no whole certificate, the other becomes as the first is to
 *      be: so it is with a meter that is new, or was provisioned when there was one file only
 *   2  the first becomes as it is to be
 *   3  the other does: the same as the first, or the certificate of the next authority
 *
 * Wherever the power goes, the old or the new one is there; the same again goes on from there. A file that does not read
 * back as it was sent is removed.
 */
import { otherCaFile } from "../../firmware/modem/bg96_commands";
import { FlashError } from "../flash/flash_error";
import { printable } from "../flash/link";
import { CERTIFICATE_MAX_BYTES } from "./ca_certificate";
import { pause } from "./means";
import type { ModemLine } from "./modem_line";

const ESCAPE = "\x1b";
const LOOK_MS = 50;
const QUIET_MS = 500;
const ANSWER_MS = 1000;
/** The module says OK to a file's commands when its flash has it. */
const FILE_MS = 10_000;
const GUARD_MS = 1100;
const ASKS = 2;
const UPLOADS = 3;
const READS = 3;
/** Between two pieces of an upload: the board has all of it. Longer than it is said nothing before it is asked again. */
const UPLOAD_TIMEOUT_S = 10;
const UPLOAD_MS = 30_000;
/** As in firmware/modem/bg96.ts. */
const BOOT_MS = 15_000;
const POWER_DOWN_MS = 2000;
const SHOWN_MAX = 80;
const FINAL = /\r\n(?:(OK)|ERROR|\+CME ERROR: ?([ -~]+))\r\n/;
const UPLOADED =
  /\r\n\+QFUPL: ?(\d+),([0-9A-Fa-f]+)\r\n[\s\S]*?\r\nOK\r\n|\r\nERROR\r\n|\r\n\+CME ERROR: ?([ -~]+)\r\n/;
const DOWNLOADED =
  /CONNECT\r\n([\s\S]*)\r\n\+QFDWL: ?(\d+),([0-9A-Fa-f]+)\r\n[\s\S]*?\r\nOK\r\n|\r\nERROR\r\n|\r\n\+CME ERROR: ?[ -~]+\r\n/;
const WHOLE = /-----BEGIN CERTIFICATE-----\r?\n[\s\S]+\n-----END CERTIFICATE-----/;
/** Chapter 4 of the manual, as far as a person can do something about it. */
const REFUSALS: Readonly<Record<string, string>> = {
  "403": "its storage is full",
  "406": "it takes no such name of a file",
  "409": "its storage cannot be written",
  "420": "its storage has no room",
};

/** A 16-bit sum: an exclusive or of words, high byte first; an odd last byte is the high half of one (2.4, note 2). */
export function modemChecksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i) << (i % 2 === 0 ? 8 : 0);
  return sum;
}

/** What is to be in the two files. */
export interface ModemTrust {
  /** The first one's name, as the nameplate has it. */
  readonly name: string;
  /** A certificate, each character a byte. */
  readonly text: string;
  /** That of the next authority, or `text` once more. */
  readonly other_text: string;
}

/** Time as it passes, or as a test has it. */
export interface Pace {
  now_ms(): number;
  pause(span_ms: number): Promise<void>;
}

const REAL_PACE: Pace = { now_ms: () => performance.now(), pause };

interface Answer {
  readonly ok: boolean;
  readonly text: string;
  /** What of it a person may read. */
  readonly fault: string;
}

/** The module at the end of the line, one command at a time. */
class Talk {
  private heard = "";

  public constructor(
    private readonly line: ModemLine,
    private readonly port: string,
    public readonly pace: Pace,
  ) {}

  public refuse(words: string): FlashError {
    return new FlashError(`${this.port}: the modem ${words}`);
  }

  /** What matches, in what came since the last command; undefined after the limit. */
  public async waitFor(wanted: RegExp, limit_ms: number): Promise<RegExpExecArray | undefined> {
    const end_ms = this.pace.now_ms() + limit_ms;
    for (;;) {
      this.heard += await this.line.take();
      const match = wanted.exec(this.heard);
      if (match !== null) return match;
      if (this.pace.now_ms() >= end_ms) return undefined;
      await this.pace.pause(LOOK_MS);
    }
  }

  public async say(text: string): Promise<void> {
    await this.line.take();
    this.heard = "";
    await this.line.send(text);
  }

  /** Undefined when nothing answers. */
  public async tryAsk(command: string, limit_ms: number): Promise<Answer | undefined> {
    await this.say(`${command}\r`);
    const match = await this.waitFor(FINAL, limit_ms);
    if (match === undefined) return undefined;
    return { ok: match[1] !== undefined, text: this.heard, fault: printable(match[2] ?? "ERROR").slice(0, SHOWN_MAX) };
  }

  public async ask(command: string): Promise<Answer> {
    const answer = await this.tryAsk(command, FILE_MS);
    if (answer === undefined) throw this.refuse("has fallen silent (look at its plug, and try again)");
    return answer;
  }

  /** Says a command whose file the board sends by itself. */
  public async upload(command: string): Promise<RegExpExecArray | undefined> {
    this.heard = "";
    await this.line.upload(`${command}\r`);
    return this.waitFor(UPLOADED, UPLOAD_MS);
  }
}

async function answers(talk: Talk): Promise<boolean> {
  for (let asked = 0; asked < ASKS; asked++) if ((await talk.tryAsk("ATE0", ANSWER_MS))?.ok === true) return true;
  return false;
}

/** Ends an upload that somebody left open: three + in silence (1.2). Elsewhere they are a line that means nothing. */
async function leaveUpload(talk: Talk): Promise<void> {
  await talk.pace.pause(GUARD_MS);
  await talk.say("+++");
  await talk.pace.pause(GUARD_MS);
  await talk.say("\r");
}

/** Whether a module that is silent was off; one that was on, and deaf, is off after the first pressing. */
async function switchOn(talk: Talk, line: ModemLine): Promise<boolean> {
  await talk.say("");
  await line.pressPowerKey();
  const said = await talk.waitFor(/\r\n(APP RDY|POWERED DOWN)\r\n/, BOOT_MS);
  if (said?.[1] === "POWERED DOWN") {
    await talk.pace.pause(POWER_DOWN_MS);
    await line.pressPowerKey();
    await talk.waitFor(/\r\nAPP RDY\r\n/, BOOT_MS);
  }
  return answers(talk);
}

async function isBg96(talk: Talk): Promise<boolean> {
  for (let asked = 0; asked < ASKS; asked++) {
    // Answers to what the firmware had asked before are not those to this.
    await talk.pace.pause(QUIET_MS);
    if (/\r\nBG96\r\n/.test((await talk.ask("AT+CGMM")).text)) return true;
  }
  return false;
}

/** Comes to terms with a module that is on, off, asleep, or in the middle of something. */
async function wake(talk: Talk, line: ModemLine): Promise<void> {
  await talk.say(`${ESCAPE}\r`);
  await talk.pace.pause(QUIET_MS);
  let is_awake = await answers(talk);
  if (!is_awake) {
    await leaveUpload(talk);
    is_awake = await answers(talk);
  }
  if (!is_awake && !(await switchOn(talk, line)))
    throw talk.refuse("does not answer (look at its plug and its supply)");
  if (!(await isBg96(talk))) throw talk.refuse("is no BG96 (see the board's file)");
  // Refusals by number; a module that does not know it says what it says.
  await talk.ask("AT+CMEE=1");
}

/** Size of a file, undefined where there is none; whatever the module says to that. */
async function sizeOf(talk: Talk, name: string): Promise<number | undefined> {
  const { text } = await talk.ask(`AT+QFLST="${name}"`);
  const listed = [...text.matchAll(/\+QFLST: ?"(?:UFS:)?([^"\r\n]*)",(\d{1,9})\r\n/g)];
  const found = listed.find(([, of]) => of === name);
  return found === undefined ? undefined : Number(found[2]);
}

/** What is in a file; "" where there is none, or nothing that a certificate could be. */
async function read(talk: Talk, name: string): Promise<string> {
  const size = await sizeOf(talk, name);
  if (size === undefined || size > CERTIFICATE_MAX_BYTES) return "";
  for (let tried = 0; tried < READS; tried++) {
    await talk.say(`AT+QFDWL="${name}"\r`);
    const [, text, told_bytes, sum] = (await talk.waitFor(DOWNLOADED, FILE_MS)) ?? [];
    const is_right = text?.length === Number(told_bytes) && modemChecksum(text) === Number.parseInt(sum, 16);
    if (text !== undefined && is_right) return text;
  }
  return "";
}

async function remove(talk: Talk, name: string): Promise<void> {
  if ((await sizeOf(talk, name)) === undefined) return;
  const { ok, fault } = await talk.ask(`AT+QFDEL="${name}"`);
  if (!ok) throw talk.refuse(`does not let go of its file ${name}: ${fault} (try again)`);
}

/** One upload; why it failed, "" when the module says size and sum of what was sent. */
async function bring(talk: Talk, name: string, text: string): Promise<string> {
  const match = await talk.upload(`AT+QFUPL="${name}",${text.length},${UPLOAD_TIMEOUT_S},1`);
  if (match === undefined) return "says nothing of its end";
  const [, size, sum, fault] = match;
  if (size === undefined) {
    const words = REFUSALS[fault ?? ""];
    if (words !== undefined) throw talk.refuse(`refuses the file ${name}: ${words}`);
    return `refuses it with ${printable(fault ?? "ERROR").slice(0, SHOWN_MAX)}`;
  }
  if (Number(size) !== text.length) return `has ${size} of ${text.length} bytes`;
  return Number.parseInt(sum, 16) === modemChecksum(text) ? "" : "has other bytes than were sent";
}

/** The file is this one when it returns. */
async function put(talk: Talk, line: ModemLine, name: string, text: string): Promise<void> {
  await line.stage(text);
  let why = "";
  for (let tried = 0; tried < UPLOADS; tried++) {
    await remove(talk, name);
    why = await bring(talk, name, text);
    if (why === "" && (await read(talk, name)) === text) return;
    if (!(await answers(talk))) await wake(talk, line);
  }
  await remove(talk, name);
  throw talk.refuse(`does not take the file ${name}: it ${why || "reads back as another"} (try again)`);
}

/** The module trusts whom it is to when it returns: it did before, or it does now. Rejects with a FlashError. */
export async function keepModemTrust(
  line: ModemLine,
  port: string,
  { name, text, other_text }: ModemTrust,
  pace = REAL_PACE,
): Promise<"there before" | "written"> {
  const talk = new Talk(line, port, pace);
  const other_name = otherCaFile(name);
  await wake(talk, line);
  const first = await read(talk, name);
  let other = await read(talk, other_name);
  if (first === text && other === other_text) return "there before";
  if (first !== text) {
    if (!WHOLE.test(other)) {
      await put(talk, line, other_name, text);
      other = text;
    }
    await put(talk, line, name, text);
  }
  if (other !== other_text) await put(talk, line, other_name, other_text);
  return "written";
}
