/** Tamper: the switches that a board has. */
import type { Tamper, TamperInput } from "../../../hal/tamper";
import type { WatchedPin } from "../bus";
import type { TamperSwitch } from "../tamper_switches";
import { createTamperSwitches } from "../tamper_switches";
import type { Bench, Signals } from "./bench";

export function wireTamper<Pin>(bench: Bench<Pin>, pins: Signals<Pin>): Tamper {
  const switches: TamperSwitch[] = [];
  const add = function (input: TamperInput, pin: WatchedPin | undefined): void {
    if (pin !== undefined) {
      // A contact to ground that opens, as a case or a reed sensor does.
      switches.push({ input: input, pin: pin, active_high: true });
    }
  };
  add("case", bench.optional_watched(pins.tamper_case));
  add("magnet", bench.optional_watched(pins.tamper_magnet));
  add("reader", bench.optional_watched(pins.tamper_reader));
  return createTamperSwitches(switches, bench.timer());
}
