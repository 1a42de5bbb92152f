/**
 * Tamper twin. Each input is switched by a scenario. Not modelled: bounce (drivers debounce), weak magnets.
 */
import type { Tamper, TamperInput } from "../../hal/tamper";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

export interface TamperTwin {
  port: Tamper;
  case_open: boolean;
  magnet_near: boolean;
  reader_open: boolean;
  notify: () => void;
  powered: boolean;
}

function nobody(): void {
  return;
}

export function createTamperTwin(): TamperTwin {
  const twin: TamperTwin = {
    port: {
      active: function (input) {
        if (input === "case") {
          return twin.case_open;
        }
        return input === "magnet" ? twin.magnet_near : twin.reader_open;
      },
      on_change: function (listener) {
        if (twin.powered) {
          twin.notify = listener;
        }
      },
    },
    case_open: false,
    magnet_near: false,
    reader_open: false,
    notify: nobody,
    powered: true,
  };
  return twin;
}

export function cutTamper(twin: TamperTwin): void {
  twin.powered = false;
  twin.notify = nobody;
}

export function setTamper(twin: TamperTwin, trace: Trace, input: TamperInput, active: boolean): void {
  if (input === "case") {
    twin.case_open = active;
  } else if (input === "magnet") {
    twin.magnet_near = active;
  } else {
    twin.reader_open = active;
  }
  if (trace.on) {
    writeLine(trace, "port", "tamper", numberField(input, active ? 1 : 0));
  }
  twin.notify();
}
