/**
 * Credit list: the last ten credits that were keyed in, newest first, so that a household can look up what it bought.
 * Text of whole numbers (journal/fields.ts): it stands so in every commit, and is read only when someone asks.
 */
import type { Fields } from "../journal/fields";
import { WHOLE_MAX, readFields, wholeField, writeFields } from "../journal/fields";

export const CREDITS_LISTED = 10;
const NUMBER_BYTES_MAX = 8;
export const CREDIT_LIST_MAX_BYTES = CREDITS_LISTED * NUMBER_BYTES_MAX;

function amountField(fields: Fields, amount: number): number {
  return wholeField(fields, amount, 0, WHOLE_MAX);
}

/** The list with one credit more at its front. */
export function withCredit(list: string, amount: number): string {
  const fields = writeFields();
  amountField(fields, amount);
  const rest = readFields(list);
  for (let kept = 0; kept < CREDITS_LISTED - 1 && rest.place < list.length && rest.ok; kept++) {
    amountField(rest, 0);
  }
  return fields.text + (rest.ok ? list.substring(0, rest.place) : "");
}

/** The credit at a place, 0 for the newest; -1 when there is none. */
export function creditAt(list: string, place: number): number {
  const fields = readFields(list);
  let amount = -1;
  for (let at = 0; at <= place; at++) {
    amount = fields.ok && fields.place < list.length ? amountField(fields, 0) : -1;
  }
  return fields.ok ? amount : -1;
}
