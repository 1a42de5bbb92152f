/**
 * Power twin. Faults, each switched on by a scenario: any supply voltage, the brown-out warning.
 * Not modelled: load, temperature, the hold-up time (a scenario cuts the power when it is over).
 */
import type { Power } from "../../hal/power";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

export interface PowerTwin {
  port: Power;
  supply_mv: number;
  notify: (low: boolean) => void;
  powered: boolean;
}

function nobody(): void {
  return;
}

export function createPowerTwin(supply_mv: number): PowerTwin {
  const twin: PowerTwin = {
    port: {
      supply_mv: function () {
        return twin.supply_mv;
      },
      on_brown_out: function (listener) {
        if (twin.powered) {
          twin.notify = listener;
        }
      },
    },
    supply_mv: supply_mv,
    notify: nobody,
    powered: true,
  };
  return twin;
}

/** The power is gone, without a warning. */
export function cutPowerTwin(twin: PowerTwin): void {
  twin.powered = false;
  twin.notify = nobody;
}

export function setBrownOut(twin: PowerTwin, trace: Trace, low: boolean): void {
  if (trace.on) {
    writeLine(trace, "port", "power", numberField("brown_out", low ? 1 : 0));
  }
  twin.notify(low);
}
