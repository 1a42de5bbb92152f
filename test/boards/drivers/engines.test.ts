/** The drivers and their chips are portable: the same bytes, counts and times on every engine. */
import assert from "node:assert/strict";
import path from "node:path";
import { createEngines } from "../../../sim/engines/engine";

const PROGRAM = ["memories", "sensors", "valve", "people", "clock"];

describe("drivers: engines", () => {
  const engines = createEngines({ entry: path.join(__dirname, "engine_entry.ts"), run_limit_ms: 120_000 });
  let expected: string[];

  before(async () => {
    expected = [];
    await engines[0].run(PROGRAM, (line) => expected.push(line));
    for (const line of ["torn 1 254 85 255 255 255 255 255", "reed 40 ", "wheel 30 10", "typed 123456789*0#"]) {
      assert(
        expected.some((one) => one.startsWith(line)),
        `${line} is missing in ${expected.join("\n")}`,
      );
    }
    assert.equal(expected.at(-1), "leap day 1709251205");
  });

  for (const engine of engines.slice(1)) {
    it(`does the same as on node: ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(PROGRAM, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    }).timeout(180_000);
  }
});
