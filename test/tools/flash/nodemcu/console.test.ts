import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FlashError } from "../../../../tools/flash/flash_error";
import type { StandIn } from "../stand_in";
import { flashTo, nodemcuMissing, putFiles, sampleAnswer, sampleLua, set, startNodemcu, withConsole } from "./rig";

describe("the console of NodeMCU", function () {
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
  });
  after(async () => board?.stop());

  it("answers what it is asked, and says what is wrong with a question", async () => {
    await withConsole(board, async (console) => {
      assert.equal(await console.ask("6*7"), "42");
      assert.equal(await console.ask("a+1", "local a=4"), "5");
      assert.equal(await console.ask('"<7>x</7>"'), "<7>x</7>", "what looks like another answer");
      await assert.rejects(console.ask("nothing.at_all"), /^Error: the board says: stdin:1: .*nothing/);
      await assert.rejects(console.ask("1+"), (error: Error) => error instanceof FlashError);
      assert.equal(await console.ask("1"), "1", "and goes on");
    });
  });

  it("comes to terms with what somebody had begun to type", async () => {
    for (const begun of ["x = (1 +\n", "for i = 1, 2 do\n", "t = [[\nabc\n", "print('half", 'y = "abc\\\n']) {
      await withConsole(board, async (console, link) => {
        link.send(begun);
        assert.ok(await console.greet(), begun);
        assert.equal(await console.ask("1+1"), "2", begun);
      });
    }
  });

  it("never sends a line of which the board would lose the beginning", async () => {
    await withConsole(board, async (console) => {
      assert.throws(() => console.tell("-".repeat(251)), /too long/);
      // What the stand-in does with one, as NodeMCU does.
      console.tell("lost=1");
      assert.equal(await console.ask("lost"), "1");
    });
    await withConsole(board, async (console, link) => {
      link.send(`lost=1--${"-".repeat(260)}\n`);
      assert.equal(await console.ask("lost"), "nil");
    });
  });

  it("sends a block again when a character of it was lost on the way", async () => {
    putFiles(board, {});
    for (const block of [1, 3, 6]) {
      set(board, "noise", String(block));
      const flashed = await flashTo(board, sampleLua(`noisy${block}`, ""));
      assert.equal(flashed.identity, sampleAnswer(`noisy${block}`, ""));
      assert.ok(!existsSync(join(board.folder, "noise")), "and there was noise");
    }
  });
});
