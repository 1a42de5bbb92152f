/** The reader driver and the emulator are portable: the same sessions, to the millisecond, on every engine. */
import assert from "node:assert/strict";
import path from "node:path";
import { createEngines } from "../../../sim/engines/engine";

const ENTRY = path.join(__dirname, "engine_entry.ts");
/** The byte that is lost, a session for each. */
const PROGRAM = ["9999", "20", "75", "110", "163"];

describe("reader: engines", () => {
  const engines = createEngines({ entry: ENTRY, run_limit_ms: 120_000 });
  let expected: string[];

  before(async () => {
    expected = [];
    await engines[0].run(PROGRAM, (line) => expected.push(line));
    assert(
      expected.some((line) => line.endsWith(" ok 5 144 145 0")),
      expected.join("\n"),
    );
  });

  for (const engine of engines.slice(1)) {
    it(`gives the same answers at the same times as on node: ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(PROGRAM, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    }).timeout(180_000);
  }
});
