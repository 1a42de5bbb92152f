/** Sensor lines: a flow sensor's lines beside its pulses, and how often they are looked at. */
import type { SensorLines } from "../sensor_lines";
import type { Bench, PartValues, Signals } from "./bench";
import { or } from "./bench";

const LOOK_MS = 100;

export function wireSensorLines<Pin>(bench: Bench<Pin>, pins: Signals<Pin>): SensorLines {
  return { loop: bench.optional_input(pins.flow_loop), empty: bench.optional_input(pins.flow_empty) };
}

export function lookMs(parts: PartValues): number {
  return or(parts.look_ms, LOOK_MS);
}
