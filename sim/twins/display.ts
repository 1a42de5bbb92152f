/**
 * Display twin: keeps what is shown. It refuses more than eight characters, as the glass would. Faults: none.
 */
import { assert } from "../../firmware/assert";
import type { Display } from "../../hal/display";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

export interface DisplayTwin {
  port: Display;
  text: string;
  annunciators: string;
  powered: boolean;
}

export function createDisplayTwin(trace: Trace): DisplayTwin {
  const twin: DisplayTwin = {
    port: {
      show: function (text, annunciators) {
        assert(text.length <= 8, "the display has eight characters");
        if (!twin.powered) {
          return;
        }
        twin.text = text;
        twin.annunciators = annunciators;
        if (trace.on) {
          writeLine(trace, "port", "display", textField("show", text) + textField("lit", annunciators));
        }
      },
    },
    text: "",
    annunciators: "",
    powered: true,
  };
  return twin;
}

/** Without power the glass is blank. */
export function cutDisplay(twin: DisplayTwin): void {
  twin.powered = false;
  twin.text = "";
  twin.annunciators = "";
}
