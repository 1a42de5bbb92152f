/**
 * Programs: random ones, the same for the same seed on every engine, that write to the memory as often as a meter can:
 * water in small and large draws, vouchers new and old, tariffs, locks, tamper, keys, brown-outs, midnights and months,
 * a clock that jumps, a sensor that fails, memory that wears out and a supply that falls; on demand with tokens keyed in.
 */
import { decimal } from "../../firmware/text";
import { NVM_GEOMETRIES } from "../twins/nvm_parts";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import { between, chance, numbersOf, pick, pickText } from "./numbers";
import type { ToldToken, TokenMaker } from "./tokens";
import { RANDOM_FIRST_TID, RANDOM_KEY, createTokenMaker, nextNumber } from "./tokens";

const START_UTC_S = 1551654000;
/** Shortly before a month and daylight-saving time begin in Rome. */
const MONTH_UTC_S = 1551394800;
const DST_UTC_S = 1553990400;
const DAY_S = 86400;

const PULSES: string[] = ["1 1", "1 1", "1 1", "1 10", "10 1", "3 7"];
const FRIENDLY: string[] = ["0 0", "0 0", "1080 420", "600 605", "1 2"];
const CREDITS: number[] = [0, 1, 100, 5000, 50000, 90000, 400000];
const OPENINGS: number[] = [0, 50, 5000, 400000, 3000000, 1000000000];
const PRICES: number[] = [0, 1, 999, 1000, 123457, 250001, 1000000, 7777777];
const STANDINGS: number[] = [0, 100, 3333, 50000];
const GAPS_MS: number[] = [0, 0, 1, 700, 5000, 60000, 900000, 3600000, 14400000];
const STEPS: number[] = [10, 25, 60];
/** A step in so many of a thousand has a token behind it. */
const TOKEN_PERMILLE = 300;
/** Apart from the numbers of every cut. */
const TOKEN_NUMBERS = 1999993;

interface Course {
  numbers: RandomNumbers;
  lines: string[];
  now_ms: number;
  start_utc_s: number;
  next_sequence: number;
  next_tariff: number;
  /** Clock, sensor and valve may fail. */
  faults: boolean;
  /** Memory and supply may fail. */
  wears: boolean;
}

function say(course: Course, step: string): void {
  course.lines.push(decimal(course.now_ms) + " " + step);
}

function set(lines: string[], name: string, value: number): void {
  lines.push("set " + name + " " + decimal(value));
}

/** The two numbers of a pair as settings. */
function setPair(lines: string[], pair: string, first: string, second: string): void {
  const space = pair.indexOf(" ");
  lines.push("set " + first + " " + pair.substring(0, space));
  lines.push("set " + second + " " + pair.substring(space + 1, pair.length));
}

function setMeter(lines: string[], numbers: RandomNumbers): void {
  lines.push("set meter_number 600100000000000017");
  lines.push("set region 600100");
  setPair(lines, pickText(numbers, PULSES), "pulse_litres", "pulse_pulses");
  set(lines, "q3_l_h", 2500);
  set(lines, "burst_permille", 300);
  set(lines, "flow_max_l_h", chance(numbers, 500) ? 6250 : 20000);
  set(lines, "low_credit_milli", pick(numbers, [0, 100, 200000]));
  set(lines, "emergency_milli", pick(numbers, [0, 100, 50000]));
  setPair(lines, pickText(numbers, FRIENDLY), "friendly_from_minute", "friendly_to_minute");
  set(lines, "friendly_weekends", between(numbers, 0, 1));
  lines.push("set lifeline " + pickText(numbers, ["none", "none", "daily_allowance", "flow_limit"]));
  set(lines, "lifeline_daily_l", between(numbers, 1, 60));
  set(lines, "lifeline_open_s", between(numbers, 10, 590));
  set(lines, "lifeline_period_s", between(numbers, 600, 3600));
  set(lines, "battery_empty_mv", 3000);
  set(lines, "tamper_shuts", chance(numbers, 700) ? 1 : 0);
}

