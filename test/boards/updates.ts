/**
 * Updates by radio on a Lua board's bindings, from the manifest on the air to the slot that the boot code runs, in a real
 * lua5.3 (updates.lua): what goes in, and what it tells.
 */
import assert from "node:assert/strict";
import { frameA } from "../../firmware/radio/frames";
import { updateFrame } from "../../firmware/update/fragment";
import { manifestBytes } from "../../firmware/update/manifest";
import { fragmentsOf, nameOf, type ManifestWish } from "../../tools/update/making";
import { signer, turn, type Signer } from "../firmware/radio/gateway";
import { GATEWAY } from "../firmware/radio/samples";
import { updateOf } from "../firmware/update/rig";
import { runLua } from "./interpreter";

/** Four sectors: head and image, what is held, its rest, the record. */
export const SLOT_BYTES = 16_384;
const IMAGE_BYTES = 700;
const FRAGMENT_BYTES = 64;
export const LONG = process.env["CURBSTOP_LONG"] === "1";

/** The text of a firmware that updates.lua knows by its name. */
export function firmwareText(name: string, length = IMAGE_BYTES): string {
  return `return world.firmware("${name}")\n--`.padEnd(length, ".");
}

export interface Wish extends Partial<ManifestWish> {
  /** So many frames of it, and in slots of this size. */
  readonly frames?: number;
  readonly slot_bytes?: number;
  /** Who signs it; the region, unless told otherwise. */
  readonly by?: Signer;
  /** The text of the image. */
  readonly image?: string;
  /** What comes in the place of the image's fragments. */
  readonly other_image?: string;
}

export interface UpdateBoard {
  readonly name: string;
  readonly folder: string;
  /** Beside updates.lua; the first is run. */
  readonly lua: readonly string[];
  /** What is made for slots of this size. */
  readonly made: (slot_bytes: number) => Readonly<Record<string, string>>;
  /** Of the changes at which the power goes, so many further on is the next one after which the meter goes on. */
  readonly step: number;
}

/** The region's keys, the one of the usual form and the one that meters verify slowest. */
export interface Signers {
  readonly region: Signer;
  readonly region_w8: Signer;
}

export async function regionSigners(): Promise<Signers> {
  const name = "the region's update key";
  return { region: await signer(name), region_w8: await signer(name, 8) };
}

/** What is on the air: the manifest's turn, a pause, the fragments. */
function airOf({ name: board }: UpdateBoard, by: Signer, image: Buffer, wish: Wish): string[] {
  const { by: _by, image: _image, other_image, frames: frames_max, slot_bytes: _bytes, ...changes } = wish;
  const manifest_wish = { board, issued_utc_s: 1, fragment_bytes: FRAGMENT_BYTES, ...changes };
  const update = updateOf(by, image, manifest_wish);
  const name = nameOf(Uint8Array.from(manifestBytes(update.manifest)));
  const frames =
    other_image === undefined
      ? update.frames
      : fragmentsOf(Buffer.from(other_image, "latin1"), FRAGMENT_BYTES).map((piece, number) =>
          frameA(updateFrame(GATEWAY, update.manifest.region, name, number, [...piece])),
        );
  const air = [...turn(update.content), "pause" as const, ...frames.slice(0, frames_max)];
  return air.map((frame) => (frame === "pause" ? frame : Buffer.from(frame).toString("hex")));
}

/** What updates.lua tells, by the first word of each line. */
export async function tellUpdate(
  board: UpdateBoard,
  { region, region_w8 }: Signers,
  name: string,
  wish: Wish = {},
): Promise<(word: string) => string> {
  // Who signs otherwise than with W8 is nobody that the meter knows.
  const key = wish.by === region_w8 ? wish.by : region;
  const air = airOf(board, wish.by ?? region, Buffer.from(wish.image ?? firmwareText(name), "latin1"), wish);
  const beside = ["../updates.lua", "../w25q_pages.lua", "../nodemcu/sha256.lua"];
  const said = await runLua(board.folder, [...board.lua, ...beside], {
    ...board.made(wish.slot_bytes ?? SLOT_BYTES),
    "step.txt": String(board.step),
    "program.txt": [key.region_key, name, ...air, ""].join("\n"),
  });
  const words = new Map(said.map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
  assert.equal(words.get("books"), "same volume_l=10 balance_milli=99990", "the books are what they were");
  return (word) => words.get(word) ?? "";
}

/**
 * Holds what a whole update tells to the promise: a cut at every change leaves old or new, and the books. `step` as above;
 * fewer changes than `changes_least` would be no update.
 */
export function assertCuts(say: (word: string) => string, step: number, changes_least: number): void {
  assert.equal(say("ran"), "old new");
  assert.equal(say("events"), "update_trial=2 update_confirmed=2");
  // Before and behind the half of each change, and what the start after that one then finds.
  const found = new Map(
    say("boots")
      .split(" ")
      .map((one) => one.split("=") as [string, string]),
  );
  assert.deepEqual([...found.keys()].sort(), ["new,new", "new,old", "old,old"]);
  const times = [...found.values()].reduce((sum, one) => sum + Number(one), 0);
  const changes = Number(say("changes"));
  assert.ok(changes >= changes_least);
  assert.equal(times, 2 * changes);
  // A trial in which the power fails is at its end: from half of the mark that it has begun, which may have, to half of the
  // first copy of the mark that confirms it, which is none.
  const at = Array.from({ length: changes }, (_, before) => before + 1);
  const lives = at.filter((one) => (one - 1) % step === 0 || one >= changes - 2).length;
  assert.equal(say("goes-on"), `lives=${lives} old_at=${changes - 2},${changes - 1} other-books=0`);
}
