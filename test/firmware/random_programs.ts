/**
 * Random programs: the same program for the same seed, with every verb of sim/world/program.ts.
 *
 * Steps crowd where meters go wrong: many in one millisecond, on full seconds, on quarters of an hour, at the change of
 * a month and of daylight-saving time. Every third program leaves sensor, valve and clock whole, so that more can be
 * promised about it; every fifth is quiet, because a meter that someone locks every few hours sees little of its books.
 */
import type { Tariff } from "../../firmware/credit/tariff";
import type { Settings } from "../../firmware/settings";
import type { RandomNumbers } from "../../sim/world/random_numbers";
import { createRandomNumbers, randomBelow } from "../../sim/world/random_numbers";
import type { TwinSettings } from "../../sim/world/world";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, tariffWords, tokenLines } from "./rig";
import { blocks, DAY_S, NO_DST, settings, START_UTC_S } from "./samples";

const QUARTER_MS = 15 * MINUTE_MS;
/** Last seconds before daylight-saving time begins in Rome, and before a month ends there. */
const DST_UTC_S = 1553990400;
const MONTH_UTC_S = 1551394800;
/** Days and steps of a program, by its seed. */
const SPANS_D = [1, 3, 10, 45];
const STEPS = [30, 80, 200];
/** Litres of so many pulses; the usual meter comes most often. */
const PULSES = ["1/1", "1/1", "1/1", "1/10", "10/1", "3/7"].map((text) => text.split("/").map(Number));
/** Friendly hours: none, a night, five minutes, all but a minute, one minute. */
const FRIENDLY_MINUTES = ["0-0", "1080-420", "600-605", "0-1439", "1-2"].map((text) => text.split("-").map(Number));

export interface RandomProgram {
  seed: number;
  /** Sensor, valve or clock may fail. */
  faults: boolean;
  /** Only water, credit and tariffs: nothing but the books shuts the valve. */
  quiet: boolean;
  lines: string[];
}

/** What a seed draws from. */
class Dice {
  private readonly numbers: RandomNumbers;

  public constructor(seed: number) {
    this.numbers = createRandomNumbers(seed);
  }

  public between(least: number, most: number): number {
    return least + randomBelow(this.numbers, most - least + 1);
  }

  public pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)];
  }

  public chance(percent: number): boolean {
    return this.between(0, 99) < percent;
  }
}

/** What the steps of one program share. */
interface Course {
  dice: Dice;
  faults: boolean;
  quiet: boolean;
  start_utc_s: number;
  now_ms: number;
  next_sequence: number;
  next_tariff: number;
}

type Verb = (course: Course) => string;

function nowUtc({ start_utc_s, now_ms }: Course): number {
  return (start_utc_s === 0 ? START_UTC_S : start_utc_s) + Math.floor(now_ms / SECOND_MS);
}

function randomTariff(dice: Dice, id: number, start_utc_s: number): Tariff {
  let limit_l = 0;
  const pairs = Array.from({ length: dice.between(1, 4) }, (): [number, number] => {
    limit_l += dice.between(1, 400);
    return [limit_l, dice.pick([0, 1, 999, 1000, 123457, 250001, 1000000, 7777777])];
  });
  return blocks(pairs, { id, start_utc_s, standing_milli: dice.pick([0, 100, 3333, 50000]) });
}

const draw: Verb = ({ dice }) => `draw ${dice.between(1, 4000)} ${dice.between(1, 40 * MINUTE_MS)}`;
const drawLitres: Verb = ({ dice }) => `draw 3600 ${dice.between(1, 60) * SECOND_MS}`;
const drip: Verb = ({ dice }) => `draw ${dice.between(1, 60)} ${dice.between(1, HOUR_MS)}`;
const longDrip: Verb = ({ dice }) => `draw ${dice.between(1, 20)} ${dice.between(1, 40) * HOUR_MS}`;
const flow: Verb = ({ dice }) => `flow ${dice.between(1, 5000)}`;
const household: Verb = ({ dice }) => `household ${dice.between(0, 1)}`;

const newCredit: Verb = (course) => {
  course.next_sequence += 1;
  return `credit ${course.next_sequence - 1} ${course.dice.pick([0, 1, 100, 5000, 50000, 90000, 400000])}`;
};
const oldCredit: Verb = ({ dice, next_sequence }) => `credit ${dice.between(0, next_sequence - 1)} 77`;
const hugeCredit: Verb = ({ next_sequence }) => `credit ${next_sequence} 1000000000001`;
const commission: Verb = ({ dice }) => `commission ${dice.pick([0, 50, 5000, 400000])}`;
const lock: Verb = ({ dice }) => `lock ${dice.between(0, 1)}`;
const clearTamper: Verb = () => "clear_tamper";

