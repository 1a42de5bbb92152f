/** Valve: a motor valve on its bridge. */
import type { Valve } from "../../../hal/valve";
import { createHbridgeValve } from "../hbridge_valve";
import type { Bench, PartValues, Signals } from "./bench";
import { or } from "./bench";

const TRAVEL_MAX_MS = 8000;
const SEAT_MS = 200;

export function wireValve<Pin>(bench: Bench<Pin>, pins: Signals<Pin>, parts: PartValues): Valve {
  const bridge = {
    open_input: bench.output(pins.valve_open),
    close_input: bench.output(pins.valve_close),
    open_switch: bench.optional_input(pins.valve_is_open),
    closed_switch: bench.optional_input(pins.valve_is_closed),
  };
  const travel_max_ms = or(parts.valve_travel_max_ms, TRAVEL_MAX_MS);
  return createHbridgeValve(bridge, bench.timer(), travel_max_ms, or(parts.valve_seat_ms, SEAT_MS));
}
