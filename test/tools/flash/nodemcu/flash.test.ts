import assert from "node:assert/strict";
import { slotText } from "../../../../tools/flash/nodemcu/slot_file";
import { bundleBoard } from "../../../../tools/build/bundle";
import { readBoard } from "../../../../tools/build/board_file";
import { answerOf } from "../../captured_output";
import type { StandIn } from "../stand_in";
import {
  bootedAnswer,
  filesOf,
  flashTo,
  nodemcuMissing,
  putFiles,
  sampleAnswer,
  sampleLua,
  set,
  startNodemcu,
} from "./rig";

const BOARD = ["flash", "--board", "lua-esp32"];
const METER = "600100000000000017";
/** The storage partition that the notes of lua-esp32 ask for, and NodeMCU's own. */
const STORAGE_BYTES = 1_572_864;
const STORAGE_USUAL_BYTES = 0x70000;

describe("curbstop flash for NodeMCU", function () {
  this.timeout(600_000);
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  it("brings a board's own firmware onto an empty board with the storage that it asks for, and it starts", async () => {
    set(board, "free", String(STORAGE_BYTES));
    const { out, err, exit_code } = await answerOf(...BOARD, "--port", board.port, "--json");
    set(board, "free", "");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const report = JSON.parse(out) as Record<string, unknown>;
    assert.equal(report["before"], "NodeMCU 3.0.0 esp32, no program");
    assert.equal(report["sequence"], 1);
    assert.match(String(report["identity"]), /^firmware=\S+ .* meter=none unprovisioned$/);
    const { code } = await bundleBoard(readBoard("lua-esp32"));
    assert.equal(filesOf(board)["curbstop.a"], slotText(code, 1), "to the byte");
    await board.powerDown();
    // Whoever answers there may be the old one, which says the same of itself.
    const step = (doing: string): void => set(board, "case", doing === "restarting" ? "closed" : "");
    await assert.rejects(flashTo(board, code, { step }), /which firmware runs is not known: one holds the line/);
    await board.powerDown();
    set(board, "case", "closed");
    const closed = await answerOf(...BOARD, "--port", board.port, "--yes");
    set(board, "case", "");
    assert.equal(closed.exit_code, 1);
    assert.match(closed.err, /the firmware holds the line \(open the case/);
  });

  it("refuses a board that has no room for two copies, and changes nothing", async () => {
    putFiles(board, { "other.txt": "kept" });
    set(board, "free", String(STORAGE_USUAL_BYTES));
    const { err, exit_code } = await answerOf(...BOARD, "--port", board.port, "--yes");
    set(board, "free", "");
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: lua-esp32: no room for two copies[^\n]*larger storage partition[^\n]*\n$/);
    assert.deepEqual(filesOf(board), { "other.txt": "kept" });
  });

  it("asks before it replaces what is there, and goes to the other slot", async () => {
    putFiles(board, {});
    await flashTo(board, sampleLua("first", ""));
    const before = filesOf(board);
    const asked = await answerOf(...BOARD, "--port", board.port);
    assert.equal(asked.exit_code, 2);
    assert.match(asked.out, /^on the board: NodeMCU 3\.0\.0 esp32, Curbstop first\n/);
    assert.match(asked.err, /nobody is there to be asked whether to replace it \(give --yes\)/);
    const refused = await flashTo(board, sampleLua("second", ""), { ask: () => Promise.resolve(false) });
    assert.equal(refused.written, false);
    assert.deepEqual(filesOf(board), before, "nothing was written");
    const second = await flashTo(board, sampleLua("second", ""));
    assert.equal(second.sequence, 2);
    const after = filesOf(board);
    assert.equal(after["curbstop.a"], before["curbstop.a"], "the old one stays");
    assert.equal(after["curbstop.b"], slotText(sampleLua("second", ""), 2));
    assert.equal((await flashTo(board, sampleLua("third", ""))).sequence, 3);
    assert.deepEqual(Object.keys(filesOf(board)), ["curbstop.a", "curbstop.b", "init.lua"]);
  });

  it("takes the place of another program, and leaves its files alone", async () => {
    putFiles(board, { "init.lua": "blink = 1\n", "blink.lua": "-- hers" });
    const flashed = await flashTo(board, sampleLua("ours", ""));
    assert.equal(flashed.before.program, "other");
    assert.equal(flashed.before.program_bytes, 10);
    assert.equal(await bootedAnswer(board), sampleAnswer("ours", ""));
    assert.equal(filesOf(board)["blink.lua"], "-- hers");
  });

  it("refuses a meter's books until it is told what becomes of them, and keeps them", async () => {
    putFiles(board, { "curbstop.set": "a nameplate" });
    await flashTo(board, sampleLua("a", METER));
    const before = filesOf(board);
    for (const more of [[], ["--meter", "600100000000000025"]]) {
      const { err, exit_code } = await answerOf(...BOARD, "--port", board.port, "--yes", ...more);
      await board.powerDown();
      assert.equal(exit_code, 1);
      assert.match(err, new RegExp(`keeps the books of meter ${METER} \\(region 600100\\) \\(--keep-books`));
    }
    assert.deepEqual(filesOf(board), before, "nothing was written");
    const kept = await flashTo(board, sampleLua("b", METER), { books: undefined, meter: METER });
    assert.equal(kept.identity, sampleAnswer("b", METER));
    assert.equal(filesOf(board)["curbstop.set"], "a nameplate");
  });

  it("starts new books where it is told to, and says so where the firmware cannot", async () => {
    putFiles(board, {});
    await flashTo(board, sampleLua("a", METER));
    await assert.rejects(flashTo(board, sampleLua("b", METER), { books: "new" }), /it has no way to start new/);
    const able = sampleLua("c", METER).replace("return {", 'return { newBooks = function() return "ok" end,');
    assert.equal((await flashTo(board, able, { books: "new" })).identity, sampleAnswer("c", METER));
  });

  const wrong: [string, "chip" | "numbers" | "without", string, RegExp][] = [
    ["another chip", "chip", "esp32c3", /this is Lua 5\.3 on esp32c3, not the ESP32 of lua-esp32/],
    ["a build with 32-bit numbers", "numbers", "32", /its numbers have 32 bits \(build NodeMCU with LUA_NUMBER_INT64/],
    ["a build without modules", "without", "crypto encoder", /without its modules crypto encoder/],
  ];
  for (const [what, name, text, message] of wrong) {
    it(`refuses ${what} in one line, and changes nothing`, async () => {
      putFiles(board, {});
      set(board, name, text);
      const { err, exit_code } = await answerOf(...BOARD, "--port", board.port, "--yes");
      set(board, name, "");
      assert.equal(exit_code, 1);
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
      assert.deepEqual(filesOf(board), {});
    });
  }

  it("says no, and does not hang, where something answers that is no NodeMCU", async () => {
    const cat = await (board.constructor as typeof StandIn).start("cat");
    const { err, exit_code } = await answerOf(...BOARD, "--port", cat.port, "--yes");
    await cat.stop();
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: [^\n]*no NodeMCU console answers[^\n]*\n$/);
  });
});
