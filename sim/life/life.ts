/**
 * Life: one meter from its first day to its last, and whether its books hold.
 *
 * After every event the register is read, so each litre is known with the month and the tariff in which it ran; after
 * every act of a person or a fault the meter's books are compared with the independent ones (books.ts), and its
 * register with what the sensor has counted. Everything follows from the seed.
 */
import type { Meter } from "../../firmware/state";
import { RunError } from "../run";
import { compileScenario } from "../scenario/compile";
import type { FlowRows } from "../scenario/flow_csv";
import { scenarioSchema, type Scenario } from "../scenario/schema";
import { deliveredMl } from "../twins/flow_sensor";
import { takeHead, type QueuedEvent } from "../world/queue";
import { Books, type LifeTariff } from "./books";
import { Customer } from "./customer";
import { Hazards } from "./hazards";
import { Chances, Stage } from "./stage";
import { Utility } from "./utility";
import { createWater, type Water } from "./water";

/** Promised by firmware/keeping.ts, and written here once more: a change there has to be seen here. */
const QUANTUM_L = 10;
const FIRST_YEAR = 2020;
const MONTHS = 12;
/** Standard time of Rome, which the households follow all year. */
const LOCAL_S = 3600;
/** The meter's alarm comes up to a second after midnight, the books see it with the first event. */
const LOOK_SLACK_MS = 2000;
/** What the household pays in its first month, by its own guess. */
const FIRST_CREDIT_MILLI = 5_000_000;
const EMERGENCY_MILLI = 1_000_000;

const TARIFF = {
  id: 1,
  standing_milli: 10_007,
  blocks: [
    { up_to_l: 15_000, price_milli: 120_011 },
    { up_to_l: 30_000, price_milli: 240_337 },
    { price_milli: 360_011 },
  ],
};

export interface LifeOptions {
  /** 1 to 16. */
  years: number;
  seed: number;
  /** Name of a part (sim/twins/nvm_parts.ts). */
  geometry: string;
  litres_year: number;
  /** The sensor counts on while the meter has no power. */
  sensor_keeps: boolean;
  /** Real months; without any, the built-in household. */
  flows: readonly { file: string; rows: FlowRows }[];
  erases_max: number;
}

function yearStartMs(year: number): number {
  return Date.UTC(FIRST_YEAR + year, 0, 1);
}

function lifeScenario(options: LifeOptions): Scenario {
  return scenarioSchema.parse({
    name: "life",
    description: "The life of a meter; what happens in it is acted by sim/life.",
    start: yearStartMs(0) / 1000,
    seed: options.seed,
    // A DN25 meter: a heavy household, or a house of several.
    meter: {
      q3_l_h: 6300,
      flow_max_l_h: 30_000,
      low_credit_milli: 1_500_000,
      emergency_milli: EMERGENCY_MILLI,
      friendly_hours: { from: "22:00", to: "06:00", weekends: false },
      sensor: { keeps: options.sensor_keeps },
      nvm: options.geometry,
    },
    tariff: TARIFF,
    opening_credit_milli: FIRST_CREDIT_MILLI,
    end: (yearStartMs(options.years) - yearStartMs(0)) / 1000,
  });
}

export class Life {
  readonly stage: Stage;
  readonly hazards: Hazards;
  readonly utility: Utility;
  private readonly customer: Customer;
  private readonly water: Water;
  boots = 1;
  /** Litres that the sensor has counted and no boot has found again; what they may be at most. */
  lost_l = 0;
  lost_most_l = 0;
  lost_bound_l = 0;
  checks = 0;
  /** Most litres that came in one event. */
  private batch_l = 1;

  constructor(
    readonly options: LifeOptions,
    private readonly on_month: (month: number) => void,
  ) {
    const scenario = lifeScenario(options);
    const first: LifeTariff = { ...TARIFF, start_utc_s: 0 };
    const books = new Books(first);
    books.credit(scenario.opening_credit_milli);
    this.stage = new Stage(compileScenario({ scenario, file: "life", trace: true }), books, options.seed);
    const { stage } = this;
    this.customer = new Customer(stage, FIRST_CREDIT_MILLI, EMERGENCY_MILLI);
    this.utility = new Utility(stage, first);
    this.hazards = new Hazards(stage, this.utility, Math.floor(options.years / 2) * MONTHS + 3);
    const rows = options.flows.map((flow) => flow.rows);
    const chances = new Chances(options.seed, 4);
    const local_start_s = stage.world.start_utc_s + LOCAL_S;
    this.water = createWater(stage.world, rows, options.litres_year, chances, local_start_s);
    for (let month = 0; month < options.years * MONTHS; month++) this.planMonth(month);
  }

