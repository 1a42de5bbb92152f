/**
 * Entries: rows of numbers that are keyed in, one after another, at a meter whose standing is known. What must come of
 * each row is written down by hand; the torture finds out whether power cuts leave anything else.
 */
import { bytesText, hexBytes } from "../../firmware/card/bytes";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  REGISTER_ALL,
  SUB_CLEAR_CREDIT,
  SUB_LEND,
  SUB_LIMIT,
  SUB_WATER_CURRENCY,
  blockOf,
  keyChangeBlock,
} from "../../firmware/token/block";
import { EA_MISTY1, encryptBlock } from "../../firmware/token/cipher";
import { tokenDigits } from "../../firmware/token/number";
import { paygoNumber } from "../../firmware/token/openpaygo";
import { TIDS_REMEMBERED } from "../../firmware/token/tid_memory";

export const KEY = "f94b6ed353c3bfdb113e2d3a7ea3c41d";
export const NEXT_KEY = "b208834372ef892ef6e04c28593090d4";
export const PAYGO_KEY = "bc41ec9530f6dac86b1a29ab82edc5fb";
export const PAYGO_START = 516_959_010;
export const OPENING_MILLI = 1_000_000;
export const FIRST_TID = 6_300_000;
const REGION = 600_100;

export interface TokenEntry {
  readonly name: string;
  /** Keyed in before the torture begins. */
  readonly before: readonly string[];
  readonly numbers: readonly string[];
  /** What it all adds to the balance, and to the debt. */
  readonly added_milli: number;
  readonly lent_milli: number;
  /** The result of the last number. */
  readonly result: "accepted" | "crc";
}

function sealed(key: string, token_class: number, block: number[]): string {
  return tokenDigits(token_class, encryptBlock(EA_MISTY1, undefined, bytesText(hexBytes(key)), block));
}

/** A currency credit of up to 16,383 milli-units. */
export function creditNumber(tid: number, amount_milli: number, key = KEY): string {
  const fields = { sub: SUB_WATER_CURRENCY, front: 0, middle: tid, value: amount_milli };
  return sealed(key, CLASS_CREDIT, blockOf(CLASS_CREDIT, fields));
}

function managementNumber(sub: number, tid: number, value: number): string {
  return sealed(KEY, CLASS_MANAGEMENT, blockOf(CLASS_MANAGEMENT, { sub, front: 0, middle: tid, value }));
}

/** The four tokens of a key change to NEXT_KEY. */
function changeNumbers(rolls_over: boolean): string[] {
  const bytes = hexBytes(NEXT_KEY);
  const parts = [
    { sub: 3, attributes: 15 * 256 + 2 * 16 + (rolls_over ? 8 : 0) + 2, key: bytes.slice(0, 4) },
    { sub: 4, attributes: 15 * 256 + 1, key: bytes.slice(12, 16) },
    { sub: 8, attributes: REGION % 4096, key: bytes.slice(4, 8) },
    { sub: 9, attributes: Math.floor(REGION / 4096), key: bytes.slice(8, 12) },
  ];
  return parts.map((part) => sealed(KEY, CLASS_MANAGEMENT, keyChangeBlock(part)));
}

function otherEnd(digits: string): string {
  return digits.slice(0, -1) + String((Number(digits.slice(-1)) + 1) % 10);
}

function paygo(count: number, value: number): string {
  return String(paygoNumber(hexBytes(PAYGO_KEY), PAYGO_START, count, value, false)).padStart(9, "0");
}

const CREDIT = creditNumber(FIRST_TID + 10, 5000);
const nothing = { before: [], added_milli: 0, lent_milli: 0, result: "accepted" } as const;

export const TOKEN_ENTRIES: readonly TokenEntry[] = [
  { ...nothing, name: "credit", numbers: [CREDIT], added_milli: 5000 },
  {
    ...nothing,
    name: "full_memory",
    // So many that the credits push the lowest TIDs out.
    before: Array.from({ length: TIDS_REMEMBERED }, (_, place) => creditNumber(FIRST_TID + 100 + place, 1)),
    numbers: [creditNumber(FIRST_TID + 400, 5000), creditNumber(FIRST_TID + 300, 700)],
    added_milli: 5700,
  },
  {
    ...nothing,
    name: "emergency",
    numbers: [managementNumber(SUB_LEND, FIRST_TID + 10, 3000), creditNumber(FIRST_TID + 11, 5000)],
    // Half of the 5,000 goes to the debt of 3,000.
    added_milli: 3000 + 2500,
    lent_milli: 500,
  },
  {
    ...nothing,
    name: "clear_credit",
    numbers: [managementNumber(SUB_CLEAR_CREDIT, FIRST_TID + 10, REGISTER_ALL)],
    added_milli: -OPENING_MILLI,
  },
  { ...nothing, name: "flow_limit", numbers: [managementNumber(SUB_LIMIT, FIRST_TID + 10, 500)] },
  { ...nothing, name: "key_change", numbers: changeNumbers(false) },
  {
    ...nothing,
    name: "roll_over",
    before: [CREDIT],
    numbers: [...changeNumbers(true), creditNumber(1, 800, NEXT_KEY)],
    added_milli: 800,
  },
  { ...nothing, name: "wrong", numbers: [otherEnd(CREDIT)], result: "crc" },
  { ...nothing, name: "paygo", numbers: [paygo(4, 7), paygo(2, 5)], added_milli: 1200 },
];
