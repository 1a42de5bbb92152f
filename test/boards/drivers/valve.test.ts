/** The H-bridge valve: its motor is off at the end, at travel time, after a boot, and never driven both ways. */
import assert from "node:assert/strict";
import { createHbridgeValve, LOOK_MS } from "../../../boards/drivers/hbridge_valve";
import type { Valve } from "../../../hal/valve";
import type { BusTime } from "../../../sim/bus/bus_time";
import { createBusTime, createBusTimer, passMs } from "../../../sim/bus/bus_time";
import { setPin } from "../../../sim/bus/pins";
import type { ValveMotor } from "../../../sim/bus/valve_motor";
import { createValveMotor, followMotor } from "../../../sim/bus/valve_motor";
import { describePortContract } from "../../hal/contract";

const TRAVEL_MS = 800;
const TRAVEL_MAX_MS = 2000;
const SEAT_MS = 100;

interface Rig {
  time: BusTime;
  motor: ValveMotor;
  boot: () => Valve;
  running: () => boolean;
}

function rig(): Rig {
  const time = createBusTime();
  const motor = createValveMotor(time, TRAVEL_MS);
  const pins = {
    open_input: motor.open_input.port,
    close_input: motor.close_input.port,
    open_switch: motor.open_switch,
    closed_switch: motor.closed_switch,
  };
  return {
    time,
    motor,
    boot: () => createHbridgeValve(pins, createBusTimer(time), TRAVEL_MAX_MS, SEAT_MS),
    running: () => motor.open_input.level || motor.close_input.level,
  };
}

function ranMs(motor: ValveMotor): number {
  followMotor(motor);
  return Math.round(motor.ran_us / 1000);
}

describePortContract("valve", "H-bridge driver on its motor", () => {
  const { time, boot } = rig();
  return {
    port: boot(),
    pass: (span_ms) => {
      passMs(time, span_ms);
    },
  };
});

describe("the H-bridge valve", () => {
  it("presses the valve into its seat for a set time, then cuts the motor", () => {
    const { time, motor, boot, running } = rig();
    boot().drive("open");
    passMs(time, TRAVEL_MS + SEAT_MS + 2 * LOOK_MS);
    assert.equal(running(), false);
    const ran_ms = ranMs(motor);
    assert.ok(ran_ms >= TRAVEL_MS + SEAT_MS && ran_ms <= TRAVEL_MS + SEAT_MS + 2 * LOOK_MS, `${ran_ms}`);
  });

  it("cuts a motor that does not get there, at travel_max_ms to the millisecond, whatever is wrong", () => {
    for (const fault of ["jammed", "slow", "open_stuck", "closed_stuck"] as const) {
      for (const direction of ["open", "close"] as const) {
        const { time, motor, boot, running } = rig();
        if (direction === "close") motor.place_us = motor.travel_us;
        if (fault === "jammed" || fault === "slow") motor[fault] = true;
        else motor[fault] = "high";
        const valve = boot();
        valve.drive(direction);
        passMs(time, TRAVEL_MAX_MS);
        assert.equal(running(), false, `${fault}, ${direction}`);
        assert.ok(ranMs(motor) <= TRAVEL_MAX_MS);
        passMs(time, 60_000);
        assert.ok(ranMs(motor) <= TRAVEL_MAX_MS);
      }
    }
  });

  it("needs several drives for a slow valve, and gets it there", () => {
    const { time, motor, boot } = rig();
    motor.slow = true;
    const valve = boot();
    valve.drive("open");
    passMs(time, TRAVEL_MAX_MS);
    assert.equal(valve.position(), "between");
    valve.drive("open");
    passMs(time, TRAVEL_MAX_MS);
    assert.equal(valve.position(), "open");
  });

  it("drives home a valve whose switch says that it is there already", () => {
    const { time, motor, boot } = rig();
    const valve = boot();
    assert.equal(valve.position(), "closed");
    assert.equal(valve.drive("close"), "started");
    passMs(time, TRAVEL_MAX_MS);
    const ran_ms = ranMs(motor);
    assert.ok(ran_ms >= SEAT_MS && ran_ms <= SEAT_MS + 2 * LOOK_MS, `${ran_ms}`);
  });

  it("never drives both ways at once, in any order of drives", () => {
    const { time, motor, boot } = rig();
    const valve = boot();
    for (let times = 0; times < 200; times++) {
      valve.drive(times % 3 === 0 ? "open" : "close");
      passMs(time, (times * 137) % (TRAVEL_MAX_MS + 200));
    }
    followMotor(motor);
    assert.equal(motor.shorted_us, 0);
  });

  it("calls the position unknown when both switches say that the valve is at their end", () => {
    const { motor, boot } = rig();
    motor.open_stuck = "low";
    assert.equal(boot().position(), "unknown");
  });

  it("runs a valve without switches for its whole travel, and never says that it knows where it is", () => {
    const { time, motor } = rig();
    const [open_input, close_input] = [motor.open_input.port, motor.close_input.port];
    const pins = { open_input, close_input, open_switch: undefined, closed_switch: undefined };
    const valve = createHbridgeValve(pins, createBusTimer(time), TRAVEL_MAX_MS, SEAT_MS);
    valve.drive("open");
    passMs(time, TRAVEL_MAX_MS);
    assert.deepEqual([ranMs(motor), motor.open_input.level, valve.position()], [TRAVEL_MAX_MS, false, "unknown"]);
  });

  it("stops a motor that a reset left running", () => {
    const { time, motor, boot, running } = rig();
    setPin(motor.open_input, true);
    boot();
    assert.equal(running(), false);
    passMs(time, 1000);
    assert.equal(motor.place_us, 0);
  });

  it("is not blocked for ever when the engine has lost its timer", () => {
    const { time, motor, boot, running } = rig();
    const valve = boot();
    valve.drive("open");
    time.alarms = [];
    passMs(time, TRAVEL_MAX_MS);
    assert.equal(valve.drive("close"), "started");
    assert.deepEqual([motor.open_input.level, motor.close_input.level], [false, true]);
    passMs(time, TRAVEL_MAX_MS);
    assert.deepEqual([running(), valve.position()], [false, "closed"]);
  });
});