  /** Lives to the end; what the meter asserts in vain ends the run with the day on which it did. */
  run(): void {
    try {
      this.live();
    } catch (error) {
      if (error instanceof RunError) throw error;
      const day = new Date(this.stage.utcS() * 1000).toISOString();
      throw new RunError(`the life broke off at ${day}: ${String(error)}`);
    }
  }

  private live(): void {
    const { stage } = this;
    const { world, books } = stage;
    const { queue } = world;
    for (let event = queue.head; event !== undefined; event = queue.head) {
      takeHead(queue, event);
      if (event === world.power_back) {
        this.boot(event);
        continue;
      }
      event.run();
      const { meter } = world;
      if (meter === undefined) continue;
      if (queue.now_ms >= stage.look_ms || world.clock.epoch_s !== stage.clock_epoch_s) stage.look();
      const { volume_l } = meter.register;
      if (volume_l !== books.volume_l) this.readRegister(volume_l);
      if (stage.check_due) this.check(meter);
    }
  }

  private planMonth(month: number): void {
    const begin_ms = Date.UTC(FIRST_YEAR, month, 1);
    const length_ms = Date.UTC(FIRST_YEAR, month + 1, 1) - begin_ms;
    this.stage.at(begin_ms - yearStartMs(0), () => {
      this.on_month(month);
      this.customer.month(length_ms);
      this.utility.month(month, length_ms);
      this.hazards.month(month, length_ms);
      this.water.month(length_ms / 1000);
    });
  }

  private readRegister(volume_l: number): void {
    const { books } = this.stage;
    if (volume_l < books.volume_l) this.stage.problem(`the register fell from ${books.volume_l} to ${volume_l} l`);
    this.batch_l = Math.max(this.batch_l, volume_l - books.volume_l);
    books.read(volume_l);
  }

  /** The power comes back; what the meter has forgotten and what it finds out belongs to the time before. */
  private boot(event: QueuedEvent): void {
    const { stage } = this;
    stage.listen(() => event.run());
    // Each boot follows a cut, which may take what was not yet kept, and the pulse at which it would have been.
    this.lost_bound_l += QUANTUM_L + this.batch_l;
    const { meter } = stage.world;
    if (meter === undefined) {
      if (stage.world.powered) throw new RunError(`the meter did not boot: ${stage.world.boot}`);
      return;
    }
    this.boots += 1;
    stage.books.read(meter.register.volume_l);
    stage.settleDoubt(meter);
    stage.look();
    const lost_l = this.unregistered(meter);
    const bound_l = QUANTUM_L + this.batch_l;
    if (lost_l < 0) stage.problem(`the register counts ${-lost_l} l more than have run`);
    if (lost_l > bound_l) stage.problem(`a power cut lost ${lost_l} l, more than ${bound_l}`);
    this.lost_l += lost_l;
    this.lost_most_l = Math.max(this.lost_most_l, lost_l);
    this.check(meter);
  }

  /** Litres that the sensor has counted and the register has not, beyond those lost before. */
  private unregistered(meter: Meter): number {
    const { register } = meter;
    return this.stage.world.flow.counted_pulses - register.volume_l - register.refused_pulses - this.lost_l;
  }

  /** Compares the meter's books with the independent ones. */
  private check(meter: Meter): void {
    const { stage } = this;
    const { queue } = stage.world;
    if (queue.now_ms - stage.looked_ms < LOOK_SLACK_MS && stage.looked_ms > 0) return;
    stage.check_due = false;
    this.checks += 1;
    const { account } = meter;
    const sums = stage.books.sums();
    const pairs: [string, number, bigint][] = [
      ["balance", account.balance_milli, sums.balance_milli],
      ["charged", account.charged_milli, sums.charged_milli],
      ["standing", account.standing_milli, sums.standing_milli],
      ["credited", account.credited_milli, sums.credited_milli],
      ["debt", account.debt_milli, sums.debt_milli],
      ["tariff", account.tariff.id, BigInt(sums.tariff)],
    ];
    for (const [name, got, wanted] of pairs) {
      if (BigInt(got) !== wanted) stage.problem(`${name}: the meter says ${got}, the independent books ${wanted}`);
    }
    const unregistered_l = this.unregistered(meter);
    if (unregistered_l !== 0) stage.problem(`${unregistered_l} l ran through the sensor and not into the register`);
  }

  deliveredL(): number {
    return Math.floor(deliveredMl(this.stage.world.flow, 1) / 1000);
  }
}
