/**
 * Valve: a bistable motor valve with end-position feedback.
 *
 * `drive` starts the motor and returns at once; the position is read, never assumed. A drive that reaches no end
 * switch within `travel_max_ms` is cut by the port itself, so that hung firmware cannot burn the motor.
 */
export type ValveDirection = "open" | "close";
export type ValvePosition = "open" | "closed" | "between" | "unknown";

export interface Valve {
  readonly travel_max_ms: number;
  /** Starts the motor; `busy` while an earlier drive is under way. */
  drive(direction: ValveDirection): "started" | "busy";
  position(): ValvePosition;
}
