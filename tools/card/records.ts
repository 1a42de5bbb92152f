/**
 * The desk's records: a journal of entries (entries.ts), one JSON object a line, only ever added to.
 *
 *   {"at":..., "region":..., ..., "check":"0123456789abcdef"}
 *
 * `check` is the front of SHA-256 over the check before it and the line without its own: a line that was changed, lost
 * or moved is found. A file of mode 0600, as closed as the key store (it says who bought how much); it holds no key.
 *
 * Why no crash loses a sale or sells twice. Each line is one write, forced to the disk before `append` returns; the
 * desk appends first and touches the card, or hands out money, after it.
 *
 *   a crash before the line is durable   no line, or a torn one without its end, which the next opening cuts off: the
 *                                        card was not touched, nothing is sold
 *   after it, the card not yet written   the sale stands, and is open; until it is finished nothing else is sold to
 *   this
 *                                        meter. `top-up --retry` writes the same voucher: same sequence, same sum
 *   the card is written, nobody told     the same: whoever tries again without --retry is told of the open sale
 *   the receipt out, not yet "finished"  the same: one receipt too many, which shows the same sequence, never two sales
 *
 * What a crashed process has written and not forced is still read by the next one, and could be gone after a power cut:
 * so opening forces the file before anything in it is acted on. A write that fails (a full disk) ends the command
 * before the card is touched; whether its line counts is seen at the next opening, and it is an open sale then.
 *
 * Commands hold the file's lock from opening to the end, the card's part included. Not promised: that the file is the
 * newest. The desk notices an old copy by a card or a read-back that knows a later voucher, and sells nothing then. Two
 * desks that sell to one meter need records in one place (a vending engine, which then stands in for this file).
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { systemCode } from "../keys/key_error";
import { withLock } from "../keys/lock";
import { FILE_MODE, makeSecretFolder, readSecretFile, realFile } from "../keys/secret_file";
import { applyEntry, createAccounts, type Accounts } from "./accounts";
import { DeskError } from "./desk_error";
import { ENTRY, type Entry } from "./entries";

/** A million sales. */
const RECORDS_MAX_BYTES = 512 * 1024 * 1024;
const CHECK_DIGITS = 16;
const LINE_END = 10;

export interface DeskRecords {
  readonly accounts: Accounts;
  /** Writes an entry down for good, and lets it count. When it throws, nothing may be done that relies on it. */
  append(entry: Entry): void;
}

/** The records beside a key store. */
export function usualRecordsFile(store: string): string {
  return path.join(path.dirname(store), "card-desk.records");
}

function lineOf(entry: object, check_before: string): { line: string; check: string } {
  const text = JSON.stringify(entry);
  const check = createHash("sha256").update(check_before).update(text).digest("hex").slice(0, CHECK_DIGITS);
  return { line: `${JSON.stringify({ ...entry, check })}\n`, check };
}

/** The entry of a line, when its check is right. */
function entryOf(text: string, check_before: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { check, ...rest } = value as { check?: unknown };
  const expected = lineOf(rest, check_before);
  if (typeof check !== "string" || expected.line !== `${text}\n`) return undefined;
  const parsed = ENTRY.safeParse(rest);
  return parsed.success ? parsed.data : undefined;
}

interface Read {
  accounts: Accounts;
  check: string;
  /** Bytes of whole lines; what is behind them was torn. */
  bytes: number;
}

/** What is in the file so far. */
function readAll(file: string): Read {
  const bytes = readSecretFile(file, RECORDS_MAX_BYTES) ?? Buffer.alloc(0);
  const read: Read = { accounts: createAccounts(), check: "", bytes: 0 };
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(LINE_END, read.bytes);
    if (end < 0) return read;
    const text = bytes.toString("utf8", read.bytes, end);
    const entry = entryOf(text, read.check);
    const advice = "it was changed by hand, or a part is lost: use the newest good copy";
    if (entry === undefined) {
      throw new DeskError("records_damaged", `${file}:${number}: this line is not as it was written (${advice})`);
    }
    try {
      applyEntry(read.accounts, entry);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new DeskError("records_damaged", `${file}:${number}: this cannot be: ${error.message} (${advice})`);
    }
    read.check = (JSON.parse(text) as { check: string }).check;
    read.bytes = end + 1;
  }
}

function cannotWrite(file: string, error: unknown): DeskError {
  const why = "make room or repair the disk, then run the command again";
  return new DeskError("records_file", `${file}: the records cannot be written (${systemCode(error)}; ${why})`);
}

/** Opens the file to add to it: its torn end is cut off, and what is left is forced to the disk, its name as well. */
function openToAppend(file: string, whole_bytes: number): number {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, "a", FILE_MODE);
    fs.ftruncateSync(descriptor, whole_bytes);
    fs.fsyncSync(descriptor);
    if (whole_bytes === 0 && process.platform !== "win32") {
      const folder = fs.openSync(path.dirname(file), "r");
      fs.fsyncSync(folder);
      fs.closeSync(folder);
    }
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    throw cannotWrite(file, error);
  }
}

function createRecords(file: string, descriptor: number, read: Read): DeskRecords {
  let check = read.check;
  let failed: DeskError | undefined;
  return {
    accounts: read.accounts,
    append: (entry) => {
      if (failed !== undefined) throw failed;
      const next = lineOf(ENTRY.parse(entry), check);
      const bytes = Buffer.from(next.line);
      try {
        for (let sent = 0; sent < bytes.length;) sent += fs.writeSync(descriptor, bytes, sent);
        fs.fsyncSync(descriptor);
      } catch (error) {
        // The end of the file is not known any more: only the next opening can tell.
        failed = cannotWrite(file, error);
        throw failed;
      }
      check = next.check;
      applyEntry(read.accounts, entry);
    },
  };
}

/** Does the work with the records, which nobody else writes meanwhile. */
export async function withRecords<Result>(
  file: string,
  work: (records: DeskRecords) => Promise<Result>,
  wait_ms?: number,
): Promise<Result> {
  makeSecretFolder(path.dirname(path.resolve(file)));
  const locked = async (): Promise<Result> => {
    const real = realFile(file);
    const read = readAll(real);
    const descriptor = openToAppend(real, read.bytes);
    try {
      return await work(createRecords(real, descriptor, read));
    } finally {
      fs.closeSync(descriptor);
    }
  };
  return withLock(file, locked, wait_ms);
}
