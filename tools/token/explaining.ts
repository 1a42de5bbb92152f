/**
 * `curbstop token decode`: every field of a token, and what a meter would say to it. The meter's own judgement is asked
 * (firmware/token/), on a meter that has taken no token yet and has room for any credit.
 */
import { bytesText } from "../../firmware/card/bytes";
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import { AMOUNT_MAX, amountOf, currencyAmount } from "../../firmware/token/amount";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  CLASS_TEST,
  REGISTER_ALL,
  SUB_CLEAR_CREDIT,
  SUB_CURRENCY_FIRST,
  SUB_CURRENCY_LAST,
  SUB_LEND,
  SUB_LIMIT,
  SUB_PHASES,
  crcGood,
  fieldsOf,
  keyChangePart,
} from "../../firmware/token/block";
import { createTokenBooks, wakeTokens } from "../../firmware/token/books";
import { decryptBlock } from "../../firmware/token/cipher";
import { TENTH_L, judgeToken } from "../../firmware/token/judgement";
import { partPlace } from "../../firmware/token/key_change";
import { TOKEN_DIGITS, groupedDigits, readTokenNumber } from "../../firmware/token/number";
import { createPaygoBooks } from "../../firmware/token/openpaygo";
import type { TokenResult } from "../../firmware/token/results";
import { testsOf } from "../../firmware/token/tests";
import { moneyText } from "../money";
import type { BaseDate } from "../keys/names";
import { isPaygo, paygoFields } from "./paygo";
import { tidText } from "./tid";
import { TokenError } from "./token_error";
import type { KeyInput, PaygoInput } from "./token_input";

export type TokenMode = "volume" | "currency";

export interface Explanation {
  readonly token: string;
  readonly result: TokenResult;
  /** Why a meter would refuse it; null when it would not. */
  readonly refused: string | null;
  /** Each field, by the name that `token encode` has for it. Only the class when the token cannot be deciphered. */
  readonly fields: Readonly<Record<string, string | number>>;
}

const CLASSES = ["credit", "test or display", "management", "reserved"];
const CREDITS = ["electricity", "water", "gas", "time", "electricity money", "water money", "gas money", "time money"];
const MANAGEMENT: Record<number, string> = {
  0: "flow limit",
  1: "clear credit",
  2: "set tariff rate",
  3: "key change, first token",
  4: "key change, second token",
  5: "clear tamper",
  6: "phase unbalance limit",
  7: "water meter factor",
  8: "key change, third token",
  9: "key change, fourth token",
  11: "emergency credit",
};

const REASONS: Partial<Record<TokenResult, string>> = {
  overflow: "it brings more than a meter takes at once",
  key_type: "it brings a kind of key that is not for this meter",
  format: "it is no token: a mistyped digit, or a number that no meter takes",
  range: "one of its values means nothing to this meter",
  function: "it is genuine, but for something this meter does not do",
  old: "its TID is below all that the meter remembers",
  used: "the meter has taken it already",
  key_expired: "its TID is past the expiry of the meter's key (change the key)",
  ddtk: "the meter has its region's default key, with which no credit is taken (change the key)",
  crc: "its check does not fit: mistyped, or made for another meter or under another key",
};

/** The amount under the name by which `token encode` takes it. */
function amountFields(token_class: number, sub: number, front: number, value: number): Record<string, number> {
  if (token_class === CLASS_CREDIT && sub >= SUB_CURRENCY_FIRST && sub <= SUB_CURRENCY_LAST) {
    return { amount_milli: currencyAmount({ sign_exponent: front, amount: value }) };
  }
  if (token_class === CLASS_CREDIT) return { amount_tenths: amountOf(value) };
  return sub === SUB_LIMIT || sub === SUB_PHASES ? { watts: amountOf(value) } : { value };
}

/** What the sixteen bits of value say in this class and subclass. */
function valueText(token_class: number, sub: number, front: number, value: number): string {
  if (token_class === CLASS_CREDIT && sub >= SUB_CURRENCY_FIRST && sub <= SUB_CURRENCY_LAST) {
    const amount_milli = currencyAmount({ sign_exponent: front, amount: value });
    if (amount_milli < 0) return "less than nothing";
    return amount_milli > CREDIT_MAX_MILLI ? `more than ${moneyText(CREDIT_MAX_MILLI)}` : moneyText(amount_milli);
  }
  if (token_class === CLASS_CREDIT) {
    const tenths = amountOf(value);
    return `${Math.floor(tenths / 10)}.${tenths % 10} ${["kWh", "m3", "m3", "min"][sub] ?? "units"}`;
  }
  if (sub === SUB_LIMIT) return value === 0 ? "none" : `${amountOf(value)} l/h`;
  if (sub === SUB_PHASES) return `${amountOf(value)} W`;
  if (sub === SUB_CLEAR_CREDIT)
    return value === REGISTER_ALL ? "all registers" : (CREDITS[value] ?? `register ${value}`);
  if (sub === SUB_LEND) {
    const tenths = amountOf(value);
    const milli = currencyAmount({ sign_exponent: front, amount: value });
    return `${Math.floor(tenths / 10)}.${tenths % 10} m3 or ${moneyText(Math.max(0, milli))}, as the meter counts`;
  }
  return String(value);
}

