import assert from "node:assert/strict";
import { join } from "node:path";
import { EngineError, type Engine, type EngineName } from "../../sim/engines/contract";
import { engineByName } from "../../sim/engines/engine";
import { simParity } from "../../tools/actions/sim_parity";
import type { Context } from "../../tools/context";
import { CapturedOutput } from "./captured_output";

const SCENARIOS = join(__dirname, "..", "..", "sim", "scenarios");
const FILE = join(SCENARIOS, "month-change-dst.json");

function nodeEngine(): Engine {
  return engineByName("node");
}

/** Node under another name, with its trace changed line by line; undefined leaves a line out. */
function alteredEngine(name: EngineName, alter: (line: string, number: number) => string | undefined): Engine {
  return {
    name,
    missing: () => undefined,
    run: (program, on_line) => {
      let number = 0;
      return nodeEngine().run(program, (line) => {
        const altered = alter(line, ++number);
        if (altered !== undefined) on_line(altered);
      });
    },
  };
}

const missing: Engine = { name: "espruino", missing: () => "it is not on PATH", run: () => Promise.resolve() };

async function parity(engines: Engine[], json: boolean, files = [FILE]) {
  const output = new CapturedOutput();
  const context: Context = { output, exit_code: 0 };
  await simParity(files, engines, json, context);
  return { exit_code: context.exit_code, out: output.out_text, err: output.err_text };
}

describe("sim parity", () => {
  it("prints {scenario, engines: [{engine, trace_sha256 | pending}], equal} for one file", async () => {
    const same = alteredEngine("lua5.4", (line) => line);
    const { exit_code, out, err } = await parity([nodeEngine(), same, missing], true);
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    const result = JSON.parse(out) as { engines: { trace_sha256: string }[] };
    const { trace_sha256 } = result.engines[0];
    assert.match(trace_sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(result, {
      scenario: FILE,
      engines: [
        { engine: "node", trace_sha256 },
        { engine: "lua5.4", trace_sha256 },
        { engine: "espruino", pending: "it is not on PATH" },
      ],
      equal: true,
    });
  });

  it("prints a list of them for many files", async () => {
    const { out } = await parity([nodeEngine()], true, [FILE, join(SCENARIOS, "emergency.json")]);
    const results = JSON.parse(out) as { equal: boolean }[];
    assert.deepEqual(
      results.map(({ equal }) => equal),
      [true, true],
    );
  });

  it("prints the first differing line of each engine and exits 1", async () => {
    const other = alteredEngine("luajit", (line, number) => (number >= 5 ? `${line} ` : line));
    const { exit_code, out, err } = await parity([nodeEngine(), other, missing], false);
    assert.equal(exit_code, 1);
    assert.match(out, /DIFFERS/);
    assert.match(out, /espruino is pending: it is not on PATH/);
    const [head, node_line, luajit_line, ...rest] = err.split("\n");
    assert.equal(head, `${FILE}: luajit differs from node at trace line 5`);
    assert.match(node_line, /^ {2}node {4}\{"t":.*\}$/);
    assert.equal(luajit_line, `${node_line.replace("node  ", "luajit")} `);
    assert.deepEqual(rest, [""]);
  });

  it("says so when one trace ends before the other", async () => {
    const twice = alteredEngine("lua5.3", (line) => (line.includes('"expect"') ? undefined : line));
    const { exit_code, err } = await parity([nodeEngine(), twice], false);
    assert.equal(exit_code, 1);
    assert.match(err, /lua5\.3 differs from node at trace line/);
  });

  it("an engine that breaks off is not equal, and its message is told", async () => {
    const broken: Engine = {
      name: "wasmoon",
      missing: () => undefined,
      run: () => Promise.reject(new EngineError("wasmoon", "out of memory")),
    };
    const { exit_code, out, err } = await parity([nodeEngine(), broken], true);
    assert.equal(exit_code, 1);
    assert.equal((JSON.parse(out) as { equal: boolean }).equal, false);
    assert.match(err, /the run broke off: wasmoon: out of memory/);
  });
});