function setClockAndTwins(lines: string[], numbers: RandomNumbers): void {
  set(lines, "utc_offset_min", 60);
  set(lines, "dst_shift_min", 60);
  set(lines, "dst_start_month", 3);
  set(lines, "dst_start_week", 5);
  set(lines, "dst_start_weekday", 0);
  set(lines, "dst_start_minute", 120);
  set(lines, "dst_end_month", 10);
  set(lines, "dst_end_week", 5);
  set(lines, "dst_end_weekday", 0);
  set(lines, "dst_end_minute", 180);
  set(lines, "sensor_wrap", pick(numbers, [256, 1000, 65536, 4294967296]));
  set(lines, "sensor_start", between(numbers, 0, 255));
  set(lines, "sensor_keeps", between(numbers, 0, 1));
  set(lines, "clock_keeps", chance(numbers, 800) ? 1 : 0);
  set(lines, "valve_travel_ms", pick(numbers, [300, 800, 2500]));
  set(lines, "battery_mv", 3600);
}

function tariffWords(course: Course, id: number, start_utc_s: number): string {
  const numbers = course.numbers;
  let text = decimal(id) + " " + decimal(start_utc_s) + " " + decimal(pick(numbers, STANDINGS));
  const blocks = between(numbers, 1, 4);
  let limit_l = 0;
  for (let block = 1; block <= blocks; block++) {
    limit_l += between(numbers, 1, 400);
    text = text + " " + decimal(block === blocks ? 0 : limit_l) + ":" + decimal(pick(numbers, PRICES));
  }
  return text;
}

function newTariff(course: Course): void {
  const numbers = course.numbers;
  const now_s = (course.start_utc_s === 0 ? START_UTC_S : course.start_utc_s) + Math.floor(course.now_ms / 1000);
  const midnight_s = (Math.floor(now_s / DAY_S) + 1) * DAY_S - 3600;
  const soon_s = now_s + between(numbers, 1, 60);
  const start_s = pick(numbers, [0, 0, now_s - 1000, soon_s, now_s + between(numbers, 0, DAY_S), midnight_s]);
  say(course, "tariff " + tariffWords(course, course.next_tariff, start_s));
  course.next_tariff += 1;
}

function water(course: Course): void {
  const numbers = course.numbers;
  switch (randomBelow(numbers, 5)) {
    case 0:
      say(course, "draw " + decimal(between(numbers, 60, 4000)) + " " + decimal(between(numbers, 1, 900000)));
      break;
    case 1:
      say(course, "draw " + decimal(between(numbers, 1, 60)) + " " + decimal(between(numbers, 1, 3600000)));
      break;
    case 2:
      say(course, "household " + decimal(between(numbers, 0, 1)));
      break;
    case 3:
      say(course, "flow " + decimal(between(numbers, 1, 30000)));
      break;
    default:
      say(course, "draw 3600 " + decimal(1000 * between(numbers, 1, 60)));
  }
}

function money(course: Course): void {
  const numbers = course.numbers;
  const roll = randomBelow(numbers, 10);
  if (roll < 6) {
    say(course, "credit " + decimal(course.next_sequence) + " " + decimal(pick(numbers, CREDITS)));
    course.next_sequence += between(numbers, 1, 3);
  } else if (roll < 8) {
    say(course, "credit " + decimal(randomBelow(numbers, course.next_sequence)) + " 77");
  } else {
    newTariff(course);
  }
}

function keys(course: Course, text: string): void {
  for (let i = 0; i < text.length; i++) {
    say(course, "key " + text.substring(i, i + 1));
  }
}

function people(course: Course): void {
  const numbers = course.numbers;
  switch (randomBelow(numbers, 6)) {
    case 0:
      keys(course, "##8");
      break;
    case 1:
      keys(course, "##9");
      break;
    case 2:
      say(course, "lock " + decimal(between(numbers, 0, 1)));
      break;
    case 3:
      say(course, "tamper " + pickText(numbers, ["case", "magnet", "reader"]) + " " + decimal(between(numbers, 0, 1)));
      break;
    case 4:
      say(course, "clear_tamper");
      break;
    default:
      say(course, "service " + pickText(numbers, ["read", "id", "log"]));
  }
}

function supply(course: Course): void {
  const numbers = course.numbers;
  switch (randomBelow(numbers, 4)) {
    case 0:
      say(course, "brown_out 1");
      break;
    case 1:
      say(course, "brown_out 0");
      break;
    case 2:
      say(course, "battery " + decimal(pick(numbers, [2900, 3050, 3600, 3600])));
      break;
    default:
      say(course, "power_cut " + decimal(pick(numbers, [0, 1, 5000, 7200000])));
  }
}

