/** Updates by radio on LuatOS's bindings, from the manifest on the air to the slot that main.lua boots, in a real lua5.3. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLuaPieces } from "../../../sim/bundle/lua";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import { bundleBoard } from "../../../tools/build/bundle";
import { luatosMain } from "../../../tools/build/luatos_main";
import { FRAGMENT_USUAL_BYTES } from "../../../tools/update/sizes";
import { luaMissing } from "../interpreter";
import {
  assertCuts,
  firmwareText,
  LONG,
  regionSigners,
  SLOT_BYTES,
  tellUpdate,
  type Signers,
  type Wish,
} from "../updates";

const NAME = "lua-luatos";
/** Of what a 64-bit Lua holds, the module holds at most so much (heap.test.ts). */
const SHARE_PERMILLE = 820;
/** LuatOS gives Lua 256 KB, unless it is built otherwise (luat_conf_bsp.h of luatos-soc-2022). */
const HEAP_BYTES = 262_144;
/** What the module's own modem takes beside what that of these tests does, of a 64-bit Lua (heap.test.ts). */
const MODEM_BYTES = 12_000;
const STEP = LONG ? 1 : 18;
/** As long as main.lua's boot code with a bundle of a line. */
const WITH_BOOT_SLOT_BYTES = 8 * 4096;

function boardOf(slot_bytes: number): Board {
  const { $schema: _schema, ...board } = readBoard(NAME);
  const { nvm } = board;
  const update_slots = { first: nvm.update_slots?.first ?? 0, slot_bytes };
  return parseBoard(JSON.stringify({ ...board, nvm: { ...nvm, update_slots } }), NAME);
}

describe("updates by radio on LuatOS's bindings", function () {
  this.timeout(LONG ? 3_600_000 : 900_000);
  let signers: Signers;
  let meter: string;

  before(async function () {
    if (luaMissing() !== undefined) return this.skip();
    signers = await regionSigners();
    meter = bundleLuaPieces(join(__dirname, "device", "update_entry.ts"));
  });

  const mainOf = (name: string, slot_bytes: number): string =>
    luatosMain(firmwareText(name), "1.2.3", boardOf(slot_bytes));

  const told = (name: string, wish?: Wish): Promise<(word: string) => string> => {
    const made = (slot_bytes: number) => ({
      "main.lua": mainOf("old", slot_bytes),
      "other.lua": mainOf("package", slot_bytes),
      "slots.txt": `${boardOf(slot_bytes).nvm.update_slots?.first} ${slot_bytes}`,
      "meter.lua": meter,
    });
    const board = { name: NAME, folder: __dirname, lua: ["update.lua", "hardware.lua", "aes.lua"], made, step: STEP };
    return tellUpdate(board, signers, name, wish);
  };

  it("are collected, tried and confirmed; a cut at every change of the flash leaves old or new, and the books", async () => {
    const say = await told("new");
    assert.equal(say("runs"), "a 1");
    assertCuts(say, STEP, 35);
    const [spoilt, ...packages] = say("after").split(" ");
    assert.equal(spoilt, "old", "an image that is not whole any more does not run");
    assert.equal(
      packages.join(" "),
      "package old ".repeat(6).trim(),
      "what LuaTools brings does, wherever a cut comes",
    );
  });

  it("run out of their slot, main.lua and all", async () => {
    const say = await told("whole", { image: mainOf("whole", SLOT_BYTES), slot_bytes: WITH_BOOT_SLOT_BYTES });
    assert.deepEqual([say("ran"), say("runs")], ["old whole", "a 1"]);
    assert.equal(say("events"), "update_trial=2 update_confirmed=2");
  });

  it("go back to the firmware of the package when the power fails in the trial", async () => {
    const say = await told("cut");
    assert.equal(say("ran"), "old cut old");
    assert.equal(say("events"), "update_rolled_back=2");
  });

  it("go back when the new firmware throws at its start or does not load", async () => {
    const thrown = await told("throws");
    assert.equal(thrown("ran"), "old throws old");
    assert.equal(thrown("events"), "update_rolled_back=2");
    const torn = await told("torn", { image: "return {".padEnd(700) });
    assert.equal(torn("ran"), "old old");
    assert.equal(torn("events"), "update_rolled_back=2");
  });

  it("go back by a timer when the new firmware runs and never confirms itself", async () => {
    const say = await told("idle");
    assert.equal(say("ran"), "old idle old");
    assert.equal(say("events"), "update_rolled_back=2");
  });

  it("leave room on the heap while they are verified and collected, with the board's own firmware", async () => {
    const { code: image } = await bundleBoard(readBoard(NAME));
    const slot_bytes = readBoard(NAME).nvm.update_slots?.slot_bytes ?? 0;
    const options = { image, slot_bytes, fragment_bytes: FRAGMENT_USUAL_BYTES, frames: 20 };
    const say = await told("heap", { ...options, by: signers.region_w8 });
    const [idle, most, collecting] = say("heap").split(" ").map(Number);
    console.log(`      ${idle} bytes before it, ${most} at the most, ${collecting} while it is collected`);
    assert.equal(say("events"), "update_begun=2", "it fits its slot");
    const there_bytes = Math.ceil(((most + MODEM_BYTES) * SHARE_PERMILLE) / 1000);
    assert.ok(most > idle && there_bytes <= HEAP_BYTES, `${there_bytes} of ${HEAP_BYTES}`);
  });
});
