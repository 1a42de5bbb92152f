/**
 * Building: tokens from what they are to say, under a decoder key that is given. What may be sold, and with which TID,
 * is not asked here (vending.ts). Formats are the meter's own (firmware/token/), so desk and meter cannot drift apart.
 */
import { randomInt } from "node:crypto";
import { bytesText } from "../../firmware/card/bytes";
import type { StaTables } from "../../firmware/crypto/sta";
import { amountField, currencyFields } from "../../firmware/token/amount";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  CLASS_TEST,
  SUB_CURRENCY_FIRST,
  SUB_CURRENCY_LAST,
  SUB_KEY_FIRST,
  SUB_KEY_FOURTH,
  SUB_KEY_SECOND,
  SUB_KEY_THIRD,
  SUB_LIMIT,
  SUB_PHASES,
  blockOf,
  keyChangeBlock,
  type BlockFields,
} from "../../firmware/token/block";
import { EA_MISTY1, encryptBlock } from "../../firmware/token/cipher";
import { tokenDigits } from "../../firmware/token/number";
import type { Secret } from "../keys/secret";
import { TokenError } from "./token_error";

/** A decoder key with its algorithm; `tables` undefined for the sample ones. */
export interface TokenKey {
  readonly ea: number;
  readonly key: Secret;
  readonly tables?: StaTables | undefined;
}

const RND_VALUES = 16;
const VALUE_MAX = 65_535;

/** Four random bits. IEC 62055-41 would have a fast counter's; the system's noise is no worse. */
export function randomFour(): number {
  return randomInt(RND_VALUES);
}

function enciphered(key: TokenKey, token_class: number, block: number[]): string {
  return tokenDigits(token_class, encryptBlock(key.ea, key.tables, bytesText(key.key.bytes()), block));
}

export interface IdentifiedToken {
  readonly token_class: number;
  readonly sub: number;
  readonly tid: number;
  readonly rnd: number;
  /** Tenths of the unit, milli-units of currency tokens, litres an hour of limits, the value itself of the others. */
  readonly amount: number;
  /** Of emergency credit: coded as a credit of water or money is; left out, `amount` is the value itself. */
  readonly as?: "water" | "money" | undefined;
}

function isMoney({ token_class, sub, as }: IdentifiedToken): boolean {
  return as === "money" || (token_class === CLASS_CREDIT && sub >= SUB_CURRENCY_FIRST && sub <= SUB_CURRENCY_LAST);
}

function isCoded({ token_class, sub, as }: IdentifiedToken): boolean {
  return as === "water" || token_class === CLASS_CREDIT || sub === SUB_LIMIT || sub === SUB_PHASES;
}

/** The fields of a token with a TID: an amount that cannot be said is rounded up. */
export function identifiedFields(token: IdentifiedToken): BlockFields {
  const { sub, tid, rnd, amount } = token;
  const too_large = new TokenError("out_of_range", `${amount}: no token can say so much (sell it in parts)`);
  if (isMoney(token)) {
    const fields = currencyFields(amount);
    if (fields === undefined) throw too_large;
    return { sub, front: fields.sign_exponent, middle: tid, value: fields.amount };
  }
  const value = isCoded(token) ? amountField(amount) : amount;
  if (value === undefined || value > VALUE_MAX) throw too_large;
  return { sub, front: rnd, middle: tid, value };
}

/** A token with a TID. */
export function identifiedToken(key: TokenKey, token: IdentifiedToken): string {
  return enciphered(key, token.token_class, blockOf(token.token_class, identifiedFields(token)));
}

/** A test token for every meter: nothing of it is secret. Subclass 0 has a manufacturer of two digits, 1 of four. */
export function testToken(sub: 0 | 1, control: number, manufacturer: number): string {
  const manufacturers = sub === 0 ? 256 : 65_536;
  const controls = sub === 0 ? 2 ** 36 : 2 ** 28;
  if (!(manufacturer < manufacturers && control >= 0 && control < controls)) {
    throw new TokenError("out_of_range", `control ${control}, manufacturer ${manufacturer}: no test token says this`);
  }
  const content = control * manufacturers + manufacturer;
  const front = Math.floor(content / 2 ** 40);
  const middle = Math.floor(content / 65_536) % 2 ** 24;
  return tokenDigits(CLASS_TEST, blockOf(CLASS_TEST, { sub, front, middle, value: content % 65_536 }));
}

/** What a meter is to have after a key change. */
export interface NewKeyAttributes {
  readonly key: Secret;
  readonly krn: number;
  readonly kt: number;
  readonly ti: string;
  readonly sgc: string;
  readonly ken: number;
  /** The meter forgets its TIDs, because they begin again from another base date. */
  readonly rolls_over: boolean;
}

/** The tokens of a key change in the order in which they are keyed in: two for EA07, four for EA11. */
export function keyChangeTokens(old: TokenKey, next: NewKeyAttributes): string[] {
  const key = next.key.bytes();
  if (key.length !== old.key.length)
    throw new TokenError("bad_key", "the old and the new key are not of one algorithm");
  const region = Number(next.sgc);
  const first = Math.floor(next.ken / 16) * 256 + next.krn * 16 + (next.rolls_over ? 8 : 0) + next.kt;
  const second = (next.ken % 16) * 256 + Number(next.ti);
  const parts = [
    { sub: SUB_KEY_FIRST, attributes: first, key: key.slice(0, 4) },
    { sub: SUB_KEY_SECOND, attributes: second, key: key.slice(-4) },
  ];
  if (old.ea === EA_MISTY1) {
    parts.push({ sub: SUB_KEY_THIRD, attributes: region % 4096, key: key.slice(4, 8) });
    parts.push({ sub: SUB_KEY_FOURTH, attributes: Math.floor(region / 4096), key: key.slice(8, 12) });
  }
  return parts.map((part) => enciphered(old, CLASS_MANAGEMENT, keyChangeBlock(part)));
}
