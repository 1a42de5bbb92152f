/**
 * One writer at a time: a file `NAME.lock` beside the file, made exclusively, which says who holds it:
 * {pid, host, boot}. A holder that died (killed, or a reboot since) is told from one that lives, and its lock broken.
 *
 * Breaking is itself exclusive (`NAME.lock.breaking`), and looks again before it removes: two who both found a dead
 * lock must not remove each other's fresh one. A breaker that dies in that moment leaves a file that a person has to
 * remove; the message says which. Whoever waits gives up after a bounded time.
 */
import fs from "node:fs";
import os from "node:os";
import { KeyError, systemCode } from "./key_error";
import { FILE_MODE, realFile } from "./secret_file";

export const LOCK_WAIT_MS = 20_000;
const POLL_MS = 50;
const LOCK_MAX_BYTES = 1024;
const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly boot: string;
}

/** Changes with every boot, where the system tells: after one, a number of a process means nothing. */
function bootId(): string {
  try {
    return fs.readFileSync(BOOT_ID_FILE, "utf8").trim();
  } catch {
    return "";
  }
}

function holderText(): string {
  return JSON.stringify({ pid: process.pid, host: os.hostname(), boot: bootId() } satisfies Holder) + "\n";
}

/** What the lock says; undefined when it is gone, or not a lock's text (yet). */
function holderIn(text: string | undefined): Holder | undefined {
  if (text === undefined || text.length > LOCK_MAX_BYTES) return undefined;
  try {
    const { pid, host, boot } = JSON.parse(text) as Partial<Holder>;
    const good = Number.isSafeInteger(pid) && Number(pid) > 0 && typeof host === "string" && typeof boot === "string";
    return good ? { pid: Number(pid), host, boot } : undefined;
  } catch {
    return undefined;
  }
}

function isDead({ pid, host, boot }: Holder): boolean {
  if (host !== os.hostname()) return false;
  if (boot !== bootId()) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
}

function textOf(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Makes a file that must not be there, whole from its first moment on; whether it was not. */
function makeExclusively(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(draft, text, { mode: FILE_MODE });
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw new KeyError("file", `${file}: cannot be made (${systemCode(error)})`);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Removes the lock of a holder who is dead; whether it did. */
function breakDead(lock: string): boolean {
  const holder = holderIn(textOf(lock));
  if (holder === undefined || !isDead(holder)) return false;
  const breaking = `${lock}.breaking`;
  if (!makeExclusively(breaking, holderText())) return false;
  try {
    const again = holderIn(textOf(lock));
    if (again === undefined || !isDead(again)) return false;
    fs.rmSync(lock, { force: true });
    return true;
  } finally {
    fs.rmSync(breaking, { force: true });
  }
}

function lockedError(file: string, lock: string): KeyError {
  const pid = holderIn(textOf(lock))?.pid;
  const breaking = `${lock}.breaking`;
  const remove = fs.existsSync(breaking) ? `${lock} and ${breaking}` : lock;
  const who = pid === undefined ? "someone" : `process ${pid}`;
  return new KeyError("locked", `${file}: ${who} is writing it (if that is no curbstop, remove ${remove})`);
}

/** Does the work while nobody else writes the file. */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
  wait_ms = LOCK_WAIT_MS,
): Promise<Result> {
  const lock = `${realFile(file)}.lock`;
  const give_up_ms = performance.now() + wait_ms;
  const text = holderText();
  while (!makeExclusively(lock, text)) {
    if (breakDead(lock)) continue;
    if (performance.now() >= give_up_ms) throw lockedError(file, lock);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}
