/**
 * Demand: the draws of an ordinary household, the same for the same seed.
 *
 * Every quarter of an hour each kind of draw may begin once, with a chance that follows the hour of the day; flows and
 * lengths are drawn between bounds. The means come to about 450 litres a day, a family of three or four:
 *
 *   kind      a day   flow l/h    seconds     litres each
 *   toilet     21     480          40 -  70    7
 *   tap        40     180 - 540     8 -  60    3
 *   shower      3     420 - 600   240 - 480   51
 *   machine   0.4     600         280 - 320   50
 */
import { decimal } from "../../firmware/text";
import type { FlowSensorTwin } from "../twins/flow_sensor";
import { changeDemand } from "../twins/flow_sensor";
import type { Queue, QueuedEvent } from "./queue";
import { cancelEvent, createEvent, scheduleEvent } from "./queue";
import type { RandomNumbers } from "./random_numbers";
import { createRandomNumbers, randomBelow } from "./random_numbers";
import type { Trace } from "./trace";
import { numberField, textField, writeLine } from "./trace";

const SLOT_MS = 900000;
const HOUR_S = 3600;

/** Share of a day's draws by local hour, in thousandths; they add up to 1000. */
const HOURS: number[] = [8, 5, 4, 4, 6, 20, 70, 95, 80, 55, 42, 40, 55, 58, 42, 36, 38, 46, 62, 78, 70, 46, 26, 14];

interface Kind {
  name: string;
  /** Draws in ten days. */
  per_ten_days: number;
  least_l_h: number;
  most_l_h: number;
  least_s: number;
  most_s: number;
}

const KINDS: Kind[] = [
  { name: "toilet", per_ten_days: 210, least_l_h: 480, most_l_h: 480, least_s: 40, most_s: 70 },
  { name: "tap", per_ten_days: 400, least_l_h: 180, most_l_h: 540, least_s: 8, most_s: 60 },
  { name: "shower", per_ten_days: 30, least_l_h: 420, most_l_h: 600, least_s: 240, most_s: 480 },
  { name: "machine", per_ten_days: 4, least_l_h: 600, most_l_h: 600, least_s: 280, most_s: 320 },
];

export interface Household {
  random: RandomNumbers;
  slot: QueuedEvent;
}

/** Opens a tap at a time for a while. */
export function openTap(
  queue: Queue,
  flow: FlowSensorTwin,
  flow_l_h: number,
  at_ms: number,
  duration_ms: number,
): void {
  const close = createEvent(function () {
    changeDemand(flow, 0 - flow_l_h);
  });
  const open = createEvent(function () {
    changeDemand(flow, flow_l_h);
    scheduleEvent(queue, close, queue.now_ms + duration_ms);
  });
  scheduleEvent(queue, open, at_ms);
}

function between(random: RandomNumbers, least: number, most: number): number {
  return least + randomBelow(random, most - least + 1);
}

/** Whether a kind of draw begins in this slot: chance = per_ten_days / 10 * share / 1000 / 4 slots. */
function begins(random: RandomNumbers, kind: Kind, hour: number): boolean {
  return randomBelow(random, 40000) < kind.per_ten_days * HOURS[hour];
}

function planSlot(household: Household, queue: Queue, flow: FlowSensorTwin, trace: Trace, hour: number): void {
  const random = household.random;
  for (const kind of KINDS) {
    if (begins(random, kind, hour)) {
      const at_ms = queue.now_ms + randomBelow(random, SLOT_MS);
      const flow_l_h = between(random, kind.least_l_h, kind.most_l_h);
      const duration_ms = between(random, kind.least_s, kind.most_s) * 1000;
      openTap(queue, flow, flow_l_h, at_ms, duration_ms);
      if (trace.on) {
        const times = numberField("at_ms", at_ms) + numberField("duration_ms", duration_ms);
        writeLine(trace, "event", "draw", textField("kind", kind.name) + numberField("flow_l_h", flow_l_h) + times);
      }
    }
  }
}

/** A household that begins at once; `local_start_s` is the local time at virtual time 0. */
export function createHousehold(
  queue: Queue,
  flow: FlowSensorTwin,
  trace: Trace,
  seed: number,
  local_start_s: number,
): Household {
  const household: Household = {
    random: createRandomNumbers(seed),
    slot: createEvent(function () {
      const hour = Math.floor((local_start_s + Math.floor(queue.now_ms / 1000)) / HOUR_S) % 24;
      planSlot(household, queue, flow, trace, hour);
      scheduleEvent(queue, household.slot, queue.now_ms + SLOT_MS);
    }),
  };
  if (trace.on) {
    writeLine(trace, "event", "household", textField("seed", decimal(seed)));
  }
  scheduleEvent(queue, household.slot, queue.now_ms);
  return household;
}

/** Plans no further draws; those planned run to their end. */
export function stopHousehold(household: Household, queue: Queue): void {
  cancelEvent(queue, household.slot);
}
