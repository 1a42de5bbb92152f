/**
 * Journal: a file of JSON lines that is only ever added to, each forced to the disk before `append` returns.
 *
 *   {..., "check":"0123456789abcdef"}
 *
 * `check` is the front of SHA-256 over the check before it and the line without its own: a line that was changed, lost
 * or moved is found. A torn end, which a crash may leave, is cut off by the next writer; what it said was shown to
 * nobody.
 *
 * A reader keeps its place: what has been added since, by this process or another, is read from there on. The caller
 * holds the file's lock (tools/keys/lock.ts) while it reads and appends.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { systemCode } from "../keys/key_error";
import { FILE_MODE, readSecretFile } from "../keys/secret_file";
import { TokenError } from "./token_error";

const JOURNAL_MAX_BYTES = 256 * 1024 * 1024;
const CHECK_DIGITS = 16;
const LINE_END = 10;
const ADVICE = "it was changed by hand, or a part is lost: use the newest good copy";

function lineOf(entry: object, check_before: string): { line: string; check: string } {
  const text = JSON.stringify(entry);
  const check = createHash("sha256").update(check_before).update(text).digest("hex").slice(0, CHECK_DIGITS);
  return { line: `${JSON.stringify({ ...entry, check })}\n`, check };
}

export class Journal<Entry extends object> {
  /** Bytes, lines and check of what has been read; the file's identity, so that another in its place is noticed. */
  #bytes = 0;
  #lines = 0;
  #check = "";
  #inode = 0;
  /** Whether this process has forced the file's name to the disk: who made the file may have been cut off before. */
  #is_named = false;

  constructor(
    readonly file: string,
    private readonly schema: z.ZodType<Entry>,
    private readonly take: (entry: Entry) => void,
  ) {}

  #damaged(line: number): TokenError {
    return new TokenError("records_damaged", `${this.file}:${line}: this line is not as it was written (${ADVICE})`);
  }

  /** The entry of a line, when its check is right. */
  #entryOf(text: string): { entry: Entry; check: string } {
    try {
      const { check, ...rest } = JSON.parse(text) as { check?: unknown };
      const expected = lineOf(rest, this.#check);
      if (expected.line === `${text}\n` && check === expected.check) {
        return { entry: this.schema.parse(rest), check: expected.check };
      }
    } catch {
      // Whatever is wrong with it, it is not as it was written.
    }
    throw this.#damaged(this.#lines + 1);
  }

  #takeLines(bytes: Buffer): void {
    let first = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, first)) {
      const { entry, check } = this.#entryOf(bytes.toString("utf8", first, end));
      this.take(entry);
      this.#check = check;
      this.#lines += 1;
      this.#bytes += end + 1 - first;
      first = end + 1;
    }
  }

  /** Reads what has been added since the last time. */
  refresh(): void {
    if (this.#inode === 0) {
      const bytes = readSecretFile(this.file, JOURNAL_MAX_BYTES);
      if (bytes === undefined) return;
      this.#inode = fs.statSync(this.file).ino;
      this.#takeLines(bytes);
      return;
    }
    const descriptor = fs.openSync(this.file, "r");
    try {
      const { size, ino } = fs.fstatSync(descriptor);
      if (ino !== this.#inode || size < this.#bytes) throw this.#damaged(this.#lines);
      const bytes = Buffer.alloc(size - this.#bytes);
      const length = fs.readSync(descriptor, bytes, 0, bytes.length, this.#bytes);
      this.#takeLines(bytes.subarray(0, length));
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /**
   * Forces to the disk what has been read: a process that was cut off may have written a line and not forced it, and
   * what such a line says must not be shown while a power cut could still take it away.
   */
  force(): void {
    const descriptor = fs.openSync(this.file, "r+");
    try {
      this.#sync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #sync(descriptor: number): void {
    fs.fsyncSync(descriptor);
    if (this.#is_named || process.platform === "win32") return;
    const folder = fs.openSync(path.dirname(this.file), "r");
    fs.fsyncSync(folder);
    fs.closeSync(folder);
    this.#is_named = true;
  }

  /**
   * Writes an entry down for good, and takes it in. When it throws, nothing may be shown that relies on it: whether it
   * counts is seen by the next who opens the journal.
   */
  append(entry: Entry): void {
    const bytes = Buffer.from(lineOf(this.schema.parse(entry), this.#check).line);
    let descriptor: number | undefined;
    try {
      descriptor = fs.openSync(this.file, "a", FILE_MODE);
      // What a crash has torn: nobody has seen it.
      fs.ftruncateSync(descriptor, this.#bytes);
      for (let sent = 0; sent < bytes.length;) sent += fs.writeSync(descriptor, bytes, sent);
      this.#sync(descriptor);
      this.#inode = fs.fstatSync(descriptor).ino;
    } catch (error) {
      const why = "make room or repair the disk, then run the command again";
      throw new TokenError("records_file", `${this.file}: cannot be written (${systemCode(error)}; ${why})`);
    } finally {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    }
    this.#takeLines(bytes);
  }
}
