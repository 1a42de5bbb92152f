/**
 * Console request: how a technician asks on a meter's line for the interpreter's console.
 *
 * Whoever has the console can run anything, so the firmware takes the line away from it. Three Ctrl-C (code 3) in a row
 * ask for it, as `curbstop flash` does; it is given while `may_release` says so, and taken back CONSOLE_SPAN_MS later.
 * A Ctrl-C is never part of a request to the firmware.
 */
import type { Timer } from "../../hal/timer";

export const CTRL_C = 3;
/** In a row. */
export const ASKED_AFTER = 3;
/** Long enough for an upload over a slow line. */
export const CONSOLE_SPAN_MS = 1800000;

export interface Console {
  give: () => void;
  take: () => void;
}

/** What takes the line's bytes and returns those that are for the firmware. The timer must be its own. */
export function createConsoleRequest(
  timer: Timer,
  may_release: () => boolean,
  console: Console,
): (bytes: number[]) => number[] {
  let asked = 0;
  return function (bytes) {
    const heard: number[] = [];
    for (const byte of bytes) {
      asked = byte === CTRL_C ? asked + 1 : 0;
      if (byte !== CTRL_C) {
        heard.push(byte);
      } else if (asked >= ASKED_AFTER) {
        asked = 0;
        if (may_release()) {
          timer.alarm(timer.now_ms() + CONSOLE_SPAN_MS, console.take);
          console.give();
        }
      }
    }
    return heard;
  };
}
