/**
 * Flow sensor twin, with the pipe it sits in: taps that ask for water, the valve that lets it pass, and the counter.
 * Faults, each switched on by a scenario:
 *   empty   the tube holds air: the status says so, and what runs is not counted
 *   cut     the cable is cut: the counts stand still, the status says so
 *   jump    the counter jumps by interference, without water
 *   deaf    the engine has lost the watch: the counts go on, the listener is not called until it is set again
 *   off     the meter has no power: a counter with its own cell counts on, any other restarts at 0 at boot
 * Not modelled: the error curve of the sensor (every litre counts as one), bounce (drivers debounce).
 *
 * Volume is kept in quanta of 1 / 3,600,000 litre, the volume that 1 l/h moves in 1 ms, times the pulses of the pulse
 * fraction; a pulse comes whenever a whole one is together, so no volume is ever rounded.
 */
import { assert } from "../../firmware/assert";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Queue, QueuedEvent } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
import type { ValveTwin } from "./valve";

const QUANTA_PER_LITRE = 3600000;
const QUANTA_PER_ML = 3600;

export interface FlowSensorTwin {
  port: FlowSensor;
  queue: Queue;
  valve: ValveTwin;
  /** What all open taps ask for together; negative runs backward. */
  demand_l_h: number;
  /** What passes: quanta (times pulse_pulses) per millisecond, and since when. */
  rate: number;
  since_ms: number;
  /** Quanta (times pulse_pulses) that are no whole pulse yet. */
  forward: number;
  backward: number;
  pulse_quanta: number;
  pulse_pulses: number;
  count_wrap: number;
  /** What the forward counter showed at the start, and what interference has added. */
  forward_offset: number;
  reverse_count: number;
  empty: boolean;
  cut: boolean;
  /** What runs is not counted. */
  uncounted: boolean;
  /** Forward pulses that ran and were counted, and that ran uncounted; these do not wrap. */
  counted_pulses: number;
  missed_pulses: number;
  pulse: QueuedEvent;
  other_pulse: QueuedEvent;
  notify: () => void;
  /** Who is told while the watch is not lost. */
  listener: () => void;
  powered: boolean;
}

function nobody(): void {
  return;
}

/** Books water that has passed, and its pulses; true when a pulse came. */
function pass(twin: FlowSensorTwin, quanta: number): boolean {
  if (quanta < 0) {
    const backward = twin.backward - quanta;
    const pulses = Math.floor(backward / twin.pulse_quanta);
    twin.backward = backward - pulses * twin.pulse_quanta;
    if (pulses === 0 || twin.uncounted) {
      return false;
    }
    twin.reverse_count = (twin.reverse_count + pulses) % twin.count_wrap;
    return true;
  }
  const forward = twin.forward + quanta;
  if (forward < twin.pulse_quanta) {
    twin.forward = forward;
    return false;
  }
  const pulses = Math.floor(forward / twin.pulse_quanta);
  twin.forward = forward - pulses * twin.pulse_quanta;
  if (twin.uncounted) {
    twin.missed_pulses += pulses;
    return false;
  }
  twin.counted_pulses += pulses;
  return true;
}

/** What the customer got so far, counted or not, in millilitres. */
export function deliveredMl(twin: FlowSensorTwin, pulse_litres: number): number {
  const pulses = twin.counted_pulses + twin.missed_pulses;
  const whole_ml = Math.floor((pulses * pulse_litres * 1000) / twin.pulse_pulses);
  return whole_ml + Math.floor(twin.forward / (QUANTA_PER_ML * twin.pulse_pulses));
}

/** Brings the volume up to now. */
function catchUp(twin: FlowSensorTwin): boolean {
  const now_ms = twin.queue.now_ms;
  if (twin.rate === 0) {
    twin.since_ms = now_ms;
    return false;
  }
  const quanta = twin.rate * (now_ms - twin.since_ms);
  twin.since_ms = now_ms;
  return pass(twin, quanta);
}

/**
 * Schedules the next pulse. Counted forward pulses that come one at a time have an event of their own, which is short;
 * water that runs backward, uncounted, or several pulses a millisecond takes the other one.
 */
function schedulePulse(twin: FlowSensorTwin): void {
  const queue = twin.queue;
  const rate = twin.rate;
  cancelEvent(queue, twin.pulse);
  cancelEvent(queue, twin.other_pulse);
  if (rate === 0) {
    return;
  }
  const missing = twin.pulse_quanta - (rate > 0 ? twin.forward : twin.backward);
  const speed = rate > 0 ? rate : 0 - rate;
  const plain = rate > 0 && rate < twin.pulse_quanta && !twin.uncounted;
  scheduleEvent(
    queue,
    plain ? twin.pulse : twin.other_pulse,
    twin.since_ms + Math.floor((missing + speed - 1) / speed),
  );
}

/** Books what has run, and looks ahead again. */
function followFlow(twin: FlowSensorTwin): void {
  const pulsed = catchUp(twin);
  schedulePulse(twin);
  if (pulsed) {
    twin.notify();
  }
}

