/**
 * Clock twin. Faults, each switched on by a scenario: lost (the time is not known), jumped (ahead or back), set wrong.
 * Not modelled: drift.
 */
import type { Clock } from "../../hal/clock";
import type { Queue } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

export interface ClockTwin {
  port: Clock;
  /** UTC seconds at virtual time 0; 0 while the time is not known. */
  epoch_s: number;
}

export function createClockTwin(queue: Queue, trace: Trace, start_utc_s: number): ClockTwin {
  const twin: ClockTwin = {
    port: {
      now_utc_s: function () {
        return twin.epoch_s === 0 ? 0 : twin.epoch_s + Math.floor(queue.now_ms / 1000);
      },
      set: function (utc_s) {
        twin.epoch_s = utc_s - Math.floor(queue.now_ms / 1000);
        if (trace.on) {
          writeLine(trace, "port", "clock", numberField("set", utc_s));
        }
      },
    },
    epoch_s: start_utc_s,
  };
  return twin;
}

export function jumpClock(twin: ClockTwin, jump_s: number): void {
  if (twin.epoch_s > 0) {
    twin.epoch_s += jump_s;
  }
}

export function loseClock(twin: ClockTwin): void {
  twin.epoch_s = 0;
}
