/** Drivers and emulators are portable: the same frames at the same milliseconds on every engine. */
import assert from "node:assert/strict";
import path from "node:path";
import { createEngines } from "../../../sim/engines/engine";

const ENTRY = path.join(__dirname, "engine_entry.ts");
/** The byte that is lost, on each way. */
const PROGRAM = ["9999", "16", "27"];

describe("modem: engines", () => {
  const engines = createEngines({ entry: ENTRY, run_limit_ms: 240_000 });
  let expected: string[];

  before(async () => {
    expected = [];
    await engines[0].run(PROGRAM, (line) => expected.push(line));
    for (const wanted of ["result sent", "result failed", "up 1 1 2 3", "heard -77 4 5"])
      assert(
        expected.some((line) => line.endsWith(wanted)),
        `${wanted}\n${expected.join("\n")}`,
      );
  });

  for (const engine of engines.slice(1)) {
    it(`does the same at the same times as on node: ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(PROGRAM, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    }).timeout(300_000);
  }
});
