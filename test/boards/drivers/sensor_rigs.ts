/** Flow sensor drivers on pins that a sensor moves, in bus time. */
import { createPulseCounter } from "../../../boards/drivers/pulse_counter";
import { createPulseInput } from "../../../boards/drivers/pulse_input";
import { createQuadratureInput } from "../../../boards/drivers/quadrature_input";
import type { FlowSensor } from "../../../hal/flow_sensor";
import type { BusTime } from "../../../sim/bus/bus_time";
import { createBusTime, createBusTimer, passMs } from "../../../sim/bus/bus_time";
import type { PinTwin } from "../../../sim/bus/pins";
import { bouncePin, createPin, setPin } from "../../../sim/bus/pins";
import type { Benches } from "../../hal/benches";

/** A reed contact: closed for so long, then open for so long. */
export const PHASE_MS = 60;
export const DEBOUNCE_MS = 10;
export const LOOK_MS = 50;

/** A driver that is made anew at each boot, behind one port. */
interface Booted {
  port: FlowSensor;
  rearmed: () => number;
}

export interface SensorRig {
  time: BusTime;
  pins: PinTwin[];
  loop: PinTwin;
  empty: PinTwin;
  port: FlowSensor;
  rearmed: () => number;
  /** One pulse of the sensor. */
  pulse: (backward: boolean) => void;
  off: () => void;
  on: () => void;
}

function portOf(current: () => FlowSensor): FlowSensor {
  return {
    count_wrap: current().count_wrap,
    survives_power_cut: current().survives_power_cut,
    forward_count: () => current().forward_count(),
    reverse_count: () => current().reverse_count(),
    empty_pipe: () => current().empty_pipe(),
    fault: () => current().fault(),
    on_change: (listener) => {
      current().on_change(listener);
    },
  };
}

function rigOf(time: BusTime, pins: PinTwin[], boot: (lines: { loop: PinTwin; empty: PinTwin }) => Booted): SensorRig {
  const lines = { loop: createPin(time, false), empty: createPin(time, false) };
  let booted = boot(lines);
  return {
    time,
    pins,
    ...lines,
    port: portOf(() => booted.port),
    rearmed: () => booted.rearmed(),
    pulse: () => undefined,
    off: () => {
      time.alarms = [];
      for (const pin of pins) pin.removed = true;
    },
    on: () => {
      booted = boot(lines);
    },
  };
}

export interface ReedOptions {
  bounces?: number;
  look_ms?: number;
}

export function reedRig(options: ReedOptions = {}): SensorRig {
  const time = createBusTime();
  const pin = createPin(time, true);
  const rig = rigOf(time, [pin], (lines) =>
    createPulseInput(
      pin.port,
      createBusTimer(time),
      { loop: lines.loop.port, empty: lines.empty.port },
      { debounce_ms: DEBOUNCE_MS, look_ms: options.look_ms ?? LOOK_MS },
    ),
  );
  rig.pulse = () => {
    for (const high of [false, true]) {
      // On a cut cable the contact reaches no one.
      if (!rig.loop.level) bouncePin(time, pin, high, options.bounces ?? 0, 300);
      passMs(time, PHASE_MS);
    }
  };
  return rig;
}

const FORWARD: [boolean, boolean][] = [
  [false, true],
  [true, true],
  [true, false],
  [false, false],
];

export function quadratureRig(look_ms = LOOK_MS): SensorRig {
  const time = createBusTime();
  const [a, b] = [createPin(time, false), createPin(time, false)];
  const rig = rigOf(time, [a, b], (lines) =>
    createQuadratureInput(
      a.port,
      b.port,
      createBusTimer(time),
      { loop: lines.loop.port, empty: lines.empty.port },
      look_ms,
    ),
  );
  rig.pulse = (backward) => {
    const order = backward ? [FORWARD[2], FORWARD[1], FORWARD[0], FORWARD[3]] : FORWARD;
    for (const [a_high, b_high] of order) {
      if (!rig.loop.level) {
        setPin(a, a_high);
        setPin(b, b_high);
      }
      passMs(time, PHASE_MS);
    }
  };
  return rig;
}

/** A counter chip of 15 bits. */
export function counterRig(): SensorRig & { counter: { modulus: number; count: number } } {
  const time = createBusTime();
  const counter = { modulus: 32768, count: 32700, value: () => counter.count };
  const rig = rigOf(time, [], (lines) => ({
    port: createPulseCounter(
      counter,
      createBusTimer(time),
      { loop: lines.loop.port, empty: lines.empty.port },
      LOOK_MS,
    ),
    rearmed: () => 0,
  }));
  rig.pulse = () => {
    if (!rig.loop.level) counter.count = (counter.count + 1) % counter.modulus;
    passMs(time, PHASE_MS);
  };
  return { ...rig, counter };
}

export function flowBench(rig: SensorRig, undirected: boolean): Benches["flow"] {
  const pass = (span_ms: number): void => {
    passMs(rig.time, span_ms);
  };
  return {
    port: rig.port,
    undirected,
    pass,
    run: (pulses) => {
      for (let count = 0; count < Math.abs(pulses); count++) rig.pulse(pulses < 0);
    },
    set_empty: (empty) => {
      setPin(rig.empty, empty);
      pass(2 * LOOK_MS);
    },
    set_cut: (cut) => {
      setPin(rig.loop, cut);
      pass(2 * LOOK_MS);
    },
    off: rig.off,
    on: rig.on,
  };
}
