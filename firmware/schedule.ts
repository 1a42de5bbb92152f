/**
 * Schedule: the meter's deadlines, one slot each, over the timer port's single alarm.
 */
export const SLOT_BOUNDARY = 0;
export const SLOT_HOUR = 1;
export const SLOT_VALVE = 2;
export const SLOT_DUTY = 3;
export const SLOT_DISPLAY = 4;
export const SLOT_CARD = 5;
export const SLOT_TOKEN = 6;
export const SLOT_RADIO = 7;

/** Later than any meter lives (2^52 ms). */
export const NEVER_MS = 4503599627370496;

export interface Schedule {
  /** Monotonic milliseconds by slot; NEVER_MS when the slot is free. */
  deadlines_ms: number[];
}

export function createSchedule(): Schedule {
  return { deadlines_ms: [NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS] };
}

export function nextDeadline(schedule: Schedule): number {
  const list = schedule.deadlines_ms;
  const work_ms = Math.min(list[SLOT_BOUNDARY], list[SLOT_HOUR], list[SLOT_VALVE], list[SLOT_DUTY]);
  return Math.min(work_ms, list[SLOT_DISPLAY], list[SLOT_CARD], list[SLOT_TOKEN], list[SLOT_RADIO]);
}

/** True once for a deadline that has come: it frees the slot. */
export function takeDue(schedule: Schedule, slot: number, now_ms: number): boolean {
  if (schedule.deadlines_ms[slot] > now_ms) {
    return false;
  }
  schedule.deadlines_ms[slot] = NEVER_MS;
  return true;
}
