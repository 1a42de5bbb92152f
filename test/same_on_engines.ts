/**
 * A portable program that must do on every engine what it does on Node: a test for each of them, pending by name where
 * the engine is not on this machine.
 */
import assert from "node:assert/strict";
import { createEngines } from "../sim/engines/engine";

const RUN_LIMIT_MS = 240_000;

export interface SharedProgram {
  /** The TypeScript file with `runProgram`. */
  readonly entry: string;
  readonly program: readonly string[];
  /** What is the same: the name of the tests. */
  readonly promise: string;
  /** Looks at Node's trace: that the program did what the others are to repeat. */
  readonly holds: (trace: readonly string[]) => void;
}

/** Inside a `describe`. */
export function sameOnEngines({ entry, program, promise, holds }: SharedProgram): void {
  const [node, ...others] = createEngines({ entry, run_limit_ms: RUN_LIMIT_MS });
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
