/// <reference path="./luatos.d.ts" />
/**
 * Timers of LuatOS: monotonic milliseconds since the start, and an alarm for each timer.
 *
 * A timer that has run out is a message of rtos.receive, which the loop in main.lua waits in (tools/build/entry.ts), and
 * which gives its number to `ring`. Every arming has a number of its own, so that a message which was on its way when
 * its timer was stopped rings nothing: the timer's place in `bells`, and how often it was armed. LuatOS keeps it in an int
 * of 32 bits (luat_lib_rtos.c), so the count begins again before that is full, which a look each 100 ms does in a day.
 *
 * Port: timer (interpreter).
 */
import type { Timer } from "../../hal/timer";

const SPAN_MAX_MS = 3600000;
const PLACES = 4096;
/** Numbers stay below 2^31. */
const ARMINGS = 524287;
/** Of the eight bytes of a tick, those that a number holds exactly; at 26 MHz the eighth is not used in 87 years. */
const TICK_BYTES = 7;

interface Bell {
  /** The arming that is running; 0 for none. */
  id: number;
  run: () => void;
}

const bells: Bell[] = [];

/** Microseconds since the start. */
export function uptimeUs(): number {
  // eslint-disable-next-line no-restricted-syntax -- Lua alone runs this, and a second call would be another time
  const [tick, ticks_per_us] = mcu.tick64();
  let ticks = 0;
  for (let place = TICK_BYTES - 1; place >= 0; place--) {
    ticks = ticks * 256 + tick.charCodeAt(place);
  }
  return Math.floor(ticks / ticks_per_us);
}

export function uptimeMs(): number {
  return Math.floor(uptimeUs() / 1000);
}

/** Called by the loop with the number of a timer's message. */
export function ring(id: number): void {
  const place = id % PLACES;
  if (place < bells.length && bells[place].id === id) {
    bells[place].id = 0;
    bells[place].run();
  }
}

/** A bell that is armed with a new number each time. */
function createBell(run: () => void): (span_ms: number) => void {
  const bell: Bell = { id: 0, run: run };
  const place = bells.length;
  let armed = 0;
  bells.push(bell);
  return function (span_ms) {
    if (bell.id !== 0) {
      rtos.timer_stop(bell.id);
    }
    armed = (armed % ARMINGS) + 1;
    bell.id = armed * PLACES + place;
    if (rtos.timer_start(bell.id, span_ms, 0) !== 1) {
      // Without its timers the firmware does nothing any more: start anew.
      rtos.reboot();
    }
  };
}

export function createTimer(): Timer {
  let due_ms = 0;
  let run = function (): void {
    return;
  };
  const arm = createBell(function () {
    if (due_ms > uptimeMs()) {
      armForRest();
    } else {
      run();
    }
  });
  const armForRest = function (): void {
    arm(Math.min(Math.max(due_ms - uptimeMs(), 1), SPAN_MAX_MS));
  };
  return {
    now_ms: uptimeMs,
    alarm: function (at_ms, callback) {
      run = callback;
      due_ms = at_ms;
      armForRest();
    },
  };
}
