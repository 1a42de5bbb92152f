/**
 * What the commands of `curbstop keys` share: which store, its passphrase, and how keys are shown, which is never
 * themselves.
 */
import { fingerprint } from "../keys/fingerprint";
import { HsmKey } from "../keys/hsm_key";
import type { BaseDate, KeyKind, SigningKind } from "../keys/names";
import { readPassphrase, type PassphraseSource, type Terminal } from "../keys/passphrase";
import type { RegionKey } from "../keys/ring";
import type { Secret } from "../keys/secret";
import { storeExists, usualStoreFile } from "../keys/store";
import type { Context } from "../context";
import { table } from "../output";

export interface StoreOptions {
  store?: string;
  passphraseFile?: string;
  passphraseFd?: number;
  /** Of the commands that use a vending key. */
  hsmPinFile?: string;
  json?: boolean;
}

/** The same of a second file: one to export to, or to import from. */
export interface OtherOptions {
  otherPassphraseFile?: string;
  otherPassphraseFd?: number;
}

export interface KeyRow {
  region: string;
  kind: KeyKind | SigningKind;
  revision: number;
  current: boolean;
  made: string;
  rotated: string | null;
  fingerprint: string;
  base_date?: BaseDate;
  key_expiry?: number;
  /** Of vending keys in an HSM: which key of which token. */
  hsm?: string;
  /** Of signing keys. */
  note?: string;
}

/** Where a passphrase is asked for. */
export function terminal(context: Context): Terminal {
  return { input: process.stdin, write: (text) => context.output.err(text) };
}

export function storeFile(options: StoreOptions): string {
  return options.store ?? usualStoreFile();
}

/** The store's passphrase; a new one when there is no store yet. */
export function storePassphrase(options: StoreOptions, context: Context): Promise<Secret> {
  const file = storeFile(options);
  const source: PassphraseSource = { file: options.passphraseFile, fd: options.passphraseFd };
  const wanted = {
    of: `the key store ${file}`,
    fresh: !storeExists(file),
    options: "--passphrase-file or --passphrase-fd",
  };
  return readPassphrase(source, wanted, terminal(context));
}

/** The passphrase of the file that is exported to or imported from. */
export function otherPassphrase(
  file: string,
  fresh: boolean,
  options: OtherOptions,
  context: Context,
): Promise<Secret> {
  const source: PassphraseSource = { file: options.otherPassphraseFile, fd: options.otherPassphraseFd };
  const wanted = { of: file, fresh, options: "--other-passphrase-file or --other-passphrase-fd" };
  return readPassphrase(source, wanted, terminal(context));
}

/** What may be said of a key. */
export function keyRow({ region, kind, revision, made, rotated, key, sts }: RegionKey): KeyRow {
  const current = rotated === undefined;
  const hsm = key instanceof HsmKey ? { hsm: `${key.reference.label} in token ${key.reference.token}` } : {};
  const print = fingerprint(key);
  return { region, kind, revision, current, made, rotated: rotated ?? null, fingerprint: print, ...sts, ...hsm };
}

export function printJson(value: object, context: Context): void {
  context.output.out(JSON.stringify(value, null, 2) + "\n");
}

function vendingNote({ base_date, key_expiry, hsm }: KeyRow): string {
  const where = hsm === undefined ? "" : `, ${hsm}`;
  return `base date ${base_date ?? ""}, key expiry ${key_expiry ?? ""}${where}`;
}

/** Keys as a table, oldest revision first. */
export function keyTable(rows: readonly KeyRow[]): string {
  const head = ["region", "kind", "revision", "made", "rotated", "fingerprint", ""];
  const cells = rows.map((row) => [
    row.region,
    row.kind,
    String(row.revision).padStart(head[2].length),
    row.made.slice(0, 10),
    row.rotated?.slice(0, 10) ?? "-",
    row.fingerprint,
    row.base_date === undefined ? (row.note ?? "") : vendingNote(row),
  ]);
  return table([head, ...cells]);
}
