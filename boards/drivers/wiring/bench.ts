/**
 * Bench: what wiring is done with. An engine hands in how it makes pins and timers (`Bench`), whose names are numbers on
 * one and texts on another, and what the board's description says (`Signals`, `PartValues`), whose names these are.
 */
import type { Timer } from "../../../hal/timer";
import type { Delay, InputPin, OutputPin, WatchedPin } from "../bus";

export interface Bench<Pin> {
  output: (pin: Pin) => OutputPin;
  watched: (pin: Pin) => WatchedPin;
  /** Inputs that a board may lack. */
  optional_input: (pin: Pin | undefined) => InputPin | undefined;
  optional_watched: (pin: Pin | undefined) => WatchedPin | undefined;
  /** A driver has a timer of its own. */
  timer: () => Timer;
  delay: () => Delay;
}

/** Pins of a board by signal; a signal that is not fitted is absent. */
export interface Signals<Pin> {
  flow: Pin;
  /** Channel B of a quadrature sensor. */
  flow_direction?: Pin;
  /** High: the cable to the sensor is cut. */
  flow_loop?: Pin;
  /** High: the measuring tube is empty. */
  flow_empty?: Pin;
  valve_open: Pin;
  valve_close: Pin;
  /** Low at the end. */
  valve_is_open?: Pin;
  valve_is_closed?: Pin;
  tamper_case?: Pin;
  tamper_magnet?: Pin;
  tamper_reader?: Pin;
  buzzer?: Pin;
}

/** What drivers must know beyond pins; each has a default, beside what uses it. */
export interface PartValues {
  debounce_ms?: number;
  look_ms?: number;
  valve_travel_max_ms?: number;
  valve_seat_ms?: number;
  supply_multiply?: number;
  supply_divide?: number;
  supply_low_mv?: number;
  supply_good_mv?: number;
  supply_memory_mv?: number;
  display_i2c_address?: number;
  keypad_i2c_address?: number;
}

/** A value of a description, or its default. */
export function or(value: number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : value;
}
