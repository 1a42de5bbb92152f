/**
 * Random programs give the same trace on every engine; CURBSTOP_LONG=1 runs more of them, CURBSTOP_SEED=n only seed n.
 * Scenarios go where people thought of going; these go elsewhere.
 */
import assert from "node:assert/strict";
import type { Engine } from "../../sim/engines/engine";
import { ENGINES, engineByName } from "../../sim/engines/engine";
import { firstDifference } from "../../sim/engines/trace";
import { randomProgram } from "../firmware/random_programs";

const NODE = engineByName("node");
const ONE_SEED = process.env["CURBSTOP_SEED"];
const LONG = process.env["CURBSTOP_LONG"] === "1";
/** Programs with traces of some hundred lines, which Espruino runs in under a second each. */
const SHORT_SEEDS = [1, 8, 12, 16, 21, 28];
const LONG_SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);
const SEEDS = ONE_SEED === undefined ? (LONG ? LONG_SEEDS : SHORT_SEEDS) : [Number(ONE_SEED)];
const LIMIT_MS = 1_200_000;

async function traceOf(engine: Engine, seed: number): Promise<string[]> {
  const lines: string[] = [];
  await engine.run(randomProgram(seed, true).lines, (line) => lines.push(line));
  return lines;
}

describe("parity of random programs", function () {
  this.timeout(LIMIT_MS);
  const expected = new Map<number, string[]>();

  before(async () => {
    for (const seed of SEEDS) expected.set(seed, await traceOf(NODE, seed));
  });

  for (const engine of ENGINES.filter((one) => one !== NODE)) {
    const title = `${SEEDS.length} random programs give the same traces on ${engine.name} as on node`;
    const missing = engine.missing();
    if (missing !== undefined) {
      it(`${title} (${missing})`);
      continue;
    }
    it(title, async () => {
      for (const seed of SEEDS) {
        const difference = firstDifference(expected.get(seed) ?? [], await traceOf(engine, seed));
        const replay = `CURBSTOP_SEED=${seed} npx mocha test/sim/random_parity.test.ts`;
        assert.equal(difference, undefined, `seed ${seed}: ${JSON.stringify(difference)}\nreplay: ${replay}`);
      }
    });
  }
});
