/** The form in which boards get a Lua program runs every scenario as Node does. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../../sim/bundle/project";
import { engineByName } from "../../../sim/engines/engine";
import { createLuaEngine } from "../../../sim/engines/lua";
import { compareEngines } from "../../../sim/parity";
import { prepareScenario } from "../../../sim/run";

const SCENARIOS = join(ROOT, "sim", "scenarios");
const WORLD = join(ROOT, "sim", "world", "main.ts");

describe("a Lua bundle in pieces", function () {
  const pieces = createLuaEngine("lua5.3", "5.3", { entry: WORLD, run_limit_ms: 240_000 }, true);
  const missing = pieces.missing();

  for (const name of readdirSync(SCENARIOS).filter((one) => one.endsWith(".json"))) {
    const title = `runs ${name} as node does`;
    if (missing !== undefined) {
      it(`${title} (${missing})`);
      continue;
    }
    it(title, async () => {
      const prepared = await prepareScenario({ file: relative(process.cwd(), join(SCENARIOS, name)) });
      const { result, differences } = await compareEngines(prepared, [engineByName("node"), pieces], () => undefined);
      assert.deepEqual(differences, []);
      assert.ok(result.equal, result.engines.map((one) => one.error).join());
    });
  }
});
