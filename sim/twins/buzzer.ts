/**
 * Buzzer twin: writes what would sound to the trace. Faults: none.
 */
import type { Buzzer } from "../../hal/buzzer";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

export function createBuzzerTwin(trace: Trace): Buzzer {
  return {
    beep: function (pattern) {
      if (trace.on) {
        writeLine(trace, "port", "buzzer", textField("beep", pattern));
      }
    },
  };
}
