/**
 * Every scenario, with the power cut at every operation of the memory and every kind of damage; CURBSTOP_LONG=1 on every
 * geometry, otherwise on the one that meters are delivered with.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { GEOMETRY_NAMES, SCENARIO_FOLDER, runJob, torture, torturedScenarios } from "../../../sim/torture_run";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const LIMIT_MS = 1_800_000;
const KINDS = 5;

const geometries = LONG ? GEOMETRY_NAMES : GEOMETRY_NAMES.slice(0, 1);
const names = torturedScenarios().map((file) => basename(file));

describe("torture of the scenarios", function () {
  this.timeout(LIMIT_MS);

  for (const name of names) {
    it(`${name} survives a cut at each operation, in every way`, async () => {
      const scenarios = [join(SCENARIO_FOLDER, name)];
      const result = await torture({ scenarios, random_cuts: 0, seed: 1, geometries });
      assert.deepEqual(result.failures, []);
      assert.equal(result.violations, 0);
      const [row] = result.scenarios;
      assert.ok(row.cuts > 0, "nothing was cut");
    });
  }

  it("leaves out the scenarios in which cards or radio bring credit, and says why when asked", async () => {
    const all = readdirSync(SCENARIO_FOLDER).filter((name) => name.endsWith(".json"));
    assert.deepEqual(
      all.filter((name) => !names.includes(name)),
      ["cards.json", "radio.json"],
    );
    for (const [name, what] of [
      ["cards.json", /cards\.json: its card brings what this torture is not told of \(leave it out\)$/],
      ["radio.json", /radio\.json: its radio brings what this torture is not told of \(leave it out\)$/],
    ] as const) {
      const scenarios = [join(SCENARIO_FOLDER, name)];
      await assert.rejects(torture({ scenarios, random_cuts: 0, seed: 1, geometries }), what);
    }
  });

  it("cuts each operation of a run without reboots in each way, and no other", async () => {
    const lines: string[] = [];
    const scenario = join(SCENARIO_FOLDER, "emergency.json");
    const geometry = GEOMETRY_NAMES[0];
    const { cuts, operations } = await runJob(
      { mode: "exhaustive", seed: 1, geometry, scenario, cuts_max: 1_000_000, say: 1 },
      undefined,
      (line) => lines.push(line),
    );
    assert.equal(cuts, operations * KINDS);
    const places = new Set(lines.filter((line) => line.startsWith("cut ")).map((line) => line.split(" ", 3).join(" ")));
    assert.equal(places.size, cuts);
  });
});
