/**
 * Small keys with their state, for tests of what signs: made in milliseconds, good for 32 signatures or a thousand.
 */
import fs from "node:fs";
import path from "node:path";
import { lmsKey, makeKey } from "../../../tools/lms/key";
import { writeLeaves } from "../../../tools/lms/leaves_file";
import type { ParameterSet } from "../../../tools/lms/names";
import { writeFirstState, type StatePlaces } from "../../../tools/lms/state";
import { withSigning, type SigningKey } from "../../../tools/keys/signing";
import { Secret } from "../../../tools/keys/secret";
import { NOON, REGION } from "../keys/samples";

/** SHA-256/192, W1. */
export const SMALL: ParameterSet = { tree_type: 10, ots_type: 5 };
export const LARGE: ParameterSet = { tree_type: 11, ots_type: 5 };

export interface Bench {
  readonly key: SigningKey;
  readonly places: StatePlaces;
}

export function placesIn(folder: string): StatePlaces {
  const file = (name: string) => path.join(folder, name);
  return { counter: file("counter"), record: file("record"), leaves: file("leaves"), machine: "00".repeat(16) };
}

/** A new key whose files are in a folder of their own. */
export async function benchIn(folder: string, set: ParameterSet = SMALL): Promise<Bench> {
  fs.mkdirSync(folder, { mode: 0o700 });
  const pair = await makeKey(set);
  const [key] = withSigning([], REGION, pair, NOON);
  const places = placesIn(folder);
  writeFirstState(places, key);
  writeLeaves(places.leaves, pair.leaves);
  return { key, places };
}

/** A key as a child process is told of it. */
export function keyText({ key, places }: Bench): string {
  return JSON.stringify({ key: { ...key, seed: key.seed.buffer().toString("hex") }, places });
}

export function benchOf(text: string): Bench {
  const { key, places } = JSON.parse(text) as { key: Omit<SigningKey, "seed"> & { seed: string }; places: StatePlaces };
  const seed = new Secret(Buffer.from(key.seed, "hex"));
  // What the child uses must fit together, or the test would be about something else.
  lmsKey(key, Buffer.from(key.identifier, "hex"), seed);
  return { key: { ...key, seed }, places };
}
