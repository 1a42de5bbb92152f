/**
 * Bus time: microseconds in which chips and pins live, and the alarms of whoever waits in it.
 *
 * `waitUs` is time that passes while code waits and nothing else runs: alarms that fall into it come late, as they do
 * on a microcontroller whose interpreter is busy. `passMs` is time in which the main loop is free.
 */
import { assert } from "../../firmware/assert";
import type { Timer } from "../../hal/timer";

interface Alarm {
  at_us: number;
  run: () => void;
  /** In order of their making, so that alarms of one time run in it. */
  number: number;
}

export interface BusTime {
  now_us: number;
  alarms: Alarm[];
  made: number;
}

export function createBusTime(): BusTime {
  return { now_us: 0, alarms: [], made: 0 };
}

export function waitUs(time: BusTime, span_us: number): void {
  assert(span_us >= 0, "time does not run back");
  time.now_us += span_us;
}

export function nowMs(time: BusTime): number {
  return Math.floor(time.now_us / 1000);
}

function cancel(time: BusTime, number: number): void {
  const rest: Alarm[] = [];
  for (const alarm of time.alarms) {
    if (alarm.number !== number) {
      rest.push(alarm);
    }
  }
  time.alarms = rest;
}

/** Calls `run` at a time; the number by which it can be cancelled. */
export function callAt(time: BusTime, at_us: number, run: () => void): number {
  time.made += 1;
  time.alarms.push({ at_us: Math.max(at_us, time.now_us), run: run, number: time.made });
  return time.made;
}

/** The first alarm that is due by then. */
function firstDue(time: BusTime, until_us: number): Alarm | undefined {
  let first: Alarm | undefined = undefined;
  for (const alarm of time.alarms) {
    if (alarm.at_us <= until_us && (first === undefined || alarm.at_us < first.at_us)) {
      first = alarm;
    }
  }
  return first;
}

/** Lets time pass; alarms run at theirs. */
export function passMs(time: BusTime, span_ms: number): void {
  const until_us = time.now_us + span_ms * 1000;
  let alarm = firstDue(time, until_us);
  while (alarm !== undefined) {
    cancel(time, alarm.number);
    time.now_us = Math.max(time.now_us, alarm.at_us);
    alarm.run();
    alarm = firstDue(time, until_us);
  }
  time.now_us = Math.max(time.now_us, until_us);
}

/** A timer port with an alarm of its own. */
export function createBusTimer(time: BusTime): Timer {
  let armed = 0;
  return {
    now_ms: function () {
      return nowMs(time);
    },
    alarm: function (at_ms, callback) {
      cancel(time, armed);
      armed = callAt(time, at_ms * 1000, callback);
    },
  };
}