function faults(course: Course): void {
  const numbers = course.numbers;
  switch (randomBelow(numbers, 8)) {
    case 0:
      say(course, "valve " + pickText(numbers, ["stuck", "slow", "lying"]) + " " + pickText(numbers, ["0", "0", "1"]));
      break;
    case 1:
      say(course, "sensor " + pickText(numbers, ["cut", "empty"]) + " " + pickText(numbers, ["0", "0", "1"]));
      break;
    case 2:
      say(course, "sensor jump " + decimal(pick(numbers, [1, 5, 60000])));
      break;
    case 3:
      say(course, "clock jump " + pickText(numbers, ["-1", "-3600", "3600", "-90000", "90000", "-8640000", "8640000"]));
      break;
    case 4:
      say(course, "clock lost 0");
      break;
    case 5:
      say(course, "clock set " + decimal(START_UTC_S + Math.floor(course.now_ms / 1000)));
      break;
    case 6:
      say(course, "draw -600 " + decimal(between(numbers, 1, 20000)));
      break;
    default:
      say(course, "valve leak " + decimal(pick(numbers, [0, 20])));
  }
}

function wear(course: Course): void {
  const numbers = course.numbers;
  const sector = between(numbers, 0, 6);
  if (chance(numbers, 400)) {
    say(course, "nvm wear " + decimal(sector) + " " + pickText(numbers, ["program", "erase"]));
  } else if (chance(numbers, 500)) {
    say(course, "nvm low " + decimal(between(numbers, 0, 1)));
  } else {
    say(course, "nvm low 0");
  }
}

function step(course: Course): void {
  const roll = randomBelow(course.numbers, 100);
  if (roll < 40) {
    water(course);
  } else if (roll < 65) {
    money(course);
  } else if (roll < 82) {
    people(course);
  } else if (roll < 88) {
    supply(course);
  } else if (roll < 96 && course.faults) {
    faults(course);
  } else if (course.wears) {
    wear(course);
  } else {
    water(course);
  }
}

function randomStart(numbers: RandomNumbers): number {
  switch (randomBelow(numbers, 6)) {
    case 0:
      return DST_UTC_S - between(numbers, 0, DAY_S);
    case 1:
      return MONTH_UTC_S - between(numbers, 0, DAY_S);
    case 2:
      return 0;
    default:
      return START_UTC_S + between(numbers, 0, DAY_S);
  }
}

/** A program, and what its tokens mean. */
export interface RandomProgram {
  lines: string[];
  tokens: ToldToken[];
}

/** Tokens are drawn from numbers of their own, so that the program is the one of its seed with tokens between. */
function keyInTokens(course: Course, maker: TokenMaker): void {
  if (chance(maker.numbers, TOKEN_PERMILLE)) {
    keys(course, nextNumber(maker));
  }
}

/** The program of a seed; `part` names its memory, "" lets the seed choose. */
export function randomProgram(seed: number, part: string, with_tokens: boolean): RandomProgram {
  const numbers = numbersOf(seed, 0);
  const lines = ["program 1"];
  setMeter(lines, numbers);
  setClockAndTwins(lines, numbers);
  const chosen = NVM_GEOMETRIES[randomBelow(numbers, NVM_GEOMETRIES.length)].name;
  lines.push("set nvm " + (part === "" ? chosen : part));
  const start_utc_s = randomStart(numbers);
  const course: Course = {
    numbers: numbers,
    lines: lines,
    now_ms: 0,
    start_utc_s: start_utc_s,
    next_sequence: 1,
    next_tariff: 2,
    faults: chance(numbers, 600),
    wears: chance(numbers, 200),
  };
  const maker = createTokenMaker(numbersOf(seed, TOKEN_NUMBERS));
  if (with_tokens) {
    lines.push("set token_key " + RANDOM_KEY);
    set(lines, "token_first_tid", RANDOM_FIRST_TID);
    set(lines, "repay_permille", pick(maker.numbers, [1, 500, 1000]));
  }
  lines.push("tariff " + tariffWords(course, 1, 0));
  lines.push("begin " + decimal(start_utc_s) + " " + decimal(between(numbers, 1, 1000000)) + " 0");
  say(course, "commission " + decimal(pick(numbers, OPENINGS)));
  const steps = pick(numbers, STEPS);
  for (let i = 0; i < steps; i++) {
    course.now_ms += between(numbers, 0, 1) * pick(numbers, GAPS_MS) + between(numbers, 0, 3000);
    step(course);
    if (with_tokens) {
      keyInTokens(course, maker);
    }
  }
  course.now_ms += 3600000;
  say(course, "end");
  return { lines: lines, tokens: maker.made };
}
