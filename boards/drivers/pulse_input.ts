/**
 * Pulse input: a flow sensor with one contact (reed switch or open collector to ground, pulled up), counted in
 * software.
 *
 * A pulse is a low phase of at least `debounce_ms`, counted once: at the edge that ends it or at the next look,
 * whichever comes first. The contact must then have been open for `debounce_ms` before the next one counts. All times
 * are those at which edges came, not at which their calls were made, so a busy main loop changes nothing.
 *
 * The supervisor. An engine may remove a watch without a word (Espruino does when its callback was interrupted or had
 * no memory), or drop an edge when its queue is full. So every `look_ms` the level itself is looked at, and one that
 * differs from what the edges told is taken as an edge of now. The second time without an edge in between the watch is
 * armed anew. While `look_ms` is no longer than the sensor's shortest phase, low or high, no pulse is lost even though
 * the watch is dead; a longer look saves energy, and loses the pulses that lie wholly between two looks until then.
 *
 * A cut cable: the contact is not looked at until the cable is whole again. A contact that is closed then counts as
 * counted, because a low phase that was interrupted by a cut must not be billed twice.
 *
 * Port: flow (pulse_input).
 */
import { assert } from "../../firmware/assert";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Timer } from "../../hal/timer";
import type { WatchedPin } from "./bus";
import type { SensorLines, SensorStatus } from "./sensor_lines";
import { COUNT_WRAP, countingPort, lookAtLines } from "./sensor_lines";

/** Looks that have not come: the supervisor's timer is lost. */
const LOOKS_MISSED_MAX = 3;

export interface PulseInputSettings {
  debounce_ms: number;
  look_ms: number;
}

export interface PulseInput {
  port: FlowSensor;
  /** How often the watch was armed anew because it had gone silent. */
  rearmed(): number;
}

interface State {
  pin: WatchedPin;
  timer: Timer;
  settings: PulseInputSettings;
  lines: SensorLines;
  status: SensorStatus;
  count: number;
  /** The level as known, and since when. */
  high: boolean;
  since_ms: number;
  /** The contact is closed, and its pulse counted. */
  closed: boolean;
  /** Looks that found a level which no edge had told, since the last edge that did. */
  untold: number;
  looked_ms: number;
  rearmed: number;
  listener: () => void;
}

/** Takes the level as real once it has lasted; true when that makes a pulse. */
function settle(state: State, now_ms: number): boolean {
  if (now_ms - state.since_ms < state.settings.debounce_ms || state.closed !== state.high) {
    return false;
  }
  state.closed = !state.high;
  if (state.closed) {
    state.count = (state.count + 1) % COUNT_WRAP;
  }
  return state.closed;
}

/** An edge to a level; true when it ends a pulse that was not counted yet. */
function takeEdge(state: State, high: boolean, at_ms: number): boolean {
  if (high === state.high) {
    // The look was faster than the call; the edge tells the truth about its time.
    state.since_ms = Math.min(state.since_ms, at_ms);
    return false;
  }
  const pulsed = settle(state, at_ms);
  state.high = high;
  state.since_ms = at_ms;
  return pulsed;
}

function watch(state: State): void {
  state.untold = 0;
  state.pin.watch(function (high, at_ms) {
    state.untold = 0;
    if (!state.status.cut && takeEdge(state, high, at_ms)) {
      state.listener();
    }
    if (state.timer.now_ms() - state.looked_ms > LOOKS_MISSED_MAX * state.settings.look_ms) {
      look(state);
    }
  });
}

/** The level itself, whatever the edges told; true when that makes a pulse. */
function lookAtLevel(state: State, now_ms: number): boolean {
  const high = state.pin.high();
  let pulsed = false;
  if (high !== state.high) {
    state.untold += 1;
    const untold = state.untold;
    pulsed = takeEdge(state, high, now_ms);
    if (untold > 1) {
      state.rearmed += 1;
      watch(state);
    }
  }
  return settle(state, now_ms) || pulsed;
}

/** The cable is whole again: whatever is closed now has been counted. */
function resume(state: State, now_ms: number): void {
  state.high = state.pin.high();
  state.closed = !state.high;
  state.since_ms = now_ms;
}

function look(state: State): void {
  const now_ms = state.timer.now_ms();
  state.looked_ms = now_ms;
  // First of all: whatever goes wrong below, there is a next look.
  state.timer.alarm(now_ms + state.settings.look_ms, function () {
    look(state);
  });
  const was_cut = state.status.cut;
  const changed = lookAtLines(state.lines, state.status);
  if (was_cut && !state.status.cut) {
    resume(state, now_ms);
  }
  if (!state.status.cut && lookAtLevel(state, now_ms)) {
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
      return state.count;
    },
    function () {
      return 0;
    },
    function (listener) {
      state.listener = listener;
      watch(state);
    },
  );
}

/** The timer must be the input's own. */
export function createPulseInput(
  pin: WatchedPin,
  timer: Timer,
  lines: SensorLines,
  settings: PulseInputSettings,
): PulseInput {
  assert(settings.debounce_ms >= 1 && settings.look_ms >= 1, "pulses are debounced and looked after");
  const now_ms = timer.now_ms();
  const high = pin.high();
  const state: State = {
    pin: pin,
    timer: timer,
    settings: settings,
    lines: lines,
    status: { cut: false, empty: false },
    count: 0,
    high: high,
    since_ms: now_ms,
    // A contact that is closed at boot was counted before it, or is the one pulse that a power cut may lose.
    closed: !high,
    untold: 0,
    looked_ms: now_ms,
    rearmed: 0,
    listener: function () {
      return;
    },
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
