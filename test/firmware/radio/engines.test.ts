/** Telegrams are portable: the same bytes on every engine. */
import assert from "node:assert/strict";
import path from "node:path";
import { createEngines } from "../../../sim/engines/engine";

const ENTRY = path.join(__dirname, "engine_entry.ts");
const COUNTERS = ["0", "77", "2147483648", "4294967295"];

describe("radio: engines", () => {
  const engines = createEngines({ entry: ENTRY, run_limit_ms: 120_000 });
  let expected: string[];

  before(async () => {
    expected = [];
    await engines[0].run(COUNTERS, (line) => expected.push(line));
    assert.equal(expected.filter((line) => line === "same").length, COUNTERS.length, expected.join("\n"));
    assert.equal(expected.filter((line) => line === "wrong_mac").length, COUNTERS.length);
  });

  for (const engine of engines.slice(1)) {
    it(`makes and opens the same bytes as on node: ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(COUNTERS, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    }).timeout(180_000);
  }
});
