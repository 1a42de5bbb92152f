/**
 * Keypad twin: presses one key at a time. Not modelled: bounce, two keys at once.
 */
import type { Keypad } from "../../hal/keypad";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

export interface KeypadTwin {
  port: Keypad;
  notify: (key: string) => void;
}

export function createKeypadTwin(): KeypadTwin {
  const twin: KeypadTwin = {
    port: {
      on_key: function (listener) {
        twin.notify = listener;
      },
    },
    notify: function () {
      return;
    },
  };
  return twin;
}

export function pressKey(twin: KeypadTwin, trace: Trace, key: string): void {
  if (trace.on) {
    writeLine(trace, "port", "keypad", textField("key", key));
  }
  twin.notify(key);
}
