/**
 * Tokens of a torture: what the model is told of the numbers that are keyed in, and how a random program makes some. A
 * number's meaning comes with the plan (plan.ts) or with the program, never from the meter:
 *
 *   token DIGITS credit AMOUNT ID    litres or milli-units, whatever is repaid of them
 *   token DIGITS lend AMOUNT ID      emergency credit; 0: as the settings have it
 *   token DIGITS clear 0 ID          takes the credit that is left away
 *   token DIGITS other 0 ID          moves no credit: limits, tests, tamper, parts of a key change
 *
 * ID tells which numbers count as one: a TID under one key, a count of OpenPAYGO. Of one ID a meter takes one, once.
 */
import { assert } from "../../firmware/assert";
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
} from "../../firmware/token/block";
import { EA_MISTY1, encryptBlock } from "../../firmware/token/cipher";
import { tokenDigits } from "../../firmware/token/number";
import { decimal } from "../../firmware/text";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import { wholeNumber } from "../world/words";
import { between, chance, pick } from "./numbers";

export type ToldKind = "credit" | "lend" | "clear" | "other";

export interface ToldToken {
  digits: string;
  kind: ToldKind;
  amount: number;
  id: string;
}

/** Longest number that is keyed in. */
const DIGITS_MAX = 20;

function kindOf(text: string): ToldKind {
  switch (text) {
    case "credit":
      return "credit";
    case "lend":
      return "lend";
    case "clear":
      return "clear";
    default:
      assert(text === "other", "a token is one of four kinds");
      return "other";
  }
}

/** The words of a line as above. */
export function readToken(list: string[]): ToldToken {
  assert(list.length === 5, "a token has digits, kind, amount and ID");
  return { digits: list[1], kind: kindOf(list[2]), amount: wholeNumber(list[3]), id: list[4] };
}

/** What has been typed, by one key more; only the end of it counts. */
export function typedWith(typed: string, key: string): string {
  const text = typed + key;
  return text.length > DIGITS_MAX ? text.substring(text.length - DIGITS_MAX, text.length) : text;
}

/** The longest told number with which the typed digits end; undefined when there is none. */
export function toldToken(tokens: ToldToken[], typed: string): ToldToken | undefined {
  let found: ToldToken | undefined = undefined;
  let length = 0;
  for (const token of tokens) {
    const digits = token.digits;
    const end = typed.length - digits.length;
    if (digits.length > length && end >= 0 && typed.substring(end, typed.length) === digits) {
      found = token;
      length = digits.length;
    }
  }
  return found;
}

export const RANDOM_KEY = "f94b6ed353c3bfdb113e2d3a7ea3c41d";
export const RANDOM_FIRST_TID = 1000;
const FLOW_LIMITS: number[] = [0, 30, 500, 16000];
const CREDITS: number[] = [1, 77, 5000, 16383];

/** Tokens of a random program, the newest last. */
export interface TokenMaker {
  numbers: RandomNumbers;
  made: ToldToken[];
  next_tid: number;
}

export function createTokenMaker(numbers: RandomNumbers): TokenMaker {
  return { numbers: numbers, made: [], next_tid: RANDOM_FIRST_TID + 1 };
}

function sealed(maker: TokenMaker, kind: ToldKind, sub: number, value: number): ToldToken {
  const token_class = kind === "credit" ? CLASS_CREDIT : CLASS_MANAGEMENT;
  const tid = maker.next_tid;
  maker.next_tid += between(maker.numbers, 1, 3);
  const block = blockOf(token_class, { sub: sub, front: 0, middle: tid, value: value });
  const cipher = encryptBlock(EA_MISTY1, undefined, bytesText(hexBytes(RANDOM_KEY)), block);
  const amount = kind === "credit" || kind === "lend" ? value : 0;
  return { digits: tokenDigits(token_class, cipher), kind: kind, amount: amount, id: decimal(tid) };
}

function freshToken(maker: TokenMaker): ToldToken {
  const numbers = maker.numbers;
  const roll = randomBelow(numbers, 10);
  if (roll < 6) {
    return sealed(maker, "credit", SUB_WATER_CURRENCY, pick(numbers, CREDITS));
  }
  if (roll < 8) {
    return sealed(maker, "lend", SUB_LEND, pick(numbers, CREDITS));
  }
  return roll === 8
    ? sealed(maker, "clear", SUB_CLEAR_CREDIT, REGISTER_ALL)
    : sealed(maker, "other", SUB_LIMIT, pick(numbers, FLOW_LIMITS));
}

/** What is keyed in next: a new token, one that was keyed in before, or one with a wrong end. With its "#". */
export function nextNumber(maker: TokenMaker): string {
  const numbers = maker.numbers;
  const made = maker.made;
  if (made.length > 0 && chance(numbers, 300)) {
    return made[randomBelow(numbers, made.length)].digits + "#";
  }
  const token = freshToken(maker);
  made.push(token);
  if (chance(numbers, 850)) {
    return token.digits + "#";
  }
  const last = wholeNumber(token.digits.substring(DIGITS_MAX - 1, DIGITS_MAX));
  return token.digits.substring(0, DIGITS_MAX - 1) + decimal((last + 1) % 10) + "#";
}
