/**
 * Run: one session with its card pulled at one byte or not at all, and at every operation of the memory a fork of it in
 * which the power fails as well.
 *
 *   main run   the meter boots on a copy of the base, the card comes and is pulled; then it is presented again without a
 *              fault; both times every operation of the memory is forked with every damage
 *   fork       copies of memory and card go on aside: the power is gone, the card has lost its field; the meter boots,
 *              sometimes to be cut again in its recovery; the card is presented, sometimes to be pulled once more; and
 *              then presented without a fault
 *
 * A main run that is judged and each fork count as a combination. All that varies is drawn from the seed, the pull and
 * the place of the cut, so that one combination can be run again alone.
 */
import { takeCredit } from "../../firmware/index";
import type { DesfireCard } from "../desfire/card";
import { cloneCard, fieldLost } from "../desfire/card";
import type { Surroundings } from "../torture/dock";
import { bootOn, passOn, surround } from "../torture/dock";
import { chance, numbersOf } from "../torture/numbers";
import { FILE_READ_BACK } from "../../firmware/card/files";
import type { NvmOperation, NvmTwin } from "../twins/nvm";
import { cloneNvm, createNvmTwin } from "../twins/nvm";
import { NVM_DAMAGES, damage } from "../twins/nvm_damage";
import { nvmGeometry } from "../twins/nvm_parts";
import { createRandomTwin } from "../twins/random";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import type { Begun, Fault } from "./judge";
import { changes, judgeBeeps, judgeBetween, judgeEnd, judgeStanding } from "./judge";
import { fileOf } from "./made_cards";
import type { CardSessionType } from "./sessions";
import { FIRST_TARIFF, SETTINGS, START_UTC_S } from "./sessions";
import type { Pull, Stand } from "./stand";
import { createStand, freshSurroundings, letValveMove, powerUp, present } from "./stand";
import type { Standing } from "./standing";
import { sameStanding, standingOf } from "./standing";

/** Operations of a recovery among which it is cut again; most have six to twelve. */
const RECOVERY_OPERATIONS = 14;
/** Forks whose recovery is cut again, and whose next presentation is pulled. */
const AGAIN_PERMILLE = 300;
const PULLED_PERMILLE = 300;
/** Commits before the session, so that its own fall at every place of a sector. */
const FILL_MAX = 30;
/** After four hours what is not urgent is kept (firmware/keeping.ts); one main run in so many waits for it. */
const HOURS_MS = 4 * 3600000 + 120000;
const HOURS_EVERY = 8;
/** Places of a fork without an operation. */
const NO_OPERATION = 0;

/** Where a session begins: a memory, what surrounds the meter, a card. */
export interface Base {
  begun: Begun;
  geometry: string;
  nvm: NvmTwin;
  around: Surroundings;
  card: DesfireCard;
  /** Bytes of a session, and those after which a command is whole. */
  air_bytes: number;
  command_ends: number[];
}

export interface Violation extends Fault {
  pull: Pull | undefined;
  at: string;
}

export interface Torture {
  base: Base;
  seed: number;
  /** The main run, its forks, the forks of their recoveries. */
  stands: Stand[];
  /** Undefined: judge all. */
  only_at: string | undefined;
  combinations: number;
  on_violation: (violation: Violation) => void;
  /** Told of each combination with "" or the invariant that it breaks. */
  on_combination: (at: string, verdict: string) => void;
}

function newCard(card: DesfireCard, seed: number): DesfireCard {
  return cloneCard(card, createRandomTwin(seed));
}

export function prepareBase(type: CardSessionType, geometry: string): Base {
  const fresh = freshSurroundings(SETTINGS, START_UTC_S);
  const nvm = createNvmTwin(nvmGeometry(geometry));
  const stand = createStand(fresh, SETTINGS, FIRST_TARIFF, nvm);
  powerUp(stand, fresh, nvm, 1);
  const card = type.prepare(stand);
  fieldLost(card);
  const base: Base = {
    begun: { type, read_back: fileOf(card, FILE_READ_BACK).content },
    geometry,
    nvm,
    around: stand.dock,
    card,
    air_bytes: 0,
    command_ends: [],
  };
  const trial = createStand(fresh, SETTINGS, FIRST_TARIFF, nvm);
  powerUp(trial, stand.dock, cloneNvm(nvm), 1);
  present(trial, newCard(card, 1));
  base.air_bytes = trial.air_bytes;
  base.command_ends = trial.command_ends;
  return base;
}

