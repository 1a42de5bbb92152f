/** Keypad: twelve keys on an expander, whose pins 0 to 3 are the rows, 4 to 6 the columns. */
import type { Keypad } from "../../../hal/keypad";
import type { I2cDevice } from "../bus";
import { createExpanderPins } from "../expander_pins";
import { createMatrixKeypad } from "../matrix_keypad";
import type { Bench } from "./bench";

export function wireKeypad<Pin>(bench: Bench<Pin>, device: I2cDevice): Keypad {
  const pins = createExpanderPins(device);
  const rows = [pins[0], pins[1], pins[2], pins[3]];
  return createMatrixKeypad(rows, [pins[4], pins[5], pins[6]], bench.timer(), bench.delay());
}
