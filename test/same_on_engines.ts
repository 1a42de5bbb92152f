/**
 * A portable program that must do on every engine what it does on Node: a test for each of them, pending by name where
 * the engine is not on this machine.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { createEngines, type Engine } from "../sim/engines/engine";

const RUN_LIMIT_MS = 600_000;
/** For those who run one of the programs by other means than an engine. */
export const ENTRY = join(__dirname, "engine_programs.ts");

export interface SharedProgram {
  /** As engine_programs.ts names it. */
  readonly name: string;
  readonly program: readonly string[];
  /** What is the same: the name of the tests. */
  readonly promise: string;
  /** Looks at Node's trace: that the program did what the others are to repeat. */
  readonly holds: (trace: readonly string[]) => void;
}

/** Every engine for one of engine_programs.ts; a run's lines are that program's own. */
export function programEngines(name: string): readonly Engine[] {
  return createEngines({ entry: ENTRY, run_limit_ms: RUN_LIMIT_MS }).map((engine) => ({
    ...engine,
    run: (program, on_line) => engine.run([name, ...program], on_line),
  }));
}

/** Inside a `describe`. */
export function sameOnEngines({ name, program, promise, holds }: SharedProgram): void {
  const [node, ...others] = programEngines(name);
  const traceOn = async (engine: typeof node): Promise<string[]> => {
    const trace: string[] = [];
    await engine.run([...program], (line) => trace.push(line));
    return trace;
  };
  let expected: string[];

  before("on node", async () => {
    expected = await traceOn(node);
    holds(expected);
  });

  for (const engine of others) {
    const missing = engine.missing();
    const title = `${promise} as on node: ${engine.name}`;
    if (missing !== undefined) {
      it(`${title} (${missing})`);
      continue;
    }
    it(title, async () => {
      assert.deepEqual(await traceOn(engine), expected);
    }).timeout(2 * RUN_LIMIT_MS);
  }
}