const newTariff: Verb = (course) => {
  const { dice } = course;
  const now_s = nowUtc(course);
  const past_s = now_s - dice.between(0, 3 * DAY_S);
  const midnight_s = (Math.floor(now_s / DAY_S) + 1) * DAY_S - 3600;
  const start_utc_s = dice.pick([0, past_s, now_s + dice.between(0, DAY_S), now_s + dice.between(1, 60), midnight_s]);
  course.next_tariff += 1;
  return `tariff ${tariffWords(randomTariff(dice, course.next_tariff - 1, start_utc_s))}`;
};

const key: Verb = ({ dice }) => `key ${dice.pick("# # # * * 0 1 2 3 4 5 6 7 8 9".split(" "))}`;
const service: Verb = ({ dice }) =>
  `service ${dice.pick(["read", "id", "log", "log 3", "log 99999999999999999999999", "bogus", " read "])}`;
const card: Verb = ({ dice }) => dice.pick(["card in 04A1B2C3D4E5F6", "card in 00", "card out 0"]);
const radio: Verb = ({ dice }) => `radio ${dice.pick(["2C44", "00", "FF".repeat(255)])}`;
const expectation: Verb = ({ dice }) =>
  `expect ${dice.pick(["balance_milli min 0", "volume_l max 1000", "valve is open", "shut_by is -", "display is -"])}`;

const tamper: Verb = ({ dice }) => `tamper ${dice.pick(["case", "magnet", "reader"])} ${dice.between(0, 1)}`;
const battery: Verb = ({ dice }) => `battery ${dice.pick([2900, 2999, 3000, 3050, 3100, 3600, 3600])}`;
const brownOut: Verb = ({ dice }) => `brown_out ${dice.between(0, 1)}`;

const valveFault: Verb = ({ dice }) => `valve ${dice.pick(["stuck", "slow", "lying"])} ${dice.pick([0, 0, 1])}`;
const leak: Verb = ({ dice }) => `valve leak ${dice.pick([0, 20])}`;
const sensorFault: Verb = ({ dice }) => `sensor ${dice.pick(["cut", "empty"])} ${dice.pick([0, 0, 1])}`;
const sensorJump: Verb = ({ dice }) => `sensor jump ${dice.pick([1, 5, 60000])}`;
const clockJump: Verb = ({ dice }) =>
  `clock jump ${dice.pick([-1, 1, -3600, 3600, -90000, 90000, -100 * DAY_S, 100 * DAY_S])}`;
const clockLost: Verb = () => "clock lost 0";
const clockSet: Verb = (course) => `clock set ${nowUtc(course)}`;
const backDraw: Verb = ({ dice }) => `draw -600 ${dice.between(1, 20 * SECOND_MS)}`;
const backFlow: Verb = ({ dice }) => `flow -${dice.between(1, 3000)}`;

const WATER: Verb[] = [draw, drawLitres, drip, longDrip, flow, household];
const CREDIT: Verb[] = [newCredit, newCredit, newCredit, oldCredit, hugeCredit, newTariff];
const PEOPLE: Verb[] = [key, key, key, clearTamper, service, card, radio, expectation];
const UTILITY: Verb[] = [lock, lock, commission];
const SUPPLY: Verb[] = [tamper, battery, brownOut];
const FAULTY_TWINS: Verb[] = [valveFault, leak, sensorFault, sensorJump, clockJump, clockLost, clockSet, clockSet];
const FAULTS: Verb[] = [...FAULTY_TWINS, backDraw, backFlow];

function randomVerb({ dice, quiet, faults }: Course): Verb {
  const roll = dice.between(0, 99);
  if (roll < 45 || (quiet && roll >= 70)) return dice.pick(WATER);
  if (roll < 60 || quiet) return dice.pick(CREDIT);
  if (roll < 75) return dice.pick(PEOPLE);
  if (roll < 79) return dice.pick(UTILITY);
  return roll < 88 || !faults ? dice.pick(SUPPLY) : dice.pick(FAULTS);
}

/** Of the gaps between steps, two in eight are long; only they count for the length of a program. */
const LONG_GAP_SHARE = 4;

/** Time until the next step. */
function randomGap(dice: Dice, long_mean_ms: number): number {
  const quarters = Math.ceil(long_mean_ms / QUARTER_MS);
  const long_ms = [dice.between(0, 2 * long_mean_ms), QUARTER_MS * dice.between(0, 2 * quarters)];
  return dice.pick([
    0,
    0,
    1,
    dice.between(0, 1000),
    dice.between(0, 5000),
    SECOND_MS * dice.between(0, 120),
    ...long_ms,
  ]);
}

