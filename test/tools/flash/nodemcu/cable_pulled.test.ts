import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandomNumbers, randomBelow } from "../../../../sim/world/random_numbers";
import { uploadAndKill } from "../kill";
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

const LONG = process.env["CURBSTOP_LONG"] === "1";
const TIMES = LONG ? 50 : 4;
/** More changes of the flash than the uploads here make. */
const CHANGES_MAX = 80;
/** About as long as an upload of the sample takes. */
const UPLOAD_MS = 1500;

describe("a cable pulled, or the power cut, in the middle of an upload to NodeMCU", function () {
  this.timeout(900_000);
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
  });
  after(async () => board?.stop());

  /**
   * Cuts the power in the middle of every `step`-th change of the flash, each time on a board with these files; what then
   * boots must be in `allowed`. Gives how often each of them was found.
   */
  async function cutEverywhere(
    files: Readonly<Record<string, string>>,
    bundle: string,
    allowed: readonly string[],
    step: number,
  ): Promise<number[]> {
    const found = allowed.map(() => 0);
    for (let change = 1; change <= CHANGES_MAX; change += step) {
      putFiles(board, files);
      set(board, "cut", String(change));
      const whole = await flashTo(board, bundle).then(
        () => true,
        () => false,
      );
      set(board, "cut", "");
      const answer = await bootedAnswer(board);
      const index = allowed.indexOf(answer);
      assert.ok(index >= 0, `cut at change ${change}: the board runs none of them, but: ${answer}`);
      found[index] += 1;
      if (whole) return found;
      const again = await flashTo(board, sampleLua("again", ""));
      assert.equal(again.identity, sampleAnswer("again", ""), `cut at change ${change}: it cannot be flashed again`);
    }
    throw new Error(`an upload makes more than ${CHANGES_MAX} changes`);
  }

  it("leaves the old firmware or the new one at every change of the flash", async () => {
    putFiles(board, {});
    await flashTo(board, sampleLua("older", ""));
    await flashTo(board, sampleLua("old", ""));
    const allowed = [sampleAnswer("old", ""), sampleAnswer("new", "")];
    const found = await cutEverywhere(filesOf(board), sampleLua("new", ""), allowed, 1);
    console.log(`      the old one ${found[0]} times, the new one ${found[1]} times`);
    assert.ok(found[0] > 5, "the upload was cut where the old one is still there");
    assert.equal(found[1], 1, "and the last change is what makes the new one run");
  });

  it("leaves an empty board that waits, or one that runs what was brought", async () => {
    const allowed = ["no boot file", sampleAnswer("first", "")];
    const found = await cutEverywhere({}, sampleLua("first", ""), allowed, LONG ? 1 : 5);
    assert.ok(found[0] > 0 && found[1] > 0);
  });

  it(`leaves one of them when the laptop or the board goes at random, ${TIMES} times of ${TIMES}`, async () => {
    const seed = Number(process.env["CURBSTOP_SEED"] ?? randomInt(1, 2 ** 31));
    console.log(`      CURBSTOP_SEED=${seed}`);
    const random = createRandomNumbers(seed);
    putFiles(board, {});
    await flashTo(board, sampleLua("v0", ""));
    let standing = sampleAnswer("v0", "");
    const file = join(board.folder, "bundle.lua");
    for (let time = 1; time <= TIMES; time++) {
      writeFileSync(file, sampleLua(`v${time}`, ""));
      await uploadAndKill(board, file, randomBelow(random, UPLOAD_MS), time % 2 === 0, "lua-esp32");
      const found = await bootedAnswer(board);
      const fresh = sampleAnswer(`v${time}`, "");
      assert.ok(found === standing || found === fresh, `time ${time}: the board runs neither, but: ${found}`);
      standing = found;
    }
    assert.equal((await flashTo(board, sampleLua("last", ""))).identity, sampleAnswer("last", ""));
  });
});
