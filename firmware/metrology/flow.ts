/**
 * Flow: the rate in litres per hour, measured over windows, and what a rate says about the sensor. Legally relevant.
 */
import { assert } from "../assert";
import type { Register } from "./register";

/** A window is closed by the first pulse after this time. */
export const WINDOW_MS = 30000;
export const HOUR_MS = 3600000;

export interface Flow {
  last_pulse_ms: number;
  /** Pulses that the open window may still bring before it would be more than the pipe can carry. */
  window_left: number;
  window_start_ms: number;
  /** Pulses that a window can bring at the largest flow, and one. */
  window_max: number;
  /** Rate of the last closed window. */
  flow_l_h: number;
  /** End of the last hour or more without any flow; LEAK counts from here. */
  stagnant_ms: number;
}

/** A window begins at `now_ms`; register and largest flow tell how many pulses it can bring. */
export function createFlow(now_ms: number, register: Register, flow_max_l_h: number): Flow {
  const window_max_ml = Math.floor((flow_max_l_h * WINDOW_MS) / 3600);
  const window_max = Math.floor((window_max_ml * register.pulse_pulses) / (register.pulse_litres * 1000)) + 1;
  return {
    last_pulse_ms: now_ms,
    window_left: window_max,
    window_start_ms: now_ms,
    window_max: window_max,
    flow_l_h: 0,
    stagnant_ms: now_ms,
  };
}

/** Closes the window at `now_ms` with the pulses that have just come. */
export function closeWindow(flow: Flow, now_ms: number, pulses: number, register: Register): void {
  const window_ms = now_ms - flow.window_start_ms;
  assert(window_ms > 0, "a window lasts");
  const window_pulses = flow.window_max - flow.window_left + pulses;
  const window_ml = Math.floor((window_pulses * register.pulse_litres * 1000) / register.pulse_pulses);
  flow.flow_l_h = Math.floor((window_ml * 3600) / window_ms);
  flow.window_start_ms = now_ms;
  flow.window_left = flow.window_max;
}

/** The rate now: the last window's, but no more than one pulse since the last pulse came; 0 after an hour's silence. */
export function flowNow(flow: Flow, now_ms: number, register: Register): number {
  const silent_ms = now_ms - flow.last_pulse_ms;
  if (silent_ms >= HOUR_MS) {
    return 0;
  }
  if (silent_ms <= 0) {
    return flow.flow_l_h;
  }
  const bound_l_h = Math.floor((register.pulse_litres * HOUR_MS) / (register.pulse_pulses * silent_ms));
  return bound_l_h < flow.flow_l_h ? bound_l_h : flow.flow_l_h;
}

/** Most time that a judgement of possibility looks back: the counts are read at least every quarter of an hour. */
const POSSIBLE_SPAN_MAX_MS = 900000;

/** Largest `flow_max_l_h` for which every product here stays below 2^53. */
export const FLOW_MAX_L_H = 100000;

/** Whether `pulses` can have come through the pipe in the time since the last pulse, with a window's grace. */
export function possible(
  flow: Flow,
  now_ms: number,
  pulses: number,
  register: Register,
  flow_max_l_h: number,
): boolean {
  assert(flow_max_l_h <= FLOW_MAX_L_H, "the settings bound the largest flow");
  const since_ms = now_ms - flow.last_pulse_ms;
  const span_ms = (since_ms < POSSIBLE_SPAN_MAX_MS ? since_ms : POSSIBLE_SPAN_MAX_MS) + WINDOW_MS;
  const litres_max = Math.floor((flow_max_l_h * span_ms) / HOUR_MS) + 1;
  return (pulses - 1) * register.pulse_litres <= litres_max * register.pulse_pulses;
}
