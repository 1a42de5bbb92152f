/**
 * A message to one meter as the records of its telegram, and the kinds that may be queued. Most significant byte first:
 *
 *    0  1  0F, what follows is of the maker's own form (EN 13757-3)
 *    1  1  format, 1
 *    2  1  kind, place in KINDS from 1
 *    3  3  request, rises from request to request of a meter; a repetition has the same one
 *    6  1  length of the body, n
 *    7  n  body
 *
 * Two kinds are not queued here: a time names the telegram that it answers, so it cannot wait; a key is a secret, and
 * the queue's file holds none.
 */
import { putWhole } from "../../firmware/card/bytes";
import type { Message } from "./entries";
import { GatewayError } from "./gateway_error";

export const KINDS = ["time", "credit", "valve", "lifeline", "settings", "hot_list", "history", "key"] as const;
export type Kind = (typeof KINDS)[number];
const NOT_QUEUED: readonly Kind[] = ["time", "key"];
export const QUEUED_KINDS = KINDS.filter((kind) => !NOT_QUEUED.includes(kind));
export const BODY_MAX_BYTES = 231;

const OWN_FORM = 0x0f;
const FORMAT = 1;

/** The place of a kind that may be queued. */
export function kindPlace(kind: string): number {
  if (!(QUEUED_KINDS as readonly string[]).includes(kind))
    throw new GatewayError("bad_message", `${kind}: this kind of message is not queued (${QUEUED_KINDS.join(", ")})`);
  return KINDS.indexOf(kind as Kind) + 1;
}

export function messageRecords({ what, request, body }: Message): number[] {
  const bytes = [...Buffer.from(body, "hex")];
  const records = [OWN_FORM, FORMAT, what];
  putWhole(records, request, 3);
  putWhole(records, bytes.length, 1);
  return [...records, ...bytes];
}
