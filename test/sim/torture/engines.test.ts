/**
 * The torture is the same on every engine: each cut gives the same line, with the books that came back. CURBSTOP_LONG=1
 * makes 2,000 cuts on each, which takes Espruino minutes.
 */
import assert from "node:assert/strict";
import type { Engine } from "../../../sim/engines/contract";
import type { TortureJob } from "../../../sim/torture_run";
import { GEOMETRY_NAMES, runJob, runJobs, tortureEngine } from "../../../sim/torture_run";
import { firstDifference } from "../../../sim/engines/trace";
import { programEngines } from "../../same_on_engines";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const LONG_CUTS = 2000;
const CUTS = 500;
/** Espruino runs a thousandth as fast. */
const FEW_CUTS = 100;
/** Small memories of garbage come early, because Espruino has little room for large ones. */
const GARBAGE_EVERY = 8;
const TOKENS_EVERY = 3;
const LIMIT_MS = 1_800_000;

async function linesOf(jobs: readonly TortureJob[], engine?: Engine): Promise<string[]> {
  const lines: string[] = [];
  await runJobs(jobs, engine, (line) => lines.push(line));
  return lines;
}

/** Programs of the first seeds, until they make so many cuts. */
async function jobsOf(cuts: number): Promise<TortureJob[]> {
  const jobs: TortureJob[] = [];
  let made = 0;
  for (let seed = 1; made < cuts; seed++) {
    const geometry = GEOMETRY_NAMES[seed % GEOMETRY_NAMES.length];
    const plain = seed % TOKENS_EVERY === 0 ? "tokens" : "random";
    const mode = seed % GARBAGE_EVERY === 0 ? "garbage" : plain;
    const job: TortureJob = { mode, seed, geometry, cuts_max: cuts - made, say: 1 };
    made += (await runJob(job)).cuts;
    jobs.push(job);
  }
  return jobs;
}

interface Torture {
  readonly jobs: readonly TortureJob[];
  /** What they say on Node. */
  readonly expected: readonly string[];
}

async function tortureOf(cuts: number): Promise<Torture> {
  const jobs = await jobsOf(cuts);
  return { jobs, expected: await linesOf(jobs) };
}

describe("torture on every engine", function () {
  this.timeout(LIMIT_MS);
  const tortures = new Map<number, Torture>();

  for (const shared of programEngines("torture").filter((one) => one.name !== "node" && one.name !== "wasmoon")) {
    const { name } = shared;
    // One of them as the command has it, with a bundle of the torture alone.
    const engine = name === "luajit" ? tortureEngine(name) : shared;
    const cuts = LONG ? LONG_CUTS : name === "espruino" ? FEW_CUTS : CUTS;
    const title = `${cuts} cuts give the same lines on ${name} as on node`;
    const missing = engine.missing();
    if (missing !== undefined) {
      it(`${title} (${missing})`);
      continue;
    }
    it(title, async () => {
      const torture = tortures.get(cuts) ?? (await tortureOf(cuts));
      tortures.set(cuts, torture);
      const { jobs, expected } = torture;
      assert.ok(expected.filter((line) => line.startsWith("cut ")).length >= cuts);
      assert.equal(firstDifference(expected, await linesOf(jobs, engine)), undefined);
    });
  }
});
