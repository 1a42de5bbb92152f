/**
 * What a meter needs for its tokens, as a part of its export for a board (tools/keys/board.ts), and as the settings that
 * the meter itself has (firmware/token/settings.ts). As JSON:
 *
 *   ea, kt, krn, ti, ken, base   what the decoder key is made with and what the meter is told of it (decoder_key.ts)
 *   first_tid                    of the first minute of the day of the export: older tokens are old to the meter
 *   key                          decoder key in hexadecimal, 16 bytes (EA11) or 8 (EA07)
 *   tables                       the operator's tables of EA07; left out with the sample ones
 *   paygo                        {key, start, unit} of OpenPAYGO; left out for a meter that takes none, because nine
 *                                digits are easier to guess than twenty
 *
 * One meter's keys: they open no other meter's tokens and make none for it.
 */
import { z } from "zod";
import type { StaTables } from "../../firmware/crypto/sta";
import { KEY_TYPE_UNIQUE } from "../../firmware/token/books";
import { EA_MISTY1, EA_STA, decoderKeyBytes } from "../../firmware/token/cipher";
import { paygoStart } from "../../firmware/token/openpaygo";
import { noTokens, type TokenSettings } from "../../firmware/token/settings";
import { TID_MAX } from "../../firmware/token/tid_memory";
import { paygoKey } from "../keys/derive";
import { BASE_DATES, KEY_EXPIRY_MAX, REVISION_MAX } from "../keys/names";
import type { RegionKey } from "../keys/ring";
import { Secret } from "../keys/secret";
import { decoderKey } from "./decoder_key";
import { PAYGO_UNITS } from "./entries";
import { TABLES, checkedTables } from "./tables_file";
import { nearestTid } from "./tid";
import { TokenError } from "./token_error";

const PAYGO_KEY_BYTES = 16;
const START_END = 1_000_000_000;
const TARIFF_INDEX_USUAL = "01";

const secret = z
  .string()
  .regex(/^([0-9a-f]{16}|[0-9a-f]{32})$/)
  .transform((hex) => new Secret(Buffer.from(hex, "hex")));

export const BOARD_TOKENS = z
  .strictObject({
    ea: z.literal([EA_STA, EA_MISTY1]),
    kt: z.literal(KEY_TYPE_UNIQUE),
    krn: z.int().min(1).max(REVISION_MAX.vending),
    ti: z.string().regex(/^\d\d$/),
    ken: z.int().min(0).max(KEY_EXPIRY_MAX),
    base: z.literal(BASE_DATES),
    first_tid: z.int().min(0).max(TID_MAX),
    key: secret,
    tables: TABLES.transform((tables) => checkedTables(tables, "tables.")).optional(),
    paygo: z
      .strictObject({
        key: secret.refine((key) => key.length === PAYGO_KEY_BYTES),
        start: z
          .int()
          .min(0)
          .max(START_END - 1),
        unit: z.int().min(PAYGO_UNITS.least).max(PAYGO_UNITS.most),
      })
      .optional(),
  })
  .refine(({ ea, key }) => key.length === decoderKeyBytes(ea));
export type BoardTokens = z.output<typeof BOARD_TOKENS>;

/** What is chosen where a meter is provisioned. */
export interface BoardTokenWishes {
  readonly ea?: BoardTokens["ea"] | undefined;
  readonly ti?: string | undefined;
  readonly tables?: StaTables | undefined;
  /** Litres or milli-units that one of an OpenPAYGO token's value brings; undefined for a meter without. */
  readonly paygo_unit?: number | undefined;
}

/** The tokens' part for one meter, under this vending key. */
export function boardTokensOf(
  vending: RegionKey,
  meter: string,
  { ea = EA_MISTY1, ti = TARIFF_INDEX_USUAL, tables, paygo_unit }: BoardTokenWishes,
  first_tid: number,
): BoardTokens {
  const { sts, region, revision: krn } = vending;
  if (sts === undefined) throw new Error("a vending key has its STS attributes");
  if (tables !== undefined && ea !== EA_STA) {
    throw new TokenError("bad_input", "tables belong to EA07 (give --algorithm 7, or leave --tables out)");
  }
  const { base_date: base, key_expiry: ken } = sts;
  const kt: BoardTokens["kt"] = KEY_TYPE_UNIQUE;
  const key = decoderKey(vending.key, { dkga: "04", ea, pan: meter, sgc: region, ti, krn, kt, base });
  const tokens = { ea, kt, krn, ti, ken, base, first_tid, key, ...(tables === undefined ? {} : { tables }) };
  if (paygo_unit === undefined) return tokens;
  const paygo = paygoKey(vending, meter);
  return { ...tokens, paygo: { key: paygo, start: paygoStart(paygo.bytes()), unit: paygo_unit } };
}

/** TID of the first minute of a day: what is sold on the day itself is not old. */
export function firstTid({ sts }: RegionKey, day: Date): number {
  if (sts === undefined) throw new Error("a vending key has its STS attributes");
  return nearestTid(sts.base_date, new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate())));
}

function hex(key: Secret): string {
  return key.buffer().toString("hex");
}

/** The part as it stands in the envelope. */
export function plainTokens({ key, paygo, ...rest }: BoardTokens): object {
  return { ...rest, key: hex(key), ...(paygo === undefined ? {} : { paygo: { ...paygo, key: hex(paygo.key) } }) };
}

/** Whether two parts say the same of one meter. */
export function sameTokens(one: BoardTokens, other: BoardTokens): boolean {
  const open = ({ key, paygo, ...rest }: BoardTokens) =>
    JSON.stringify([rest, paygo === undefined ? null : [paygo.start, paygo.unit], key.length]);
  const same_paygo = one.paygo === undefined || (other.paygo !== undefined && one.paygo.key.equals(other.paygo.key));
  return open(one) === open(other) && one.key.equals(other.key) && same_paygo;
}

/** The settings of a meter that is provisioned with this part: what the nameplate holds (firmware/nameplate.ts). */
export function tokenSettings(tokens: BoardTokens, mode: TokenSettings["mode"], repay_permille = 1000): TokenSettings {
  const { kt, krn, ti, ken, first_tid, key, tables, paygo } = tokens;
  return {
    ...noTokens(),
    ...{ mode, key: hex(key), key_type: kt, key_revision: krn, tariff_index: Number(ti), key_expiry: ken },
    ...{ first_tid, tables, repay_permille },
    ...(paygo === undefined ? {} : { paygo_key: hex(paygo.key), paygo_start: paygo.start, paygo_unit: paygo.unit }),
  };
}
