/**
 * Power twin. Faults, each switched on by a scenario: any supply voltage, the brown-out warning.
 * Not modelled: load, temperature, the hold-up time (JOURNAL's torture cuts there).
 */
import type { Power } from "../../hal/power";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

export interface PowerTwin {
  port: Power;
  supply_mv: number;
  notify: (low: boolean) => void;
}

export function createPowerTwin(supply_mv: number): PowerTwin {
  const twin: PowerTwin = {
    port: {
      supply_mv: function () {
        return twin.supply_mv;
      },
      on_brown_out: function (listener) {
        twin.notify = listener;
      },
    },
    supply_mv: supply_mv,
    notify: function () {
      return;
    },
  };
  return twin;
}

export function setBrownOut(twin: PowerTwin, trace: Trace, low: boolean): void {
  if (trace.on) {
    writeLine(trace, "port", "power", numberField("brown_out", low ? 1 : 0));
  }
  twin.notify(low);
}
