/**
 * Files that only their owner may see, written whole or not at all.
 *
 * Reading refuses a file that group or others can read or write, one that someone else owns, and one in a folder where
 * someone else can replace it. The open file is judged, not its name, so nobody can swap it in between. Where the
 * system knows no such modes (Windows), they are not looked at.
 *
 * Writing: a new file in the same folder, forced to the disk, then renamed over the old one, then the folder is forced
 * to the disk. A power cut at any step leaves the old file or the new one; what it may leave beside them, a temporary
 * file as closed as the store, the next writer removes. Writers hold the lock (lock.ts).
 */
import fs from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { KeyError, systemCode } from "./key_error";

export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
const ROOT_UID = 0;
const MODE_BITS = 0o777;

/** Files written here are read again by name, so a link is followed once, and the file it leads to is replaced. */
export function realFile(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** What kind of file this is, and whether it is closed to others; undefined when it is as it should be. */
function complaint(file: string, status: fs.Stats): string | undefined {
  if (!status.isFile()) return "this is not a file";
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (status.uid !== uid) return "another user owns it (take a copy of your own)";
  const mode = (status.mode & MODE_BITS).toString(8).padStart(3, "0");
  if ((status.mode & OTHERS) !== 0) return `others can get at it, its mode is ${mode} (chmod 600 ${file})`;
  return undefined;
}

/** Refuses a folder in which someone else can put another file in the place of this one. */
function assertFolder(file: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const folder = path.dirname(file);
  const status = fs.statSync(folder);
  if ((status.mode & OTHERS_WRITE) !== 0 && (status.mode & STICKY) === 0) {
    throw new KeyError("too_open", `${file}: others can replace files in its folder (chmod go-w ${folder})`);
  }
  if (status.uid !== uid && status.uid !== ROOT_UID) {
    throw new KeyError("too_open", `${file}: another user owns its folder (take a folder of your own)`);
  }
}

function readOpen(descriptor: number, file: string, most_bytes: number): Buffer {
  const wrong = complaint(file, fs.fstatSync(descriptor));
  if (wrong !== undefined) throw new KeyError("too_open", `${file}: ${wrong}`);
  assertFolder(file);
  // One byte more than may be there, so that a file that grows is noticed.
  const bytes = Buffer.alloc(Math.min(fs.fstatSync(descriptor).size, most_bytes) + 1);
  let length = 0;
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
  }
  if (length > most_bytes) throw new KeyError("damaged", `${file}: it has more than ${most_bytes} bytes`);
  return bytes.subarray(0, length);
}

/** The bytes of a secret file; undefined when there is none. */
export function readSecretFile(file: string, most_bytes: number): Buffer | undefined {
  const real = realFile(file);
  let descriptor: number | undefined;
  try {
    // Non-blocking, so that a pipe without a writer cannot hold the program up.
    descriptor = fs.openSync(real, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    return readOpen(descriptor, real, most_bytes);
  } catch (error) {
    if (error instanceof KeyError) throw error;
    if (systemCode(error) === "ENOENT") return undefined;
    throw new KeyError("file", `${file}: cannot be read (${systemCode(error)})`);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** Forces a folder's list of names to the disk, where the system can. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes the folder, and those above it that are missing, for the owner alone. */
export function makeSecretFolder(folder: string): void {
  if (fs.existsSync(folder)) return;
  makeSecretFolder(path.dirname(folder));
  try {
    fs.mkdirSync(folder, { mode: FOLDER_MODE });
    syncFolder(path.dirname(folder));
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    throw new KeyError("file", `${folder}: this folder cannot be made (${systemCode(error)})`);
  }
}

function temporaryPrefix(file: string): string {
  return `.${path.basename(file)}.new-`;
}

/** What writers have left behind that were cut off; the caller holds the lock, so none of them is alive. */
function removeLeftOvers(file: string): void {
  const folder = path.dirname(file);
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(temporaryPrefix(file))) fs.rmSync(path.join(folder, name), { force: true });
  }
}

function writeWhole(file: string, text: string): void {
  const descriptor = fs.openSync(file, "wx", FILE_MODE);
  try {
    fs.fchmodSync(descriptor, FILE_MODE);
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Writes the whole file in the place of the old one, if there is one. The caller holds its lock. */
export function writeSecretFile(file: string, text: string): void {
  const real = realFile(file);
  const folder = path.dirname(real);
  const temporary = path.join(folder, temporaryPrefix(real) + randomBytes(8).toString("hex"));
  try {
    assertFolder(real);
    removeLeftOvers(real);
    try {
      writeWhole(temporary, text);
      fs.renameSync(temporary, real);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(folder);
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw new KeyError("file", `${file}: cannot be written (${systemCode(error)})`);
  }
}
