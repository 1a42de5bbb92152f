/**
 * Run: one program in one world, with the power cut at its memory's operations.
 *
 * The run itself goes on unharmed: at each operation copies of the memory are torn and recovered aside (fork.ts). Now and
 * then, in a random run, the power really fails: the run reboots on what is left, and the model goes on from there.
 */
import type { BuzzerPattern } from "../../hal/buzzer";
import type { ValveDirection } from "../../hal/valve";
import type { Meter } from "../../firmware/state";
import { start } from "../../firmware/index";
import type { NvmOperation, NvmTwin } from "../twins/nvm";
import { cloneNvm, createNvmTwin } from "../twins/nvm";
import type { NvmDamage } from "../twins/nvm_damage";
import { NVM_DAMAGES, damage } from "../twins/nvm_damage";
import { readTariff } from "../world/beginning";
import type { Host } from "../world/host";
import { openWorld } from "../world/main";
import { cutPower } from "../world/power_cut";
import { takeHead } from "../world/queue";
import { randomBelow } from "../world/random_numbers";
import { wholeNumber, words } from "../world/words";
import type { World } from "../world/world";
import { CREDITED, SEQUENCE, STANDING, differsAt, readBooks } from "./books";
import type { Dock } from "./dock";
import { bootOn, createDock, passOn, surround } from "./dock";
import type { Forks, Outcome } from "./fork";
import { DEPTH_MAX, recoverFork } from "./fork";
import type { Garbage } from "./garbage";
import { createGarbage, recoverGarbage, watchRecords } from "./garbage";
import { judgeRun } from "./invariants";
import type { Model, Passed } from "./model";
import {
  acknowledge,
  beginTrail,
  createModel,
  endEvent,
  explainCost,
  findPassed,
  handIn,
  keyIn,
  observe,
  passedAt,
  resumeTrail,
  settle,
  takeFlight,
} from "./model";
import { chance, numbersOf, pick } from "./numbers";
import type { Plan } from "./plan";
import type { ToldToken } from "./tokens";
import { toldToken, typedWith } from "./tokens";

/** Real cuts of a random program, and one operation in so many thousand that makes one. */
const ADOPTED_MAX = 6;
const ADOPTED_PERMILLE = 6;
/** A recovery that is cut as well. */
const AGAIN_PERMILLE = 300;
/** Operations at which a memory of garbage is tried. */
const GARBAGE_PERMILLE = 200;
/** How long the power stays away after a real cut. */
const OFF_MS: number[] = [0, 1, 700, 60000, 5400000];

export interface Run {
  plan: Plan;
  world: World;
  model: Model;
  forks: Forks;
  /** The meter that the model follows; another one in the world has just booted. */
  meter: Meter | undefined;
  books: number[];
  /** What the plan or the program tells of tokens, and what has been typed since the last "#". */
  tokens: ToldToken[];
  typed: string;
  /** The sensor's count as last looked at. */
  count: number;
  operation: NvmOperation | undefined;
  garbage: Garbage;
  /** Number of the operation at which the power was cut last, and how. */
  cut: number;
  adopted: number;
  violations: number;
  /** The model has nothing more to say: the memory of the run itself is worn out or damaged, or enough was cut. */
  over: boolean;
  on_outcome: (run: Run, outcome: Outcome) => void;
  /** Does something that may throw: an engine that can catch tells what, others end. */
  attempt: (action: () => void) => string;
}

function countPulses(run: Run): void {
  const flow = run.world.flow;
  const count = flow.port.forward_count();
  run.model.delivered_pulses += count >= run.count ? count - run.count : count + flow.count_wrap - run.count;
  run.count = count;
}

function look(run: Run, meter: Meter): void {
  countPulses(run);
  readBooks(run.books, meter);
  run.model.weak = meter.keeper.storage !== "ok";
  observe(run.model, run.books);
}

