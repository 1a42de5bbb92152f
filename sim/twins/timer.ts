/**
 * Timer twin: virtual time. Faults: none; an alarm is as late as the events before it in the same millisecond.
 */
import type { Timer } from "../../hal/timer";
import type { Queue } from "../world/queue";
import { createEvent, scheduleEvent } from "../world/queue";

export function createTimerTwin(queue: Queue): Timer {
  const alarm = createEvent(function () {
    return;
  });
  return {
    now_ms: function () {
      return queue.now_ms;
    },
    alarm: function (at_ms, callback) {
      alarm.run = callback;
      scheduleEvent(queue, alarm, at_ms > queue.now_ms ? at_ms : queue.now_ms);
    },
  };
}