/** Lets the flow follow taps and valve; call it after either has changed. */
export function followValve(twin: FlowSensorTwin): void {
  const pulsed = catchUp(twin);
  let flow_l_h = twin.demand_l_h;
  if (twin.valve.opened_ms === 0) {
    const leak_l_h = twin.valve.leak_l_h;
    flow_l_h = flow_l_h > leak_l_h ? leak_l_h : flow_l_h;
    flow_l_h = flow_l_h > 0 ? flow_l_h : 0;
  }
  twin.rate = flow_l_h * twin.pulse_pulses;
  schedulePulse(twin);
  if (pulsed) {
    twin.notify();
  }
}

/** Opens a tap (or closes it, with the opposite flow). */
export function changeDemand(twin: FlowSensorTwin, change_l_h: number): void {
  twin.demand_l_h += change_l_h;
  followValve(twin);
}

/** A volume asked for in this instant: it passes if the valve is not closed. */
export function drawAtOnce(twin: FlowSensorTwin, volume_ml: number): void {
  if (twin.valve.opened_ms === 0) {
    return;
  }
  let pulsed = catchUp(twin);
  const quanta = volume_ml * QUANTA_PER_ML * twin.pulse_pulses;
  pulsed = pass(twin, quanta) || pulsed;
  schedulePulse(twin);
  if (pulsed) {
    twin.notify();
  }
}

/** The counter jumps by interference. */
export function jumpCount(twin: FlowSensorTwin, pulses: number): void {
  assert(pulses > 0, "a counter jumps forward");
  twin.forward_offset += pulses;
  twin.notify();
}

/** Empty, cut, or without power and cell: what runs is not counted. */
function judgeCounting(twin: FlowSensorTwin): void {
  twin.uncounted = twin.empty || twin.cut || !(twin.powered || twin.port.survives_power_cut);
}

/** The engine loses its watch without a word, or has it again. */
export function setDeaf(twin: FlowSensorTwin, deaf: boolean): void {
  twin.notify = deaf ? nobody : twin.listener;
}

/** The meter loses its power. */
export function cutFlowSensor(twin: FlowSensorTwin): void {
  twin.notify = nobody;
  twin.listener = nobody;
  twin.powered = false;
  judgeCounting(twin);
  schedulePulse(twin);
}

/** The meter has its power again. */
export function restoreFlowSensor(twin: FlowSensorTwin): void {
  twin.powered = true;
  judgeCounting(twin);
  schedulePulse(twin);
  if (!twin.port.survives_power_cut) {
    twin.forward_offset = twin.count_wrap - (twin.counted_pulses % twin.count_wrap);
    twin.reverse_count = 0;
  }
}

/** Switches a fault; the status is reported as a change. */
export function setSensorFault(twin: FlowSensorTwin, fault: "empty" | "cut", on: boolean): void {
  // The pulses before the change are reported before it, as the port promises.
  if (catchUp(twin)) {
    twin.notify();
  }
  if (fault === "empty") {
    twin.empty = on;
  } else {
    twin.cut = on;
  }
  judgeCounting(twin);
  schedulePulse(twin);
  twin.notify();
}

export interface FlowSensorTwinSettings {
  count_wrap: number;
  start_count: number;
  pulse_litres: number;
  pulse_pulses: number;
  survives_power_cut: boolean;
}

export function createFlowSensorTwin(queue: Queue, valve: ValveTwin, settings: FlowSensorTwinSettings): FlowSensorTwin {
  const twin: FlowSensorTwin = {
    port: {
      count_wrap: settings.count_wrap,
      forward_count: function () {
        return (twin.forward_offset + twin.counted_pulses) % settings.count_wrap;
      },
      reverse_count: function () {
        return twin.reverse_count;
      },
      empty_pipe: function () {
        return twin.empty;
      },
      fault: function () {
        return twin.cut ? "cable_cut" : "none";
      },
      on_change: function (listener) {
        if (twin.powered) {
          twin.notify = listener;
          twin.listener = listener;
        }
      },
      survives_power_cut: settings.survives_power_cut,
    },
    queue: queue,
    valve: valve,
    demand_l_h: 0,
    rate: 0,
    since_ms: queue.now_ms,
    forward: 0,
    backward: 0,
    pulse_quanta: QUANTA_PER_LITRE * settings.pulse_litres,
    pulse_pulses: settings.pulse_pulses,
    count_wrap: settings.count_wrap,
    forward_offset: settings.start_count,
    reverse_count: settings.start_count % settings.count_wrap,
    empty: false,
    cut: false,
    uncounted: false,
    counted_pulses: 0,
    missed_pulses: 0,
    pulse: createEvent(function () {
      // One whole forward pulse is what a meter's life consists of.
      const now_ms = queue.now_ms;
      const forward = twin.forward + twin.rate * (now_ms - twin.since_ms) - twin.pulse_quanta;
      twin.forward = forward;
      twin.since_ms = now_ms;
      twin.counted_pulses += 1;
      scheduleEvent(queue, twin.pulse, now_ms + Math.floor((twin.pulse_quanta - forward - 1) / twin.rate) + 1);
      twin.notify();
    }),
    other_pulse: createEvent(function () {
      followFlow(twin);
    }),
    notify: nobody,
    listener: nobody,
    powered: true,
  };
  valve.on_move = function () {
    followValve(twin);
  };
  return twin;
}
