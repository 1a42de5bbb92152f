/**
 * What `curbstop sim torture` does: power cuts over scenarios and random programs, and what came of them.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Engine, EngineName } from "../../sim/engines/engine";
import { UserError } from "../../sim/scenario/user_error";
import {
  GEOMETRY_NAMES,
  SCENARIO_FOLDER,
  torturedScenarios,
  parseId,
  runJob,
  torture,
  tortureEngine,
  type TortureResult,
} from "../../sim/torture_run";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";
import { simReplayCards, simTortureCards } from "./sim_torture_cards";

export interface SimTortureOptions {
  cards?: boolean;
  session?: string[];
  exhaustive?: boolean;
  cuts?: number;
  seed?: number;
  geometry?: string[];
  replay?: string;
  engine?: EngineName;
  json?: boolean;
}

/** Random cuts of a run that asks for nothing in particular. */
const MIX_CUTS = 20_000;
const DEFAULT_SEED = 1;

function installedEngine(name: EngineName | undefined): Engine | undefined {
  if (name === undefined) return undefined;
  const engine = tortureEngine(name);
  const missing = engine.missing();
  if (missing !== undefined) throw new UserError(`${name} is not here: ${missing}`);
  return engine;
}

function chosenGeometries(names: readonly string[] | undefined): readonly string[] {
  if (names === undefined || names.includes("all")) return GEOMETRY_NAMES;
  for (const name of names) {
    if (!GEOMETRY_NAMES.includes(name)) {
      throw new UserError(`${name}: there is no such geometry (they are ${GEOMETRY_NAMES.join(", ")}, or all)`);
    }
  }
  return [...new Set(names)];
}

/** Files of scenarios: as given, or by their names; all when none is named. */
function scenarioFiles(words: readonly string[]): string[] {
  if (words.length === 0) return torturedScenarios();
  return words.map((word) => {
    const named = join(SCENARIO_FOLDER, `${word}.json`);
    return !existsSync(word) && existsSync(named) ? named : word;
  });
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function summary(result: TortureResult): string {
  const scenarios = result.scenarios.map((row) => [
    row.scenario,
    number(row.operations).padStart(10),
    number(row.cuts).padStart(10),
    number(row.violations).padStart(10),
  ]);
  const { random } = result;
  if (random.programs > 0) {
    const name = `random (${number(random.programs)} programs)`;
    scenarios.push([name, "", number(random.cuts).padStart(10), number(random.violations).padStart(10)]);
  }
  const head = ["scenario", "operations", "cuts".padStart(10), "violations"];
  const parts = Object.entries(result.geometries).map(([name, { cuts, violations }]) => [
    name,
    number(cuts).padStart(12),
    number(violations).padStart(10),
  ]);
  return (
    table([head, ...scenarios]) +
    "\n" +
    table([["geometry", "cuts".padStart(12), "violations"], ...parts]) +
    `\n${number(result.cuts)} cuts, ${number(result.violations)} violations, ` +
    `${number(result.cuts_per_s)} cuts/s, seed ${result.seed}\n`
  );
}

async function replay(id: string, engine: Engine | undefined, json: boolean, context: Context): Promise<void> {
  const { output } = context;
  const lines: string[] = [];
  const result = await runJob(parseId(id), engine, (line) => lines.push(line));
  if (result.cuts === 0) throw new UserError(`${id}: this run has no such cut`);
  output.out(json ? JSON.stringify(result, null, 2) + "\n" : lines.join("\n") + "\n");
  if (result.violations > 0) context.exit_code = EXIT_NO;
}

function merged(first: TortureResult, second: TortureResult): TortureResult {
  const geometries = structuredClone(first.geometries);
  for (const [name, { cuts, violations }] of Object.entries(second.geometries)) {
    const own = (geometries[name] ??= { cuts: 0, violations: 0 });
    own.cuts += cuts;
    own.violations += violations;
  }
  const wall_ms = first.wall_ms + second.wall_ms;
  const cuts = first.cuts + second.cuts;
  return {
    seed: first.seed,
    cuts,
    violations: first.violations + second.violations,
    cuts_per_s: Math.round((cuts * 1000) / Math.max(1, wall_ms)),
    wall_ms,
    geometries,
    scenarios: first.scenarios,
    random: second.random,
    failures: [...first.failures, ...second.failures],
  };
}

/** Cards have sessions in place of scenarios, and all of their cuts are made. */
function tortureOfCards(scenarios: readonly string[], options: SimTortureOptions, context: Context): void {
  const foreign = options.exhaustive === true || options.cuts !== undefined || options.engine !== undefined;
  if (scenarios.length > 0 || foreign) {
    throw new UserError("--cards has sessions: use it with --session, --geometry, --seed and --json alone");
  }
  const geometries = options.geometry === undefined ? GEOMETRY_NAMES.slice(0, 1) : chosenGeometries(options.geometry);
  const { seed = DEFAULT_SEED, json = false, session } = options;
  simTortureCards({ geometries, seed, json, ...(session === undefined ? {} : { session }) }, context);
}

export async function simTorture(
  scenarios: readonly string[],
  options: SimTortureOptions,
  context: Context,
): Promise<void> {
  const { output } = context;
  if (options.replay?.startsWith("cards:") === true) {
    return simReplayCards(options.replay, options.json === true, context);
  }
  if (options.cards === true) return tortureOfCards(scenarios, options, context);
  if (options.session !== undefined) throw new UserError("sessions are those of cards: add --cards");
  const engine = installedEngine(options.engine);
  if (options.replay !== undefined) return replay(options.replay, engine, options.json === true, context);
  const geometries = chosenGeometries(options.geometry);
  const mix = options.exhaustive !== true && options.cuts === undefined;
  const exhaustive = mix || options.exhaustive === true;
  if (!exhaustive && scenarios.length > 0) throw new UserError("scenarios are cut exhaustively: add --exhaustive");
  const seed = options.seed ?? DEFAULT_SEED;
  const files = exhaustive ? scenarioFiles(scenarios) : [];
  const random_cuts = options.cuts ?? (mix ? MIX_CUTS : 0);
  const few = mix && options.geometry === undefined ? geometries.slice(0, 1) : geometries;
  const progress = createProgress(output);
  let done = 0;
  progress.start(files.length * few.length + (random_cuts > 0 ? 1 : 0), 0, { doing: "" });
  const on_progress = (doing: string, cuts: number): void => {
    done += 1;
    progress.update(Math.min(done, files.length * few.length), { doing: `${number(cuts)} cuts, ${doing}` });
  };
  let result: TortureResult;
  try {
    const first = await torture({ scenarios: files, random_cuts: 0, seed, geometries: few, engine, on_progress });
    const second = await torture({ scenarios: [], random_cuts, seed, geometries, engine, on_progress });
    result = merged(first, second);
  } finally {
    progress.stop();
  }
  output.out(options.json === true ? JSON.stringify(result, null, 2) + "\n" : summary(result));
  for (const { id, invariant } of result.failures) output.err(`curbstop: ${invariant}: ${id}\n`);
  if (result.violations > 0) {
    output.err(`curbstop: replay with: npx curbstop sim torture --replay ${result.failures[0]?.id ?? "ID"}\n`);
    context.exit_code = EXIT_NO;
  }
}
