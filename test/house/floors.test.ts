/**
 * The floors hold: a small house is built in a temporary folder, with one import that breaks each rule beside imports
 * that are allowed, and dependency-cruiser must name exactly the bad ones.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..", "..");

/** File -> what it imports. The last part of a bad file's name is the rule that it breaks. */
const HOUSE: Record<string, string[]> = {
  "hal/valve.ts": [],
  "hal/up.hal-imports-only-hal.ts": ["../firmware/meter"],
  "firmware/meter.ts": ["../hal/valve"],
  "firmware/up.firmware-imports-only-hal.ts": ["../sim/runner"],
  "firmware/credit/up.firmware-imports-only-hal.ts": ["../../boards/board"],
  "firmware/node.portable-imports-no-package.ts": ["node:fs"],
  "firmware/npm.portable-imports-no-package.ts": ["zod"],
  "boards/board.ts": ["../firmware/meter", "../hal/valve", "node:fs"],
  "boards/drivers/driver.ts": ["../../hal/valve", "../../firmware/meter"],
  "boards/drivers/side.drivers-know-no-engine.ts": ["../board"],
  "boards/drivers/node.portable-imports-no-package.ts": ["node:fs"],
  "boards/side.boards-import-no-sim-no-tools.ts": ["../sim/runner"],
  "boards/up.boards-import-no-sim-no-tools.ts": ["../tools/cli"],
  "sim/runner.ts": ["./twins/valve", "./world/world", "../firmware/meter", "node:fs", "zod"],
  "sim/side.sim-imports-no-boards-no-tools.ts": ["../boards/board"],
  "sim/up.sim-imports-no-boards-no-tools.ts": ["../tools/cli"],
  "sim/bus/chip.ts": ["../world/world", "../../firmware/meter"],
  "sim/bus/out.twins-and-world-import-only-portable.ts": ["../runner"],
  "sim/pn532/chip.ts": ["../world/world", "../../firmware/meter"],
  "sim/pn532/out.twins-and-world-import-only-portable.ts": ["../runner"],
  "sim/twins/valve.ts": ["../../hal/valve"],
  "sim/twins/out.twins-and-world-import-only-portable.ts": ["../runner"],
  "sim/twins/npm.portable-imports-no-package.ts": ["zod"],
  "sim/desfire/card.ts": ["../twins/valve", "../../hal/valve"],
  "sim/desfire/out.twins-and-world-import-only-portable.ts": ["../runner"],
  "sim/desfire/node.portable-imports-no-package.ts": ["node:fs"],
  "sim/world/world.ts": ["../twins/valve", "../../firmware/meter"],
  "sim/world/out.twins-and-world-import-only-portable.ts": ["../runner"],
  "sim/world/node.portable-imports-no-package.ts": ["fs"],
  "tools/cli.ts": ["../sim/runner", "../boards/board", "zod", "node:path"],
  "tools/up.tools-import-no-tests.ts": ["../test/helper"],
  "tools/lost.no-unresolvable.ts": ["./nowhere"],
  "tools/circle.no-circular.ts": ["./other"],
  "tools/other.ts": ["./circle.no-circular"],
  "test/helper.ts": [],
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

function build(folder: string): void {
  for (const [file, imports] of Object.entries(HOUSE)) {
    const lines = imports.map(
      (one, index) => `import * as part${index} from "${one}";\nexport const use${index} = part${index};\n`,
    );
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), lines.join("") + "export const own = 1;\n");
  }
  fs.mkdirSync(path.join(folder, "node_modules", "zod"), { recursive: true });
  fs.writeFileSync(path.join(folder, "node_modules", "zod", "index.js"), "exports.z = 1;\n");
  const own = { name: "house", version: "1.0.0", dependencies: { zod: "*" } };
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(own));
  for (const name of ["tsconfig.json", ".dependency-cruiser.js"])
    fs.copyFileSync(path.join(ROOT, name), path.join(folder, name));
}

/** Runs dependency-cruiser over the house; its rules' names by file. */
function cruise(folder: string): Map<string, Set<string>> {
  const program = path.join(ROOT, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const tops = ["hal", "firmware", "boards", "sim", "tools", "test"];
  const args = [program, "--config", ".dependency-cruiser.js", "--output-type", "json", ...tops];
  const done = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const { summary } = JSON.parse(done.stdout) as { summary: { violations: Violation[] } };
  const found = new Map<string, Set<string>>();
  for (const { from, rule } of summary.violations) found.set(from, (found.get(from) ?? new Set()).add(rule.name));
  return found;
}

describe("floors of the house", function () {
  let found = new Map<string, Set<string>>();
  let folder = "";

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "curbstop-floors-"));
    build(folder);
    found = cruise(folder);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const file of Object.keys(HOUSE)) {
    const [, rule] = path.basename(file, ".ts").split(".");
    const promise = rule === undefined ? `allows what ${file} imports` : `refuses ${file}`;
    it(promise, () => assert.deepEqual([...(found.get(file) ?? [])], rule === undefined ? [] : [rule]));
  }

  it("has a bad import for every rule", () => {
    const config = createRequire(__filename)(path.join(ROOT, ".dependency-cruiser.js")) as {
      forbidden: { name: string }[];
    };
    const names = config.forbidden.map(({ name }) => name);
    const broken = new Set([...found.values()].flatMap((rules) => [...rules]));
    assert.deepEqual(
      names.filter((name) => !broken.has(name)),
      [],
    );
  });
});
