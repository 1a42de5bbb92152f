/**
 * Clock twin. Faults, each switched on by a scenario: lost (the time is not known), jumped (ahead or back), set wrong.
 * It runs on through power cuts; on a board without a cell for it the world loses it then. Not modelled: drift.
 */
import type { Clock } from "../../hal/clock";
import type { Queue } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";

export interface ClockTwin {
  port: Clock;
  /** UTC seconds at virtual time 0; 0 while the time is not known. */
  epoch_s: number;
  powered: boolean;
}

export function createClockTwin(queue: Queue, trace: Trace, start_utc_s: number): ClockTwin {
  const twin: ClockTwin = {
    port: {
      now_utc_s: function () {
        return twin.epoch_s === 0 ? 0 : twin.epoch_s + Math.floor(queue.now_ms / 1000);
      },
      set: function (utc_s) {
        if (!twin.powered) {
          return;
        }
        twin.epoch_s = utc_s - Math.floor(queue.now_ms / 1000);
        if (trace.on) {
          writeLine(trace, "port", "clock", numberField("set", utc_s));
        }
      },
    },
    epoch_s: start_utc_s,
    powered: true,
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
