/**
 * Event queue: virtual time. Events run in the order of their time, and events of the same time in the order in which
 * they were scheduled, so a run is the same on every engine.
 *
 * A sorted linked list of reusable records: few events are pending at a time, and the next pulse, by far the most
 * frequent one, goes in at or near the front.
 */
import { assert } from "../../firmware/assert";

export interface QueuedEvent {
  at_ms: number;
  run: () => void;
  queued: boolean;
  next: QueuedEvent | undefined;
}

export interface Queue {
  now_ms: number;
  head: QueuedEvent | undefined;
}

export function createQueue(): Queue {
  return { now_ms: 0, head: undefined };
}

export function createEvent(run: () => void): QueuedEvent {
  return { at_ms: 0, run: run, queued: false, next: undefined };
}

/** Takes an event out, when it is in. */
export function cancelEvent(queue: Queue, event: QueuedEvent): void {
  if (!event.queued) {
    return;
  }
  event.queued = false;
  let place = queue.head;
  if (place === event) {
    queue.head = event.next;
    return;
  }
  while (place !== undefined && place.next !== event) {
    place = place.next;
  }
  assert(place !== undefined, "a queued event is in the queue");
  if (place !== undefined) {
    place.next = event.next;
  }
}

function putBehind(head: QueuedEvent, event: QueuedEvent): void {
  let place = head;
  let after = place.next;
  while (after !== undefined && after.at_ms <= event.at_ms) {
    place = after;
    after = place.next;
  }
  event.next = after;
  place.next = event;
}

/** Puts an event at a time, now or later; one that is queued already is moved. */
export function scheduleEvent(queue: Queue, event: QueuedEvent, at_ms: number): void {
  if (event.queued) {
    cancelEvent(queue, event);
  }
  assert(at_ms >= queue.now_ms, "events lie ahead");
  event.at_ms = at_ms;
  event.queued = true;
  const head = queue.head;
  if (head === undefined || head.at_ms > at_ms) {
    event.next = head;
    queue.head = event;
  } else {
    putBehind(head, event);
  }
}

/** Takes the first event out, and moves the time to it. */
export function takeHead(queue: Queue, head: QueuedEvent): void {
  queue.head = head.next;
  queue.now_ms = head.at_ms;
  head.queued = false;
}
