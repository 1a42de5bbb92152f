/**
 * Parity: one scenario on many engines, and whether their traces are the same byte for byte.
 *
 * The first engine that runs is the reference. Its trace is kept, so that another engine's first differing line is
 * known the moment it comes, without a second run.
 */
import type { Engine } from "./engines/engine";
import { RunError, runPrepared, type PreparedScenario } from "./run";

/** Engines that run at once: the machines this runs on have two cores. */
const PARALLEL_RUNS = 2;

export interface EngineHash {
  engine: string;
  trace_sha256?: string;
  /** Why the engine did not run: it is not installed here. */
  pending?: string;
  /** Why the engine did not finish. */
  error?: string;
}

export interface Difference {
  engine: string;
  reference: string;
  /** 1-based number of the first line that differs. */
  line: number;
  /** What each of them has there, undefined after its end. */
  text: string | undefined;
  reference_text: string | undefined;
}

export interface ParityResult {
  scenario: string;
  engines: EngineHash[];
  equal: boolean;
}

export interface ParityReport {
  result: ParityResult;
  differences: Difference[];
}

interface Outcome {
  hash: EngineHash;
  difference: Difference | undefined;
}

async function runReference(prepared: PreparedScenario, engine: Engine, lines: string[]): Promise<EngineHash> {
  const { trace_sha256 } = await runPrepared(prepared, engine, true, (line) => lines.push(line));
  return { engine: engine.name, trace_sha256 };
}

async function runAgainst(
  prepared: PreparedScenario,
  engine: Engine,
  reference: string,
  lines: readonly string[],
): Promise<Outcome> {
  let count = 0;
  let difference: Difference | undefined;
  const differ = (text: string | undefined) => {
    const reference_text = lines[count - 1];
    difference ??= { engine: engine.name, reference, line: count, text, reference_text };
  };
  const compare = (line: string) => {
    count++;
    if (difference === undefined && line !== lines[count - 1]) differ(line);
  };
  try {
    const { trace_sha256 } = await runPrepared(prepared, engine, true, compare);
    if (count < lines.length) {
      count++;
      differ(undefined);
    }
    return { hash: { engine: engine.name, trace_sha256 }, difference };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { hash: { engine: engine.name, error: error.message }, difference };
  }
}

/** Calls `work` for each item, at most PARALLEL_RUNS at once; results in the order of the items. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_RUNS }, worker));
  return results;
}

/** Runs a scenario on all engines; `on_done` hears of each engine that has finished. */
export async function compareEngines(
  prepared: PreparedScenario,
  engines: readonly Engine[],
  on_done: (engine: string) => void,
): Promise<ParityReport> {
  const missing = new Map(engines.map((engine) => [engine, engine.missing()]));
  const [first, ...others] = engines.filter((engine) => missing.get(engine) === undefined);
  const lines: string[] = [];
  const outcomes = new Map<Engine, Outcome>();
  if (first !== undefined) {
    outcomes.set(first, { hash: await runReference(prepared, first, lines), difference: undefined });
    on_done(first.name);
    const results = await inParallel(others, async (engine) => {
      const outcome = await runAgainst(prepared, engine, first.name, lines);
      on_done(engine.name);
      return outcome;
    });
    others.forEach((engine, index) => outcomes.set(engine, results[index]));
  }
  const hashes = engines.map(
    (engine): EngineHash => outcomes.get(engine)?.hash ?? { engine: engine.name, pending: missing.get(engine) ?? "" },
  );
  const reference_sha256 = first === undefined ? undefined : outcomes.get(first)?.hash.trace_sha256;
  const ran = hashes.filter((hash) => hash.pending === undefined);
  return {
    result: {
      scenario: prepared.file,
      engines: hashes,
      equal: ran.length > 0 && ran.every((hash) => hash.trace_sha256 === reference_sha256),
    },
    differences: [...outcomes.values()].flatMap(({ difference }) => difference ?? []),
  };
}
