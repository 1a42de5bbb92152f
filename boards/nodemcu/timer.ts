/// <reference path="./nodemcu.d.ts" />
/**
 * Timers of NodeMCU: monotonic milliseconds since the start, and an alarm for each timer.
 *
 * `tmr` counts in ticks of the operating system, 10 ms each, takes no span beyond two hours, and may come early by a tick:
 * the alarm then waits for the rest.
 *
 * Port: timer (interpreter).
 */
import type { Timer } from "../../hal/timer";

const SPAN_MAX_MS = 3600000;

export function uptimeMs(): number {
  return Math.floor(node.uptime() / 1000);
}

export function createTimer(): Timer {
  let running: NodemcuTimer | undefined = undefined;
  let due_ms = 0;
  let run = function (): void {
    return;
  };
  const arm = function (): void {
    const span_ms = Math.min(Math.max(due_ms - uptimeMs(), 1), SPAN_MAX_MS);
    const timer = tmr.create();
    running = timer;
    timer.alarm(span_ms, tmr.ALARM_SINGLE, function () {
      if (running !== timer) {
        return;
      }
      running = undefined;
      if (due_ms > uptimeMs()) {
        arm();
      } else {
        run();
      }
    });
  };
  return {
    now_ms: uptimeMs,
    alarm: function (at_ms, callback) {
      if (running !== undefined) {
        running.unregister();
      }
      run = callback;
      due_ms = at_ms;
      arm();
    },
  };
}
