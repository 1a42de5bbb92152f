import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { flashedStandIn, Line } from "../flash/own_board";
import { standInMissing, type StandIn } from "../flash/stand_in";
import { REGION, temporaryFolder } from "../keys/samples";
import { Desk, METERS } from "./desk";

const SCRIPT = path.join(__dirname, "..", "..", "..", "tools", "bin", "curbstop.js");
const TIMES = process.env["CURBSTOP_LONG"] === "1" ? 50 : 2;
const [METER] = METERS;
const WHOLE = new RegExp(` meter=${METER} region=${REGION}$`);
const NOBODYS = / meter=none unprovisioned$/;

describe("a cable pulled, or the power cut, while a board is given its nameplate", function () {
  this.timeout(600_000 + TIMES * 60_000);
  const folder = temporaryFolder();
  let desk: Desk;
  let board: StandIn;
  let flash = "";
  let blank: Buffer;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await flashedStandIn();
    flash = path.join(board.folder, "espruino.flash");
    blank = fs.readFileSync(flash);
    desk = await Desk.open(folder.path);
  });
  after(async () => board?.stop());

  /** Waits until the records have grown, or the command is over; how long it took. */
  async function grown(before: number, is_over: () => boolean): Promise<number> {
    const start_ms = performance.now();
    const size = () => (fs.existsSync(desk.records) ? fs.statSync(desk.records).size : 0);
    while (size() <= before && !is_over()) await new Promise((resolve) => setTimeout(resolve, 5));
    return performance.now() - start_ms;
  }

  /**
   * Runs the command. When not killed: how long it took from the record before the first byte to the one that the board
   * is the meter; undefined when it was, or when it failed.
   */
  async function provision(kill_after_ms: number | undefined, at_board: boolean): Promise<number | undefined> {
    const words = [SCRIPT, ...desk.words("--port", board.port, "--meter", METER), ...desk.storeWords()];
    const child = spawn(process.execPath, words, { stdio: "ignore" });
    let over = false;
    const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
    void ended.then(() => (over = true));
    const before = fs.existsSync(desk.records) ? fs.statSync(desk.records).size : 0;
    await grown(before, () => over);
    const begun = fs.existsSync(desk.records) ? fs.statSync(desk.records).size : 0;
    if (kill_after_ms !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, kill_after_ms));
      if (at_board) board.cutPower();
      else child.kill("SIGKILL");
    }
    const given_ms = await grown(begun, () => over);
    return (await ended) === 0 ? given_ms : undefined;
  }

  async function identity(): Promise<string> {
    await board.powerDown();
    const line = await Line.open(board.port);
    const said = await line.say("id\n", /firmware=[^\r\n]+(?=\r?\n)/);
    line.close();
    await board.powerDown();
    return said;
  }

  it(`leaves it nobody's or whole, and the next run goes on, ${TIMES} times of ${TIMES}`, async () => {
    const seed = Number(process.env["CURBSTOP_SEED"] ?? randomInt(1, 2 ** 31));
    console.log(`      CURBSTOP_SEED=${seed}`);
    const random = createRandomNumbers(seed);
    const given_ms = await provision(undefined, false);
    assert.ok(given_ms !== undefined, "without a pull it is given");
    assert.match(await identity(), WHOLE);
    const outcomes = { nobodys: 0, whole: 0 };
    for (let time = 1; time <= TIMES; time++) {
      fs.writeFileSync(flash, blank);
      // Most of the time passes behind the nameplate, in the restart: more pulls go before it.
      const window_ms = given_ms / [1, 20, 4][time % 3];
      await provision(randomBelow(random, Math.ceil(window_ms)), time % 2 === 0);
      const found = await identity();
      assert.ok(NOBODYS.test(found) || WHOLE.test(found), `time ${time}: ${found}`);
      outcomes[NOBODYS.test(found) ? "nobodys" : "whole"] += 1;
      assert.ok((await provision(undefined, false)) !== undefined, `time ${time}: the next run finishes it`);
      assert.match(await identity(), WHOLE, `time ${time}`);
    }
    console.log(`      nobody's ${outcomes.nobodys} times, whole ${outcomes.whole} times`);
  });

  it("does not take a nameplate for one that is torn at any byte", async () => {
    const whole = fs.readFileSync(flash);
    const name = whole.lastIndexOf("curbstop.set");
    assert.ok(name > 0, "the file stands in the flash");
    // Storage writes the header of a file first, then its bytes.
    const first = name - 4 + 32;
    for (const kept of [0, 1, 20, 60]) {
      const torn = Buffer.from(whole);
      torn.fill(0xff, first + kept, first + 200);
      fs.writeFileSync(flash, torn);
      assert.match(await identity(), NOBODYS, `${kept} bytes kept`);
    }
  });
});
