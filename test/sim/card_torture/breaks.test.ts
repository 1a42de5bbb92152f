/**
 * The torture of cards can fail: each deliberately broken session of breaks/ is found, by an invariant that tells what
 * is wrong, and its id finds it again.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { replayCards, tortureCards } from "../../../sim/card_torture/torture";
import { GEOMETRY_NAMES } from "../../../sim/torture_run";
import { loadPatched } from "../torture/patched_torture";
import type { CardBreak } from "./breaks/break";

const FOLDER = join(__dirname, "breaks");
const STRIDE = 47;

interface Entry {
  tortureCards: typeof tortureCards;
  replayCards: typeof replayCards;
}

describe("torture of broken sessions", function () {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && name !== "break.ts");

  for (const name of names) {
    const { broken } = createRequire(__filename)(join(FOLDER, name)) as { broken: CardBreak };

    it(`finds a meter that ${broken.does}`, () => {
      const entry = loadPatched(broken.pieces, "sim", "card_torture", "torture.ts") as unknown as Entry;
      const geometries = GEOMETRY_NAMES.slice(0, 1);
      const { failures } = entry.tortureCards({ seed: 1, sessions: broken.sessions, geometries, stride: STRIDE });
      const found = [...new Set(failures.map(({ invariant }) => invariant))];
      const failure = failures.find(({ invariant }) => broken.noticed_by.includes(invariant));
      assert.ok(failure !== undefined, `found: ${found.join(", ")}; expected one of ${broken.noticed_by.join(", ")}`);
      const lines: string[] = [];
      assert.ok(entry.replayCards(failure.id, (line) => lines.push(line)).violations > 0);
      assert.ok(lines.some((line) => line.endsWith(` ${failure.invariant}`)));
    });
  }

  it("finds nothing in the same sessions on the meter as it is", () => {
    const entry = loadPatched([], "sim", "card_torture", "torture.ts") as unknown as Entry;
    const sessions = ["top_up", "tariff_weak", "emergency"];
    const options = { seed: 1, sessions, geometries: GEOMETRY_NAMES.slice(0, 1), stride: 100 };
    assert.deepEqual(entry.tortureCards(options).failures, []);
  });
});
