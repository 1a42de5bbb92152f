/**
 * What a person at a terminal sees of a run: the summary and, below it, balance and flow over virtual time.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import pc from "picocolors";
import { runCommandLine } from "../../tools/command_line";
import { runChart } from "../../tools/run_chart";
import { CapturedOutput } from "./captured_output";

const WEEK = join(__dirname, "..", "..", "sim", "scenarios", "week.json");
const PLAIN = pc.createColors(false);
const HOUR_MS = 3_600_000;

/** 100 litres in the first hour of ten, nothing in the others; the balance falls from 1.00 to -1.00 with them. */
const POINTS = Array.from({ length: 101 }, (_, litre) => ({
  t: (litre * HOUR_MS) / 100,
  volume_l: litre,
  balance_milli: 100_000 - 2000 * litre,
}));

describe("the chart of a run", () => {
  it("shows where water ran, how much, and what it cost", () => {
    const lines = runChart(POINTS, 10 * HOUR_MS, 63, PLAIN).split("\n");
    assert.equal(lines[0], "balance, from -1.00 to 0.60");
    assert.match(lines[1], /^ {6}0\.60 ┤█/);
    assert.match(lines[4], /^ {5}-1\.00 ┤█{4}/);
    // Below nothing: an empty column from the moment on at which the water has stopped.
    assert.equal(lines[4].trimEnd().length, 12 + 4);
    assert.equal(lines[5], "flow, the mean of each 12 min, up to 100 l/h");
    assert.equal(lines[6].trimEnd(), "       100 ┤█████");
    assert.equal(lines[7].trimEnd(), "         0 ┤█████");
    assert.match(lines[8], /^ {12}00:00:00 +10:00:00$/);
  });

  for (const columns of [51, 52, 80, 92, 300]) {
    it(`fits ${columns} columns`, () => {
      const lines = runChart(POINTS, 10 * HOUR_MS, columns, PLAIN).split("\n");
      assert.ok(lines.every((line) => line.length < columns));
      assert.equal(lines.length > 1, columns > 51);
    });
  }

  it("is not there where there is nothing to show", () => {
    assert.equal(runChart([], HOUR_MS, 80, PLAIN), "");
    assert.equal(runChart(POINTS, 0, 80, PLAIN), "");
  });

  it("stands below the summary on a terminal alone", async () => {
    const seen = async (tty: boolean, ...more: string[]): Promise<string> => {
      const output = new CapturedOutput(tty);
      assert.equal(await runCommandLine(["sim", "run", WEEK, ...more], output), 0);
      return output.out_text.replace(/in \d+ ms|"wall_ms": \d+/, "");
    };
    const plain = await seen(false);
    const watched = await seen(true);
    assert.ok(watched.startsWith(plain));
    assert.match(watched.slice(plain.length), /^balance, from -0\.12 to \d\.\d\d\n/);
    assert.match(watched, /\nflow, the mean of each 2 h 30 min, up to \d+ l\/h\n/);
    assert.equal(await seen(true, "--json"), await seen(false, "--json"));
  });
});
