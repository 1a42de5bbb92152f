/**
 * The storage of a BG96 emulator (bg96_module.ts), UFS, with the commands that reach it. From Quectel's BG96 FILE AT
 * Commands Manual V1.0 (the numbers are its chapters):
 *
 *   AT+QFLDS="UFS"      +QFLDS: free,all          bytes; without "UFS" those in use, and the number of files (2.1)
 *   AT+QFLST="name"     +QFLST: "name",size       "*" or nothing for all of them (2.2)
 *   AT+QFDEL="name"                               "*" for all of them (2.3)
 *   AT+QFUPL="name",size,timeout,ack              CONNECT, then the bytes, which may come up to `timeout` s apart; with
 *                       +QFUPL: size,sum          `ack` 1 the module says A behind each 1,024 of them (2.4)
 *   AT+QFDWL="name"     +QFDWL: size,sum          behind CONNECT and the bytes (2.5)
 *
 * `sum` is an exclusive or of 16-bit words, high byte first, an odd last byte in the high half, in hexadecimal without
 * leading zeros. Three + with a second of silence on both sides end an upload (1.2). What has come of it stays in the
 * file, however it ends: also when its time is over, or the power goes.
 *
 * Refusals (chapter 4): 400 a value, 405 no such file, 406 its name, 407 it is there already, 420 no room, 421 time out.
 *
 * Faults:
 *   lost_bytes     so many bytes of uploads do not arrive: a line without flow control
 *   bad_bytes      so many arrive as others
 *   stops_after    the power goes behind so many bytes of an upload
 *   space_bytes    of the whole storage
 * Not modelled: wear, files that are open, DTR, and files of the module itself.
 */
import { assert } from "../../firmware/assert";
import { textBytes } from "../../firmware/card/bytes";
import { wholeOf } from "../../firmware/modem/at_lines";
import { decimal } from "../../firmware/text";
import type { Bg96Module, ModuleFile, Upload } from "./bg96_life";
import { after, answer, ANSWER_MS, dipPower, say } from "./bg96_life";

export const ACK_BYTES = 1024;
const NAME_MAX = 80;
const SIZE_USUAL = 10240;
const TIMEOUT_USUAL_S = 5;
const TIMEOUT_MAX_S = 65535;
const WORD_BITS_8 = 256;
const CAPITAL_A = 65;
const PLUS = 43;
const GUARD_MS = 1000;
const ESCAPE_PLUSES = 3;
const BAD_VALUE = 400;
const NOT_FOUND = 405;
const BAD_NAME = 406;
const ALREADY_THERE = 407;
const NO_ROOM = 420;
const TIME_OUT = 421;

function fileError(module: Bg96Module, code: number): void {
  after(module, ANSWER_MS, function () {
    say(module, "+CME ERROR: " + decimal(code));
  });
}

export function fileNamed(module: Bg96Module, name: string): ModuleFile | undefined {
  for (const one of module.files) {
    if (one.name === name) {
      return one;
    }
  }
  return undefined;
}

/** Puts a file there, as somebody did before. */
export function putFile(module: Bg96Module, name: string, text: string): void {
  assert(fileNamed(module, name) === undefined, "a file has a name of its own");
  module.files.push({ name: name, bytes: textBytes(text) });
}

/** A file with the ends of a certificate; what is signed by it is nobody's business here. */
export function putCertificate(module: Bg96Module, name: string): void {
  putFile(module, name, "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
}

function textOf(bytes: number[]): string {
  let text = "";
  for (const byte of bytes) {
    text = text + String.fromCharCode(byte);
  }
  return text;
}

/** Whether a certificate with its both ends stands in the file that TLS is to trust, and the right one. */
export function trustsAuthority(module: Bg96Module): boolean {
  const file = fileNamed(module, module.ca_file);
  const text = file === undefined ? "" : textOf(file.bytes);
  const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
  const is_whole = begin >= 0 && text.indexOf("-----END CERTIFICATE-----") > begin;
  return is_whole && (module.authority === "" || module.authority === text);
}

/** What both sides make of the same bytes. */
function checksumOf(bytes: number[]): string {
  let high = 0;
  let low = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (i % 2 === 0) {
      high = high ^ bytes[i];
    } else {
      low = low ^ bytes[i];
    }
  }
  return hexDigits(high * WORD_BITS_8 + low);
}

const HEX = "0123456789abcdef";

function hexDigits(value: number): string {
  const digit = value % 16;
  const rest = Math.floor(value / 16);
  return (rest > 0 ? hexDigits(rest) : "") + HEX.substring(digit, digit + 1);
}

function usedBytes(module: Bg96Module): number {
  let used = 0;
  for (const one of module.files) {
    used += one.bytes.length;
  }
  return used;
}

function listFiles(module: Bg96Module, name: string): void {
  const lines: string[] = [];
  for (const one of module.files) {
    if (name === "*" || name === one.name) {
      lines.push('+QFLST: "' + one.name + '",' + decimal(one.bytes.length));
    }
  }
  if (lines.length === 0 && name !== "*") {
    fileError(module, NOT_FOUND);
  } else {
    answer(module, lines);
  }
}

function deleteFile(module: Bg96Module, name: string): void {
  if (name !== "*" && fileNamed(module, name) === undefined) {
    fileError(module, NOT_FOUND);
    return;
  }
  const kept: ModuleFile[] = [];
  for (const one of module.files) {
    if (name !== "*" && one.name !== name) {
      kept.push(one);
    }
  }
  module.files = kept;
  answer(module, []);
}

function endUpload(module: Bg96Module, upload: Upload): void {
  const bytes = upload.file.bytes;
  module.upload = undefined;
  answer(module, ["+QFUPL: " + decimal(bytes.length) + "," + checksumOf(bytes)]);
}

