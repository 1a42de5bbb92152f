/**
 * Entries: what the vending desk writes down of one meter, one after the other, and never changes.
 *
 *   key       the key that the meter has when the desk first sells to it
 *   issued    these tokens were made for a request, and are that meter's for good; with the key that they bring
 *   reissued  the tokens of a request were handed out again
 *
 * Amounts: tenths of a cubic metre of `water` and `lend_water`, milli-units of `money` and `lend_money`, litres an hour of a `limit`; `said` is what the
 * token says, rounded up by its coding.
 */
import { z } from "zod";
import { TID_MAX } from "../../firmware/token/tid_memory";
import { BASE_DATES, KEY_EXPIRY_MAX, METER_DIGITS, REGION_DIGITS, REVISION_MAX } from "../keys/names";

export const REQUEST_MAX = 64;
export const REASON_MAX = 100;
const TOKENS_MAX = 4;

export const TOKEN_USES = [
  "water",
  "money",
  "lend_water",
  "lend_money",
  "limit",
  "clear_credit",
  "clear_tamper",
  "key_change",
] as const;
export type TokenUse = (typeof TOKEN_USES)[number];

const digits = (count: number) => z.string().regex(new RegExp(`^\\d{${count}}$`));
const amount = z.int().min(0);

/** What the meter knows of its key. */
export const METER_KEY = z.strictObject({
  region: digits(REGION_DIGITS),
  /** Revision of the region's vending key. */
  krn: z.int().min(1).max(REVISION_MAX.vending),
  kt: z.int().min(1).max(2),
  ti: digits(2),
  ken: z.int().min(0).max(KEY_EXPIRY_MAX),
  base: z.literal(BASE_DATES),
});
export type MeterKey = z.output<typeof METER_KEY>;

const request = z.string().regex(new RegExp(`^[\\w.:-]{1,${REQUEST_MAX}}$`));
const common = { at: z.iso.datetime({ precision: 0 }), meter: digits(METER_DIGITS) };

const ISSUED = z.strictObject({
  ...common,
  kind: z.literal("issued"),
  request,
  use: z.enum(TOKEN_USES),
  amount,
  said: amount,
  /** Null of key changes, which have none. */
  tid: z.int().min(0).max(TID_MAX).nullable(),
  tokens: z.array(digits(20)).min(1).max(TOKENS_MAX),
  reason: z.string().max(REASON_MAX),
  /** What the meter's key is once it has taken them; null but for key changes. In the same line, so that both are there
   *  or neither. */
  new_key: METER_KEY.nullable(),
});
export type Issued = z.output<typeof ISSUED>;

export const ENTRY = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("key"), key: METER_KEY }),
  ISSUED,
  z.strictObject({ ...common, kind: z.literal("reissued"), request }),
]);
export type Entry = z.output<typeof ENTRY>;

export function isRequest(text: string): boolean {
  return request.safeParse(text).success;
}
