import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError, type Engine } from "../../sim/engines/contract";
import { engineByName } from "../../sim/engines/engine";
import { traceSha256 } from "../../sim/engines/trace";
import { RunError, expectationText, runScenario } from "../../sim/run";

const SCENARIOS = join(__dirname, "..", "..", "sim", "scenarios");
const FILE = join(SCENARIOS, "emergency.json");

function nodeEngine(): Engine {
  return engineByName("node");
}

function brokenEngine(run: Engine["run"]): Engine {
  return { name: "node", missing: () => undefined, run };
}

describe("scenarios", () => {
  const files = readdirSync(SCENARIOS).filter((file) => file.endsWith(".json"));
  for (const file of files) {
    it(`${file}: every expectation is met`, async () => {
      const { expectations } = await runScenario({ file: join(SCENARIOS, file), engine: nodeEngine() });
      assert.deepEqual(expectations.failed.map(expectationText), []);
      assert.ok(expectations.met > 0, "a scenario expects something");
    });
  }
});

describe("sim run", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-run-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("writes a trace whose hash is the one reported, the same each time", async () => {
    const trace_file = join(folder, "trace");
    const first = await runScenario({ file: FILE, engine: nodeEngine(), trace_file });
    const second = await runScenario({ file: FILE, engine: nodeEngine() });
    const lines = readFileSync(trace_file, "latin1").split("\n").slice(0, -1);
    assert.equal(lines.length, first.trace_lines);
    assert.equal(traceSha256(lines), first.trace_sha256);
    assert.equal(second.trace_sha256, first.trace_sha256);
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { t: unknown }).t, "number");
  });

  it("the seed changes a household's water, and a run without trace has the same books", async () => {
    const file = join(SCENARIOS, "week.json");
    const one = await runScenario({ file, engine: nodeEngine() });
    const untraced = await runScenario({ file, engine: nodeEngine(), trace: false });
    const other = await runScenario({ file, engine: nodeEngine(), seed: 2, trace: false });
    assert.equal(untraced.volume_l, one.volume_l);
    assert.equal(untraced.balance_milli, one.balance_milli);
    assert.ok(untraced.trace_lines < one.trace_lines);
    assert.notEqual(other.volume_l, one.volume_l);
  });

  it("reports nothing of a run that broke off, and leaves no trace file", async () => {
    const trace_file = join(folder, "broken");
    const engine = brokenEngine((_program, on_line) => {
      on_line('{"t":0,"event":"start"}');
      return Promise.reject(new EngineError("node", "out of memory"));
    });
    await assert.rejects(runScenario({ file: FILE, engine, trace_file }), (error: Error) => {
      assert.ok(error instanceof RunError);
      assert.equal(error.exit_code, 1);
      assert.match(error.message, /emergency\.json: the run broke off: node: out of memory$/);
      return true;
    });
    assert.equal(existsSync(trace_file) || existsSync(`${trace_file}.part`), false);
  });

  it("reports nothing of a run that stopped before its end line", async () => {
    const engine = brokenEngine((_program, on_line) => {
      on_line('{"t":0,"event":"start"}');
      return Promise.resolve();
    });
    await assert.rejects(runScenario({ file: FILE, engine }), /stopped after 1 lines, before the end/);
  });
});