/** Ends an upload to which nothing comes any more. */
function watchUpload(module: Bg96Module, upload: Upload): void {
  const due_ms = upload.heard_at_ms + upload.timeout_ms;
  after(module, due_ms - module.timer.now_ms(), function () {
    if (module.upload !== upload) {
      return;
    }
    if (module.timer.now_ms() < upload.heard_at_ms + upload.timeout_ms) {
      watchUpload(module, upload);
    } else {
      module.upload = undefined;
      say(module, "+CME ERROR: " + decimal(TIME_OUT));
    }
  });
}

function beginUpload(module: Bg96Module, values: string[]): void {
  const size = values.length < 2 ? SIZE_USUAL : wholeOf(values[1]);
  const timeout_s = values.length < 3 ? TIMEOUT_USUAL_S : wholeOf(values[2]);
  const ack = values.length < 4 ? "0" : values[3];
  const fits = timeout_s !== undefined && timeout_s >= 1 && timeout_s <= TIMEOUT_MAX_S && (ack === "0" || ack === "1");
  if (size === undefined || size < 1 || timeout_s === undefined || !fits || values.length > 4) {
    fileError(module, BAD_VALUE);
  } else if (values[0] === "" || values[0].length > NAME_MAX || values[0].indexOf("*") >= 0) {
    fileError(module, BAD_NAME);
  } else if (fileNamed(module, values[0]) !== undefined) {
    fileError(module, ALREADY_THERE);
  } else if (size > module.space_bytes - usedBytes(module)) {
    fileError(module, NO_ROOM);
  } else {
    const file: ModuleFile = { name: values[0], bytes: [] };
    const now_ms = module.timer.now_ms();
    const upload: Upload = {
      file: file,
      size: size,
      timeout_ms: timeout_s * 1000,
      acknowledges: ack === "1",
      heard_at_ms: now_ms,
      pluses: 0,
    };
    module.files.push(file);
    // What comes before the CONNECT is not for the file.
    after(module, ANSWER_MS, function () {
      upload.heard_at_ms = module.timer.now_ms();
      module.upload = upload;
      say(module, "CONNECT");
      watchUpload(module, upload);
    });
  }
}

function storeByte(module: Bg96Module, upload: Upload, byte: number): void {
  let stored = byte;
  if (module.lost_bytes > 0) {
    module.lost_bytes -= 1;
    return;
  }
  if (module.bad_bytes > 0) {
    module.bad_bytes -= 1;
    stored = byte ^ 1;
  }
  upload.file.bytes.push(stored);
  const count = upload.file.bytes.length;
  if (count === module.stops_after) {
    module.stops_after = 0;
    dipPower(module);
  } else if (count % ACK_BYTES === 0 && upload.acknowledges && !module.silent) {
    module.line.write([CAPITAL_A]);
  }
}

/** Three + that nothing stands behind for a second. */
function escapeSoon(module: Bg96Module, upload: Upload): void {
  after(module, GUARD_MS, function () {
    if (module.upload === upload && upload.pluses === ESCAPE_PLUSES) {
      endUpload(module, upload);
    }
  });
}

/** A byte for the file. */
export function takeUploadByte(module: Bg96Module, upload: Upload, byte: number): void {
  const now_ms = module.timer.now_ms();
  const was_silent = now_ms >= upload.heard_at_ms + GUARD_MS;
  upload.heard_at_ms = now_ms;
  if (byte === PLUS && upload.pluses < ESCAPE_PLUSES && (was_silent || upload.pluses > 0)) {
    upload.pluses += 1;
    if (upload.pluses === ESCAPE_PLUSES) {
      escapeSoon(module, upload);
    }
    return;
  }
  for (let held = upload.pluses; held > 0 && module.upload === upload; held--) {
    storeByte(module, upload, PLUS);
  }
  upload.pluses = 0;
  if (module.upload === upload) {
    storeByte(module, upload, byte);
  }
  if (module.upload === upload && upload.file.bytes.length >= upload.size) {
    endUpload(module, upload);
  }
}

function download(module: Bg96Module, name: string): void {
  const file = fileNamed(module, name);
  if (file === undefined) {
    fileError(module, NOT_FOUND);
    return;
  }
  after(module, ANSWER_MS, function () {
    say(module, "CONNECT");
    if (!module.silent) {
      module.line.write(file.bytes.slice(0, file.bytes.length));
    }
    say(module, "+QFDWL: " + decimal(file.bytes.length) + "," + checksumOf(file.bytes));
    say(module, "OK");
  });
}

/** Commands of the storage; false for others. `values` is [] for a command without an equals sign. */
export function onFileCommand(module: Bg96Module, name: string, values: string[]): boolean {
  const used = usedBytes(module);
  if (name === "AT+QFLDS" && values.length === 0) {
    answer(module, ["+QFLDS: " + decimal(used) + "," + decimal(module.files.length)]);
  } else if (name === "AT+QFLDS" && values[0] === "UFS") {
    answer(module, ["+QFLDS: " + decimal(module.space_bytes - used) + "," + decimal(module.space_bytes)]);
  } else if (name === "AT+QFLST") {
    listFiles(module, values.length === 0 ? "*" : values[0]);
  } else if (name === "AT+QFDEL" && values.length === 1) {
    deleteFile(module, values[0]);
  } else if (name === "AT+QFUPL" && values.length > 0) {
    beginUpload(module, values);
  } else if (name === "AT+QFDWL" && values.length === 1) {
    download(module, values[0]);
  } else {
    return false;
  }
  return true;
}
