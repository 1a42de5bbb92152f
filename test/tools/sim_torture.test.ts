import assert from "node:assert/strict";
import { runCommandLine } from "../../tools/command_line";
import { CapturedOutput } from "./captured_output";

async function curbstop(...words: string[]) {
  const output = new CapturedOutput();
  const exit_code = await runCommandLine(["sim", "torture", ...words], output);
  return { exit_code, out: output.out_text, err: output.err_text };
}

interface Printed {
  cuts: number;
  violations: number;
  cuts_per_s: number;
  seed: number;
  geometries: Record<string, { cuts: number; violations: number }>;
  scenarios: { scenario: string; cuts: number }[];
  failures: unknown[];
}

interface PrintedCards {
  combinations: number;
  violations: number;
  combinations_per_s: number;
  seed: number;
  sessions: Record<string, { combinations: number; violations: number }>;
  failures: unknown[];
}

describe("sim torture", function () {
  it("prints {cuts, violations, cuts_per_s, geometries} of random cuts and exits 0", async () => {
    const { exit_code, out, err } = await curbstop("--cuts", "300", "--seed", "7", "--geometry", "nor-8x4k", "--json");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const printed = JSON.parse(out) as Printed;
    assert.ok(printed.cuts >= 300 && printed.cuts_per_s > 0);
    assert.equal(printed.violations, 0);
    assert.equal(printed.seed, 7);
    assert.deepEqual(printed.geometries, { "nor-8x4k": { cuts: printed.cuts, violations: 0 } });
    assert.deepEqual([printed.scenarios, printed.failures], [[], []]);
  });

  it("cuts a scenario by its name on the geometries that are given", async () => {
    const geometries = ["--geometry", "nor-8x4k", "--geometry", "fram-32k"];
    const { exit_code, out } = await curbstop("emergency", "--exhaustive", ...geometries, "--json");
    assert.equal(exit_code, 0);
    const printed = JSON.parse(out) as Printed;
    assert.deepEqual(Object.keys(printed.geometries), ["nor-8x4k", "fram-32k"]);
    assert.deepEqual(
      printed.scenarios.map(({ scenario }) => scenario),
      ["emergency"],
    );
  });

  it("prints a table for a person", async () => {
    const { exit_code, out } = await curbstop("emergency", "--exhaustive", "--geometry", "nrf52-8x4k");
    assert.equal(exit_code, 0);
    assert.match(out, /^scenario +operations +cuts +violations\nemergency /);
    assert.match(out, /\nnrf52-8x4k +[\d,]+ +0\n/);
    assert.match(out, / cuts, 0 violations, [\d,]+ cuts\/s, seed 1\n$/);
  });

  it("replays one cut and tells what happened", async () => {
    const { exit_code, out } = await curbstop("--replay", "journal:scenario=emergency:cut=20:kind=torn");
    assert.equal(exit_code, 0);
    assert.match(out, /^cut 20 torn 0 ok /);
    assert.match(out, /operation 20 (program|erase) at \d+/);
    assert.match(out, /\nend 1 0 \d+\n$/);
  });

  it("the same id tells the same every time", async () => {
    const id = "journal:seed=0x7:cut=12:geometry=stm32-16x2k";
    assert.deepEqual(await curbstop("--replay", id), await curbstop("--replay", id));
  });

  it("--cards prints {combinations, violations, combinations_per_s, sessions} of a session and exits 0", async () => {
    const { exit_code, out, err } = await curbstop("--cards", "--session", "test", "--seed", "5", "--json");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const printed = JSON.parse(out) as PrintedCards;
    assert.ok(printed.combinations > 1000 && printed.combinations_per_s > 0);
    assert.deepEqual(printed.sessions, { test: { combinations: printed.combinations, violations: 0 } });
    assert.deepEqual([printed.violations, printed.seed, printed.failures], [0, 5, []]);
  });

  it("replays a combination of a card and its cut by its id", async () => {
    const { exit_code, out } = await curbstop("--replay", "cards:session=top_up:pull=300+:at=end");
    assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
    const again = await curbstop("--replay", "cards:session=top_up:pull=300:at=1.torn");
    assert.deepEqual([again.exit_code, again.out], [0, "1.torn ok\n"]);
  });

  const MISTAKES: [string[], RegExp][] = [
    [["--cuts", "0"], /the number of cuts is a whole number/],
    [["--geometry", "nand"], /there is no such geometry \(they are nrf52-8x4k/],
    [["--replay", "journal:cut"], /not an id of a cut/],
    [["--replay", "journal:seed=0x7:cut=999999"], /this run has no such cut/],
    [["--engine", "v8"], /the engines are node/],
    [["nowhere"], /nowhere: there is no such file/],
    [["week", "--cuts", "5"], /add --exhaustive/],
    [["--session", "top_up"], /add --cards/],
    [["--cards", "--session", "topup"], /there is no such session \(they are first_top_up, top_up/],
    [["--cards", "week"], /--cards has sessions/],
    [["--replay", "cards:session=top_up"], /not an id of cards/],
    [["--replay", "cards:session=top_up:pull=99999:at=end"], /no such combination/],
  ];
  for (const [words, message] of MISTAKES) {
    it(`refuses ${words.join(" ")} in one line and exits 2`, async () => {
      const { exit_code, out, err } = await curbstop(...words);
      assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
      assert.match(err, message);
      assert.equal(err.trimEnd().split("\n").length, 1);
    });
  }

  it("--help names every option", async () => {
    const { exit_code, out } = await curbstop("--help");
    assert.equal(exit_code, 0);
    for (const option of ["exhaustive", "cuts", "seed", "geometry", "cards", "session", "replay", "engine", "json"]) {
      assert.match(out, new RegExp(`--${option}\\b`));
    }
  });
});
