/**
 * Entries: what the vending desk writes down of one meter, one after the other, and never changes.
 *
 *   key       the key that the meter has when the desk first sells to it
 *   paygo     how it takes OpenPAYGO tokens, from the first of them on
 *   issued    these tokens were made for a request, and are that meter's for good; with the key that they bring
 *   reissued  the tokens of a request were handed out again
 *
 * OpenPAYGO tokens are those with `paygo`: the count and the value that they say. What they bring is the value times the
 * unit, in litres or milli-units; their amounts are in tenths and milli-units as those of the others are.
 *
 * Amounts: tenths of a cubic metre of `water` and `lend_water`, milli-units of `money` and `lend_money`, litres an hour of a `limit`; `said` is what the
 * token says, rounded up by its coding.
 */
import { z } from "zod";
import { EA_MISTY1, EA_STA } from "../../firmware/token/cipher";
import { PAYGO_COUNT_MAX, PAYGO_DIGITS, PAYGO_LONG_DIGITS } from "../../firmware/token/openpaygo";
import { PAYGO_UNIT_MAX } from "../../firmware/token/settings";
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

/** Least value of a unit, and the largest that a meter's settings may have. */
export const PAYGO_UNITS = { least: 1, most: PAYGO_UNIT_MAX } as const;

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
  /** Encryption algorithm; of meters sold to before there was a choice 11. */
  ea: z.literal([EA_STA, EA_MISTY1]).default(EA_MISTY1),
  /** Fingerprint of the operator's tables of EA07 (tables_file.ts); null with the sample ones. */
  tables: z.string().max(8).nullable().default(null),
});
export type MeterKey = z.output<typeof METER_KEY>;

/** How a meter takes OpenPAYGO tokens: the vending key behind its own, and what a value of one brings. */
export const METER_PAYGO = z.strictObject({
  region: digits(REGION_DIGITS),
  krn: z.int().min(1).max(REVISION_MAX.vending),
  unit: z.int().min(PAYGO_UNITS.least).max(PAYGO_UNITS.most),
});
export type MeterPaygo = z.output<typeof METER_PAYGO>;

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
  tokens: z
    .array(z.union([digits(20), digits(PAYGO_DIGITS), digits(PAYGO_LONG_DIGITS)]))
    .min(1)
    .max(TOKENS_MAX),
  reason: z.string().max(REASON_MAX),
  /** What the meter's key is once it has taken them; null but for key changes. In the same line, so that both are there
   *  or neither. */
  new_key: METER_KEY.nullable(),
  /** Of OpenPAYGO tokens only. */
  paygo: z.strictObject({ count: z.int().min(1).max(PAYGO_COUNT_MAX), value: amount }).optional(),
});
export type Issued = z.output<typeof ISSUED>;

export const ENTRY = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("key"), key: METER_KEY }),
  z.strictObject({ ...common, kind: z.literal("paygo"), paygo: METER_PAYGO }),
  ISSUED,
  z.strictObject({ ...common, kind: z.literal("reissued"), request }),
]);
export type Entry = z.output<typeof ENTRY>;

export function isRequest(text: string): boolean {
  return request.safeParse(text).success;
}