export function createTorture(base: Base, seed: number): Torture {
  const stands: Stand[] = [];
  while (stands.length < 4) stands.push(createStand(base.around, SETTINGS, FIRST_TARIFF, base.nvm));
  return {
    base,
    seed,
    stands,
    only_at: undefined,
    combinations: 0,
    on_violation: () => undefined,
    on_combination: () => undefined,
  };
}

/** One main run. */
interface Run {
  torture: Torture;
  pull: Pull | undefined;
  /** A number of its own for each pull. */
  number: number;
  nvm: NvmTwin;
  card: DesfireCard;
  /** A person has been told that the session has done what it should. */
  told: boolean;
  operation: number;
}

function wanted(run: Run, at: string): boolean {
  return run.torture.only_at === undefined || run.torture.only_at === at;
}

function verdict(run: Run, at: string, found: Fault | undefined): void {
  const torture = run.torture;
  torture.combinations += 1;
  torture.on_combination(at, found === undefined ? "" : found.invariant);
  if (found !== undefined) torture.on_violation({ ...found, pull: run.pull, at });
}

/** What an acknowledgement of this kind says of the session. */
function tells(type: CardSessionType, what: "good" | "plus" | "opens"): boolean {
  return what !== "opens" || (!type.open_before && type.open_after);
}

function listen(stand: Stand, type: CardSessionType, on_told: () => void): void {
  stand.on_pulled = () => undefined;
  stand.on_told = (what) => {
    if (tells(type, what)) on_told();
  };
}

/** Does something that must not throw. */
function attempt(work: () => Fault | undefined): Fault | undefined {
  try {
    return work();
  } catch (error) {
    return { invariant: "no_crash", detail: error instanceof Error ? error.message : String(error) };
  }
}

function isAfter(type: CardSessionType, stand: Stand): boolean {
  return stand.meter !== undefined && sameStanding(standingOf(stand.meter), type.after);
}

/** The power fails once more, now that all is done: what was told last must still be there. */
function judgeKept(torture: Torture, stand: Stand, nvm: NvmTwin, told: boolean): Fault | undefined {
  const last = torture.stands[3];
  surround(last.dock, stand.dock);
  const found = judgeStanding(torture.base.begun, bootOn(last.dock, cloneNvm(nvm)), told);
  return found === undefined ? undefined : { invariant: "kept_in_the_end", detail: found.detail };
}

/** The card is presented, perhaps pulled once more, and then presented without a fault. */
function presentAgain(torture: Torture, stand: Stand, nvm: NvmTwin, held: Held): Fault | undefined {
  const { begun } = torture.base;
  const { card, numbers } = held;
  if (chance(numbers, PULLED_PERMILLE)) {
    const pull = { bytes: randomBelow(numbers, torture.base.air_bytes + 1), done: chance(numbers, 500) };
    const before = stand.meter === undefined ? undefined : standingOf(stand.meter);
    present(stand, card, pull);
    const found = judgeBeeps(stand, before) ?? judgeBetween(begun, stand, card, held.told);
    if (found !== undefined) return found;
  }
  const was_after = isAfter(begun.type, stand);
  const said = present(stand, card);
  return judgeEnd(begun, stand, card, was_after, said) ?? judgeKept(torture, stand, nvm, true);
}

/** What goes through a power cut. */
interface Held {
  card: DesfireCard;
  numbers: RandomNumbers;
  told: boolean;
}

/** A meter comes back on this memory; `depth` is the stand that it has. */
function recover(torture: Torture, depth: number, from: Surroundings, nvm: NvmTwin, held: Held): Fault | undefined {
  const { begun } = torture.base;
  const stand = torture.stands[depth];
  const again = depth === 1 && chance(held.numbers, AGAIN_PERMILLE);
  const at = nvm.operations + 1 + randomBelow(held.numbers, RECOVERY_OPERATIONS);
  let deeper: Fault | undefined;
  listen(stand, begun.type, () => (held.told = true));
  if (again) {
    nvm.before = (operation) => {
      if (operation.number !== at) return;
      const inner = cloneNvm(nvm);
      damage(inner, operation, NVM_DAMAGES[randomBelow(held.numbers, NVM_DAMAGES.length)], held.numbers);
      const card = newCard(held.card, at);
      torture.combinations += 1;
      deeper = recover(torture, depth + 1, stand.dock, inner, { card, numbers: held.numbers, told: held.told });
    };
  }
  powerUp(stand, from, nvm, at);
  letValveMove(stand);
  const found = deeper ?? judgeBetween(begun, stand, held.card, held.told);
  return found ?? presentAgain(torture, stand, nvm, held);
}

