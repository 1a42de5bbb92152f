/**
 * One writer at a time: a file `NAME.lock` beside the file, made exclusively, which says who holds it:
 * {pid, host, boot, once}. A holder that died (killed, or a reboot since) is told from one that lives, and its lock
 * broken.
 *
 * Two who both found a dead lock must not remove each other's fresh one. So who breaks a lock first claims this very one,
 * by a file of its own, made exclusively: its name is made of the lock's text, which no other lock has (`once` is drawn).
 * A breaker may die as well: then its claim is claimed in the same way, and so on, and at the end of the claims stands
 * one who lives and all before whom are dead. It looks again: a lock with the same text can have been removed by nobody
 * else, and any other is none of its business. Whoever waits gives up after a bounded time.
 */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import { KeyError, systemCode } from "./key_error";
import { FILE_MODE, realFile } from "./secret_file";

export const LOCK_WAIT_MS = 20_000;
const POLL_MS = 50;
const LOCK_MAX_BYTES = 1024;
const ONCE_BYTES = 8;
const CLAIM_DIGITS = 16;
/** Breakers of one lock that died one after the other. */
const CLAIMS_MAX = 100;
const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly boot: string;
  /** Drawn: no two locks have the same text. */
  readonly once: string;
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
  const once = randomBytes(ONCE_BYTES).toString("hex");
  return JSON.stringify({ pid: process.pid, host: os.hostname(), boot: bootId(), once } satisfies Holder) + "\n";
}

/** What the lock says; undefined when it is gone, or not a lock's text (yet). */
function holderIn(text: string | undefined): Omit<Holder, "once"> | undefined {
  if (text === undefined || text.length > LOCK_MAX_BYTES) return undefined;
  try {
    const { pid, host, boot } = JSON.parse(text) as Partial<Holder>;
    const good = Number.isSafeInteger(pid) && Number(pid) > 0 && typeof host === "string" && typeof boot === "string";
    return good ? { pid: Number(pid), host, boot } : undefined;
  } catch {
    return undefined;
  }
}

function isDead({ pid, host, boot }: Omit<Holder, "once">): boolean {
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

/**
 * Makes a file that must not be there, whole from its first moment on; whether it was not. The draft's name is drawn: in a
 * folder that machines share, another's process may have this one's number.
 */
function makeExclusively(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.${randomBytes(ONCE_BYTES).toString("hex")}`;
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

function isOfDead(text: string | undefined): boolean {
  const holder = holderIn(text);
  return holder !== undefined && isDead(holder);
}

/** The claim on a lock, or on a claim, with this text. */
export function claimOn(lock: string, text: string): string {
  return `${lock}.breaking-${createHash("sha256").update(text).digest("hex").slice(0, CLAIM_DIGITS)}`;
}

/** The claims on a dead lock, this process's own at their end; undefined while somebody else lives who has one. */
function claimed(lock: string, lock_text: string): string[] | undefined {
  const claims: string[] = [];
  let text: string | undefined = lock_text;
  while (text !== undefined && isOfDead(text) && claims.length < CLAIMS_MAX) {
    const claim = claimOn(lock, text);
    claims.push(claim);
    if (makeExclusively(claim, holderText())) return claims;
    text = textOf(claim);
  }
  return undefined;
}

/** Removes the lock of a holder who is dead; whether it did. */
function breakDead(lock: string): boolean {
  const text = textOf(lock);
  const claims = text === undefined ? undefined : claimed(lock, text);
  if (claims === undefined) return false;
  try {
    if (textOf(lock) !== text) return false;
    fs.rmSync(lock, { force: true });
    return true;
  } finally {
    for (const claim of claims) fs.rmSync(claim, { force: true });
  }
}

function lockedError(file: string, lock: string): KeyError {
  const pid = holderIn(textOf(lock))?.pid;
  const who = pid === undefined ? "someone" : `process ${pid}`;
  return new KeyError("locked", `${file}: ${who} is writing it (if that is no curbstop, remove ${lock})`);
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