/** Something was said or done that the outside world can see. */
function told(run: Run, good: boolean): void {
  const meter = meet(run);
  if (meter === undefined) {
    return;
  }
  look(run, meter);
  // A meter that cannot store says so, and promises nothing but the credit that it beeps for.
  if (good || meter.keeper.storage === "ok") {
    acknowledge(run.model);
  }
  if (good) {
    takeFlight(run.model, run.books);
  }
}

/** The ways in which a meter speaks and acts, as functions that can be put behind others. */
interface Voice {
  beep: (pattern: BuzzerPattern) => void;
}

interface Hand {
  drive: (direction: ValveDirection) => "started" | "busy";
}

interface Glass {
  show: (text: string, annunciators: string) => void;
}

interface Line {
  write: (bytes: number[]) => "ok" | "full";
}

/** Listens at those ports: before anything comes out of them, what it tells must have been committed. */
function listen(run: Run): void {
  const voice: Voice = run.world.buzzer.port;
  const beep = voice.beep;
  voice.beep = function (pattern) {
    if (pattern === "good") {
      told(run, true);
    }
    beep(pattern);
  };
  const hand: Hand = run.world.valve.port;
  const drive = hand.drive;
  hand.drive = function (direction) {
    told(run, false);
    return drive(direction);
  };
  const glass: Glass = run.world.display.port;
  const show = glass.show;
  glass.show = function (text, annunciators) {
    told(run, false);
    show(text, annunciators);
  };
  const line: Line = run.world.service.port;
  const write = line.write;
  line.write = function (bytes) {
    told(run, false);
    return write(bytes);
  };
}

function forkCut(run: Run, operation: NvmOperation, kind: NvmDamage, number: number, again: boolean): void {
  const numbers = numbersOf(run.plan.seed, number);
  const nvm = cloneNvm(run.world.nvm);
  run.operation = operation;
  damage(nvm, operation, kind, numbers);
  tryFork(run, function () {
    recoverFork(run.forks, 0, run.world, nvm, kind, numbers, again);
  });
}

function tryFork(run: Run, action: () => void): void {
  const thrown = run.attempt(action);
  if (thrown !== "") {
    run.on_outcome(run, {
      broken: "boots_on_anything: " + thrown,
      kind: "none",
      depth: 0,
      observation: undefined,
      passed: undefined,
      meter: undefined,
    });
  }
}

/** Whether this cut is to be made: all are, unless a plan names one. */
function wanted(run: Run, kind: NvmDamage): boolean {
  const plan = run.plan;
  if (run.forks.cuts >= plan.cuts_max) {
    run.over = true;
    return false;
  }
  return (plan.only_cut === 0 || plan.only_cut === run.cut) && (plan.only_kind === "" || plan.only_kind === kind);
}

function cutEveryWay(run: Run, operation: NvmOperation): void {
  for (let i = 0; i < NVM_DAMAGES.length; i++) {
    if (wanted(run, NVM_DAMAGES[i])) {
      forkCut(run, operation, NVM_DAMAGES[i], operation.number * NVM_DAMAGES.length + i, false);
    }
  }
}

/** The power of the run itself fails inside this operation. */
function cutReally(run: Run, operation: NvmOperation): void {
  const numbers = numbersOf(run.plan.seed + 1, operation.number);
  if (run.adopted >= ADOPTED_MAX || !chance(numbers, ADOPTED_PERMILLE)) {
    return;
  }
  run.adopted += 1;
  damage(run.world.nvm, operation, NVM_DAMAGES[randomBelow(numbers, NVM_DAMAGES.length)], numbers);
  cutPower(run.world, pick(numbers, OFF_MS));
}

function cutAtRandom(run: Run, operation: NvmOperation): void {
  const numbers = numbersOf(run.plan.seed, operation.number);
  const kind = NVM_DAMAGES[randomBelow(numbers, NVM_DAMAGES.length)];
  const again = chance(numbers, AGAIN_PERMILLE);
  if (wanted(run, kind)) {
    forkCut(run, operation, kind, operation.number, again);
  }
  cutReally(run, operation);
}

