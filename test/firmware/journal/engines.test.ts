import assert from "node:assert/strict";
import path from "node:path";
import { createEngines } from "../../../sim/engines/engine";

const ENTRY = path.join(__dirname, "engine_entry.ts");
/** A round for each letter, a boot for each line. */
const PROGRAM = ["aaaaaaaaaaa", "a", "aaaaaaaaaaaaaaaaaaaaaaa", "", "aa", "aaaaaaaaaaaa"];

describe("journal: engines", () => {
  const engines = createEngines({ entry: ENTRY, run_limit_ms: 120_000 });
  let expected: string[];

  before(async () => {
    expected = [];
    await engines[0].run(PROGRAM, (line) => expected.push(line));
    assert(
      expected.some((line) => line.startsWith("commit 37 ")),
      expected.join("\n"),
    );
  });

  for (const engine of engines.slice(1)) {
    it(`leaves the same bytes on flash and finds the same as on node: ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(PROGRAM, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    }).timeout(180_000);
  }
});
