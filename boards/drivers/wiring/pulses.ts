/** Pulses: a sensor with one contact. */
import type { FlowSensor } from "../../../hal/flow_sensor";
import { createPulseInput } from "../pulse_input";
import type { Bench, PartValues, Signals } from "./bench";
import { or } from "./bench";
import { lookMs, wireSensorLines } from "./sensor_lines";

const DEBOUNCE_MS = 10;

export function wirePulses<Pin>(bench: Bench<Pin>, pins: Signals<Pin>, parts: PartValues): FlowSensor {
  const settings = { debounce_ms: or(parts.debounce_ms, DEBOUNCE_MS), look_ms: lookMs(parts) };
  return createPulseInput(bench.watched(pins.flow), bench.timer(), wireSensorLines(bench, pins), settings).port;
}