function keyChangeFields(block: number[]): Record<string, string | number> {
  const { sub, attributes } = keyChangePart(block);
  // The 32 bits of the new key are not shown: whoever has all parts has the key.
  const common = { sub, meaning: MANAGEMENT[sub] };
  switch (sub) {
    case 3:
      return {
        ...common,
        key_expiry_upper: Math.floor(attributes / 256),
        key_revision: Math.floor(attributes / 16) % 16,
        roll_over: Math.floor(attributes / 8) % 2,
        set_of_three: Math.floor(attributes / 4) % 2,
        key_type: attributes % 4,
      };
    case 4:
      return { ...common, key_expiry_lower: Math.floor(attributes / 256), tariff_index: attributes % 256 };
    default:
      return { ...common, [sub === 8 ? "region_lower" : "region_upper"]: attributes };
  }
}

function identifiedFieldsOf(token_class: number, block: number[], base: BaseDate): Record<string, string | number> {
  const { sub, front, middle, value } = fieldsOf(block);
  const is_currency = token_class === CLASS_CREDIT && sub >= SUB_CURRENCY_FIRST && sub <= SUB_CURRENCY_LAST;
  return {
    sub,
    meaning: (token_class === CLASS_CREDIT ? CREDITS[sub] : MANAGEMENT[sub]) ?? "reserved",
    [is_currency ? "sign_and_exponent" : "rnd"]: front,
    tid: middle,
    issue_utc: tidText(base, middle),
    value_field: value.toString(16).padStart(4, "0"),
    ...amountFields(token_class, sub, front, value),
    says: valueText(token_class, sub, front, value),
  };
}

/** The fields of a token; nothing behind the class when it cannot be deciphered. */
export function fieldsIn(digits: string, key: KeyInput | undefined): Record<string, string | number> {
  const token = readTokenNumber(digits);
  if (token === undefined) return {};
  const { token_class } = token;
  const front = { cls: token_class, kind: CLASSES[token_class] };
  if (token_class === CLASS_TEST) {
    const good = crcGood(token_class, token.block);
    const tests = testsOf(token.block).join(", ");
    const sub = Math.floor(token.block[0] / 16);
    return good ? { ...front, sub, tests: tests === "" ? "none that this meter has" : tests } : front;
  }
  if (key === undefined || token_class > CLASS_MANAGEMENT) return front;
  const block = decryptBlock(key.attributes.ea, key.tables, bytesText(key.decoder_key.bytes()), token.block);
  if (!crcGood(token_class, block)) return front;
  const sub = Math.floor(block[0] / 16);
  const is_key_change = token_class === CLASS_MANAGEMENT && partPlace(key.attributes.ea, sub) >= 0;
  if (is_key_change) return { ...front, ...keyChangeFields(block) };
  return { ...front, ...identifiedFieldsOf(token_class, block, key.attributes.base) };
}

/** What a meter with this key says to a token. */
export function explainToken(digits: string, key: KeyInput | undefined, mode: TokenMode): Explanation {
  const token = readTokenNumber(digits);
  if (key === undefined && token !== undefined && token.token_class !== CLASS_TEST) {
    throw new TokenError("bad_key", `${groupedDigits(digits)}: it is enciphered for one meter (give --key)`);
  }
  const decoder =
    key === undefined
      ? undefined
      : {
          algorithm: key.attributes.ea,
          key: bytesText(key.decoder_key.bytes()),
          type: key.attributes.kt,
          revision: key.attributes.krn,
          tariff_index: Number(key.attributes.ti),
          expiry: key.ken,
        };
  const state = wakeTokens(createTokenBooks(decoder, 0, undefined), 0);
  const terms = { mode, tables: key?.tables, paygo_unit: 1 };
  const room = mode === "volume" ? AMOUNT_MAX * TENTH_L : CREDIT_MAX_MILLI;
  const { result } = judgeToken(terms, state, digits, { now_s: 0, room });
  return { token: digits, result, refused: REASONS[result] ?? null, fields: fieldsIn(digits, key) };
}

/** What a meter with this OpenPAYGO key says to a token of 9 or 12 digits. */
export function explainPaygo(digits: string, { key, start, count }: PaygoInput, mode: TokenMode): Explanation {
  const books = { ...createPaygoBooks(key, start), count };
  const state = wakeTokens(createTokenBooks(undefined, 0, books), 0);
  const room = mode === "volume" ? AMOUNT_MAX * TENTH_L : CREDIT_MAX_MILLI;
  const { result } = judgeToken({ mode, tables: undefined, paygo_unit: 1 }, state, digits, { now_s: 0, room });
  return { token: digits, result, refused: REASONS[result] ?? null, fields: paygoFields(key, start, count, digits) };
}

/** The digits of a token as people write it, in groups or not; undefined when no token has so many of them. */
export function digitsOf(text: string): string | undefined {
  const digits = text.replace(/[ -]/g, "");
  return new RegExp(`^\\d{${TOKEN_DIGITS}}$`).test(digits) || isPaygo(digits) ? digits : undefined;
}
