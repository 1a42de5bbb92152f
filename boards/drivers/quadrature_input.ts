/**
 * Quadrature input: a flow sensor with two channels a quarter of a pulse apart, which tell the direction.
 *
 * Forward the channels run 00, 01, 11, 10 (A, B), backward the other way round: one pulse is four steps. The steps
 * since the last whole pulse are kept with their sign, so contact bounce and a wheel that trembles about an edge add
 * nothing: a pulse back needs four steps back. That is also why nothing has to be debounced. Two steps at once, of
 * which one was missed, go in the direction of the last step: water rarely turns around between two of them.
 *
 * The supervisor is that of pulse_input.ts: every `look_ms` the levels themselves are looked at, and a watch that told
 * nothing of its channel's change, twice in a row, is armed anew. No step is lost while `look_ms` is shorter than a
 * quarter of the fastest pulse; up to half a pulse, a missed step is made good.
 *
 * Port: flow (quadrature).
 */
import { assert } from "../../firmware/assert";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Timer } from "../../hal/timer";
import type { WatchedPin } from "./bus";
import type { SensorLines, SensorStatus } from "./sensor_lines";
import { COUNT_WRAP, countingPort, lookAtLines } from "./sensor_lines";

const STEPS_PER_PULSE = 4;
const LOOKS_MISSED_MAX = 3;

export interface QuadratureInput {
  port: FlowSensor;
  rearmed(): number;
}

interface State {
  channel_a: WatchedPin;
  channel_b: WatchedPin;
  timer: Timer;
  look_ms: number;
  lines: SensorLines;
  status: SensorStatus;
  a_high: boolean;
  b_high: boolean;
  /** 0 to 3, in the order of forward flow. */
  place: number;
  /** Steps since the last whole pulse, negative backward. */
  steps: number;
  backward: boolean;
  forward: number;
  reverse: number;
  /** Looks that found a level of A, of B which no edge had told, since the channel's last edge. */
  a_untold: number;
  b_untold: number;
  looked_ms: number;
  rearmed: number;
  listener: () => void;
}

function placeOf(a_high: boolean, b_high: boolean): number {
  if (a_high) {
    return b_high ? 2 : 3;
  }
  return b_high ? 1 : 0;
}

/** Takes the levels; true when a pulse is whole. */
function takeLevels(state: State): boolean {
  const place = placeOf(state.a_high, state.b_high);
  const moved = (place - state.place + STEPS_PER_PULSE) % STEPS_PER_PULSE;
  state.place = place;
  if (moved === 1 || moved === 3) {
    state.backward = moved === 3;
    state.steps += moved === 3 ? -1 : 1;
  } else if (moved === 2) {
    state.steps += state.backward ? -2 : 2;
  }
  if (state.steps >= STEPS_PER_PULSE) {
    state.steps -= STEPS_PER_PULSE;
    state.forward = (state.forward + 1) % COUNT_WRAP;
    return true;
  }
  if (state.steps <= 0 - STEPS_PER_PULSE) {
    state.steps += STEPS_PER_PULSE;
    state.reverse = (state.reverse + 1) % COUNT_WRAP;
    return true;
  }
  return false;
}

function told(state: State): void {
  if (!state.status.cut && takeLevels(state)) {
    state.listener();
  }
  if (state.timer.now_ms() - state.looked_ms > LOOKS_MISSED_MAX * state.look_ms) {
    look(state);
  }
}

function watch(state: State): void {
  state.a_untold = 0;
  state.b_untold = 0;
  state.channel_a.watch(function (high) {
    state.a_untold = 0;
    state.a_high = high;
    told(state);
  });
  state.channel_b.watch(function (high) {
    state.b_untold = 0;
    state.b_high = high;
    told(state);
  });
}

function lookAtLevels(state: State): boolean {
  const a_high = state.channel_a.high();
  const b_high = state.channel_b.high();
  if (a_high === state.a_high && b_high === state.b_high) {
    return false;
  }
  state.a_untold += a_high === state.a_high ? 0 : 1;
  state.b_untold += b_high === state.b_high ? 0 : 1;
  state.a_high = a_high;
  state.b_high = b_high;
  if (state.a_untold > 1 || state.b_untold > 1) {
    state.rearmed += 1;
    watch(state);
  }
  return takeLevels(state);
}

function look(state: State): void {
  const now_ms = state.timer.now_ms();
  state.looked_ms = now_ms;
  state.timer.alarm(now_ms + state.look_ms, function () {
    look(state);
  });
  const was_cut = state.status.cut;
  const changed = lookAtLines(state.lines, state.status);
  if (was_cut && !state.status.cut) {
    // What the channels did on a cut cable was no water.
    state.a_high = state.channel_a.high();
    state.b_high = state.channel_b.high();
    state.place = placeOf(state.a_high, state.b_high);
  }
  if (!state.status.cut && lookAtLevels(state)) {
    state.listener();
  }
  if (changed) {
    state.listener();
  }
}

function portOf(state: State): FlowSensor {
  return countingPort(
    state.status,
    function () {
      return state.forward;
    },
    function () {
      return state.reverse;
    },
    function (listener) {
      state.listener = listener;
      watch(state);
    },
  );
}

function nobody(): void {
  return;
}

/** The timer must be the input's own. */
export function createQuadratureInput(
  channel_a: WatchedPin,
  channel_b: WatchedPin,
  timer: Timer,
  lines: SensorLines,
  look_ms: number,
): QuadratureInput {
  assert(look_ms >= 1, "channels are looked after");
  const state: State = {
    channel_a: channel_a,
    channel_b: channel_b,
    timer: timer,
    look_ms: look_ms,
    lines: lines,
    status: { cut: false, empty: false },
    a_high: channel_a.high(),
    b_high: channel_b.high(),
    place: placeOf(channel_a.high(), channel_b.high()),
    steps: 0,
    backward: false,
    forward: 0,
    reverse: 0,
    a_untold: 0,
    b_untold: 0,
    looked_ms: timer.now_ms(),
    rearmed: 0,
    listener: nobody,
  };
  watch(state);
  look(state);
  return {
    port: portOf(state),
    rearmed: function () {
      return state.rearmed;
    },
  };
}
