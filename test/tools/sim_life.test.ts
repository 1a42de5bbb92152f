/**
 * `curbstop sim life`: what it prints, and how it exits.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LifeResult } from "../../sim/life/result";
import { runCommandLine } from "../../tools/command_line";
import { answerOf, CapturedOutput } from "./captured_output";

/** A year with little water, which is quick. */
const SHORT = ["sim", "life", "--years", "1", "--litres-year", "2000"];

describe("sim life", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-life-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("prints a table with litres, money, erases and time", async () => {
    const { exit_code, out, err } = await answerOf(...SHORT, "--seed", "3");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    for (const row of ["delivered", "registered", "lost in cuts", "credited", "charged", "erases", "battery", "time"]) {
      assert.match(out, new RegExp(`^${row} `, "m"));
    }
    assert.match(out, /^books +balance to the unit/m);
    assert.match(out, /^life +1 years, seed 3$/m);
  });

  it("prints one object with --json", async () => {
    const { exit_code, out } = await answerOf(...SHORT, "--geometry", "nrf52-8x4k", "--sensor-keeps", "--json");
    const result = JSON.parse(out) as LifeResult;
    assert.equal(exit_code, 0);
    assert.deepEqual([result.geometry, result.sensor_keeps, result.ok], ["nrf52-8x4k", true, true]);
    assert.equal(result.memory.erases.length, 8);
  });

  it("exits 1 when a sector has more erases than it may, and says how to see it again", async () => {
    const { exit_code, err } = await answerOf(...SHORT, "--erases-max", "0");
    assert.equal(exit_code, 1);
    assert.match(err, /^curbstop: life: a sector has \d+ erases, more than 0$/m);
    assert.match(err, /^curbstop: replay with: npx curbstop sim life --years 1 --seed 1 .*--litres-year 2000$/m);
  });

  it("exits 2 on bad usage, with one line", async () => {
    const empty = join(folder, "empty.csv");
    writeFileSync(empty, "epoch_s,flow_ml\n1551394800,0\n");
    const cases: [string[], RegExp][] = [
      [["--years", "0"], /years are a whole number, 1 to 16/],
      [["--years", "1.5"], /years are a whole number/],
      [["--geometry", "paper"], /the geometries are nrf52-8x4k, nor-8x4k/],
      [["--litres-year", "0"], /litres are a whole number/],
      [["--flow", join(folder, "none.csv")], /none\.csv: there is no such file/],
      [["--flow", empty], /empty\.csv: no water runs in it/],
    ];
    for (const [words, message] of cases) {
      const { exit_code, out, err } = await answerOf("sim", "life", ...words);
      assert.deepEqual(
        { words, exit_code, out, lines: err.split("\n").length },
        { words, exit_code: 2, out: "", lines: 2 },
      );
      assert.match(err, message);
    }
  });

  it("shows its progress on a terminal, and clears it", async () => {
    const output = new CapturedOutput(true);
    output.error_stream.isTTY = true;
    // What the bar asks of a terminal.
    const terminal = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
    Object.assign(output.error_stream, terminal);
    const exit_code = await runCommandLine(SHORT, output);
    assert.equal(exit_code, 0);
    assert.match(output.err_text, /━+─+ [1-9]\d*\/12 months/);
  });
});
