/**
 * Timer twin: virtual time since the meter booted. Faults: none; an alarm is as late as the events before it in the
 * same millisecond.
 *
 * Each boot gets a port of its own: the first one needs no offset, and one whose meter has lost its power is dead.
 */
import type { Timer } from "../../hal/timer";
import type { Queue, QueuedEvent } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";

export interface TimerTwin {
  /** Of the present boot. */
  port: Timer;
  alarm: QueuedEvent;
}

export function createTimerTwin(queue: Queue): TimerTwin {
  const alarm = createEvent(function () {
    return;
  });
  return {
    port: {
      now_ms: function () {
        return queue.now_ms;
      },
      alarm: function (at_ms, callback) {
        alarm.run = callback;
        scheduleEvent(queue, alarm, at_ms > queue.now_ms ? at_ms : queue.now_ms);
      },
    },
    alarm: alarm,
  };
}

/** Power is lost, and the alarm with it. */
export function cutTimer(twin: TimerTwin, queue: Queue): void {
  cancelEvent(queue, twin.alarm);
  twin.port.alarm = function () {
    return;
  };
}

/** A boot: time begins anew. */
export function restartTimer(twin: TimerTwin, queue: Queue): void {
  const booted_ms = queue.now_ms;
  const alarm = twin.alarm;
  twin.port = {
    now_ms: function () {
      return queue.now_ms - booted_ms;
    },
    alarm: function (after_boot_ms, callback) {
      const at_ms = booted_ms + after_boot_ms;
      alarm.run = callback;
      scheduleEvent(queue, alarm, at_ms > queue.now_ms ? at_ms : queue.now_ms);
    },
  };
}
