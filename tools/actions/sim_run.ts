/**
 * What `curbstop sim run` does: one scenario on one engine, and what came of it.
 */
import type { EngineName } from "../../sim/engines/contract";
import { engineByName, type Engine } from "../../sim/engines/engine";
import { expectationText, replayCommand, runScenario, type RunResult } from "../../sim/run";
import { timeText } from "../../sim/scenario/times";
import { UserError } from "../../sim/scenario/user_error";
import { EXIT_NO, type Context } from "../context";
import { moneyText } from "../money";
import { table } from "../output";
import { Books, runChart } from "../run_chart";

export interface SimRunOptions {
  flow?: string;
  engine?: EngineName;
  seed?: number;
  trace?: string;
  saveCards?: string;
  bundle?: string;
  json?: boolean;
}

/** Refuses an engine that is not installed, with the reason. */
function installedEngine(name: EngineName): Engine {
  const engine = engineByName(name);
  const missing = engine.missing();
  if (missing !== undefined) throw new UserError(`${name} is not here: ${missing}`);
  return engine;
}

function summary(result: RunResult): string {
  const { expectations, wall_ms, trace_lines, trace_sha256 } = result;
  const failed = expectations.failed.length;
  return table([
    ["scenario", result.scenario],
    ["engine", `${result.engine}, seed ${result.seed}`],
    ["volume", `${result.volume_l} l (reverse ${result.reverse_l} l)`],
    ["charged", `${moneyText(result.charged_milli)} (standing ${moneyText(result.standing_milli)})`],
    ["credited", moneyText(result.credited_milli)],
    ["balance", `${moneyText(result.balance_milli)} (owed for emergency credit ${moneyText(result.debt_milli)})`],
    ["cards", `last ${result.card}, voucher ${result.voucher_sequence}`],
    ["valve", `${result.valve} (shut by ${result.shut_by})`],
    ["events", `${result.events}, alarms ${result.alarms}, last ${result.last_event}`],
    ["time", `${timeText(result.virtual_s * 1000)} in ${wall_ms} ms`],
    ["trace", `${trace_lines} lines, sha256 ${trace_sha256}`],
    ["expected", `${expectations.met} met, ${failed} failed`],
  ]);
}

export async function simRun(file: string, options: SimRunOptions, context: Context): Promise<void> {
  const { output } = context;
  const engine = installedEngine(options.engine ?? "node");
  const { flow, seed, trace: trace_file, saveCards: save_cards_folder } = options;
  const books = new Books();
  const is_watched = output.tty && options.json !== true;
  const on_line = is_watched ? (line: string) => books.take(line) : undefined;
  const result = await runScenario({ file, flow, seed, engine, trace_file, save_cards_folder, on_line });
  output.out(options.json === true ? JSON.stringify(result, null, 2) + "\n" : summary(result));
  if (options.bundle !== undefined) {
    const { saveBundle } = await import("./sim_bundle");
    await saveBundle(options.bundle, { file, flow, seed });
  }
  if (is_watched) {
    output.out(runChart(books.all(), result.virtual_s * 1000, output.size().columns, output.colors));
  }
  const { failed } = result.expectations;
  for (const expectation of failed) output.err(`curbstop: ${file}: ${expectationText(expectation)}\n`);
  if (failed.length > 0) {
    output.err(`curbstop: replay with: ${replayCommand({ file, flow, seed }, engine.name)}\n`);
    context.exit_code = EXIT_NO;
  }
}
