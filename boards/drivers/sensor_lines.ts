/**
 * Sensor lines: what a flow sensor tells besides its pulses, over lines that are looked at, not watched; and the port of
 * a sensor whose pulses the board counts itself.
 *
 *   loop    a wire through the sensor's cable to ground, pulled up: high means that the cable is cut
 *   empty   high means that the measuring tube holds air
 * Either may be missing: a board without it never reports the fault.
 */
import type { FlowSensor } from "../../hal/flow_sensor";
import type { InputPin } from "./bus";

/** Both counts of such a sensor wrap at it. */
export const COUNT_WRAP = 65536;

export interface SensorLines {
  loop: InputPin | undefined;
  empty: InputPin | undefined;
}

export interface SensorStatus {
  cut: boolean;
  empty: boolean;
}

/** Reads the lines into the status; true when it has changed. */
export function lookAtLines(lines: SensorLines, status: SensorStatus): boolean {
  const cut = lines.loop !== undefined && lines.loop.high();
  const empty = lines.empty !== undefined && lines.empty.high();
  const changed = cut !== status.cut || empty !== status.empty;
  status.cut = cut;
  status.empty = empty;
  return changed;
}

/** The port of a sensor that keeps its counts in RAM. */
export function countingPort(
  status: SensorStatus,
  forward: () => number,
  reverse: () => number,
  listen: (listener: () => void) => void,
): FlowSensor {
  return {
    count_wrap: COUNT_WRAP,
    forward_count: forward,
    reverse_count: reverse,
    empty_pipe: function () {
      return status.empty;
    },
    fault: function () {
      return status.cut ? "cable_cut" : "none";
    },
    on_change: listen,
    survives_power_cut: false,
  };
}
