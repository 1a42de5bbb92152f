/** Updates by radio on NodeMCU's bindings, from the manifest on the air to the slot that init.lua boots, in a real lua5.3. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLuaPieces } from "../../../sim/bundle/lua";
import { readBoard } from "../../../tools/build/board_file";
import { bootFileText } from "../../../tools/flash/nodemcu/boot_file";
import { slotText, UPDATE_SLOT_BYTES } from "../../../tools/flash/nodemcu/slot_file";
import { frameA } from "../../../firmware/radio/frames";
import { updateFrame } from "../../../firmware/update/fragment";
import { manifestBytes } from "../../../firmware/update/manifest";
import { fragmentsOf, nameOf, type ManifestWish } from "../../../tools/update/making";
import { FRAGMENT_USUAL_BYTES } from "../../../tools/update/sizes";
import { signer, turn, type Signer } from "../../firmware/radio/gateway";
import { GATEWAY } from "../../firmware/radio/samples";
import { updateOf } from "../../firmware/update/rig";
import { luaMissing, runLua } from "../interpreter";

/** Four sectors: head and image, what is held, its rest, the record. */
const SLOT_BYTES = 16_384;
const IMAGE_BYTES = 700;
/** Of what this Lua holds, a chip holds three quarters (heap.test.ts). */
const CHIP_PERMILLE = 750;
/** What a BG96 takes of a chip beside what the modem of these tests does: 20,385 bytes of this Lua, after an hour of each. */
const MODEM_BYTES = 15_300;
const LONG = process.env["CURBSTOP_LONG"] === "1";
/** Of the changes at which the power goes, so many further on is the next one after which the meter goes on. */
const STEP = LONG ? 1 : 9;

function firmware(name: string): string {
  return `return world.firmware("${name}")\n--`.padEnd(IMAGE_BYTES, ".");
}

describe("updates by radio on NodeMCU's bindings", function () {
  this.timeout(LONG ? 3_600_000 : 300_000);
  let region: Signer;
  let region_w8: Signer;
  let meter: string;

  before(async function () {
    if (luaMissing() !== undefined) return this.skip();
    region = await signer("the region's update key");
    region_w8 = await signer("the region's update key", 8);
    meter = bundleLuaPieces(join(__dirname, "device", "update_entry.ts"));
  });

  interface Wish extends Partial<ManifestWish> {
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

  /** What update.lua tells, by the first word of each line. */
  async function told(
    name: string,
    { by, image, other_image, frames: frames_max, slot_bytes, ...changes }: Wish = {},
  ): Promise<(word: string) => string> {
    // Who signs otherwise than with W8 is nobody that the meter knows.
    const key = by === region_w8 ? by : region;
    const bytes = Buffer.from(image ?? firmware(name), "latin1");
    const wish = { board: "lua-esp32", issued_utc_s: 1, fragment_bytes: 64, ...changes };
    const update = updateOf(by ?? region, bytes, wish);
    const update_name = nameOf(Uint8Array.from(manifestBytes(update.manifest)));
    const frames =
      other_image === undefined
        ? update.frames
        : fragmentsOf(Buffer.from(other_image, "latin1"), 64).map((piece, number) =>
            frameA(updateFrame(GATEWAY, update.manifest.region, update_name, number, [...piece])),
          );
    const air = [...turn(update.content), "pause" as const, ...frames.slice(0, frames_max)];
    const lines = air.map((frame) => (frame === "pause" ? frame : Buffer.from(frame).toString("hex")));
    const said = await runLua(__dirname, ["update.lua", "hardware.lua", "sha256.lua"], {
      "init.lua": bootFileText("lua-esp32", slot_bytes ?? SLOT_BYTES),
      "old.slot": slotText(firmware("old"), 1),
      "meter.lua": meter,
      "step.txt": String(STEP),
      "program.txt": [key.region_key, name, ...lines, ""].join("\n"),
    });
    const words = new Map(said.map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
    assert.equal(words.get("books"), "same volume_l=10 balance_milli=99990", "the books are what they were");
    return (word) => words.get(word) ?? "";
  }

  it("are collected, tried and confirmed; a cut at every change of the flash leaves old or new, and the books", async () => {
    const say = await told("new");
    console.log(`      ${say("changes")} changes: ${say("boots")}; ${say("goes-on")}`);
    assert.equal(say("ran"), "old new");
    assert.equal(say("runs"), "curbstop.b 2");
    assert.equal(say("events"), "update_trial=2 update_confirmed=2");
    // Before and behind the half of each change, and what the start after that one then finds.
    const found = new Map(
      say("boots")
        .split(" ")
        .map((one) => one.split("=") as [string, string]),
    );
    assert.deepEqual([...found.keys()].sort(), ["new,new", "new,old", "old,old"]);
    const times = [...found.values()].reduce((sum, one) => sum + Number(one), 0);
    assert.ok(Number(say("changes")) > 70);
    assert.equal(times, 2 * Number(say("changes")));
    const went_on = Math.ceil(Number(say("changes")) / STEP);
    assert.equal(say("goes-on"), `new=${went_on} old=0 other-books=0`);
  });

  it("go back to the old firmware when the power fails in the trial", async () => {
    const say = await told("cut");
    assert.equal(say("ran"), "old cut old");
    assert.equal(say("events"), "update_rolled_back=2");
  });

  it("go back, over a start of the board, when the new firmware throws at its start or does not load", async () => {
    const thrown = await told("throws");
    assert.equal(thrown("ran"), "old throws old");
    assert.equal(thrown("events"), "update_rolled_back=2");
    const torn = await told("torn", { image: "return {".padEnd(IMAGE_BYTES) });
    assert.equal(torn("ran"), "old old");
    assert.equal(torn("events"), "update_rolled_back=2");
  });

  it("go back by an alarm when the new firmware runs and never confirms itself", async () => {
    const say = await told("idle");
    assert.equal(say("ran"), "old idle old");
    assert.equal(say("events"), "update_rolled_back=2");
  });

  it("keep the limit of the heap while they are verified and collected, with an image as large as a slot takes", async () => {
    const image = firmware("heap").padEnd(450_000, ".");
    const options = { image, slot_bytes: UPDATE_SLOT_BYTES, fragment_bytes: FRAGMENT_USUAL_BYTES, frames: 20 };
    const say = await told("heap", { ...options, by: region_w8 });
    const [idle, most, collecting] = say("heap").split(" ").map(Number);
    console.log(`      ${idle} bytes before it, ${most} at the most, ${collecting} while it is collected`);
    assert.equal(say("events"), "update_begun=2");
    const limit = readBoard("lua-esp32").memory.lua_heap_bytes ?? 0;
    assert.ok(most > idle && (most * CHIP_PERMILLE) / 1000 + MODEM_BYTES <= limit, `${most} of ${limit}`);
  });

  it("write nothing of an update for another board, of one that another has signed, or of other fragments", async () => {
    const other_board = await told("other", { board: "espruino-rak5010" });
    assert.deepEqual([other_board("ran"), other_board("events")], ["old", "update_other_board=2"]);
    assert.equal(other_board("changes"), "0");
    const forged = await told("forged", { by: await signer("somebody else's key") });
    assert.deepEqual([forged("ran"), forged("events")], ["old", "update_bad_signature=2"]);
    assert.equal(forged("changes"), "0");
    const spoilt = await told("spoilt", { other_image: firmware("wrong") });
    assert.equal(spoilt("ran"), "old");
    assert.match(spoilt("events"), /^update_begun=2 update_forged=2/);
  });
});
