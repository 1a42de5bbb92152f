/**
 * The torture can fail: each deliberately broken journal of breaks/ is found, by an invariant that tells what is wrong.
 * Where the broken piece of source is no longer there, its test fails, so that none of them goes stale unseen.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { GEOMETRY_NAMES } from "../../../sim/torture_run";
import type { Break } from "./breaks/break";
import { loadTorture } from "./patched_torture";

const FOLDER = join(__dirname, "breaks");
/** Programs that must be enough to find any of the faults. */
const PROGRAMS = 60;

function attempt(action: () => void): string {
  try {
    action();
    return "";
  } catch (error) {
    return String(error);
  }
}

/** Invariants that a random program's torture finds broken. */
function violations(runPlan: ReturnType<typeof loadTorture>, mode: "random" | "tokens", seed: number): string[] {
  const part = GEOMETRY_NAMES[seed % GEOMETRY_NAMES.length];
  const lines = ["torture 1", `mode ${mode}`, `seed ${seed}`, `part ${part}`, "go"];
  const found: string[] = [];
  const host = {
    read_line: () => lines.shift(),
    write_line: (line: string) => {
      if (line.startsWith("violation ")) found.push(line.split(" ")[4]);
    },
  };
  const thrown = attempt(() => runPlan(host, attempt));
  return thrown === "" ? found : [...found, thrown];
}

describe("torture of broken journals", function () {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && name !== "break.ts");

  for (const name of names) {
    const { broken } = createRequire(__filename)(join(FOLDER, name)) as { broken: Break };

    it(`finds a meter that ${broken.does}`, () => {
      const runPlan = loadTorture(broken);
      const found = new Set<string>();
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        for (const invariant of violations(runPlan, broken.mode ?? "random", seed)) found.add(invariant);
        if (broken.noticed_by.some((invariant) => found.has(invariant))) return;
      }
      assert.fail(`found: ${[...found].join(", ") || "nothing"}; expected one of ${broken.noticed_by.join(", ")}`);
    });
  }

  it("finds nothing in the same programs on the meter as it is", () => {
    const runPlan = loadTorture(undefined);
    for (const mode of ["random", "tokens"] as const)
      for (let seed = 1; seed <= 10; seed++) assert.deepEqual(violations(runPlan, mode, seed), [], `${mode} ${seed}`);
  });
});
