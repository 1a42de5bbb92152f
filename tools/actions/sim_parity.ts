/**
 * What `curbstop sim parity` does: scenarios on every engine, traces compared byte by byte.
 */
import type { EngineName } from "../../sim/engines/contract";
import { ENGINES, engineByName, type Engine } from "../../sim/engines/engine";
import { compareEngines, type Difference, type EngineHash, type ParityReport } from "../../sim/parity";
import { prepareScenario, type PreparedScenario } from "../../sim/run";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";

/** The engines of these names, or all. */
export function chosenEngines(names: readonly EngineName[] | undefined): readonly Engine[] {
  return names?.map((name) => engineByName(name)) ?? ENGINES;
}

/** Digits of a hash that tell two traces apart at a glance; --json has them all. */
const HASH_DIGITS = 16;

function engineCell(hash: EngineHash, reference_sha256: string | undefined): string {
  if (hash.pending !== undefined) return "pending";
  if (hash.error !== undefined) return "broke off";
  return hash.trace_sha256 === reference_sha256 ? "equal" : "DIFFERS";
}

function parityTable(reports: readonly ParityReport[], engines: readonly Engine[]): string {
  const rows = reports.map(({ result }) => {
    const reference_sha256 = result.engines.find((hash) => hash.trace_sha256 !== undefined)?.trace_sha256;
    const cells = result.engines.map((hash) => engineCell(hash, reference_sha256));
    return [result.scenario, (reference_sha256 ?? "-").slice(0, HASH_DIGITS), ...cells];
  });
  return table([["scenario", "sha256", ...engines.map((engine) => engine.name)], ...rows]);
}

function differenceText(file: string, difference: Difference): string {
  const { engine, reference, line, text, reference_text } = difference;
  const shown = (trace_line: string | undefined) => trace_line ?? "(its trace has ended)";
  const width = Math.max(engine.length, reference.length);
  return (
    `${file}: ${engine} differs from ${reference} at trace line ${line}\n` +
    `  ${reference.padEnd(width)}  ${shown(reference_text)}\n` +
    `  ${engine.padEnd(width)}  ${shown(text)}\n`
  );
}

/** Compares scenarios on the engines given; all files are checked before the first runs. */
export async function simParity(
  files: readonly string[],
  engines: readonly Engine[],
  json: boolean,
  context: Context,
): Promise<void> {
  const { output } = context;
  const prepared: PreparedScenario[] = [];
  for (const file of files) prepared.push(await prepareScenario({ file }));
  const progress = createProgress(output);
  const reports: ParityReport[] = [];
  const runs = engines.filter((engine) => engine.missing() === undefined).length;
  progress.start(prepared.length * runs, 0, { doing: "" });
  try {
    for (const scenario of prepared) {
      progress.update({ doing: scenario.file });
      reports.push(
        await compareEngines(scenario, engines, (engine) => {
          progress.increment(1, { doing: `${scenario.file}: ${engine}` });
        }),
      );
    }
  } finally {
    progress.stop();
  }
  if (json) {
    const results = reports.map(({ result }) => result);
    output.out(JSON.stringify(results.length === 1 ? results[0] : results, null, 2) + "\n");
  } else {
    output.out(parityTable(reports, engines));
    for (const engine of engines) {
      const missing = engine.missing();
      if (missing !== undefined) output.out(`${engine.name} is pending: ${missing}\n`);
    }
  }
  reportProblems(reports, context);
}

function reportProblems(reports: readonly ParityReport[], context: Context): void {
  for (const { result, differences } of reports) {
    for (const hash of result.engines) if (hash.error !== undefined) context.output.err(`curbstop: ${hash.error}\n`);
    for (const difference of differences) context.output.err(differenceText(result.scenario, difference));
    if (!result.equal) context.exit_code = EXIT_NO;
  }
}
