/**
 * Every scenario gives the same trace on every engine. The Lua interpreters are installed by the test set-up and
 * wasmoon by npm, so they always run; Espruino is reported as pending where it is not installed.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import { ENGINES, engineByName } from "../../sim/engines/engine";
import { compareEngines, type ParityReport } from "../../sim/parity";
import { prepareScenario } from "../../sim/run";

const SCENARIOS = join(ROOT, "sim", "scenarios");
const NODE = engineByName("node");

const files = readdirSync(SCENARIOS)
  .filter((name) => name.endsWith(".json"))
  .map((name) => relative(process.cwd(), join(SCENARIOS, name)));

const reports = new Map<string, Promise<ParityReport>>();

/** A scenario is run once on each engine, when the first of them is asked for. */
function reportOf(file: string): Promise<ParityReport> {
  const known = reports.get(file);
  if (known !== undefined) return known;
  const made = prepareScenario({ file }).then((prepared) => compareEngines(prepared, ENGINES, () => undefined));
  reports.set(file, made);
  return made;
}

describe("parity", function () {
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
          const { result, differences } = await reportOf(file);
          const [reference, ...others] = result.engines;
          assert.deepEqual([reference?.engine, reference?.error], [NODE.name, undefined]);
          assert.deepEqual(
            differences.filter((one) => one.engine === engine.name),
            [],
          );
          const own = others.find((one) => one.engine === engine.name);
          assert.ok(own !== undefined && own.error === undefined && own.pending === undefined, own?.error);
          assert.ok(own.trace_sha256 !== undefined && own.trace_sha256 === reference?.trace_sha256);
        });
      }
    });
  }
});
