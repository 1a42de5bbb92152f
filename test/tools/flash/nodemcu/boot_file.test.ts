import assert from "node:assert/strict";
import { HEADER_BYTES, readSlotHeader, slotText } from "../../../../tools/flash/nodemcu/slot_file";
import { bootFileText } from "../../../../tools/flash/nodemcu/boot_file";
import type { StandIn } from "../stand_in";
import { bootedAnswer, flashTo, nodemcuMissing, putFiles, sampleAnswer, sampleLua, startNodemcu } from "./rig";

const BOOT = bootFileText("lua-esp32");
const NEW = slotText(sampleLua("new", ""), 8);
const OLD = slotText(sampleLua("old", ""), 7);

describe("a slot file of NodeMCU", () => {
  it("says its sequence and its SHA-256, and nothing when a character of that is another", () => {
    const head = NEW.slice(0, HEADER_BYTES);
    assert.equal(readSlotHeader(head)?.sequence, 8);
    for (let place = 0; place < HEADER_BYTES; place++) {
      const spoilt = `${head.slice(0, place)}~${head.slice(place + 1)}`;
      assert.equal(readSlotHeader(spoilt), undefined, `byte ${place}`);
    }
    assert.equal(readSlotHeader(""), undefined);
  });

  it("is not made with a sequence that it cannot hold", () => {
    for (const sequence of [0, -1, 1.5, 2 ** 32]) assert.throws(() => slotText("", sequence), /out of range/);
  });
});

describe("the boot file of NodeMCU", function () {
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
  });
  after(async () => board?.stop());

  async function answerWith(files: Readonly<Record<string, string>>): Promise<string> {
    putFiles(board, { "init.lua": BOOT, ...files });
    return bootedAnswer(board);
  }

  it("runs the newer of two that are whole, in whichever file it is", async () => {
    assert.equal(await answerWith({ "curbstop.a": OLD, "curbstop.b": NEW }), sampleAnswer("new", ""));
    assert.equal(await answerWith({ "curbstop.a": NEW, "curbstop.b": OLD }), sampleAnswer("new", ""));
  });

  it("runs the old one when any byte of the new one is another, or its end is missing", async () => {
    const places = [0, 13, 40, 77, 80, 87, 88, 89, 300, NEW.length - 1];
    for (const place of places) {
      const other = NEW[place] === "0" ? "1" : "0";
      const spoilt = `${NEW.slice(0, place)}${other}${NEW.slice(place + 1)}`;
      assert.equal(await answerWith({ "curbstop.a": OLD, "curbstop.b": spoilt }), sampleAnswer("old", ""), `${place}`);
    }
    for (const length of [0, 50, HEADER_BYTES, NEW.length - 1]) {
      const torn = NEW.slice(0, length);
      assert.equal(await answerWith({ "curbstop.a": torn, "curbstop.b": OLD }), sampleAnswer("old", ""), `${length}`);
    }
  });

  it("never runs what is still being written", async () => {
    assert.equal(await answerWith({ "curbstop.new": NEW }), "no firmware");
    assert.equal(await answerWith({ "curbstop.new": NEW, "curbstop.a": OLD }), sampleAnswer("old", ""));
  });

  it("waits for an upload, and takes it, when neither is whole", async () => {
    assert.equal(await answerWith({ "curbstop.a": NEW.slice(0, -1) }), "a firmware that is not whole");
    const { identity, before } = await flashTo(board, sampleLua("again", ""));
    assert.equal(identity, sampleAnswer("again", ""));
    assert.equal(before.running_sequence, undefined);
  });

  it("goes back to the old firmware when the new one throws or does not load, and the upload says so", async () => {
    for (const [bundle, why] of [
      ['error("no valve")', /no valve/],
      ["return {", /unexpected|expected/],
    ] as const) {
      assert.equal(await answerWith({ "curbstop.a": OLD }), sampleAnswer("old", ""));
      await assert.rejects(flashTo(board, `${bundle}\n`), why);
      assert.equal(await bootedAnswer(board), sampleAnswer("old", ""));
    }
  });

  it("starts a firmware that says how, with the name of the board, and not one that wants a meter", async () => {
    const program = (more: string): string =>
      `local name = "nobody"
return { start = function(board) name = board end, identity = function() return "started for " .. name end${more} }`;
    assert.equal(await answerWith({ "curbstop.a": slotText(program(""), 1) }), "started for lua-esp32");
    const alone = slotText(program(", boot = function() end"), 1);
    assert.equal(await answerWith({ "curbstop.a": alone }), "started for nobody");
  });
});
