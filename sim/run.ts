/**
 * Runs a scenario on one engine and gathers what came of it from the trace.
 *
 * Everything about the scenario is checked before the engine starts, and a run that does not reach its `end` line is
 * an error, so that nothing half-run is ever reported as a result.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { savedCards } from "./card/saved_cards";
import { EngineError, type Engine } from "./engines/contract";
import { TraceHash } from "./engines/trace";
import { readCardImages } from "./scenario/card_images";
import { compileScenario } from "./scenario/compile";
import { NUMBER_FIELDS, TEXT_FIELDS } from "./scenario/fields";
import { readFlowCsv, type FlowRows } from "./scenario/flow_csv";
import { loadScenario } from "./scenario/load";
import type { Scenario } from "./scenario/schema";
import { timeText } from "./scenario/times";
import { UserError } from "./scenario/user_error";

/** The engine could not carry the run to its end: a crash or an assertion, never a wrong answer. */
export class RunError extends Error {
  readonly exit_code = 1;
}

export interface ScenarioOptions {
  file: string;
  /** Flow CSV instead of the one that the scenario names. */
  flow?: string | undefined;
  /** Seed instead of the scenario's. */
  seed?: number | undefined;
}

export interface PreparedScenario {
  file: string;
  scenario: Scenario;
  flow_file: string | undefined;
  flow: FlowRows | undefined;
  /** The program; each call starts it anew. `save_cards`: it ends with the cards as the run has left them. */
  program(trace: boolean, save_cards?: boolean): Iterable<string>;
}

export interface RunOptions extends ScenarioOptions {
  engine: Engine;
  /** Where the trace is written, if anywhere. */
  trace_file?: string | undefined;
  /** False: only expectations and the end, for speed. */
  trace?: boolean;
  /** Folder into which the cards of image files are saved as the run has left them. */
  save_cards_folder?: string | undefined;
  /** Gets each line of the trace. */
  on_line?: ((line: string) => void) | undefined;
}

export interface ExpectationResult {
  t: number;
  field: string;
  op: "is" | "min" | "max";
  want: string | number;
  got: string | number;
  met: boolean;
}

/** All fields of the view, as the last line of the trace has them. */
export type EndView = Record<(typeof NUMBER_FIELDS)[number], number> & Record<(typeof TEXT_FIELDS)[number], string>;

export interface RunFacts {
  scenario: string;
  engine: string;
  seed: number;
  virtual_s: number;
  wall_ms: number;
  trace_sha256: string;
  trace_lines: number;
  expectations: { met: number; failed: ExpectationResult[] };
}

export type RunResult = RunFacts & EndView;

/** Loads and checks a scenario with its flow. */
export async function prepareScenario(options: ScenarioOptions): Promise<PreparedScenario> {
  const loaded = loadScenario(options.file);
  const scenario = { ...loaded, seed: options.seed ?? loaded.seed };
  const beside = scenario.flow === undefined ? undefined : resolve(dirname(options.file), scenario.flow);
  const flow_file = options.flow ?? beside;
  const flow = flow_file === undefined ? undefined : await readFlowCsv(flow_file);
  const { file } = options;
  const card_images = readCardImages(scenario, file);
  const program = (trace: boolean, save_cards = false) =>
    compileScenario({ scenario, file, flow, flow_file, trace, card_images, save_cards });
  // Compiled once for its checks alone: the lines themselves are made while the engine reads them.
  program(true);
  return { file, scenario, flow_file, flow, program };
}

/** Hash and last words of a trace that passes by line by line. */
class TraceReader {
  readonly hash = new TraceHash();
  readonly expectations: ExpectationResult[] = [];
  readonly card_images: string[] = [];
  end: Record<string, string | number> | undefined;

  /** Takes a line; false when it is no part of the trace but the image of a card, which holds keys. */
  take(line: string): boolean {
    if (line.includes('"event":"card_image"')) {
      this.card_images.push((JSON.parse(line) as { image: string }).image);
      return false;
    }
    this.hash.add(line);
    // Most lines are neither, and parsing every line would cost more than the run.
    if (line.includes('"event":"expect"')) this.expectations.push(JSON.parse(line) as ExpectationResult);
    else if (line.includes('"event":"end"')) this.end = JSON.parse(line) as Record<string, string | number>;
    return true;
  }
}

