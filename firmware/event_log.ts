/**
 * Event log: what happened, each event with a sequence number that never repeats, so that a reader sees gaps.
 *
 * The last events since boot stand in a ring. An event that is not yet in the archive also stands in `unsaved`, which
 * goes into every commit of the journal, so that the log tells of what the books tell of.
 */
import { assert } from "./assert";
import type { Fields } from "./journal/fields";
import { WHOLE_MAX, WHOLE_MIN, bytesField, readFields, wholeField, writeFields } from "./journal/fields";

export const EVENT_LOG_SIZE = 32;
/** Events wait for the archive up to this; beyond it, a flood of them has to lose some. */
const EVENTS_UNSAVED_MAX = 12;
export const EVENT_CODE_MAX = 24;
/** Twelve events, each with time, code and value at their longest. */
export const EVENTS_UNSAVED_MAX_BYTES = 492;

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
  /** Events logged before this boot: they are not in the ring. */
  before: number;
  /** The newest events, as fields (eventFields), that are not in the archive. */
  unsaved: string;
  unsaved_count: number;
  /** Told of each event, for a trace or a page; the meter itself does not need it. */
  listener: (event: Event) => void;
}

export function createEventLog(): EventLog {
  return {
    ring: [],
    count: 0,
    before: 0,
    unsaved: "",
    unsaved_count: 0,
    listener: function () {
      return;
    },
  };
}

function eventFields(fields: Fields, event: Event): void {
  event.utc_s = wholeField(fields, event.utc_s, 0, WHOLE_MAX);
  event.code = bytesField(fields, event.code, EVENT_CODE_MAX);
  event.value = wholeField(fields, event.value, WHOLE_MIN, WHOLE_MAX);
}

function keepUnsaved(log: EventLog, event: Event): void {
  if (log.unsaved_count === EVENTS_UNSAVED_MAX) {
    dropUnsaved(log);
  }
  const fields = writeFields();
  eventFields(fields, event);
  log.unsaved = log.unsaved + fields.text;
  log.unsaved_count += 1;
  assert(log.unsaved.length <= EVENTS_UNSAVED_MAX_BYTES, "unsaved events have a limit");
}

/** The unsaved events are in the archive, or have to be given up. */
export function dropUnsaved(log: EventLog): void {
  log.unsaved = "";
  log.unsaved_count = 0;
}

export function logEvent(log: EventLog, utc_s: number, code: string, value: number): void {
  assert(code.length <= EVENT_CODE_MAX, "codes of events are short");
  const event = { sequence: log.count + 1, utc_s: utc_s, code: code, value: value };
  const place = (log.count - log.before) % EVENT_LOG_SIZE;
  if (place === log.ring.length) {
    log.ring.push(event);
  } else {
    log.ring[place] = event;
  }
  log.count += 1;
  assert(log.ring.length <= EVENT_LOG_SIZE, "the event log keeps its size");
  keepUnsaved(log, event);
  log.listener(event);
}

/** The event with this sequence number, or undefined when it is not in the ring, not yet or no longer. */
export function eventAt(log: EventLog, sequence: number): Event | undefined {
  if (sequence <= log.before || sequence > log.count || sequence <= log.count - EVENT_LOG_SIZE) {
    return undefined;
  }
  return log.ring[(sequence - 1 - log.before) % EVENT_LOG_SIZE];
}

/** The event with this sequence number in a run of stored events whose first one is `first`. */
export function storedEvent(run: string, first: number, count: number, sequence: number): Event | undefined {
  if (sequence < first || sequence >= first + count) {
    return undefined;
  }
  const fields = readFields(run);
  const event = { sequence: sequence, utc_s: 0, code: "", value: 0 };
  for (let number = first; number <= sequence && fields.ok; number++) {
    eventFields(fields, event);
  }
  return fields.ok ? event : undefined;
}
