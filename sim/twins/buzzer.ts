/**
 * Buzzer twin: writes what would sound to the trace. Faults: none.
 */
import type { Buzzer } from "../../hal/buzzer";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

export interface BuzzerTwin {
  port: Buzzer;
  powered: boolean;
}

export function createBuzzerTwin(trace: Trace): BuzzerTwin {
  const twin: BuzzerTwin = {
    port: {
      beep: function (pattern) {
        if (trace.on && twin.powered) {
          writeLine(trace, "port", "buzzer", textField("beep", pattern));
        }
      },
    },
    powered: true,
  };
  return twin;
}
