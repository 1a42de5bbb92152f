/**
 * Runs tortures (sim/torture) over scenarios and random programs, on any engine, and gathers what came of them.
 *
 * A failure has an id that says all there is to know of it, and nothing else is needed to run it again:
 *   journal:scenario=NAME:cut=417:kind=torn:geometry=nor-8x4k
 *   journal:seed=0x1f2e:cut=417:geometry=nor-8x4k
 *   journal:tokens=0x1f2e:cut=417:geometry=nor-8x4k
 *   journal:garbage=0x1f2e:cut=417:geometry=nor-8x4k
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bundle/project";
import type { Engine, EngineName } from "./engines/engine";
import { createEngines } from "./engines/engine";
import { prepareScenario } from "./run";
import { loadScenario } from "./scenario/load";
import type { Scenario } from "./scenario/schema";
import { UserError } from "./scenario/user_error";
import { toldLine, toldTokens } from "./told_tokens";
import { runPlan } from "./torture/main";
import type { TortureMode } from "./torture/plan";
import { NVM_GEOMETRIES } from "./twins/nvm_parts";

export const TORTURE_ENTRY = join(__dirname, "torture", "main.ts");
export const SCENARIO_FOLDER = join(ROOT, "sim", "scenarios");
export const GEOMETRY_NAMES: readonly string[] = NVM_GEOMETRIES.map(({ name }) => name);

/** One run of the portable torture. */
export interface TortureJob {
  mode: TortureMode;
  seed: number;
  geometry: string;
  /** File of the scenario; only for "exhaustive". */
  scenario?: string | undefined;
  cuts_max: number;
  only_cut?: number;
  only_kind?: string;
  /** 0 violations and the end, 1 every cut, 2 every cut in full. */
  say?: 0 | 1 | 2;
}

export interface Failure {
  id: string;
  invariant: string;
  depth: number;
}

export interface JobResult {
  cuts: number;
  /** Programs and erases of the main run's memory. */
  operations: number;
  violations: number;
  /** The first FAILURES_MAX of them. */
  failures: Failure[];
}

const FAILURES_MAX = 20;
const CUTS_UNLIMITED = 1_000_000_000;

export function seedText(seed: number): string {
  return `0x${seed.toString(16)}`;
}

/** The scenarios of sim/scenarios that are cut exhaustively. */
export function torturedScenarios(): string[] {
  const names = readdirSync(SCENARIO_FOLDER).filter((name) => name.endsWith(".json"));
  const files = names.sort().map((name) => join(SCENARIO_FOLDER, name));
  return files.filter((file) => untoldOf(loadScenario(file)) === "");
}

/** A scenario as ids call it: its name when it is one of sim/scenarios, else its path. */
export function scenarioName(file: string): string {
  const found = /(?:^|\/)sim\/scenarios\/([^/]+)\.json$/.exec(file);
  return found === null ? file : found[1];
}

function failureId(job: TortureJob, cut: string, kind: string): string {
  const geometry = `geometry=${job.geometry}`;
  if (job.mode === "exhaustive") {
    const seed = job.seed === 1 ? "" : `:seed=${seedText(job.seed)}`;
    return `journal:scenario=${scenarioName(job.scenario ?? "")}:cut=${cut}:kind=${kind}:${geometry}${seed}`;
  }
  const name = job.mode === "random" ? "seed" : job.mode;
  return `journal:${name}=${seedText(job.seed)}:cut=${cut}:${geometry}`;
}

/** The lines of the plan, and of the program behind it. */
async function jobLines(job: TortureJob): Promise<Iterable<string>> {
  const plan = [
    "torture 1",
    `mode ${job.mode}`,
    `seed ${job.seed}`,
    `part ${job.geometry}`,
    `cuts ${job.cuts_max}`,
    `only ${job.only_cut ?? 0} ${job.only_kind ?? "-"}`,
    `say ${job.say ?? 0}`,
  ];
  if (job.mode !== "exhaustive") return [...plan, "go"];
  const prepared = await prepareScenario({ file: job.scenario ?? "" });
  const untold = untoldOf(prepared.scenario);
  if (untold !== "") {
    throw new UserError(`${prepared.file}: its ${untold} brings what this torture is not told of (leave it out)`);
  }
  return joined([...plan, ...toldTokens(prepared).map(toldLine), "go"], prepared.program(false));
}

