/**
 * Events of a leak run: steps of a program (program.ts) drawn at random, each with what undoes it, so that the meter
 * goes on living; and the steps that bring every meter into one and the same state.
 */
import { decimal } from "../../../firmware/text";
import type { RandomNumbers } from "../random_numbers";
import { randomBelow } from "../random_numbers";

/** A step: its verb and arguments, and how long after the step before it. */
export interface Step {
  wait_ms: number;
  words: string;
}

const SECOND_MS = 1000;
const HOUR_MS = 3600000;
const MONTH_S = 2678400;
/** Longest draw; the next step comes later than that. */
const DRAW_MAX_MS = 40000;
/** A step comes this long after the end of a draw before it; every sixth or so crosses a quarter of an hour. */
const WAIT_MAX_MS = 200000;
/** Without 9, so that no "##9" by chance locks the valve for the rest of the run. */
const KEYS = "*#012345678";
const LINES: string[] = ["read", "id", "log", "log 7", "no such request", "a line that is longer than thirty-two"];
/** What happens and, by a step of its own, ends again. */
const PAIRS: string[][] = [
  ["lock 1", "lock 0"],
  ["key #", "key #", "key 9", "key #", "key #", "key 9"],
  ["tamper case 1", "tamper case 0", "clear_tamper"],
  ["tamper magnet 1", "tamper magnet 0", "clear_tamper"],
  ["sensor empty 1", "sensor empty 0"],
  ["sensor cut 1", "sensor cut 0", "clear_tamper"],
  ["valve stuck 1", "lock 1", "valve stuck 0", "lock 0"],
  ["valve leak 30", "lock 1", "valve leak 0", "lock 0"],
  ["battery 2900", "battery 3600"],
  ["brown_out 1", "brown_out 0"],
  ["clock jump 3600", "clock jump -3600"],
  ["clock lost 0", "clock set 1551654000"],
  ["card in 04A1B2C3D4E5F6", "card out 0"],
];

function pick(random: RandomNumbers, list: string[]): string {
  return list[randomBelow(random, list.length)];
}

function wordsOf(random: RandomNumbers, number: number): string[] {
  const kind = randomBelow(random, 20);
  if (kind < 9) {
    const flow_l_h = 180 + randomBelow(random, 1200);
    return ["draw " + decimal(flow_l_h) + " " + decimal(5000 + randomBelow(random, DRAW_MAX_MS - 5000))];
  }
  if (kind < 12) {
    const place = randomBelow(random, KEYS.length);
    return ["key " + KEYS.substring(place, place + 1)];
  }
  if (kind < 14) {
    return ["service " + pick(random, LINES)];
  }
  if (kind < 16) {
    return ["credit " + decimal(number) + " " + decimal(5000 + randomBelow(random, 10000))];
  }
  if (kind === 16) {
    return ["tariff " + decimal(number) + " 0 10007 5000:120011 12000:240337 0:480999"];
  }
  if (kind === 17) {
    return [pick(random, ["flow -3000", "sensor jump 3000", "radio 2C44", "flow 700", "flow 2500"])];
  }
  return PAIRS[randomBelow(random, PAIRS.length)];
}

/** The steps of event `number`. */
export function eventSteps(random: RandomNumbers, number: number): Step[] {
  const steps: Step[] = [];
  for (const text of wordsOf(random, number)) {
    steps.push({ wait_ms: DRAW_MAX_MS + randomBelow(random, WAIT_MAX_MS), words: text });
  }
  return steps;
}

/** More than the meter keeps. */
const MONTHS = 13;

/** What fills up with time, before anything happens: months of history, days of info codes. */
export function fillingSteps(): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < MONTHS; i++) {
    steps.push({ wait_ms: HOUR_MS, words: "clock jump " + decimal(MONTH_S) });
  }
  steps.push({ wait_ms: MONTH_S * SECOND_MS, words: "clock set 1551654000" });
  return steps;
}

/** More than the event log keeps. */
const LOCKS = 40;

/**
 * Steps after which two meters differ in numbers alone: no tap and no fault is open, the log holds the same codes, the
 * display shows a page of constant length, and nothing is on its way.
 */
export function settlingSteps(): Step[] {
  const steps: Step[] = [
    { wait_ms: HOUR_MS, words: "clock set 1551654000" },
    { wait_ms: 0, words: "clear_tamper" },
    // Leak, reverse and the impossible rate end with their hours.
    { wait_ms: 26 * HOUR_MS, words: "lock 0" },
  ];
  for (let i = 0; i < LOCKS; i++) {
    steps.push({ wait_ms: 10 * SECOND_MS, words: "lock 1" });
    steps.push({ wait_ms: 10 * SECOND_MS, words: "lock 0" });
  }
  for (const key of ["#", "#", "3"]) {
    steps.push({ wait_ms: SECOND_MS, words: "key " + key });
  }
  steps.push({ wait_ms: 10 * SECOND_MS, words: "service id" });
  steps.push({ wait_ms: 600 * SECOND_MS, words: "battery 3600" });
  return steps;
}