/** The power fails now, in this operation or between two. */
function fork(run: Run, at: string, number: number, operation: NvmOperation | undefined, kind: number): void {
  if (!wanted(run, at)) return;
  const torture = run.torture;
  const numbers = numbersOf(torture.seed, (run.number * 401 + number) * NVM_DAMAGES.length + kind);
  const found = attempt(() => {
    const nvm = cloneNvm(run.nvm);
    if (operation !== undefined) damage(nvm, operation, NVM_DAMAGES[kind], numbers);
    const card = newCard(run.card, number + 1);
    fieldLost(card);
    return recover(torture, 1, torture.stands[0].dock, nvm, { card, numbers, told: run.told });
  });
  verdict(run, at, found);
}

function forkOperation(run: Run, operation: NvmOperation): void {
  run.operation += 1;
  const number = run.operation;
  NVM_DAMAGES.forEach((name, kind) => fork(run, `${number}.${name}`, number, operation, kind));
}

/** Commits that have nothing to do with cards. */
function fill(run: Run, stand: Stand): void {
  const meter = stand.meter;
  const commits = randomBelow(numbersOf(run.torture.seed, run.number), FILL_MAX);
  if (meter === undefined || meter.reasons.not_commissioned || run.torture.base.begun.type.weak_boot) return;
  for (let i = 0; i < commits; i++) takeCredit(meter, { sequence: meter.account.credit_sequence + 1, amount_milli: 0 });
}

/** The session of the main run, with its card pulled or not; then once more without a fault. */
function playBoth(run: Run, stand: Stand): void {
  const { torture, card } = run;
  const { begun } = torture.base;
  const standing = (): Standing | undefined => (stand.meter === undefined ? undefined : standingOf(stand.meter));
  const before = standing();
  stand.on_pulled = () => fork(run, "off", NO_OPERATION, undefined, 0);
  const first_said = present(stand, card, run.pull);
  if (run.pull === undefined && wanted(run, "alone")) {
    verdict(run, "alone", judgeBeeps(stand, before) ?? judgeEnd(begun, stand, card, false, first_said));
  } else if (run.pull !== undefined && wanted(run, "alone")) {
    verdict(run, "alone", judgeBeeps(stand, before) ?? judgeBetween(begun, stand, card, run.told));
  }
  fork(run, "between", NO_OPERATION, undefined, 1);
  const was_after = isAfter(begun.type, stand);
  const said = present(stand, card);
  if (wanted(run, "twice")) verdict(run, "twice", judgeEnd(begun, stand, card, was_after, said));
  fork(run, "end", NO_OPERATION, undefined, 2);
  if (run.number % HOURS_EVERY === 0) passOn(stand.dock, HOURS_MS);
}

/** Pulls the card as said and cuts the power wherever it can fail. `number`: one of its own for each pull. */
export function runPull(torture: Torture, pull: Pull | undefined, number: number): void {
  const { base } = torture;
  const { type } = base.begun;
  const stand = torture.stands[0];
  const nvm = cloneNvm(base.nvm);
  const run: Run = { torture, pull, number, nvm, card: newCard(base.card, 1), told: false, operation: 0 };
  const found = attempt(() => {
    stand.on_told = () => undefined;
    stand.on_pulled = () => undefined;
    nvm.supply_low = type.weak_boot;
    powerUp(stand, base.around, nvm, number + 1);
    if (!type.weak_boot) letValveMove(stand);
    fill(run, stand);
    nvm.supply_low = false;
    listen(stand, type, () => (run.told = run.told || changes(type)));
    nvm.before = (operation) => forkOperation(run, operation);
    playBoth(run, stand);
    return undefined;
  });
  if (found !== undefined) verdict(run, "run", found);
}

/** Every byte at which a card can be pulled; right behind a command it makes a difference whether it was carried out. */
export function allPulls(base: Base): Pull[] {
  const pulls: Pull[] = [];
  for (let bytes = 0; bytes <= base.air_bytes; bytes++) {
    pulls.push({ bytes, done: false });
    if (base.command_ends.includes(bytes)) pulls.push({ bytes, done: true });
  }
  return pulls;
}
