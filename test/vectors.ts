/**
 * Published vectors beside the checkout (`../shared/vectors`): each is a test of its own; without them one test is
 * reported as pending, by name. They are never copied into the project.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(__dirname, "..", "..", "shared", "vectors");

/** A vector: fields of text, mostly in hexadecimal. */
export type Vector = Record<string, string>;

/** Makes a test of each vector of a kind in a file. */
export function vectorsOf(file: string, kind: string, check: (vector: Vector) => void): void {
  const path = join(FOLDER, file);
  if (!existsSync(path)) {
    it(`gives the published vectors ${kind} (../shared/vectors/${file} is not there)`);
    return;
  }
  const { vectors } = JSON.parse(readFileSync(path, "utf8")) as { vectors: Vector[] };
  const chosen = vectors.filter((vector) => vector.kind === kind);
  for (const vector of chosen) {
    it(`gives the published vector ${vector.id} (${vector.provenance})`, () => check(vector));
  }
  if (chosen.length === 0) {
    it(`finds vectors of the kind ${kind} in ${file}`, () => {
      throw new Error("there are none");
    });
  }
}

/** A published telegram of wireless M-Bus; what it lacks, nobody has published. */
export interface PublishedTelegram {
  readonly name: string;
  readonly provenance: string;
  readonly telegram?: string;
  readonly key?: string | null;
  readonly plaintext_apl?: string | null;
  readonly wmbusmeters_json?: Record<string, string | number>;
  readonly frame_format_A_with_crc?: string;
  readonly telegram_with_crc?: string;
  readonly telegram_without_crc?: string;
  readonly apl?: string;
}

/** Makes a test of each published telegram that has what the check needs. */
export function telegramsOf(
  promise: string,
  has: (telegram: PublishedTelegram) => boolean,
  check: (telegram: PublishedTelegram) => void,
): void {
  const path = join(FOLDER, "wmbus.json");
  if (!existsSync(path)) {
    it(`${promise} (../shared/vectors/wmbus.json is not there)`);
    return;
  }
  const { telegrams } = JSON.parse(readFileSync(path, "utf8")) as { telegrams: PublishedTelegram[] };
  const chosen = telegrams.filter(has);
  for (const telegram of chosen) it(`${promise}: ${telegram.name} (${telegram.provenance})`, () => check(telegram));
  if (chosen.length === 0) {
    it(`${promise}: finds such telegrams`, () => {
      throw new Error("there are none");
    });
  }
}

/** Makes a test of each wanted entry of a list in a file whose lists have names. */
export function entriesOf<Entry>(
  file: string,
  list: string,
  name: (entry: Entry) => string,
  check: (entry: Entry) => void,
  wanted: (entry: Entry) => boolean = () => true,
): void {
  const path = join(FOLDER, file);
  if (!existsSync(path)) {
    it(`gives the published list ${list} (../shared/vectors/${file} is not there)`);
    return;
  }
  const lists = JSON.parse(readFileSync(path, "utf8")) as Record<string, Entry[] | undefined>;
  const entries = (lists[list] ?? []).filter(wanted);
  entries.forEach((entry, index) => {
    it(`gives the published ${list} ${index + 1}: ${name(entry)}`, () => check(entry));
  });
  if (entries.length === 0) {
    it(`finds what it wants of the list ${list} in ${file}`, () => {
      throw new Error("there are no entries");
    });
  }
}
