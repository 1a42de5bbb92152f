/**
 * Result: a life is run, and what came of it becomes one object. The same options give the same object but for `wall_s` and
 * `years_per_s`.
 */
import { RunError } from "../run";
import { Life, type LifeOptions } from "./life";

export interface LifeResult {
  years: number;
  seed: number;
  geometry: string;
  sensor_keeps: boolean;
  /** Files, or none for the built-in household. */
  flows: string[];
  litres: {
    delivered_l: number;
    registered_l: number;
    /** Counted by the sensor, and lost with the RAM in power cuts. */
    lost_l: number;
    lost_most_l: number;
    lost_bound_l: number;
    /** Ran while the meter was off and its sensor did not count. */
    while_off_l: number;
    refused_l: number;
  };
  money: {
    credited_milli: number;
    lent_milli: number;
    charged_milli: number;
    standing_milli: number;
    balance_milli: number;
    debt_milli: number;
  };
  books: { checks: number; balanced: boolean; problem_count: number; problems: string[] };
  memory: {
    erases: number[];
    /** As the firmware counts them: a cut may take an erase from its count. */
    erases_known: number[];
    erases_least: number;
    erases_most: number;
    erases_max: number;
    retired: number;
    commits: number;
    marks: number;
    records: number;
    storage: string;
  };
  events: number;
  boots: number;
  cuts: { warned: number; unwarned: number; in_write: number; watchdog: number };
  batteries: { year: number; supply_mv: number }[];
  /** What was done to the meter, and what it logged, by name. */
  done: Record<string, number>;
  logged: Record<string, number>;
  ok: boolean;
  wall_s: number;
  years_per_s: number;
}

function record(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function memory(life: Life): LifeResult["memory"] {
  const { stage, options } = life;
  const keeper = stage.world.meter?.keeper;
  const wear = keeper?.journal?.wear;
  const erases = stage.memory.erases();
  const { commits, marks, records } = stage.memory;
  return {
    erases,
    erases_known: wear?.erases ?? [],
    erases_least: Math.min(...erases),
    erases_most: Math.max(...erases),
    erases_max: options.erases_max,
    retired: wear?.retired.filter(Boolean).length ?? 0,
    commits,
    marks,
    records,
    storage: keeper?.storage ?? "off",
  };
}

function lifeResult(life: Life, wall_s: number): LifeResult {
  const { stage, options } = life;
  const { meter, flow } = stage.world;
  if (meter === undefined) throw new RunError("the life ended while the meter had no power");
  const { account, register, log } = meter;
  const worn = memory(life);
  const balanced = stage.problem_count === 0 && life.checks > 0;
  return {
    years: options.years,
    seed: options.seed,
    geometry: options.geometry,
    sensor_keeps: options.sensor_keeps,
    flows: options.flows.map(({ file }) => file),
    litres: {
      delivered_l: life.deliveredL(),
      registered_l: register.volume_l,
      lost_l: life.lost_l,
      lost_most_l: life.lost_most_l,
      lost_bound_l: life.lost_bound_l,
      while_off_l: flow.missed_pulses,
      refused_l: register.refused_pulses,
    },
    money: {
      credited_milli: account.credited_milli,
      lent_milli: Number(stage.books.lentMilli()),
      charged_milli: account.charged_milli,
      standing_milli: account.standing_milli,
      balance_milli: account.balance_milli,
      debt_milli: account.debt_milli,
    },
    books: { checks: life.checks, balanced, problem_count: stage.problem_count, problems: stage.problems },
    memory: worn,
    events: log.count,
    boots: life.boots,
    cuts: {
      warned: stage.counted("cuts_warned"),
      unwarned: stage.counted("cuts_unwarned"),
      in_write: stage.memory.cuts,
      watchdog: stage.counted("cuts_watchdog"),
    },
    batteries: life.hazards.batteries,
    done: record(stage.done),
    logged: record(stage.logged),
    ok: balanced && worn.erases_most <= options.erases_max && worn.storage === "ok",
    wall_s,
    years_per_s: options.years / wall_s,
  };
}

/** Runs a whole life; `on_month` is told of each month that begins. */
export function runLife(options: LifeOptions, on_month: (month: number) => void): LifeResult {
  const begun_ms = performance.now();
  const life = new Life(options, on_month);
  life.run();
  return lifeResult(life, (performance.now() - begun_ms) / 1000);
}