/** Takes lines to a file that bears its name only when it is whole. */
class TraceFile {
  private readonly descriptor: number;
  private waiting = "";

  constructor(private readonly file: string) {
    try {
      this.descriptor = openSync(`${file}.part`, "w");
    } catch (error) {
      throw new UserError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  take(line: string): void {
    this.waiting += line + "\n";
    if (this.waiting.length > 65_536) this.flush();
  }

  finish(): void {
    this.flush();
    closeSync(this.descriptor);
    renameSync(`${this.file}.part`, this.file);
  }

  discard(): void {
    closeSync(this.descriptor);
    rmSync(`${this.file}.part`, { force: true });
  }

  private flush(): void {
    writeSync(this.descriptor, this.waiting, null, "latin1");
    this.waiting = "";
  }
}

/**
 * Runs a prepared scenario and hands each line of its trace on; throws a RunError when the engine gives up. `on_cards`
 * gets the images of its cards, in hexadecimal, as the run has left them.
 */
export async function runPrepared(
  prepared: PreparedScenario,
  engine: Engine,
  trace: boolean,
  on_line?: (line: string) => void,
  on_cards?: (images: readonly string[]) => void,
): Promise<RunResult> {
  const reader = new TraceReader();
  const begun_ms = performance.now();
  try {
    await engine.run(prepared.program(trace, on_cards !== undefined), (line) => {
      if (reader.take(line)) on_line?.(line);
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new RunError(`${prepared.file}: the run broke off: ${error.message}`);
  }
  const { end } = reader;
  if (end === undefined) {
    throw new RunError(`${prepared.file}: ${engine.name} stopped after ${reader.hash.count()} lines, before the end`);
  }
  on_cards?.(reader.card_images);
  const { t, event: _event, ...view } = end;
  const failed = reader.expectations.filter((expectation) => !expectation.met);
  return {
    scenario: prepared.file,
    engine: engine.name,
    seed: prepared.scenario.seed,
    virtual_s: Number(t) / 1000,
    wall_ms: Math.round(performance.now() - begun_ms),
    trace_sha256: reader.hash.hex(),
    trace_lines: reader.hash.count(),
    expectations: { met: reader.expectations.length - failed.length, failed },
    ...(view as EndView),
  };
}

/** Loads a scenario and runs it on one engine. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  const prepared = await prepareScenario(options);
  const trace = options.trace ?? true;
  const { save_cards_folder, on_line } = options;
  const on_cards =
    save_cards_folder === undefined ? undefined : savedCards(prepared.scenario, options.file, save_cards_folder);
  if (options.trace_file === undefined) return runPrepared(prepared, options.engine, trace, on_line, on_cards);
  const trace_file = new TraceFile(options.trace_file);
  try {
    const take = (line: string): void => {
      trace_file.take(line);
      on_line?.(line);
    };
    const result = await runPrepared(prepared, options.engine, trace, take, on_cards);
    trace_file.finish();
    return result;
  } catch (error) {
    trace_file.discard();
    throw error;
  }
}

/** The one command that replays a run. */
export function replayCommand(options: ScenarioOptions, engine: string): string {
  const words = ["npx curbstop sim run", options.file];
  if (options.flow !== undefined) words.push("--flow", options.flow);
  if (options.seed !== undefined) words.push("--seed", String(options.seed));
  if (engine !== "node") words.push("--engine", engine);
  return words.join(" ");
}

/** A failed expectation in words. */
export function expectationText(expectation: ExpectationResult): string {
  const { t, field, op, want, got } = expectation;
  const wanted = op === "is" ? `is ${want}` : `${op === "min" ? "is at least" : "is at most"} ${want}`;
  return `at ${timeText(t)}: expected that ${field} ${wanted}, but it is ${got}`;
}