function pass(course: Course, long_mean_ms: number): void {
  const { dice } = course;
  course.now_ms += randomGap(dice, long_mean_ms);
  if (dice.chance(30)) course.now_ms = Math.ceil(course.now_ms / SECOND_MS) * SECOND_MS;
  if (dice.chance(10)) course.now_ms = Math.ceil(course.now_ms / QUARTER_MS) * QUARTER_MS;
}

/** One step; now and then a whole short code, which single keys would seldom make. */
function randomStep(course: Course): string[] {
  const { dice } = course;
  const steps = !course.quiet && dice.chance(10) ? ["key #", "key #", `key ${dice.pick(["8", "9"])}`] : [];
  steps.push(randomVerb(course)(course));
  return steps.map((step) => `${course.now_ms} ${step}`);
}

function randomSettings(dice: Dice): Partial<Settings> {
  const [pulse_litres, pulse_pulses] = dice.pick(PULSES);
  const [friendly_from_minute, friendly_to_minute] = dice.pick(FRIENDLY_MINUTES);
  return {
    pulse_litres,
    pulse_pulses,
    friendly_from_minute,
    friendly_to_minute,
    flow_max_l_h: dice.pick([6250, 20000]),
    low_credit_milli: dice.pick([0, 100, 200000]),
    emergency_milli: dice.pick([0, 100, 50000]),
    friendly_weekends: dice.chance(40),
    holidays: [Math.floor(START_UTC_S / DAY_S) + dice.between(0, 5)],
    lifeline: dice.pick(["none", "daily_allowance", "flow_limit"]),
    lifeline_daily_l: dice.between(1, 60),
    lifeline_open_s: dice.between(10, 590),
    lifeline_period_s: dice.between(600, 3600),
    tamper_shuts: dice.chance(70),
    ...(dice.chance(30) ? { ...NO_DST, utc_offset_min: -180 } : {}),
  };
}

function randomTwins(dice: Dice): TwinSettings {
  return {
    sensor_wrap: dice.pick([256, 1000, 65536, 4294967296]),
    sensor_start: dice.between(0, 255),
    valve_travel_ms: dice.pick([300, 800, 2500]),
    battery_mv: 3600,
    sensor_keeps: false,
    clock_keeps: true,
    nvm: "nrf52-8x4k",
  };
}

function settingLines({ holidays, tokens, ...rest }: Settings, twins: TwinSettings): string[] {
  const set = Object.entries({ ...rest, ...twins });
  return [
    ...set.map(([name, value]) => `set ${name} ${typeof value === "boolean" ? Number(value) : value}`),
    ...tokenLines(tokens),
    ...holidays.map((day) => `holiday ${day}`),
  ];
}

function randomStart(dice: Dice): number {
  const near_dst_s = DST_UTC_S - dice.between(0, 3 * DAY_S);
  const near_month_s = MONTH_UTC_S - dice.between(0, 2 * DAY_S);
  return dice.pick([START_UTC_S, START_UTC_S, START_UTC_S + dice.between(0, 900), near_dst_s, near_month_s, 0]);
}

/** The program of a seed. Traced programs are for comparing engines; checking is faster without a trace. */
export function randomProgram(seed: number, trace = false): RandomProgram {
  // Neighbouring seeds of a small generator begin alike; a large odd factor parts them.
  const dice = new Dice(((seed + 1) * 2654435761) % 4294967296);
  const faults = seed % 3 !== 0;
  const quiet = seed % 5 === 0;
  const steps = STEPS[seed % STEPS.length];
  const long_mean_ms = Math.floor((SPANS_D[seed % SPANS_D.length] * DAY_MS * LONG_GAP_SHARE) / steps);
  const start_utc_s = randomStart(dice);
  const lines = [
    "program 1",
    ...settingLines(settings(randomSettings(dice)), randomTwins(dice)),
    `tariff ${tariffWords(randomTariff(dice, 1, 0))}`,
    `begin ${start_utc_s} ${dice.between(1, 1000000)} ${trace ? 1 : 0}`,
  ];
  const course: Course = { dice, faults, quiet, start_utc_s, now_ms: 0, next_sequence: 1, next_tariff: 2 };
  if (dice.chance(95)) lines.push(`0 commission ${dice.pick([0, 50, 5000, 400000, 3000000, 1000000000])}`);
  for (let step = 0; step < steps; step++) {
    pass(course, long_mean_ms);
    lines.push(...randomStep(course));
  }
  lines.push(`${course.now_ms + HOUR_MS} end`);
  return { seed, faults, quiet, lines };
}
