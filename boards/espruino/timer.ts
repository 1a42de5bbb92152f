/// <reference path="./espruino.d.ts" />
/**
 * Timers of Espruino: monotonic milliseconds since the bundle was loaded, and an alarm for each timer.
 *
 * getTime() counts on from wherever it stood, and setTime() would move it: nothing in the firmware calls that, calendar
 * time is the clock port's. A timeout may come a fraction of a millisecond early; the alarm then waits for the rest.
 *
 * Port: timer (interpreter).
 */
import type { Timer } from "../../hal/timer";

type Timeout = ReturnType<typeof setTimeout>;

const booted_s = getTime();

/** A moment of getTime() in milliseconds since boot. */
export function timeMs(time_s: number): number {
  return Math.floor((time_s - booted_s) * 1000);
}

export function createTimer(): Timer {
  let timeout: Timeout | undefined = undefined;
  let due_ms = 0;
  let run = function (): void {
    return;
  };
  const fire = function (): void {
    const left_ms = due_ms - timeMs(getTime());
    if (left_ms > 0) {
      timeout = setTimeout(fire, left_ms);
      return;
    }
    timeout = undefined;
    run();
  };
  return {
    now_ms: function () {
      return timeMs(getTime());
    },
    alarm: function (at_ms, callback) {
      if (timeout !== undefined) {
        clearTimeout(timeout);
      }
      run = callback;
      due_ms = at_ms;
      timeout = setTimeout(fire, Math.max(at_ms - timeMs(getTime()), 0));
    },
  };
}
