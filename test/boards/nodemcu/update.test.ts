/** Updates by radio on NodeMCU's bindings, from the manifest on the air to the slot that init.lua boots, in a real lua5.3. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLuaPieces } from "../../../sim/bundle/lua";
import { readBoard } from "../../../tools/build/board_file";
import { bootFileText } from "../../../tools/flash/nodemcu/boot_file";
import { slotText, UPDATE_SLOT_BYTES } from "../../../tools/flash/nodemcu/slot_file";
import { FRAGMENT_USUAL_BYTES } from "../../../tools/update/sizes";
import { signer } from "../../firmware/radio/gateway";
import { luaMissing } from "../interpreter";
import { assertCuts, firmwareText, LONG, regionSigners, tellUpdate, type Signers, type Wish } from "../updates";

/** Of what this Lua holds, a chip holds three quarters (heap.test.ts). */
const CHIP_PERMILLE = 750;
/** What a BG96 takes of a chip beside what the modem of these tests does: 20,385 bytes of this Lua, after an hour of each. */
const MODEM_BYTES = 15_300;
const STEP = LONG ? 1 : 16;
const LARGEST_IMAGE_BYTES = 450_000;

describe("updates by radio on NodeMCU's bindings", function () {
  this.timeout(LONG ? 3_600_000 : 900_000);
  let signers: Signers;
  let meter: string;

  before(async function () {
    if (luaMissing() !== undefined) return this.skip();
    signers = await regionSigners();
    meter = bundleLuaPieces(join(__dirname, "device", "update_entry.ts"));
  });

  const told = (name: string, wish?: Wish): Promise<(word: string) => string> => {
    const made = (slot_bytes: number) => ({
      "init.lua": bootFileText("lua-esp32", slot_bytes),
      "old.slot": slotText(firmwareText("old"), 1),
      "meter.lua": meter,
    });
    const board = { name: "lua-esp32", folder: __dirname, lua: ["update.lua", "hardware.lua"], made, step: STEP };
    return tellUpdate(board, signers, name, wish);
  };

  it("are collected, tried and confirmed; a cut at every change of the flash leaves old or new, and the books", async () => {
    const say = await told("new");
    assert.equal(say("runs"), "curbstop.b 2");
    assertCuts(say, STEP, 71);
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
    const torn = await told("torn", { image: "return {".padEnd(700) });
    assert.equal(torn("ran"), "old old");
    assert.equal(torn("events"), "update_rolled_back=2");
  });

  it("go back by an alarm when the new firmware runs and never confirms itself", async () => {
    const say = await told("idle");
    assert.equal(say("ran"), "old idle old");
    assert.equal(say("events"), "update_rolled_back=2");
  });

  it("keep the limit of the heap while they are verified and collected, with an image as large as a slot takes", async () => {
    const image = firmwareText("heap", LARGEST_IMAGE_BYTES);
    const options = { image, slot_bytes: UPDATE_SLOT_BYTES, fragment_bytes: FRAGMENT_USUAL_BYTES, frames: 20 };
    const say = await told("heap", { ...options, by: signers.region_w8 });
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
    const spoilt = await told("spoilt", { other_image: firmwareText("wrong") });
    assert.equal(spoilt("ran"), "old");
    assert.match(spoilt("events"), /^update_begun=2 update_forged=2/);
  });
});
