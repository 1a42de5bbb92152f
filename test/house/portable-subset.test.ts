/**
 * The portable subset is enforced: each rule fires on a file that breaks it, no rule fires on clean code, and the
 * rules hold over exactly the folders that are compiled to Node, Lua and Espruino.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { ESLint, type Linter } from "eslint";

const ROOT = path.resolve(__dirname, "..", "..");
const FOLDER = path.join(__dirname, "breaks");
const FILES = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

interface Report {
  readonly rule: string;
  readonly message: string;
}

/** What the first line of a fixture promises. */
function promised(file: string): Report {
  const first = fs.readFileSync(path.join(FOLDER, file), "utf8").split("\n")[0] ?? "";
  const found = /^\/\/ breaks: (\S+) "(.+)"$/.exec(first);
  assert(found !== null, `${file}: the first line must read // breaks: rule-id "part of the message"`);
  return { rule: found[1] ?? "", message: found[2] ?? "" };
}

describe("portable subset", function () {
  const reports = new Map<string, Report[]>();
  let eslint: ESLint;

  before("lint all fixtures at once", async () => {
    eslint = new ESLint({ cwd: ROOT, ignore: false });
    const results = await eslint.lintFiles([path.join(FOLDER, "*.ts")]);
    for (const { filePath, messages } of results) {
      const own = messages.map(({ ruleId, message }) => ({ rule: ruleId ?? "parser", message }));
      reports.set(path.basename(filePath), own);
    }
  });

  for (const file of FILES.filter((name) => name !== "clean.ts")) {
    it(`refuses ${path.basename(file, ".ts")}`, () => {
      const expected = promised(file);
      const own = reports.get(file) ?? [];
      const fired = own.some(({ rule, message }) => rule === expected.rule && message.includes(expected.message));
      assert(fired, `${expected.rule} "${expected.message}" did not fire; fired: ${JSON.stringify(own, undefined, 2)}`);
    });
  }

  it("accepts clean portable code", () => {
    assert.deepEqual(reports.get("clean.ts"), []);
  });

  it("has a fixture for every portable rule and every restricted syntax", async () => {
    const rules = await portableOnly();
    const fired = [...reports.values()].flat();
    const silent = Object.keys(rules).filter((rule) => !fired.some((one) => one.rule === rule));
    const [, ...syntax] = rules["no-restricted-syntax"] as [string, ...{ message: string }[]];
    const quiet = syntax.filter(({ message }) => !fired.some((one) => one.message === message));
    assert.deepEqual({ silent, quiet }, { silent: [], quiet: [] });
  });

  it("holds over exactly hal, firmware, boards/drivers and sim's bus, desfire, hci, pn532, radio_channel, torture, twins, world", async () => {
    const inside = [
      "hal/a.ts",
      "firmware/a.ts",
      "firmware/credit/a.ts",
      "boards/drivers/a.ts",
      "sim/bus/a.ts",
      "sim/desfire/a.ts",
      "sim/hci/a.ts",
      "sim/pn532/a.ts",
      "sim/radio_channel/a.ts",
      "sim/torture/a.ts",
      "sim/twins/a.ts",
      "sim/world/deep/a.ts",
    ];
    const outside = ["sim/a.ts", "sim/bundle/a.ts", "sim/engines/a.ts", "boards/a.ts", "tools/a.ts", "test/hal/a.ts"];
    for (const file of inside) assert(await holds(file), `${file} is not under the portable subset`);
    for (const file of outside) assert(!(await holds(file)), `${file} is under the portable subset`);
  });

  async function rulesOf(file: string): Promise<Linter.RulesRecord> {
    const config = (await eslint.calculateConfigForFile(path.join(ROOT, file))) as Linter.Config;
    return (config.rules ?? {}) as Linter.RulesRecord;
  }

  async function holds(file: string): Promise<boolean> {
    const rules = await rulesOf(file);
    return "no-restricted-syntax" in rules && "portable/known-members" in rules;
  }

  /** The rules that portable code has and other code has not, or has otherwise. */
  async function portableOnly(): Promise<Linter.RulesRecord> {
    const elsewhere = await rulesOf("tools/a.ts");
    const here = Object.entries(await rulesOf("firmware/a.ts"));
    return Object.fromEntries(here.filter(([rule, set]) => JSON.stringify(set) !== JSON.stringify(elsewhere[rule])));
  }
});
