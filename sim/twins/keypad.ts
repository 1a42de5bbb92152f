/**
 * Keypad twin: presses one key at a time. Not modelled: bounce, two keys at once.
 */
import { assert } from "../../firmware/assert";
import type { Keypad } from "../../hal/keypad";
import type { Trace } from "../world/trace";
import { textField, writeLine } from "../world/trace";

export interface KeypadTwin {
  port: Keypad;
  notify: (key: string) => void;
  powered: boolean;
}

function nobody(key: string): void {
  assert(key.length === 1, "a key has one character");
}

export function createKeypadTwin(): KeypadTwin {
  const twin: KeypadTwin = {
    port: {
      on_key: function (listener) {
        if (twin.powered) {
          twin.notify = listener;
        }
      },
    },
    notify: nobody,
    powered: true,
  };
  return twin;
}

export function cutKeypad(twin: KeypadTwin): void {
  twin.powered = false;
  twin.notify = nobody;
}

export function pressKey(twin: KeypadTwin, trace: Trace, key: string): void {
  if (trace.on) {
    writeLine(trace, "port", "keypad", textField("key", key));
  }
  twin.notify(key);
}
