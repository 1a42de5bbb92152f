/**
 * Valve on an H-bridge (DRV8833 or DRV8871: IN1 high opens, IN2 high closes, both low lets the motor coast) with a switch
 * at either end, closed to ground and pulled up.
 *
 * The motor runs until `seat_ms` after its end switch, so that the valve is pressed into its seat and a drive towards
 * an end that it already has still presses it home; without a switch it is cut at `travel_max_ms`. Both are looked at
 * every LOOK_MS by the driver's own timer, so firmware that hangs in a callback of its own cannot burn the motor. An
 * interpreter that hangs as a whole is reset by the hardware watchdog (watchdog.ts), and at a reset the pins float, or are
 * pulled up weakly (boards/WIRING.md): the board must pull both inputs of the bridge down. The motor has to bear
 * travel_max_ms plus the watchdog's period.
 *
 * Never both inputs high: the other one is set low first, whatever was believed about it.
 *
 * Port: valve (hbridge).
 */
import { assert } from "../../firmware/assert";
import type { Timer } from "../../hal/timer";
import type { Valve, ValveDirection, ValvePosition } from "../../hal/valve";
import type { InputPin, OutputPin } from "./bus";

export const LOOK_MS = 20;

export interface HbridgePins {
  open_input: OutputPin;
  close_input: OutputPin;
  /** Low at the end; undefined where the valve has none. */
  open_switch: InputPin | undefined;
  closed_switch: InputPin | undefined;
}

interface State {
  pins: HbridgePins;
  timer: Timer;
  travel_max_ms: number;
  seat_ms: number;
  running: boolean;
  direction: ValveDirection;
  started_ms: number;
  /** When the end switch of this drive was first seen; negative before. */
  end_ms: number;
}

function reached(end: InputPin | undefined): boolean {
  return end !== undefined && !end.high();
}

function positionOf(pins: HbridgePins): ValvePosition {
  const open = reached(pins.open_switch);
  const closed = reached(pins.closed_switch);
  const blind = pins.open_switch === undefined && pins.closed_switch === undefined;
  if (blind || (open && closed)) {
    // Both cannot be: a switch or its wire is broken. Without any, nothing is known and nothing is assumed.
    return "unknown";
  }
  if (open) {
    return "open";
  }
  return closed ? "closed" : "between";
}

function stop(state: State): void {
  state.pins.open_input.set(false);
  state.pins.close_input.set(false);
  state.running = false;
}

function atEnd(state: State): boolean {
  const pins = state.pins;
  return reached(state.direction === "open" ? pins.open_switch : pins.closed_switch);
}

function look(state: State): void {
  const now_ms = state.timer.now_ms();
  if (state.end_ms < 0 && atEnd(state)) {
    state.end_ms = now_ms;
  }
  const seated = state.end_ms >= 0 && now_ms - state.end_ms >= state.seat_ms;
  const left_ms = state.started_ms + state.travel_max_ms - now_ms;
  if (seated || left_ms <= 0) {
    stop(state);
    return;
  }
  state.timer.alarm(now_ms + Math.min(LOOK_MS, left_ms), function () {
    look(state);
  });
}

/** The timer must be the valve's own. Stops a motor that a reset has left running. */
export function createHbridgeValve(pins: HbridgePins, timer: Timer, travel_max_ms: number, seat_ms: number): Valve {
  assert(seat_ms >= 0 && seat_ms < travel_max_ms, "a valve seats within its travel");
  const state: State = {
    pins: pins,
    timer: timer,
    travel_max_ms: travel_max_ms,
    seat_ms: seat_ms,
    running: false,
    direction: "close",
    started_ms: 0,
    end_ms: -1,
  };
  stop(state);
  return {
    travel_max_ms: travel_max_ms,
    drive: function (direction) {
      // A look that never came (the engine has lost the timer) must neither run the motor for ever nor block the valve.
      if (state.running && timer.now_ms() - state.started_ms >= travel_max_ms) {
        stop(state);
      }
      if (state.running) {
        return "busy";
      }
      stop(state);
      state.running = true;
      state.direction = direction;
      state.started_ms = timer.now_ms();
      state.end_ms = -1;
      if (direction === "open") {
        pins.open_input.set(true);
      } else {
        pins.close_input.set(true);
      }
      look(state);
      return "started";
    },
    position: function () {
      return positionOf(pins);
    },
  };
}
