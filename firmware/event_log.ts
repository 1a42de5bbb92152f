/**
 * Event log: the last events in a ring, each with a sequence number that never repeats, so that a reader sees gaps.
 */
import { assert } from "./assert";

export const EVENT_LOG_SIZE = 32;

export interface Event {
  sequence: number;
  /** 0 when the clock was not valid. */
  utc_s: number;
  /** What happened, in snake case: "valve_shut", "credit_accepted". */
  code: string;
  /** What it happened with; its meaning depends on the code (see firmware/README.md). */
  value: number;
}

export interface EventLog {
  ring: Event[];
  /** Events ever logged; the next event gets this plus one. */
  count: number;
  /** Told of each event, for a trace or a page; the meter itself does not need it. */
  listener: (event: Event) => void;
}

export function createEventLog(): EventLog {
  return {
    ring: [],
    count: 0,
    listener: function () {
      return;
    },
  };
}

export function logEvent(log: EventLog, utc_s: number, code: string, value: number): void {
  const event = { sequence: log.count + 1, utc_s: utc_s, code: code, value: value };
  const place = log.count % EVENT_LOG_SIZE;
  if (place === log.ring.length) {
    log.ring.push(event);
  } else {
    log.ring[place] = event;
  }
  log.count += 1;
  assert(log.ring.length <= EVENT_LOG_SIZE, "the event log keeps its size");
  log.listener(event);
}

/** The event with this sequence number, or undefined when it is not there yet or no longer. */
export function eventAt(log: EventLog, sequence: number): Event | undefined {
  if (sequence < 1 || sequence > log.count || sequence <= log.count - EVENT_LOG_SIZE) {
    return undefined;
  }
  return log.ring[(sequence - 1) % EVENT_LOG_SIZE];
}
