/**
 * Tamper switches: case contact, magnetic field sensor and reader cover, each debounced for SETTLE_MS and each with its
 * own sense. An input that a board does not have is never active.
 *
 * An edge starts the debouncing at once; a look every LOOK_MS finds what a removed watch did not tell. A change counts
 * once two readings SETTLE_MS apart agree on it.
 *
 * Port: tamper (switches).
 */
import type { Tamper, TamperInput } from "../../hal/tamper";
import type { Timer } from "../../hal/timer";
import type { WatchedPin } from "./bus";

export const SETTLE_MS = 100;
export const LOOK_MS = 1000;

export interface TamperSwitch {
  input: TamperInput;
  pin: WatchedPin;
  /** Level while tampered with. */
  active_high: boolean;
}

interface State {
  switches: TamperSwitch[];
  /** By place in `switches`: what counts, and what was read last. */
  active: boolean[];
  read: boolean[];
  timer: Timer;
  settling: boolean;
  listener: () => void;
}

/** Reads all inputs; true when one of them is not what counts. */
function readAll(state: State): boolean {
  let differs = false;
  for (let place = 0; place < state.switches.length; place++) {
    const one = state.switches[place];
    state.read[place] = one.pin.high() === one.active_high;
    differs = differs || state.read[place] !== state.active[place];
  }
  return differs;
}

/** Two readings agree: what both say counts. True when anything has changed. */
function agree(state: State, before: boolean[]): boolean {
  let changed = false;
  for (let place = 0; place < before.length; place++) {
    if (state.read[place] === before[place] && state.active[place] !== before[place]) {
      state.active[place] = before[place];
      changed = true;
    }
  }
  return changed;
}

function copied(list: boolean[]): boolean[] {
  const copy: boolean[] = [];
  for (const value of list) {
    copy.push(value);
  }
  return copy;
}

function look(state: State): void {
  const settled = state.settling;
  const before = copied(state.read);
  const differs = readAll(state);
  state.settling = differs;
  state.timer.alarm(state.timer.now_ms() + (differs ? SETTLE_MS : LOOK_MS), function () {
    look(state);
  });
  if (settled && agree(state, before)) {
    state.listener();
  }
}

function arm(state: State, one: TamperSwitch): void {
  one.pin.watch(function () {
    if (!state.settling) {
      look(state);
    }
  });
}

/** The timer must be the switches' own. What is active at boot is so at once. */
export function createTamperSwitches(switches: TamperSwitch[], timer: Timer): Tamper {
  const state: State = {
    switches: switches,
    active: [],
    read: [],
    timer: timer,
    settling: false,
    listener: function () {
      return;
    },
  };
  for (const one of switches) {
    state.active.push(one.pin.high() === one.active_high);
    state.read.push(one.pin.high() === one.active_high);
    arm(state, one);
  }
  look(state);
  return {
    active: function (input) {
      for (let place = 0; place < switches.length; place++) {
        if (switches[place].input === input && state.active[place]) {
          return true;
        }
      }
      return false;
    },
    on_change: function (listener) {
      state.listener = listener;
      for (const one of switches) {
        arm(state, one);
      }
    },
  };
}
