/**
 * Entries: what the desk writes down, one after the other, and never changes. Every entry has its time `at` and the
 * region; amounts are milli-units, UIDs hexadecimal.
 *
 *   meter          the desk knows a meter: its utility, the revisions of the keys that it has, its first tariff
 *   order_card     a technician's card was begun
 *   card_begun     an empty card is about to become this meter's card; the one before it, if any, is blocked from
 *                  here on. With a voucher when it replaces one that had one
 *   sold           an amount was sold, and this voucher says so; written before the card shows it
 *   refund_begun   a refund may be paid once the meter has taken this voucher
 *   refund_paid    it has: the amount goes out
 *   refund_void    it has taken what was to be refunded
 *   finished       the card holds what the last of these says and its receipt is out
 *   read_back      what the meter has said of itself, with a good signature
 *   blocked        a card is not to be used any more
 */
import { z } from "zod";
import { GENERATION_MAX } from "../../firmware/card/files";
import { UID_BYTES } from "../../firmware/card/voucher";
import { METER_DIGITS, REGION_DIGITS, REVISION_MAX } from "../keys/names";

const FOUR_BYTES_MAX = 4_294_967_295;
export const AMOUNT_MAX_MILLI = 2 ** 48 - 1;
export const REASON_MAX = 100;
const UTILITY_MAX = 65_535;
const TIME_MAX_S = 2 ** 40 - 1;

const number = z.int().min(0).max(FOUR_BYTES_MAX);
const amount = z.int().min(0).max(AMOUNT_MAX_MILLI);
const time_s = z.int().min(0).max(TIME_MAX_S);
const generation = z.int().min(1).max(GENERATION_MAX);
const uid = z.string().regex(new RegExp(`^[0-9a-f]{${2 * UID_BYTES}}$`));

const terms = z.strictObject({
  sequence: number,
  cumulative_milli: amount,
  tariff_id: number,
  expiry_utc_s: time_s,
  point_of_sale: number,
});

const common = {
  at: z.iso.datetime({ precision: 0 }),
  region: z.string().regex(new RegExp(`^\\d{${REGION_DIGITS}}$`)),
};
const of_meter = { ...common, meter: z.string().regex(new RegExp(`^\\d{${METER_DIGITS}}$`)) };
const card = { uid, card: number, generation };

export const ENTRY = z.discriminatedUnion("kind", [
  z.strictObject({
    ...of_meter,
    kind: z.literal("meter"),
    utility: z.int().min(0).max(UTILITY_MAX),
    vending_revision: z.int().min(1).max(REVISION_MAX.vending),
    card_revision: z.int().min(1).max(REVISION_MAX.card),
    tariff_id: number,
  }),
  z.strictObject({ ...of_meter, kind: z.literal("order_card"), ...card }),
  z.strictObject({ ...of_meter, kind: z.literal("card_begun"), ...card, voucher: terms.optional() }),
  z.strictObject({ ...of_meter, kind: z.literal("sold"), amount_milli: amount, voucher: terms }),
  z.strictObject({ ...of_meter, kind: z.literal("refund_begun"), amount_milli: amount, voucher: terms }),
  z.strictObject({ ...of_meter, kind: z.literal("refund_paid"), amount_milli: amount }),
  z.strictObject({ ...of_meter, kind: z.literal("refund_void") }),
  z.strictObject({ ...of_meter, kind: z.literal("finished") }),
  z.strictObject({
    ...of_meter,
    kind: z.literal("read_back"),
    sequence: number,
    cumulative_milli: amount,
    utc_s: time_s,
    volume_l: amount,
    balance_milli: z.int(),
    tariff_id: number,
  }),
  z.strictObject({ ...of_meter, kind: z.literal("blocked"), ...card, reason: z.string().min(1).max(REASON_MAX) }),
]);

export type Entry = z.output<typeof ENTRY>;
export type EntryOf<Kind extends Entry["kind"]> = Extract<Entry, { kind: Kind }>;

/** What a voucher says that is not of its card. */
export type VoucherTerms = z.output<typeof terms>;
