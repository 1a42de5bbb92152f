/** The fuzz can fail: each deliberately broken meter of breaks/ is found by an invariant that tells what is wrong. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { createFuzz, runCase } from "../../../sim/card_fuzz/run";
import { loadPatched } from "../torture/patched_torture";
import type { FuzzBreak } from "./breaks/break";

const FOLDER = join(__dirname, "breaks");
/** Cases that must be enough to find any of the faults. */
const CASES = 30_000;

interface Entry {
  createFuzz: typeof createFuzz;
  runCase: typeof runCase;
}

describe("fuzz of broken meters", function () {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && name !== "break.ts");

  for (const name of names) {
    const { broken } = createRequire(__filename)(join(FOLDER, name)) as { broken: FuzzBreak };

    it(`finds a meter that ${broken.does}`, () => {
      const entry = loadPatched(broken.pieces, "sim", "card_fuzz", "run.ts") as unknown as Entry;
      const fuzz = entry.createFuzz(1);
      for (let number = 0; number < CASES; number++) {
        entry.runCase(fuzz, number);
        if (fuzz.faults.some(({ invariant }) => broken.noticed_by.includes(invariant))) return;
      }
      const found = [...new Set(fuzz.faults.map(({ invariant }) => invariant))];
      assert.fail(`found: ${found.join(", ") || "nothing"}; expected one of ${broken.noticed_by.join(", ")}`);
    });
  }
});
