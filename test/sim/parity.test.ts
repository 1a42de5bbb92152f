/**
 * Every scenario gives the same trace on every engine. The Lua interpreters are installed by the test set-up and
 * wasmoon by npm, so they always run; Espruino is reported as pending where it is not installed.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import { ENGINES, engineByName } from "../../sim/engines/engine";
import { compareEngines } from "../../sim/parity";
import { prepareScenario } from "../../sim/run";

const SCENARIOS = join(ROOT, "sim", "scenarios");
const NODE = engineByName("node");
/** The longest scenario takes Espruino some twenty seconds on a busy machine. */
const LIMIT_MS = 300_000;

const files = readdirSync(SCENARIOS)
  .filter((name) => name.endsWith(".json"))
  .map((name) => relative(process.cwd(), join(SCENARIOS, name)));

describe("parity", function () {
  this.timeout(LIMIT_MS);

  for (const engine of ENGINES.filter((one) => one !== NODE)) {
    describe(engine.name, () => {
      const missing = engine.missing();
      for (const file of files) {
        const title = `${file} gives the same trace on ${engine.name} as on node`;
        if (missing !== undefined) {
          it(`${title} (${missing})`);
          continue;
        }
        it(title, async () => {
          const prepared = await prepareScenario({ file });
          const { result, differences } = await compareEngines(prepared, [NODE, engine], () => undefined);
          assert.deepEqual(differences, []);
          assert.deepEqual(
            result.engines.map((one) => one.error),
            [undefined, undefined],
          );
          assert.ok(result.equal);
        });
      }
    });
  }
});
