/** Quadrature: a sensor with two channels. */
import type { FlowSensor } from "../../../hal/flow_sensor";
import { createQuadratureInput } from "../quadrature_input";
import type { Bench, PartValues, Signals } from "./bench";
import { lookMs, wireSensorLines } from "./sensor_lines";

/** Channel A is at `flow`, B at `second`. */
export function wireQuadrature<Pin>(bench: Bench<Pin>, pins: Signals<Pin>, second: Pin, parts: PartValues): FlowSensor {
  const lines = wireSensorLines(bench, pins);
  const channel_a = bench.watched(pins.flow);
  return createQuadratureInput(channel_a, bench.watched(second), bench.timer(), lines, lookMs(parts)).port;
}
