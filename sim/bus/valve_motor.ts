/**
 * Valve motor on an H-bridge, with end switches (low at the end). Its place follows the inputs of the bridge: open
 * forward, close backward, both or none: it stands.
 *
 * Faults: `jammed` (runs and does not move), `slow` (a third of its speed), each switch stuck at a level (`open_stuck`,
 * `closed_stuck`: "no", "low", "high"). Both inputs high is a short circuit of the bridge: `shorted_us` counts it.
 * Not modelled: current, coasting.
 */
import type { BusTime } from "./bus_time";
import type { PinTwin } from "./pins";
import { createPin } from "./pins";
import type { SwitchWires } from "./wires";

export interface ValveMotor {
  time: BusTime;
  open_input: PinTwin;
  close_input: PinTwin;
  open_switch: SwitchWires;
  closed_switch: SwitchWires;
  travel_us: number;
  /** 0 closed, `travel_us` open. */
  place_us: number;
  since_us: number;
  jammed: boolean;
  slow: boolean;
  open_stuck: "no" | "low" | "high";
  closed_stuck: "no" | "low" | "high";
  /** How long current has flowed since the motor was made, and through both sides at once. */
  ran_us: number;
  shorted_us: number;
}

/** Brings the place up to now. */
export function followMotor(motor: ValveMotor): void {
  const span_us = motor.time.now_us - motor.since_us;
  motor.since_us = motor.time.now_us;
  const open = motor.open_input.level;
  const close = motor.close_input.level;
  if (open && close) {
    motor.shorted_us += span_us + 1;
    return;
  }
  if (!open && !close) {
    return;
  }
  motor.ran_us += span_us;
  if (motor.jammed) {
    return;
  }
  const moved_us = motor.slow ? Math.floor(span_us / 3) : span_us;
  const place_us = open ? motor.place_us + moved_us : motor.place_us - moved_us;
  motor.place_us = Math.max(0, Math.min(place_us, motor.travel_us));
}

function switchLevel(stuck: "no" | "low" | "high", at_end: boolean): boolean {
  return stuck === "no" ? !at_end : stuck === "high";
}

/** The level of an input was what it is until now, so what it did is booked before it changes. */
function input(time: BusTime, motor: () => ValveMotor): PinTwin {
  const pin = createPin(time, false);
  const inner = pin.port;
  pin.port = {
    high: function () {
      return inner.high();
    },
    watch: function (listener) {
      inner.watch(listener);
    },
    set: function (high) {
      followMotor(motor());
      inner.set(high);
      followMotor(motor());
    },
  };
  return pin;
}

export function createValveMotor(time: BusTime, travel_ms: number): ValveMotor {
  const self = function (): ValveMotor {
    return motor;
  };
  const motor: ValveMotor = {
    time: time,
    open_input: input(time, self),
    close_input: input(time, self),
    open_switch: {
      high: function () {
        followMotor(motor);
        return switchLevel(motor.open_stuck, motor.place_us >= motor.travel_us);
      },
    },
    closed_switch: {
      high: function () {
        followMotor(motor);
        return switchLevel(motor.closed_stuck, motor.place_us <= 0);
      },
    },
    travel_us: travel_ms * 1000,
    place_us: 0,
    since_us: 0,
    jammed: false,
    slow: false,
    open_stuck: "no",
    closed_stuck: "no",
    ran_us: 0,
    shorted_us: 0,
  };
  return motor;
}
