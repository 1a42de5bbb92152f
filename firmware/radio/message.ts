/**
 * Message: what a gateway asks of one meter, inside of a telegram in mode 7 (downlink.ts), after the two fillers.
 *
 *    0  1  0F, what follows is of the maker's own form (EN 13757-3, manufacturer specific data)
 *    1  1  format, 1
 *    2  1  kind: place in MESSAGE_KINDS, from 1
 *    3  3  request, 1 to 16777215, rises from request to request of a meter; a repetition has the same one
 *    6  1  length of the body, n
 *    7  n  body
 *  7+n     fillers, 2F, up to the end of the telegram
 *
 * Most significant byte first, as in all of Curbstop's own formats. Bodies:
 *
 *   1  time       clock, UTC seconds, 5; message counter of the telegram that it answers, 4
 *   2  credit     voucher of 64 bytes (card/voucher.ts) whose UID is zeros; or a token of twenty digits (token/number.ts)
 *                 as BCD, 10: any that can be keyed in, and judged as if it were
 *   3  valve      0 unlocked, 1 locked
 *   4  lifeline   as in signed messages (signed.ts, part 4): what water is left without credit, a limited flow too; over
 *                 the signed one until a newer of those
 *   5  settings   for each: setting 1, value 4. 1 interval in seconds, 2 listening minute, 3 listening seconds, 4 group
 *   6  hot_list   UIDs of lost cards, 7 each (standpipes)
 *   7  history    how many months back the newest one is to be that is told, 0 for the last
 *   8  key        new master key of this meter, 16; it holds from the answer on
 *   9  flow_limit litres an hour, 4, as a token of class 2, sub 0 sets it; 0 lifts the limit
 *  10  update     0: tell how far the update is (the verdict of the next telegram); 1, version 4: give this one up,
 *                 before it has run
 *
 * Why a time names the telegram that it answers: a message that someone holds back and lets go the next day has a good
 * counter still, and would set the clock back by a day, and the tariff with it. All else means the same whenever it
 * comes.
 */
import { assert } from "../assert";
import { bytesAt, putWhole, wholeAt } from "../card/bytes";
import { FILLER } from "./mode7";

const DIF_OWN = 0x0f;
const MESSAGE_FORMAT = 1;
const HEAD_BYTES = 7;
const FILLERS_IN_FRONT = 2;
/** Thirteen blocks with their headers are the longest content that goes in format B (frames.ts), as gateways send it. */
export const BODY_MAX_BYTES = 199;

export type MessageKind =
  "time" | "credit" | "valve" | "lifeline" | "settings" | "hot_list" | "history" | "key" | "flow_limit" | "update";
export const MESSAGE_KINDS: MessageKind[] = [
  "time",
  "credit",
  "valve",
  "lifeline",
  "settings",
  "hot_list",
  "history",
  "key",
  "flow_limit",
  "update",
];

export interface Message {
  /** "unknown": of a kind that a newer firmware may know. */
  kind: MessageKind | "unknown";
  request: number;
  body: number[];
}

/** The records that carry a message; the gateway's side. */
export function messageRecords(kind: MessageKind, request: number, body: number[]): number[] {
  assert(body.length <= BODY_MAX_BYTES && request >= 1, "a message fits its telegram");
  const bytes = [DIF_OWN, MESSAGE_FORMAT, MESSAGE_KINDS.indexOf(kind) + 1];
  putWhole(bytes, request, 3);
  putWhole(bytes, body.length, 1);
  return bytes.concat(body);
}

/** The message in a decrypted text; undefined when it is none of this format. */
export function readMessage(text: number[]): Message | undefined {
  const first = FILLERS_IN_FRONT;
  if (text.length < first + HEAD_BYTES || text[first] !== DIF_OWN || text[first + 1] !== MESSAGE_FORMAT) {
    return undefined;
  }
  const length = text[first + 6];
  const end = first + HEAD_BYTES + length;
  const request = wholeAt(text, first + 3, 3);
  if (end > text.length || request === 0) {
    return undefined;
  }
  for (let i = end; i < text.length; i++) {
    if (text[i] !== FILLER) {
      return undefined;
    }
  }
  const place = text[first + 2] - 1;
  return {
    kind: place >= 0 && place < MESSAGE_KINDS.length ? MESSAGE_KINDS[place] : "unknown",
    request: request,
    body: bytesAt(text, first + HEAD_BYTES, length),
  };
}
