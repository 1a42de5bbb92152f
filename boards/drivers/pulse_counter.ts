/**
 * Pulse counter: a flow sensor counted by hardware (pulse counter unit of an ESP32, counter chip), which needs neither
 * watch nor debounce in software and loses nothing while the engine is busy.
 *
 * The hardware wraps at its own modulus; every `look_ms` what it has counted is added, so the modulus must be more than
 * the pulses of one look, twice over. A count that has stepped back is a counter that was cleared (a brown-out of its
 * own): what it shows since then is added.
 *
 * Port: flow (pulse_counter).
 */
import { assert } from "../../firmware/assert";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Timer } from "../../hal/timer";
import type { SensorLines, SensorStatus } from "./sensor_lines";
import { COUNT_WRAP, countingPort, lookAtLines } from "./sensor_lines";

export interface HardwareCounter {
  readonly modulus: number;
  /** Pulses so far, modulo `modulus`. */
  value(): number;
}

interface State {
  counter: HardwareCounter;
  timer: Timer;
  look_ms: number;
  lines: SensorLines;
  status: SensorStatus;
  seen: number;
  count: number;
  listener: () => void;
}

/** True when there were pulses. */
function addCounted(state: State): boolean {
  const value = state.counter.value();
  const modulus = state.counter.modulus;
  let pulses = (value - state.seen + modulus) % modulus;
  if (pulses > Math.floor(modulus / 2)) {
    pulses = value;
  }
  state.seen = value;
  if (state.status.cut) {
    return false;
  }
  state.count = (state.count + pulses) % COUNT_WRAP;
  return pulses > 0;
}

function look(state: State): void {
  state.timer.alarm(state.timer.now_ms() + state.look_ms, function () {
    look(state);
  });
  if (addCounted(state)) {
    state.listener();
  }
  if (lookAtLines(state.lines, state.status)) {
    state.listener();
  }
}

function portOf(state: State): FlowSensor {
  return countingPort(
    state.status,
    function () {
      return state.count;
    },
    function () {
      return 0;
    },
    function (listener) {
      state.listener = listener;
    },
  );
}

/** The timer must be the counter's own. */
export function createPulseCounter(
  counter: HardwareCounter,
  timer: Timer,
  lines: SensorLines,
  look_ms: number,
): FlowSensor {
  assert(counter.modulus >= 256 && look_ms >= 1, "a counter is read before it wraps");
  const state: State = {
    counter: counter,
    timer: timer,
    look_ms: look_ms,
    lines: lines,
    status: { cut: false, empty: false },
    seen: counter.value(),
    count: 0,
    listener: function () {
      return;
    },
  };
  look(state);
  return portOf(state);
}
