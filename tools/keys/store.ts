/**
 * The key store: one encrypted file with the keys of some regions.
 *
 * Reading needs no lock, since a file is replaced whole. A change holds the lock from reading to writing, so that no
 * writer overwrites what another has added; the passphrase is asked for before, so that nobody waits for a person.
 *
 * Not promised: that a store is the newest. Who can write the folder can put an old copy back; it has old keys, all of
 * them genuine.
 */
import { homedir } from "node:os";
import path from "node:path";
import { contentOf, ringOf } from "./content";
import { ENVELOPE_MAX_BYTES, STORE_FORMAT, openEnvelope, sealEnvelope } from "./envelope";
import { KeyError } from "./key_error";
import { LOCK_WAIT_MS, withLock } from "./lock";
import { KeyRing } from "./ring";
import type { Secret } from "./secret";
import { makeSecretFolder, readSecretFile, realFile, writeSecretFile } from "./secret_file";

/** For tests: a weaker scrypt and a shorter wait. No command can set them. */
export interface StoreTuning {
  readonly scrypt_n?: number;
  readonly wait_ms?: number;
}

/** The store of this user. */
export function usualStoreFile(): string {
  const data = process.env["XDG_DATA_HOME"];
  const base = data !== undefined && path.isAbsolute(data) ? data : path.join(homedir(), ".local", "share");
  return path.join(base, "curbstop", "keys.store");
}

async function ringIn(file: string, passphrase: Secret, tuning: StoreTuning): Promise<KeyRing | undefined> {
  const bytes = readSecretFile(file, ENVELOPE_MAX_BYTES);
  if (bytes === undefined) return undefined;
  const text = bytes.toString("utf8");
  const { content } = await openEnvelope(text, [STORE_FORMAT], passphrase, file, tuning.scrypt_n);
  return ringOf(content, file);
}

/** Whether there is a store, good or not. It is opened, so that modes are refused before a passphrase is asked for. */
export function storeExists(file: string): boolean {
  return readSecretFile(file, ENVELOPE_MAX_BYTES) !== undefined;
}

/** That there is none, and what to do about it. */
export function noStore(file: string): KeyError {
  return new KeyError("file", `${file}: there is no key store (curbstop keys make makes one)`);
}

/** The keys of a store. */
export async function openStore(file: string, passphrase: Secret, tuning: StoreTuning = {}): Promise<KeyRing> {
  const ring = await ringIn(file, passphrase, tuning);
  if (ring === undefined) throw noStore(file);
  return ring;
}

/**
 * Changes a store, or makes it. What `change` throws leaves it as it was; so does a ring that is the same object.
 * `passphrase` opens the store and encrypts it again.
 */
export async function changeStore(
  file: string,
  passphrase: Secret,
  change: (ring: KeyRing) => KeyRing,
  tuning: StoreTuning = {},
): Promise<KeyRing> {
  if (file === usualStoreFile()) makeSecretFolder(path.dirname(realFile(file)));
  const work = async () => {
    const before = (await ringIn(file, passphrase, tuning)) ?? new KeyRing();
    const ring = change(before);
    if (ring === before) return ring;
    writeSecretFile(file, await sealEnvelope(STORE_FORMAT, contentOf(ring), passphrase, tuning.scrypt_n));
    return ring;
  };
  return withLock(file, work, tuning.wait_ms ?? LOCK_WAIT_MS);
}