/** What of a scenario brings credit or tariffs that the model is not told of; "" when nothing does. */
function untoldOf(scenario: Scenario): "card" | "radio" | "" {
  if (scenario.steps.some(({ card }) => typeof card?.in === "object")) return "card";
  // Without radio keys a meter takes nothing of what it hears.
  const { meter, steps } = scenario;
  return meter.radio !== undefined && steps.some(({ radio }) => radio !== undefined) ? "radio" : "";
}

function* joined(first: Iterable<string>, second: Iterable<string>): Iterable<string> {
  yield* first;
  yield* second;
}

/** Runs in this process, where a fault can be caught and the run goes on. */
function runHere(lines: Iterable<string>, on_line: (line: string) => void): void {
  const iterator = lines[Symbol.iterator]();
  const attempt = (action: () => void): string => {
    try {
      action();
      return "";
    } catch (error) {
      return error instanceof Error ? error.message.split("\n")[0] : String(error);
    }
  };
  const host = { read_line: () => iterator.next().value as string | undefined, write_line: on_line };
  const thrown = attempt(() => runPlan(host, attempt));
  if (thrown !== "") {
    on_line(`violation 0 none 0 the_run_itself: ${thrown}`);
    on_line("end 0 1 0");
  }
}

/** The engine of that name with the torture as its program. */
export function tortureEngine(name: EngineName): Engine {
  const found = createEngines({ entry: TORTURE_ENTRY }).find((engine) => engine.name === name);
  if (found === undefined) throw new UserError(`there is no engine ${name}`);
  return found;
}

/** Runs jobs one after another, on another engine in one process; `on_line` hears every line of the answers. */
export async function runJobs(
  jobs: readonly TortureJob[],
  engine?: Engine,
  on_line?: (line: string) => void,
): Promise<JobResult[]> {
  const results: JobResult[] = [];
  let result: JobResult = { cuts: 0, operations: 0, violations: 0, failures: [] };
  const take = (line: string): void => {
    on_line?.(line);
    const job = jobs[results.length];
    const [word, ...rest] = line.split(" ");
    if (word === "violation") {
      const [cut, kind, depth, ...invariant] = rest;
      const failure = { id: failureId(job, cut, kind), invariant: invariant.join(" "), depth: Number(depth) };
      if (result.failures.length < FAILURES_MAX) result.failures.push(failure);
    } else if (word === "end") {
      [result.cuts, result.violations, result.operations] = rest.map(Number);
      results.push(result);
      result = { cuts: 0, operations: 0, violations: 0, failures: [] };
    }
  };
  const here = engine === undefined || engine.name === "node";
  const lines: string[] = [];
  for (const job of jobs) {
    if (here) runHere(await jobLines(job), take);
    else lines.push(...(await jobLines(job)));
  }
  if (!here) await engine.run(lines, take);
  return results;
}

/** Runs one job. */
export async function runJob(job: TortureJob, engine?: Engine, on_line?: (line: string) => void): Promise<JobResult> {
  const [result] = await runJobs([job], engine, on_line);
  return result;
}

export interface TortureOptions {
  /** Files, each cut at every operation in every way. */
  scenarios: readonly string[];
  /** Random cuts, and contents of garbage among them. */
  random_cuts: number;
  seed: number;
  geometries: readonly string[];
  engine?: Engine | undefined;
  /** Hears of each job that has ended, with what there is so far. */
  on_progress?: (text: string, cuts: number) => void;
}

export interface TortureResult {
  seed: number;
  cuts: number;
  violations: number;
  cuts_per_s: number;
  wall_ms: number;
  geometries: Record<string, { cuts: number; violations: number }>;
  scenarios: { scenario: string; operations: number; cuts: number; violations: number }[];
  random: { programs: number; cuts: number; violations: number };
  failures: Failure[];
}

/** Every twentieth random program has its memory filled with garbage instead of being cut. */
const GARBAGE_EVERY = 20;
/** Every third keys in tokens. */
const TOKENS_EVERY = 3;
const PROGRAMS_AT_ONCE = 12;
const SEED_MODULUS = 2_147_483_647;

function add(result: TortureResult, geometry: string, done: JobResult): void {
  const own = (result.geometries[geometry] ??= { cuts: 0, violations: 0 });
  own.cuts += done.cuts;
  own.violations += done.violations;
  result.cuts += done.cuts;
  result.violations += done.violations;
  result.failures.push(...done.failures.slice(0, FAILURES_MAX - result.failures.length));
}

