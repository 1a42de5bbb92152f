/**
 * Files with a message: the bytes of firmware/radio/signed.ts, without a signature yet (what `tariff make` writes) or
 * with one (`tariff sign`).
 */
import fs from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { SIGNED_MAX_BYTES } from "../../firmware/radio/signed_judgement";
import { contentLength, readContent } from "../../firmware/radio/signed";
import type { SignedContent } from "../../firmware/radio/signed_content";
import { fileError } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";

const FILE_MODE = 0o644;

export interface MessageFile {
  readonly content: SignedContent;
  /** What is signed. */
  readonly signed_bytes: Buffer;
  /** Of no bytes while it is not signed. */
  readonly signature: Buffer;
}

/** At most so many bytes of a file, and one more where there are more. */
function bytesOf(file: string): Buffer {
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      const bytes = Buffer.alloc(SIGNED_MAX_BYTES + 1);
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got) {
        got = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
      }
      return bytes.subarray(0, length);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    throw fileError(file, error);
  }
}

export function readMessage(file: string): MessageFile {
  return messageIn(bytesOf(file), file);
}

/** The message in these bytes; `file` is what an error calls them. */
export function messageIn(bytes: Buffer, file: string): MessageFile {
  const length = contentLength([...bytes]);
  const content = readContent([...bytes.subarray(0, Math.max(1, length))]);
  if (content === "unknown_format") {
    throw new UserError(`${file}: this is no message of this format (curbstop tariff make writes them)`);
  }
  if (content === "malformed" || bytes.length > SIGNED_MAX_BYTES) {
    throw new UserError(`${file}: this message is malformed (make it again: curbstop tariff make)`);
  }
  return { content, signed_bytes: bytes.subarray(0, length), signature: bytes.subarray(length) };
}

/** Writes a file that must not be there yet; whole, or not at all. */
export function writeMessage(file: string, bytes: Buffer): void {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.new-${randomBytes(8).toString("hex")}`);
  try {
    const descriptor = fs.openSync(draft, "wx", FILE_MODE);
    try {
      fs.writeFileSync(descriptor, bytes);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw fileTaken(file);
    throw fileError(file, error);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function fileTaken(file: string): UserError {
  return new UserError(`${file}: there is such a file already, and it is kept (take another name)`);
}

/** Refuses a name that is taken, before anything is done that cannot be undone. */
export function assertFree(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw fileTaken(file);
}
