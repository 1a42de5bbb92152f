/**
 * Torture of cards: every session, its card pulled at every byte, the power cut at every operation of the memory, and
 * what came of it all, as numbers and ids.
 *
 * An id says all there is to know of a combination:
 *   cards:session=top_up:geometry=nrf52-8x4k:seed=1:pull=345:at=3.torn
 *
 *   pull   byte at which the card is pulled in the first presentation, "-" for none; a "+" behind it: the command that
 *          was whole by then has been carried out
 *   at     N.DAMAGE: the power fails in the n-th operation of the memory since the card came, first presentation or
 *          second; off: together with the pull; between: between the presentations; end: after both;
 *          alone, twice: no power cut, judged after the first or the second presentation; run: the run itself failed
 */
import { UserError } from "../scenario/user_error";
import { NVM_GEOMETRIES } from "../twins/nvm_parts";
import { allPulls, createTorture, prepareBase, runPull } from "./run";
import type { CardSessionType } from "./sessions";
import { SESSION_TYPES } from "./sessions";
import type { Pull } from "./stand";

export const SESSION_NAMES: readonly string[] = SESSION_TYPES.map(({ name }) => name);
const FAILURES_MAX = 20;
const SEED_MAX = 2_147_483_646;

export interface CardTortureOptions {
  seed: number;
  sessions: readonly string[];
  geometries: readonly string[];
  /** Every so many bytes a pull; 1 for all. */
  stride: number;
  /** Hears of each session that is over. */
  on_progress?: (text: string, combinations: number) => void;
}

export interface CardFailure {
  id: string;
  invariant: string;
  detail: string;
}

export interface Counted {
  combinations: number;
  violations: number;
}

export interface CardTortureResult extends Counted {
  seed: number;
  combinations_per_s: number;
  wall_ms: number;
  sessions: Record<string, Counted>;
  geometries: Record<string, Counted>;
  /** The first FAILURES_MAX. */
  failures: CardFailure[];
}

function pullText(pull: Pull | undefined): string {
  return pull === undefined ? "-" : `${pull.bytes}${pull.done ? "+" : ""}`;
}

function typeOf(name: string): CardSessionType {
  const type = SESSION_TYPES.find((one) => one.name === name);
  if (type === undefined) {
    throw new UserError(`${name}: there is no such session (they are ${SESSION_NAMES.join(", ")})`);
  }
  return type;
}

function idOf(session: string, geometry: string, seed: number, pull: Pull | undefined, at: string): string {
  return `cards:session=${session}:geometry=${geometry}:seed=${seed}:pull=${pullText(pull)}:at=${at}`;
}

function tortureSession(options: CardTortureOptions, name: string, geometry: string, result: CardTortureResult): void {
  const base = prepareBase(typeOf(name), geometry);
  const torture = createTorture(base, options.seed);
  let violations = 0;
  torture.on_violation = ({ pull, at, invariant, detail }) => {
    violations += 1;
    if (result.failures.length < FAILURES_MAX) {
      result.failures.push({ id: idOf(name, geometry, options.seed, pull, at), invariant, detail });
    }
  };
  runPull(torture, undefined, 0);
  allPulls(base).forEach((pull, index) => {
    if (index % options.stride === 0) runPull(torture, pull, index + 1);
  });
  const of_session = (result.sessions[name] ??= { combinations: 0, violations: 0 });
  const of_geometry = (result.geometries[geometry] ??= { combinations: 0, violations: 0 });
  for (const counted of [result, of_session, of_geometry]) {
    counted.combinations += torture.combinations;
    counted.violations += violations;
  }
}

export function tortureCards(options: CardTortureOptions): CardTortureResult {
  const result: CardTortureResult = {
    seed: options.seed,
    combinations: 0,
    violations: 0,
    combinations_per_s: 0,
    wall_ms: 0,
    sessions: {},
    geometries: {},
    failures: [],
  };
  const begun_ms = performance.now();
  for (const geometry of options.geometries) {
    for (const name of options.sessions) {
      tortureSession(options, name, geometry, result);
      options.on_progress?.(`${name} on ${geometry}`, result.combinations);
    }
  }
  result.wall_ms = Math.round(performance.now() - begun_ms);
  result.combinations_per_s = Math.round((result.combinations * 1000) / Math.max(1, result.wall_ms));
  return result;
}

interface Place {
  session: string;
  geometry: string;
  seed: number;
  pull: string;
  at: string;
}

function readId(id: string): Place {
  const [first, ...parts] = id.split(":");
  const fields = new Map(parts.map((part) => [part.split("=")[0], part.slice(part.indexOf("=") + 1)]));
  const place = {
    session: fields.get("session") ?? "",
    geometry: fields.get("geometry") ?? NVM_GEOMETRIES[0].name,
    seed: Number(fields.get("seed") ?? "1"),
    pull: fields.get("pull") ?? "-",
    at: fields.get("at") ?? "",
  };
  const good =
    first === "cards" &&
    place.at !== "" &&
    /^(-|\d+\+?)$/.test(place.pull) &&
    Number.isInteger(place.seed) &&
    place.seed >= 0 &&
    place.seed <= SEED_MAX &&
    NVM_GEOMETRIES.some(({ name }) => name === place.geometry);
  if (!good)
    throw new UserError(`${id}: not an id of cards (like ${idOf("top_up", "nrf52-8x4k", 1, undefined, "end")})`);
  return place;
}

/** Plays one combination again; a line for each that was judged, the deeper ones of the same place among them. */
export function replayCards(id: string, on_line: (line: string) => void): Counted {
  const place = readId(id);
  const base = prepareBase(typeOf(place.session), place.geometry);
  const torture = createTorture(base, place.seed);
  const counted = { combinations: 0, violations: 0 };
  torture.only_at = place.at;
  torture.on_combination = (at, verdict) => on_line(`${at} ${verdict === "" ? "ok" : verdict}`);
  torture.on_violation = ({ detail }) => {
    counted.violations += 1;
    on_line(`  ${detail}`);
  };
  const pulls = allPulls(base);
  const index = pulls.findIndex((pull) => pullText(pull) === place.pull);
  if (place.pull === "-") runPull(torture, undefined, 0);
  else if (index >= 0) runPull(torture, pulls[index], index + 1);
  counted.combinations = torture.combinations;
  if (counted.combinations === 0) throw new UserError(`${id}: this session has no such combination`);
  return counted;
}
