/**
 * Buzzer with its own oscillator on an output (through a transistor): high sounds.
 *
 * Patterns in milliseconds, on and off in turn: good 80 80 80, bad 600, warning 80 80 80 80 80.
 *
 * Port: buzzer (buzzer).
 */
import type { Buzzer, BuzzerPattern } from "../../hal/buzzer";
import type { Timer } from "../../hal/timer";
import type { OutputPin } from "./bus";

export const SHORT_MS = 80;
export const LONG_MS = 600;

/** Turns of a pattern, on and off. */
function turnsOf(pattern: BuzzerPattern): number {
  if (pattern === "bad") {
    return 1;
  }
  return pattern === "good" ? 3 : 5;
}

/** The timer must be the buzzer's own. */
export function createBuzzer(pin: OutputPin, timer: Timer): Buzzer {
  let turns_left = 0;
  let turn_ms = 0;
  const turn = function (): void {
    turns_left -= 1;
    // An odd number of turns is left after each one that sounds.
    pin.set(turns_left > 0 && turns_left % 2 === 1);
    if (turns_left > 0) {
      timer.alarm(timer.now_ms() + turn_ms, turn);
    }
  };
  pin.set(false);
  return {
    beep: function (pattern) {
      turns_left = turnsOf(pattern);
      turn_ms = pattern === "bad" ? LONG_MS : SHORT_MS;
      pin.set(true);
      timer.alarm(timer.now_ms() + turn_ms, turn);
    },
  };
}