/** The memory is filled with other things than this journal. */
function fillAtRandom(run: Run, operation: NvmOperation): void {
  watchRecords(run.garbage, run.model, operation);
  const numbers = numbersOf(run.plan.seed, operation.number);
  if (chance(numbers, GARBAGE_PERMILLE) && wanted(run, "none")) {
    run.operation = operation;
    tryFork(run, function () {
      recoverGarbage(run.forks, run.garbage, run.world, run.world.nvm, numbers);
    });
  }
}

/** The hook of the run's memory. */
function atOperation(run: Run, operation: NvmOperation): void {
  const meter = meet(run);
  if (meter === undefined) {
    return;
  }
  look(run, meter);
  run.cut = operation.number;
  if (run.plan.mode === "exhaustive") {
    cutEveryWay(run, operation);
  } else if (run.plan.mode !== "garbage") {
    cutAtRandom(run, operation);
  } else {
    fillAtRandom(run, operation);
  }
}

/** What the model must know of a step before it is done. */
function announce(run: Run, line: string): void {
  const meter = run.world.meter;
  if (meter === undefined) {
    // Nobody hears it, and a voucher that was in the hand when the power failed is still there.
    run.typed = "";
    return;
  }
  const list = words(line, 20);
  if (list[1] === "credit") {
    handIn(run.model, wholeNumber(list[2]), wholeNumber(list[3]));
  } else if (list[1] === "commission") {
    handIn(run.model, 0, wholeNumber(list[2]));
  } else if (list[1] === "tariff") {
    run.model.tariffs.push(readTariff(list, 2));
  } else if (list[1] === "key") {
    announceKey(run, meter, list[2]);
  }
}

/** A key goes down: with "#" a token may be complete. While a number is looked for, keys are not heard. */
function announceKey(run: Run, meter: Meter, key: string): void {
  if (meter.tokens.search !== undefined) {
    return;
  }
  const token = key === "#" ? toldToken(run.tokens, run.typed) : undefined;
  run.typed = key === "#" || key === "*" ? "" : typedWith(run.typed, key);
  if (token !== undefined) {
    keyIn(run.model, token);
  }
}

/** The newest state of the trail from which a boot can have led to these books; no boot brings credit. */
function originOf(model: Model, books: number[]): Passed | undefined {
  const same = findPassed(model, books);
  if (same !== undefined) {
    return same;
  }
  for (let back = 0; back < model.trail_count; back++) {
    const passed = passedAt(model, back);
    const same_credit =
      differsAt(passed.books, books, CREDITED, STANDING) === STANDING && passed.books[SEQUENCE] === books[SEQUENCE];
    if (same_credit && explainCost(model, passed, books) >= 0) {
      return passed;
    }
  }
  return undefined;
}

/** What a boot would find in the memory as it is now: a meter with low supply has not written itself anew. */
function storedBooks(run: Run): number[] {
  const dock = run.forks.docks[0];
  surround(dock, run.world);
  const stored: number[] = [];
  const meter = bootOn(dock, cloneNvm(run.world.nvm));
  if (meter !== undefined) {
    readBooks(stored, meter);
  }
  return stored;
}

/** The run has a new meter: the model goes on from where the recovery has left it. */
function follow(run: Run, meter: Meter): void {
  const model = run.model;
  run.meter = meter;
  const stored = storedBooks(run);
  const origin = originOf(model, stored);
  if (origin === undefined) {
    run.over = true;
    if (meter.keeper.storage === "ok" && model.broken === "") {
      model.broken = "recovered_state_was_passed";
    }
    return;
  }
  resumeTrail(model, stored, explainCost(model, origin, stored));
}

/**
 * The meter that runs now; undefined without power, and when there is nothing more to say of it. One that has just
 * booted, and has neither written nor said anything yet, is taken up where it has come back.
 */
function meet(run: Run): Meter | undefined {
  const meter = run.world.meter;
  if (meter !== undefined && meter !== run.meter) {
    countAgain(run);
    follow(run, meter);
  }
  return run.over ? undefined : meter;
}

