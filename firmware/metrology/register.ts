/**
 * Register: counts of the flow sensor -> litres, forward and reverse apart. Legally relevant.
 *
 * A pulse is `pulse_litres / pulse_pulses` of a litre. The part of a litre that is not yet whole is kept as a numerator
 * over `pulse_pulses`, so nothing is rounded and nothing drifts, however many pulses come. Reverse volume has its own
 * register and is never given back: a household could otherwise pump its water back.
 */
import type { FlowSensor } from "../../hal/flow_sensor";
import { assert } from "../assert";

export interface Register {
  /** The pulse's fraction, from the settings. */
  pulse_litres: number;
  pulse_pulses: number;
  volume_l: number;
  /** What has passed since the last whole litre, in 1 / pulse_pulses of a litre. */
  part: number;
  reverse_l: number;
  reverse_part: number;
  /** Pulses that no pipe can have brought: counted here, billed to no one. */
  refused_pulses: number;
  /** The sensor's counts as last read. */
  forward_seen: number;
  reverse_seen: number;
}

/** Largest term of the pulse fraction: together with a whole wrap of the counter (2^32) it stays below 2^53. */
export const PULSE_TERM_MAX = 100000;

/** A register that starts at the sensor's present counts: what ran before belongs to no one. */
export function createRegister(sensor: FlowSensor, pulse_litres: number, pulse_pulses: number): Register {
  return {
    pulse_litres: pulse_litres,
    pulse_pulses: pulse_pulses,
    volume_l: 0,
    part: 0,
    reverse_l: 0,
    reverse_part: 0,
    refused_pulses: 0,
    forward_seen: sensor.forward_count(),
    reverse_seen: sensor.reverse_count(),
  };
}

/** Pulses from `seen` to `count` on a counter that wraps. */
export function pulsesBetween(seen: number, count: number, count_wrap: number): number {
  return count >= seen ? count - seen : count + count_wrap - seen;
}

/** Adds forward pulses and returns the whole litres they completed. */
export function addForward(register: Register, pulses: number): number {
  if (register.pulse_pulses === 1) {
    const litres = pulses * register.pulse_litres;
    register.volume_l += litres;
    return litres;
  }
  return addParts(register, pulses);
}

function addParts(register: Register, pulses: number): number {
  const part = register.part + pulses * register.pulse_litres;
  const litres = Math.floor(part / register.pulse_pulses);
  register.part = part - litres * register.pulse_pulses;
  register.volume_l += litres;
  assert(register.part >= 0 && register.part < register.pulse_pulses, "less than a litre is left over");
  return litres;
}

/** Litres of one pulse, rounded up. */
export function litresOfPulse(register: Register): number {
  return Math.floor((register.pulse_litres + register.pulse_pulses - 1) / register.pulse_pulses);
}

/** Adds reverse pulses to the reverse register. */
export function addReverse(register: Register, pulses: number): void {
  assert(pulses >= 0, "pulses are counted upwards in both directions");
  const part = register.reverse_part + pulses * register.pulse_litres;
  const litres = Math.floor(part / register.pulse_pulses);
  register.reverse_part = part - litres * register.pulse_pulses;
  register.reverse_l += litres;
}
