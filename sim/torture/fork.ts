/**
 * Fork: what becomes of a meter whose power was cut here. A copy of its memory, torn as power cuts tear, is put into a
 * fresh meter on a dock; that meter recovers, starts and runs for some seconds; the model judges it; it is thrown away.
 *
 * A recovery can itself be cut at one of its own operations, and that recovery again: the states that it passed through
 * are put on the model's trail meanwhile.
 */
import type { Meter } from "../../firmware/state";
import { start, takeCredit } from "../../firmware/index";
import { onKey } from "../../firmware/token/keypad";
import type { NvmOperation, NvmTwin } from "../twins/nvm";
import { cloneNvm } from "../twins/nvm";
import type { NvmDamage } from "../twins/nvm_damage";
import { NVM_DAMAGES, damage } from "../twins/nvm_damage";
import { truePosition } from "../twins/valve";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import { readBooks } from "./books";
import type { Dock, Surroundings } from "./dock";
import { bootOn, passOn, surround } from "./dock";
import type { Observation } from "./invariants";
import { judge } from "./invariants";
import type { Model, Passed } from "./model";
import { beginBranch, endBranch, findPassed, observe } from "./model";

/** A valve has two tries in this time, for either direction; a slow one is not judged. */
const TRIES = 2;
const MARGIN_MS = 2000;
/** Longer than the search for an OpenPAYGO number. */
const SEARCH_MS = 7000;
/** Cuts within one another: the first, and as many recoveries of recoveries. */
export const DEPTH_MAX = 3;
/** An operation of a recovery at which it is cut; most have six to twelve. */
const OPERATION_MAX = 14;

/** What came of a cut. */
export interface Outcome {
  /** "" when all holds, or the name of the invariant that does not. */
  broken: string;
  kind: NvmDamage;
  /** 0 for the cut of the main run, 1 for that of its recovery. */
  depth: number;
  observation: Observation | undefined;
  passed: Passed | undefined;
  /** Its log and state, for a report. */
  meter: Meter | undefined;
}

/** What all forks of a run share. */
export interface Forks {
  model: Model;
  docks: Dock[];
  /** Recoveries that were judged. */
  cuts: number;
  /** Told of each outcome, innermost first. */
  on_outcome: (outcome: Outcome) => void;
}

/** What a cut comes to when the meter does not boot. */
export function createOutcome(kind: NvmDamage, depth: number): Outcome {
  return {
    broken: "boots_on_anything",
    kind: kind,
    depth: depth,
    observation: undefined,
    passed: undefined,
    meter: undefined,
  };
}

/** What is seen of a meter that has booted and not been started. */
export function lookFirst(meter: Meter, dock: Dock): Observation {
  const valve = dock.valve;
  const books: number[] = [];
  readBooks(books, meter);
  return {
    storage: meter.keeper.storage,
    books: books,
    later: books,
    tariff: meter.account.tariff,
    pending: meter.account.pending,
    shut: false,
    valve: "",
    valve_whole: !valve.stuck && !valve.slow && !valve.lying,
    no_lifeline: dock.settings.lifeline === "none",
    retried: [],
    answer: "",
  };
}

/** What is seen of it once it has run for some seconds. */
export function lookLater(seen: Observation, meter: Meter, dock: Dock): void {
  const later: number[] = [];
  readBooks(later, meter);
  seen.later = later;
  seen.shut = meter.supervisor.wanted === "close";
  seen.valve = truePosition(dock.valve);
}

/** Keys a token in, and waits for an OpenPAYGO number to be found. */
function keyAgain(meter: Meter, dock: Dock, digits: string): void {
  const keys = digits + "#";
  for (let i = 0; i < keys.length; i++) {
    onKey(meter, keys.substring(i, i + 1));
  }
  if (meter.tokens.search !== undefined) {
    passOn(dock, SEARCH_MS);
  }
}

/** Hands the voucher or token in flight in once more, as its owner would. */
function retry(model: Model, seen: Observation, meter: Meter, dock: Dock): void {
  const token = model.flight_token;
  const able = meter.keeper.storage === "ok" && !meter.reasons.not_commissioned;
  if (!able || !model.in_flight || (token === undefined && model.flight_sequence === 0)) {
    return;
  }
  if (token === undefined) {
    takeCredit(meter, { sequence: model.flight_sequence, amount_milli: model.flight_milli });
  } else {
    keyAgain(meter, dock, token.digits);
    seen.answer = meter.tokens.last_result;
  }
  const books: number[] = [];
  readBooks(books, meter);
  seen.retried = books;
}

/** A recovery that will be cut: the states that it passes through until then. */
interface Recovery {
  depth: number;
  nvm: NvmTwin;
  numbers: RandomNumbers;
  /** The operation at which it is cut. */
  at: number;
  states: number[][];
}

/** Cuts the recovery at this operation. */
function cutAgain(forks: Forks, recovery: Recovery, passed: Passed, operation: NvmOperation): void {
  const model = forks.model;
  const depth = recovery.depth;
  const numbers = recovery.numbers;
  const branch = beginBranch(model, passed);
  for (const books of recovery.states) {
    observe(model, books);
  }
  const kind = NVM_DAMAGES[randomBelow(numbers, NVM_DAMAGES.length)];
  const inner = cloneNvm(recovery.nvm);
  damage(inner, operation, kind, numbers);
  const deeper = depth + 2 < DEPTH_MAX && randomBelow(numbers, 2) === 0;
  recoverFork(forks, depth + 1, forks.docks[depth], inner, kind, numbers, deeper);
  endBranch(model, branch);
}

/** Looks at every operation of a recovery, and cuts it at one of them. */
function watchRecovery(forks: Forks, recovery: Recovery, meter: Meter, passed: Passed): void {
  recovery.nvm.before = function (operation) {
    if (operation.number <= recovery.at) {
      const books: number[] = [];
      readBooks(books, meter);
      recovery.states.push(books);
      if (operation.number === recovery.at) {
        cutAgain(forks, recovery, passed, operation);
      }
    }
  };
}

/**
 * Recovers a meter from a memory and judges it; its outcome goes to `on_outcome`. `again`: the recovery is cut as well,
 * at an operation drawn from the numbers.
 */
export function recoverFork(
  forks: Forks,
  depth: number,
  from: Surroundings,
  nvm: NvmTwin,
  kind: NvmDamage,
  numbers: RandomNumbers,
  again: boolean,
): void {
  const dock = forks.docks[depth];
  const outcome = createOutcome(kind, depth);
  forks.cuts += 1;
  surround(dock, from);
  const meter = bootOn(dock, nvm);
  if (meter !== undefined) {
    const seen = lookFirst(meter, dock);
    outcome.observation = seen;
    outcome.passed = findPassed(forks.model, seen.books);
    outcome.meter = meter;
    if (again && outcome.passed !== undefined) {
      const at = nvm.operations + 1 + randomBelow(numbers, OPERATION_MAX);
      const recovery = { depth: depth, nvm: nvm, numbers: numbers, at: at, states: [] };
      watchRecovery(forks, recovery, meter, outcome.passed);
    }
    start(meter);
    passOn(dock, TRIES * (dock.valve.travel_ms + MARGIN_MS));
    if (meter.supervisor.phase === "moving") {
      // Something that came late, such as the end of friendly hours, has just set it going.
      passOn(dock, TRIES * (dock.valve.travel_ms + MARGIN_MS));
    }
    lookLater(seen, meter, dock);
    retry(forks.model, seen, meter, dock);
    outcome.broken = judge(forks.model, seen, outcome.passed);
  }
  forks.on_outcome(outcome);
}