async function tortureScenarios(options: TortureOptions, result: TortureResult): Promise<void> {
  for (const scenario of options.scenarios) {
    const row = { scenario: scenarioName(scenario), operations: 0, cuts: 0, violations: 0 };
    result.scenarios.push(row);
    for (const geometry of options.geometries) {
      const job: TortureJob = { mode: "exhaustive", seed: options.seed, geometry, scenario, cuts_max: CUTS_UNLIMITED };
      const done = await runJob(job, options.engine);
      add(result, geometry, done);
      row.operations += done.operations;
      row.cuts += done.cuts;
      row.violations += done.violations;
      options.on_progress?.(`${row.scenario} on ${geometry}`, result.cuts);
    }
  }
}

function randomMode(number: number): TortureMode {
  if (number % GARBAGE_EVERY === GARBAGE_EVERY - 1) return "garbage";
  return number % TOKENS_EVERY === 0 ? "tokens" : "random";
}

function randomJob(options: TortureOptions, number: number, cuts_max: number): TortureJob {
  return {
    mode: randomMode(number),
    seed: (options.seed + number) % SEED_MODULUS,
    geometry: options.geometries[number % options.geometries.length],
    cuts_max,
  };
}

async function tortureRandomly(options: TortureOptions, result: TortureResult): Promise<void> {
  const { random } = result;
  // To start an engine's process takes longer than a program: several go into one.
  const at_once = options.engine === undefined || options.engine.name === "node" ? 1 : PROGRAMS_AT_ONCE;
  for (let number = 0; random.cuts < options.random_cuts; number += at_once) {
    const cuts_max = Math.ceil((options.random_cuts - random.cuts) / at_once);
    const jobs = Array.from({ length: at_once }, (_, index) => randomJob(options, number + index, cuts_max));
    const results = await runJobs(jobs, options.engine);
    results.forEach((done, index) => {
      add(result, jobs[index].geometry, done);
      random.programs += 1;
      random.cuts += done.cuts;
      random.violations += done.violations;
    });
    options.on_progress?.(`random program ${seedText(jobs[0].seed)} on ${jobs[0].geometry}`, result.cuts);
  }
}

/** Cuts scenarios and random programs. Memory stays bounded whatever the number of cuts. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const result: TortureResult = {
    seed: options.seed,
    cuts: 0,
    violations: 0,
    cuts_per_s: 0,
    wall_ms: 0,
    geometries: {},
    scenarios: [],
    random: { programs: 0, cuts: 0, violations: 0 },
    failures: [],
  };
  const begun_ms = performance.now();
  await tortureScenarios(options, result);
  await tortureRandomly(options, result);
  result.wall_ms = Math.round(performance.now() - begun_ms);
  result.cuts_per_s = Math.round((result.cuts * 1000) / Math.max(1, result.wall_ms));
  return result;
}

const MODES_OF_ID = [
  ["scenario", "exhaustive"],
  ["garbage", "garbage"],
  ["tokens", "tokens"],
] as const;
const KINDS = ["none", "whole", "torn", "unstable", "disturbed"];

function readSeed(text: string): number {
  const seed = Number(text);
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) && seed < SEED_MODULUS ? seed : Number.NaN;
}

/** The job of an id; throws a UserError when it is none. */
export function parseId(id: string): TortureJob {
  const [first, ...parts] = id.split(":");
  const fields = new Map(parts.map((part) => [part.split("=")[0], part.slice(part.indexOf("=") + 1)]));
  const mode = MODES_OF_ID.find(([name]) => fields.has(name))?.[1] ?? "random";
  const geometry = fields.get("geometry") ?? GEOMETRY_NAMES[0];
  const only_cut = Number(fields.get("cut"));
  const seed = readSeed(
    fields.get(mode === "garbage" || mode === "tokens" ? mode : "seed") ?? (mode === "exhaustive" ? "1" : ""),
  );
  const only_kind = fields.get("kind") ?? "-";
  const good =
    first === "journal" &&
    Number.isInteger(only_cut) &&
    only_cut > 0 &&
    Number.isInteger(seed) &&
    GEOMETRY_NAMES.includes(geometry) &&
    (only_kind === "-" || KINDS.includes(only_kind));
  if (!good) {
    throw new UserError(`${id}: not an id of a cut (like journal:seed=0x1f2e:cut=417:geometry=${GEOMETRY_NAMES[0]})`);
  }
  const name = fields.get("scenario");
  const scenario = name === undefined || name.includes("/") ? name : join(SCENARIO_FOLDER, `${name}.json`);
  return { mode, seed, geometry, scenario, cuts_max: CUTS_UNLIMITED, only_cut, only_kind, say: 2 };
}
