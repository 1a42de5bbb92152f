import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerOf } from "./captured_output";

const ROOT = join(__dirname, "..", "..");
const BLOCKS = join(ROOT, "sim", "scenarios", "block-tariff.json");

describe("command line", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-cli-"))));
  after(() => rmSync(folder, { recursive: true }));

  /** The block tariff's scenario with one expectation that cannot be met. */
  function failingScenario(): string {
    const scenario = JSON.parse(readFileSync(BLOCKS, "utf8")) as { expect: object[] };
    scenario.expect.push({ field: "volume_l", is: 501 });
    const file = join(folder, "failing.json");
    writeFileSync(file, JSON.stringify(scenario));
    return file;
  }

  const bad: [string[], RegExp][] = [
    [[], /a command is missing/],
    [["sim"], /a command is missing/],
    [["sing"], /unknown command 'sing' \(Did you mean sim\?\)/],
    [["sim", "rnu"], /unknown command 'rnu'/],
    [["sim", "run"], /missing required argument 'file'/],
    [["sim", "parity"], /missing required argument 'files'/],
    [["sim", "run", "x.json", "y.json"], /too many arguments/],
    [["sim", "run", "x.json", "--bogus"], /unknown option '--bogus'/],
    [["sim", "run", "x.json", "--seed", "1.5"], /a seed is a whole number/],
    [["sim", "run", "x.json", "--seed", "2147483648"], /a seed is a whole number, 0 to 2147483647/],
    [["sim", "run", "x.json", "--engine", "perl"], /the engines are node, lua5\.3/],
    [["sim", "run", "no-such-file.json", "--json"], /no-such-file\.json: there is no such file/],
    [["sim", "run", ROOT], /this is a folder, not a file/],
    [["sim", "run", BLOCKS, "--trace", "/no/such/folder/x"], /cannot be written \(ENOENT\)/],
    [["sim", "parity", "--json", BLOCKS, "no-such-file.json"], /no-such-file\.json: there is no such file/],
    [["bench", "--only", "abacus"], /the benches are node/],
    [["demo", "--speed", "0"], /a speed is a number/],
    [["demo", "no-such-file.json"], /there is no such file/],
    [["card"], /a command is missing/],
    [["card", "top-up", "--amount", "much"], /an amount is a number of currency units/],
  ];
  for (const [words, message] of bad) {
    it(`answers \`curbstop ${words.join(" ")}\` with one line and exit code 2`, async () => {
      const { exit_code, out, err } = await answerOf(...words);
      assert.equal(exit_code, 2);
      assert.equal(out, "");
      assert.match(err, message);
      assert.match(err, /^curbstop: [^\n]+\n$/);
    });
  }

  for (const command of ["sim run", "sim parity", "sim life", "sim card", "sim schema", "demo", "bench"]) {
    it(`\`curbstop ${command} --help\` shows examples`, async () => {
      const { exit_code, out, err } = await answerOf(...command.split(" "), "--help");
      assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
      assert.match(out, new RegExp(`Examples:\\n {2}curbstop ${command}`));
    });
  }

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    assert.deepEqual(await answerOf("--version"), { exit_code: 0, out: `${version}\n`, err: "" });
  });

  it("exits like this when it is a process of its own", () => {
    const script = join(ROOT, "tools", "bin", "curbstop.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "sing"], { encoding: "utf8" });
    assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
    assert.match(stderr, /^curbstop: unknown command 'sing'[^\n]*\n$/);
  });

  const lean: [string[], string[]][] = [
    [["--help"], ["smartcard", "zod", "typescript-to-lua", "rollup", "terser", "wasmoon", "cli-progress"]],
    [
      ["sim", "run", BLOCKS],
      ["typescript-to-lua", "rollup", "terser", "wasmoon"],
    ],
    [
      ["demo", BLOCKS],
      ["typescript-to-lua", "rollup", "terser", "wasmoon"],
    ],
  ];
  for (const [words, packages] of lean) {
    it(`\`curbstop ${words[0]} ${words[1] ?? ""}\` starts without ${packages.join(", ")}`, () => {
      const script = join(ROOT, "tools", "bin", "curbstop.js");
      const code = `process.on("exit", () => console.error(Object.keys(require.cache).join("\\n"))); require(process.argv[1])`;
      const run = spawnSync(process.execPath, ["-e", code, script, ...words], { encoding: "utf8" });
      assert.equal(run.status, 0);
      assert.match(run.stderr, /node_modules\/commander\//);
      for (const name of packages) assert.equal(run.stderr.includes(`node_modules/${name}/`), false, name);
    });
  }

  it("`sim run --json` prints one object with every field of the result", async () => {
    const { exit_code, out, err } = await answerOf("sim", "run", BLOCKS, "--json");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const result = JSON.parse(out) as Record<string, unknown>;
    assert.equal(result["scenario"], BLOCKS);
    assert.equal(result["engine"], "node");
    assert.equal(result["volume_l"], 500);
    assert.equal(result["charged_milli"], 106_018);
    assert.equal(result["balance_milli"], 893_982);
    assert.equal(result["valve"], "open");
    assert.equal(result["virtual_s"], 39_600);
    assert.equal(typeof result["wall_ms"], "number");
    assert.match(String(result["trace_sha256"]), /^[0-9a-f]{64}$/);
    assert.deepEqual(result["expectations"], { met: 12, failed: [] });
  });

  it("a failed expectation prints itself and the one command that replays it, exit code 1", async () => {
    const file = failingScenario();
    const { exit_code, out, err } = await answerOf("sim", "run", file, "--seed", "7", "--json");
    assert.equal(exit_code, 1);
    assert.equal((JSON.parse(out) as { seed: number }).seed, 7);
    const [failure, replay] = err.trim().split("\n");
    assert.equal(failure, `curbstop: ${file}: at 11:00:00: expected that volume_l is 501, but it is 500`);
    assert.equal(replay, `curbstop: replay with: npx curbstop sim run ${file} --seed 7`);
  });

  it("`sim run` names line and field of a flow CSV that is wrong, and prints no result", async () => {
    const flow = join(folder, "flow.csv");
    writeFileSync(flow, "epoch_s,flow_ml\n1551427376,27\n1551427377,1.5\n");
    const scenario = join(ROOT, "sim", "scenarios", "replay.json");
    const { exit_code, out, err } = await answerOf("sim", "run", scenario, "--flow", flow, "--json");
    assert.deepEqual({ exit_code, out }, { exit_code: 2, out: "" });
    assert.equal(err, `curbstop: ${flow}:3: flow_ml: must be a whole number (got "1.5")\n`);
  });

  it("`demo` without a terminal prints a plain summary and exits 0", async () => {
    const { exit_code, out, err } = await answerOf("demo", join(ROOT, "sim", "scenarios", "week.json"));
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    // No escape sequence, whatever the terminal of the test is.
    assert.equal(out.includes("\x1b"), false);
    for (const word of ["water", "charged", "credited", "balance", "valve", "supply cut"])
      assert.match(out, new RegExp(word));
  });
});
