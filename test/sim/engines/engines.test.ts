import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleLua } from "../../../sim/bundle/lua";
import { createEngines, ENGINES, engineByName, EngineError, type Engine } from "../../../sim/engines/engine";
import { firstDifference, traceSha256 } from "../../../sim/engines/trace";
import { runOnFengari } from "./fengari";

const SAMPLE = join(__dirname, "sample", "main.ts");
const PROGRAM = [
  "integers 60",
  "closures 6",
  "strings and more",
  "records 12",
  "lists 300",
  "",
  "nothing known",
  "bulk 5",
];
const BULK_LINES = 10_000;
const PROGRAM_LINES = 20_000;

const engines = createEngines({ entry: SAMPLE });

async function traceOf(engine: Engine, program: Iterable<string>): Promise<string[]> {
  const lines: string[] = [];
  await engine.run(program, (line) => lines.push(line));
  return lines;
}

/** The test of one engine: pending, and named with what is missing, where the engine is. */
function itOn(engine: Engine, promise: string, test: (engine: Engine) => Promise<void>): void {
  const missing = engine.missing();
  if (missing === undefined) it(`${engine.name}: ${promise}`, () => test(engine));
  else it(`${engine.name}: ${promise} (${missing})`);
}

describe("engines", function () {
  let expected: string[];

  before(async () => {
    expected = await traceOf(engines[0], PROGRAM);
  });

  it("are node, three Luas, wasmoon and Espruino, each found by name", () => {
    const names = ["node", "lua5.3", "lua5.4", "luajit", "wasmoon", "espruino"];
    assert.deepEqual(
      ENGINES.map((engine) => engine.name),
      names,
    );
    for (const name of names) assert.equal(engineByName(name)?.name, name);
    assert.equal(engineByName("lua5.0"), undefined);
  });

  it("node counts exactly to 2^53 in the sample", () => {
    assert(expected.includes('{"at":1551394800000,"largest":9007199254740991}'), expected.join("\n"));
  });

  for (const engine of engines) {
    itOn(engine, "writes the same trace as node", async () => {
      const trace = await traceOf(engine, PROGRAM);
      assert.equal(firstDifference(expected, trace), undefined);
      assert.equal(traceSha256(trace), traceSha256(expected));
    });

    itOn(engine, "rejects when the program throws, with what it said", async () => {
      const lines: string[] = [];
      const run = engine.run(["integers 1", "throw"], (line) => lines.push(line));
      await assert.rejects(run, (error: unknown) => {
        assert(error instanceof EngineError);
        assert.equal(error.engine, engine.name);
        assert.match(error.message, new RegExp(`^${engine.name}: .*assertion failed: the sample was told to throw`));
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
      assert.equal(lines.length, 7, "the lines before the throw arrive");
    });

    itOn(engine, "rejects with the listener's own error when the listener throws", async () => {
      const run = engine.run(["integers 1"], () => {
        throw new Error("the listener is full");
      });
      await assert.rejects(run, /^Error: the listener is full$/);
    });

    itOn(engine, `takes a program of ${PROGRAM_LINES} lines and writes ${BULK_LINES}`, async () => {
      const program = [...Array.from({ length: PROGRAM_LINES }, () => "skip"), `bulk ${BULK_LINES}`];
      const trace = await traceOf(engine, program);
      assert.equal(trace.length, BULK_LINES + 1);
      assert.equal(trace[trace.length - 2], `{"at":1551394800000,"bulk":${BULK_LINES - 1}}`);
    });
  }

  for (const engine of createEngines({ entry: SAMPLE, run_limit_ms: 300 }).filter(
    (one) => one.name !== "node" && one.name !== "wasmoon",
  )) {
    itOn(engine, "is killed when it runs past its limit", async () => {
      const run = engine.run(["bulk 100000000"], () => undefined);
      await assert.rejects(run, new EngineError(engine.name, "did not end within 0.3 s (killed)"));
    });

    itOn(engine, "refuses a program with a line break inside a line", async () => {
      await assert.rejects(traceOf(engine, ["bulk 1", "bulk\n2"]), /line 2 of the program holds a line break/);
    });
  }

  it("fengari, whose integers have 32 bits, cannot run the sample: the proxy shows the hazard", () => {
    const { trace, fault } = runOnFengari(bundleLua(SAMPLE, "5.3"), PROGRAM);
    assert.match(fault ?? "none", /number has no integer representation/);
    assert.deepEqual(trace, []);
  });
});
