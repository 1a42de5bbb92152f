/** What programs of engines' tests share, in portable code: bytes as a line of a trace, and time that passes. */
import { decimal } from "../../firmware/text";
import type { Queue } from "../../sim/world/queue";
import { createEvent, scheduleEvent, takeHead } from "../../sim/world/queue";

/** Bytes as decimal numbers, each after a space. */
export function listed(bytes: number[]): string {
  let text = "";
  for (const byte of bytes) {
    text = text + " " + decimal(byte);
  }
  return text;
}

/** Lets so much virtual time pass, with all that is due in it. */
export function pass(queue: Queue, span_ms: number): void {
  const until_ms = queue.now_ms + span_ms;
  const end = createEvent(function () {
    return;
  });
  scheduleEvent(queue, end, until_ms);
  let head = queue.head;
  while (head !== undefined && head.at_ms <= until_ms) {
    takeHead(queue, head);
    head.run();
    head = queue.head;
  }
}
