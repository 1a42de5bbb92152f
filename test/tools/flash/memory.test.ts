/** A board without the memory that the firmware takes is not flashed; where nobody can be sure, a person is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { findOnPath } from "../../../sim/engines/child";
import { readBoard } from "../../../tools/build/board_file";
import { checkMemory } from "../../../tools/flash/memory";
import { answerOf } from "../captured_output";
import { nodemcuMissing, putFiles, set, startNodemcu } from "./nodemcu/rig";
import { Line } from "./own_board";
import { StandIn, standInMissing } from "./stand_in";

const RAK = readBoard("espruino-rak5010");
const variables = (available: number) => ({ unit: "variables", available }) as const;
const heap = (available: number) => ({ unit: "bytes of heap", available }) as const;

describe("a board's memory, before it is flashed", () => {
  it("is refused with both figures when an Espruino has fewer variables than the firmware takes", () => {
    assert.throws(
      () => checkMemory(RAK, "/dev/ttyACM0", variables(2630), 5561),
      /\/dev\/ttyACM0: the interpreter has 2,630 variables, the firmware takes 5,561 \(leave rooms out in boards\/espruino-rak5010\.board\.json\)$/,
    );
    assert.equal(checkMemory(RAK, "x", variables(5561), 5561), "");
  });

  it("is told of where nothing could be counted and the interpreter has less than its description", () => {
    const words = checkMemory(RAK, "x", variables(12_499), undefined);
    assert.equal(
      words,
      "x: the interpreter has 12,499 variables, espruino-rak5010 is described with 12,500 (it may not start; is this its usual build?)",
    );
    assert.equal(checkMemory(RAK, "x", variables(12_500), undefined), "");
    assert.equal(checkMemory(RAK, "x", undefined, 5561), "");
  });

  it("is told of, not refused, on NodeMCU, where a desktop counts too much", () => {
    const esp32 = readBoard("lua-esp32");
    assert.match(
      checkMemory(esp32, "x", heap(204_799), 14_000),
      /^x: the interpreter has 204,799 bytes of heap, the firmware takes up to 204,800/,
    );
    assert.equal(checkMemory(esp32, "x", heap(204_800), 14_000), "");
  });
});

describe("curbstop flash and a board's memory", function () {
  let board: StandIn | undefined;
  afterEach(async () => {
    await board?.stop();
    board = undefined;
  });

  it("refuses an Espruino that says it has too few variables, and writes nothing", async function () {
    if (standInMissing() !== undefined || espruinoMissing() !== undefined) return this.skip();
    board = await StandIn.start();
    const line = await Line.open(board.port);
    // Run at every start of this interpreter, which then says that it is another one with little memory.
    const says =
      'process.env={BOARD:"RAK5010",VERSION:"2v29",SERIAL:"1"};process.memory=function(){return{free:3000,usage:9500,total:12500};};';
    await line.say(`\x10require("Storage").write(".boot0",${JSON.stringify(says)});print("<"+"done>")\n`, /<done>/);
    line.close();
    await board.powerDown();
    const file = join(board.folder, "espruino.flash");
    const before = readFileSync(file);
    const { exit_code, err } = await answerOf("flash", "--board", "espruino-rak5010", "--port", board.port, "--yes");
    assert.equal(exit_code, 1);
    assert.match(
      err,
      /^curbstop: tcp:[^\n]*: the interpreter has 3,000 variables, the firmware takes [\d,]+ \(leave [^\n]+\)\n$/,
    );
    await board.powerDown();
    assert.ok(readFileSync(file).equals(before), "nothing was written");
  });

  it("tells of a NodeMCU with little heap, before it asks whether to go on", async function () {
    if (nodemcuMissing() !== undefined || findOnPath("lua5.3") === undefined) return this.skip();
    board = await startNodemcu();
    // Another program is on it, and nobody to be asked whether it may go: nothing is written either way.
    putFiles(board, { "init.lua": "print(1)" });
    const words = ["flash", "--board", "lua-esp32", "--port", board.port];
    set(board, "heap", "50000");
    const little = await answerOf(...words);
    await board.powerDown();
    set(board, "heap", "");
    const enough = await answerOf(...words);
    assert.deepEqual([little.exit_code, enough.exit_code], [2, 2]);
    const nobody = "curbstop: nobody is there to be asked whether to replace it (give --yes)\n";
    assert.match(
      little.err.replace(nobody, ""),
      /^curbstop: tcp:[^\n]*: the interpreter has [\d,]+ bytes of heap, the firmware takes up to [\d,]+ \(it may [^\n]+\n$/,
    );
    assert.equal(enough.err, nobody);
  });
});
