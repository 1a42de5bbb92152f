/**
 * Sensor lines: what a flow sensor tells besides its pulses, over lines that are looked at, not watched.
 *
 *   loop    a wire through the sensor's cable to ground, pulled up: high means that the cable is cut
 *   empty   high means that the measuring tube holds air
 * Either may be missing: a board without it never reports the fault.
 */
import type { InputPin } from "./bus";

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
