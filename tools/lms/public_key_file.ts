/**
 * A public key in a file: one line of hexadecimal, as `curbstop keys public` prints it. What is in the line is specified in
 * firmware/crypto/lms.ts.
 */
import fs from "node:fs";
import { lmsParameters, lmsPublicKeyBytes } from "../../firmware/crypto/lms";
import { KeyError, systemCode } from "../keys/key_error";

const LINE_MAX_BYTES = 256;
const LEVELS_BYTES = 4;

/** At most a line's bytes of a file, and one more where there are more. */
function frontOf(file: string): string {
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      const bytes = Buffer.alloc(LINE_MAX_BYTES + 1);
      return bytes.toString("latin1", 0, fs.readSync(descriptor, bytes, 0, bytes.length, null));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    throw new KeyError("file", `${file}: cannot be read (${systemCode(error)})`);
  }
}

/** Whether this is a key of one level, with the length that its types give. */
function isPublicKey(line: string): boolean {
  const bytes = Buffer.from(line, "hex");
  if (bytes.toString("hex") !== line || bytes.length < 3 * LEVELS_BYTES) return false;
  const parameters = lmsParameters(bytes.readUInt32BE(4), bytes.readUInt32BE(8));
  const is_one_level = bytes.readUInt32BE(0) === 1;
  return is_one_level && parameters !== undefined && bytes.length === LEVELS_BYTES + lmsPublicKeyBytes(parameters);
}

/** The key in hexadecimal. */
export function readPublicKey(file: string): string {
  const line = frontOf(file).trim().toLowerCase();
  if (isPublicKey(line)) return line;
  throw new KeyError("damaged", `${file}: this is no public key (curbstop keys public prints one)`);
}