/** An event of the run is over. */
function afterEvent(run: Run): void {
  const meter = meet(run);
  if (meter === undefined) {
    // Water that runs without power is counted when the power is back.
    return;
  }
  look(run, meter);
  if (meter.keeper.storage === "ok") {
    endEvent(run.model, meter.tokens.search !== undefined);
  } else {
    settle(run.model);
  }
  judgeRun(run.model);
}

/** A counter that has no cell restarts at a boot. */
function countAgain(run: Run): void {
  if (run.world.flow.port.survives_power_cut) {
    countPulses(run);
  } else {
    run.count = run.world.flow.port.forward_count();
    run.model.delivered_pulses += run.count;
  }
}

function cutFirstBootAt(
  run: Run,
  dock: Dock,
  virgin: NvmTwin,
  operation: NvmOperation,
  kind: NvmDamage,
  number: number,
): void {
  const numbers = numbersOf(run.plan.seed, number);
  const nvm = cloneNvm(virgin);
  damage(nvm, operation, kind, numbers);
  tryFork(run, function () {
    recoverFork(run.forks, 1, dock, nvm, kind, numbers, false);
  });
}

/** The first boot of all, on a blank memory, cut at each of its operations. */
function cutFirstBoot(run: Run, virgin: NvmTwin, dock: Dock): void {
  surround(dock, run.world);
  const meter = bootOn(dock, virgin);
  if (meter === undefined) {
    return;
  }
  readBooks(run.books, meter);
  beginTrail(run.model, run.books, 0);
  virgin.before = function (operation) {
    run.cut = operation.number;
    run.operation = operation;
    readBooks(run.books, meter);
    observe(run.model, run.books);
    for (let i = 0; i < NVM_DAMAGES.length; i++) {
      if (wanted(run, NVM_DAMAGES[i])) {
        cutFirstBootAt(run, dock, virgin, operation, NVM_DAMAGES[i], operation.number * NVM_DAMAGES.length + i);
      }
    }
  };
  start(meter);
  passOn(dock, 1);
}

export function createRun(
  host: Host,
  plan: Plan,
  tokens: ToldToken[],
  attempt: (action: () => void) => string,
  on_outcome: (run: Run, outcome: Outcome) => void,
): Run {
  const world = openWorld(host);
  const settings = world.settings;
  const model = createModel(settings.pulse_litres, settings.pulse_pulses, world.tariff);
  const docks: Dock[] = [];
  while (docks.length < DEPTH_MAX + 1) {
    docks.push(createDock(world, settings, world.tariff, world.nvm));
  }
  const run: Run = {
    plan: plan,
    world: world,
    model: model,
    forks: {
      model: model,
      docks: docks,
      cuts: 0,
      on_outcome: function (outcome) {
        on_outcome(run, outcome);
      },
    },
    meter: world.meter,
    books: [],
    tokens: tokens,
    typed: "",
    count: world.flow.port.forward_count(),
    operation: undefined,
    garbage: createGarbage(plan.seed, plan.mode === "garbage"),
    cut: 0,
    adopted: 0,
    violations: 0,
    over: false,
    on_outcome: on_outcome,
    attempt: attempt,
  };
  return run;
}

/** Runs the program to its end, or until enough was cut. */
export function runAll(run: Run): void {
  const world = run.world;
  const queue = world.queue;
  const meter = world.meter;
  if (meter === undefined) {
    return;
  }
  cutFirstBoot(run, createNvmTwin(world.nvm.geometry), run.forks.docks[0]);
  run.model.committed = true;
  readBooks(run.books, meter);
  beginTrail(run.model, run.books, 0);
  listen(run);
  world.nvm.before = function (operation) {
    atOperation(run, operation);
  };
  let event = queue.head;
  while (event !== undefined && !run.over) {
    if (event === world.step) {
      announce(run, world.step_line);
    }
    takeHead(queue, event);
    event.run();
    if (world.ended) {
      return;
    }
    afterEvent(run);
    event = queue.head;
  }
}
