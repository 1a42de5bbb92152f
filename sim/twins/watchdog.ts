/**
 * Watchdog twin: firmware that does not kick in time is a bug, so the run stops with an assertion.
 */
import { assert } from "../../firmware/assert";
import type { Watchdog } from "../../hal/watchdog";
import type { Queue } from "../world/queue";
import { createEvent, scheduleEvent } from "../world/queue";

export function createWatchdogTwin(queue: Queue): Watchdog {
  let timeout_ms = 0;
  let kicked_ms = 0;
  const look = createEvent(function () {
    assert(queue.now_ms < kicked_ms + timeout_ms, "the watchdog was not kicked in time");
    scheduleEvent(queue, look, kicked_ms + timeout_ms);
  });
  return {
    start: function (wanted_ms) {
      assert(wanted_ms >= 1000 && wanted_ms <= 3600000, "the watchdog's period is within the port's bounds");
      timeout_ms = wanted_ms;
      kicked_ms = queue.now_ms;
      scheduleEvent(queue, look, queue.now_ms + timeout_ms);
    },
    kick: function () {
      kicked_ms = queue.now_ms;
    },
  };
}
