/**
 * Rings, passphrases and folders for tests that are about something else, and a search for keys in what was printed.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { KeyError, type KeyErrorName } from "../../../tools/keys/key_error";
import { KeyRing, withRegion, withRotated, type RegionKey } from "../../../tools/keys/ring";
import { Secret } from "../../../tools/keys/secret";

export const REGION = "600100";
export const METER = "600727000000000009";
export const STS = { base_date: 2014, key_expiry: 255 } as const;
export const NOON = new Date("2026-11-22T12:00:00Z");
export const LATER = new Date("2027-01-01T00:00:00Z");

/** Weak enough for a test that opens a store a thousand times. No command can choose it. */
export const WEAK = { scrypt_n: 2 ** 4 };

export const PASSPHRASE = new Secret(Buffer.from("correct horse battery"));

export function sampleRing(): KeyRing {
  return withRegion(withRegion(new KeyRing(), REGION, STS, NOON), "600201", STS, NOON);
}

/** The region's vending key has been rotated once. */
export function rotatedRing(): KeyRing {
  return withRotated(sampleRing(), REGION, "vending", LATER);
}

export function regionKey(kind: RegionKey["kind"], revision: number, hex: string): RegionKey {
  const sts = kind === "vending" ? STS : undefined;
  const key = new Secret(Buffer.from(hex, "hex"));
  return { region: REGION, kind, revision, made: "2026-11-22T12:00:00Z", rotated: undefined, key, sts };
}

/** Rings by what is in them; a secret shows nothing, so it is compared by its bytes. */
export function plain(ring: KeyRing): object[] {
  const keys = ring.keys.map((key) => ({ ...key, key: key.key.buffer().toString("hex") }));
  return keys.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** A folder of this test file alone, removed after its tests. */
export function temporaryFolder(): { path: string; file: (name: string) => string } {
  const folder = { path: "", file: (name: string) => path.join(folder.path, name) };
  before(() => (folder.path = fs.mkdtempSync(path.join(os.tmpdir(), "curbstop-keys-"))));
  after(() => fs.rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** A secret file as the tests want it: for its owner alone. */
export function writeClosed(file: string, text: string | Buffer): string {
  fs.writeFileSync(file, text, { mode: 0o600 });
  fs.chmodSync(file, 0o600);
  return file;
}

export function refusal(code: KeyErrorName, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KeyError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.message.includes("\n"), false);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

const WINDOW_BYTES = 4;

/** How bytes might be spelled: any four of a key are a leak. */
function spellings(bytes: Buffer): string[] {
  const found = [bytes.toString("latin1"), bytes.toString("utf8")];
  for (let first = 0; first + WINDOW_BYTES <= bytes.length; first++) {
    const part = bytes.subarray(first, first + WINDOW_BYTES);
    found.push(part.toString("hex"), [...part].join(","), [...part].join(", "), [...part].join(",\n"));
    found.push(part.toString("hex").replace(/..(?=.)/g, "$& "));
  }
  for (let first = 0; first < 3; first++) {
    const text = bytes.subarray(first).toString("base64").replace(/=+$/, "").slice(0, -1);
    found.push(text, text.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return found;
}

export function assertNoSecret(text: string, secrets: readonly Secret[]): void {
  assert.ok(secrets.length > 0);
  const lower = text.toLowerCase();
  for (const secret of secrets) {
    for (const spelling of spellings(secret.buffer())) {
      const found = text.includes(spelling) || lower.includes(spelling.toLowerCase());
      assert.equal(found, false, `${spelling} is in what was printed`);
    }
  }
}
