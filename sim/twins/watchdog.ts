/**
 * Watchdog twin: firmware that does not kick in time is a bug, so the run stops with an assertion. Fault, switched on
 * by a scenario: it resets the meter all the same, and says so at the next boot.
 */
import { assert } from "../../firmware/assert";
import type { Watchdog } from "../../hal/watchdog";
import type { Queue, QueuedEvent } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";

export interface WatchdogTwin {
  port: Watchdog;
  powered: boolean;
  /** The last reset was the watchdog's. */
  caused_reset: boolean;
  look: QueuedEvent;
}

export function createWatchdogTwin(queue: Queue): WatchdogTwin {
  let timeout_ms = 0;
  let kicked_ms = 0;
  const twin: WatchdogTwin = {
    port: {
      start: function (wanted_ms) {
        assert(wanted_ms >= 1000 && wanted_ms <= 3600000, "the watchdog's period is within the port's bounds");
        if (!twin.powered) {
          return;
        }
        timeout_ms = wanted_ms;
        kicked_ms = queue.now_ms;
        scheduleEvent(queue, twin.look, queue.now_ms + timeout_ms);
      },
      kick: function () {
        kicked_ms = queue.now_ms;
      },
      caused_reset: function () {
        return twin.caused_reset;
      },
    },
    powered: true,
    caused_reset: false,
    look: createEvent(function () {
      assert(queue.now_ms < kicked_ms + timeout_ms, "the watchdog was not kicked in time");
      scheduleEvent(queue, twin.look, kicked_ms + timeout_ms);
    }),
  };
  return twin;
}

/** Power is lost, or the watchdog itself resets the meter: it sleeps until it is started again. */
export function cutWatchdog(twin: WatchdogTwin, queue: Queue, caused_reset: boolean): void {
  twin.powered = false;
  twin.caused_reset = caused_reset;
  cancelEvent(queue, twin.look);
}
