/**
 * OpenPAYGO tokens at the desk (firmware/token/openpaygo.ts has the format): credits alone, with a count of their own
 * for each meter. The desk's counts are even, 2, 4, 6, ..., and never repeat; a meter takes them up to 64 above the last
 * one that it took, so 32 tokens that nobody keyed in are the most that may lie between two.
 *
 * Nine digits say a value up to 995, twelve one up to 999,999; the shorter one is made where it will do. What does not
 * divide by the meter's unit is rounded up.
 */
import { TENTH_L } from "../../firmware/token/judgement";
import {
  PAYGO_COUNT_MAX,
  PAYGO_DIGITS,
  PAYGO_LONG_DIGITS,
  PAYGO_LONG_VALUE_MAX,
  PAYGO_VALUE_MAX,
  createPaygoBooks,
  createPaygoSearch,
  paygoKind,
  paygoNumber,
  paygoStart,
  stepPaygoSearch,
} from "../../firmware/token/openpaygo";
import type { Secret } from "../keys/secret";
import { TokenError } from "./token_error";

export const PAYGO_STEP = 2;

/** What a token brings: in litres or milli-units, as the meter's unit is. */
export interface PaygoOffer {
  readonly value: number;
  /** As the receipt has it: tenths of a cubic metre, or milli-units. */
  readonly said: number;
}

/** The offer nearest above an amount. Only whole tenths of a cubic metre can be said on a receipt. */
export function paygoOffer(use: "water" | "money", amount: number, unit: number): PaygoOffer {
  if (use === "water" && TENTH_L % unit !== 0 && unit % TENTH_L !== 0) {
    throw new TokenError("out_of_range", `unit ${unit}: of litres it divides ${TENTH_L}, or is a multiple of it`);
  }
  const scale = use === "water" ? TENTH_L : 1;
  const value = Math.ceil((amount * scale) / unit);
  if (!Number.isSafeInteger(value) || value < 1 || value > PAYGO_LONG_VALUE_MAX) {
    throw new TokenError(
      "out_of_range",
      `${amount}: no OpenPAYGO token of unit ${unit} can say this (sell it in parts)`,
    );
  }
  return { value, said: (value * unit) / scale };
}

/** The count after a meter's last one. */
export function nextPaygoCount(last: number, meter: string): number {
  const count = last + PAYGO_STEP;
  if (count <= PAYGO_COUNT_MAX) return count;
  const most = PAYGO_COUNT_MAX / PAYGO_STEP;
  throw new TokenError("out_of_range", `meter ${meter}: its ${most} OpenPAYGO tokens are used up (give it a new key)`);
}

/** The digits of a token that adds. */
export function paygoToken(key: Secret, count: number, value: number): string {
  const is_long = value > PAYGO_VALUE_MAX;
  const bytes = key.bytes();
  const number = paygoNumber(bytes, paygoStart(bytes), count, value, is_long);
  return String(number).padStart(is_long ? PAYGO_LONG_DIGITS : PAYGO_DIGITS, "0");
}

/** Whether a text has as many digits as this family's tokens. */
export function isPaygo(digits: string): boolean {
  return /^\d+$/.test(digits) && (digits.length === PAYGO_DIGITS || digits.length === PAYGO_LONG_DIGITS);
}

/** What one meter's key says of a token; only the value where no count gives it. */
export function paygoFields(
  key: number[],
  start: number,
  last_count: number,
  digits: string,
): Readonly<Record<string, string | number>> {
  const search = createPaygoSearch({ ...createPaygoBooks(key, start), count: last_count }, digits);
  stepPaygoSearch(search, search.end);
  if (search.found === 0) return { family: "OpenPAYGO" };
  const value = paygoKind(search) === "add" ? { value: search.value } : {};
  return { family: "OpenPAYGO", count: search.found, meaning: paygoKind(search), ...value };
}
