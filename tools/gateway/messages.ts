/**
 * Messages to one meter (firmware/radio/message.ts) as they wait in the queue. Two kinds wait without a body, which is
 * made when they are sent:
 *
 *   time   names the telegram that it answers, so it is of this moment. A meter that says that its clock is not set is
 *          sent one unasked.
 *   key    is a secret, and the queue's file holds none: it stands in the file of meters, as next_key. Until it does,
 *          the messages behind it wait as well: a meter takes requests in their order
 */
import { putWhole } from "../../firmware/card/bytes";
import { BODY_MAX_BYTES, MESSAGE_KINDS, type MessageKind } from "../../firmware/radio/message";
import type { Message } from "./entries";
import { GatewayError } from "./gateway_error";
import type { Heard } from "./hearing";
import type { KnownMeter } from "./meters_file";

const MADE_WHEN_SENT: readonly MessageKind[] = ["time", "key"];
const CLOCK_BYTES = 5;
const COUNTER_BYTES = 4;

/** The place of a kind, from 1. */
export function kindPlace(kind: string): number {
  const place = (MESSAGE_KINDS as string[]).indexOf(kind);
  if (place < 0)
    throw new GatewayError("bad_message", `${kind}: no such kind of message (${MESSAGE_KINDS.join(", ")})`);
  return place + 1;
}

export function kindOf({ what }: Message): MessageKind {
  return MESSAGE_KINDS[what - 1];
}

/** Whether messages of this kind wait without a body. */
export function isMadeWhenSent(kind: MessageKind): boolean {
  return MADE_WHEN_SENT.includes(kind);
}

/** Whether a frame has room for it. Longer ones were queued before anybody looked: nothing waits for them. */
export function isCarried({ body }: Message): boolean {
  return body.length <= 2 * BODY_MAX_BYTES;
}

/** What a message says to the meter that was heard just now; undefined when it cannot be said yet. */
export function bodyOf(message: Message, meter: KnownMeter, heard: Heard, now: Date): number[] | undefined {
  const kind = kindOf(message);
  if (kind === "key") return meter.next_key;
  const body = [...Buffer.from(message.body, "hex")];
  if (kind !== "time") return body;
  if (heard.counter === undefined) return undefined;
  putWhole(body, Math.floor(now.getTime() / 1000), CLOCK_BYTES);
  putWhole(body, heard.counter, COUNTER_BYTES);
  return body;
}
