/**
 * Token steps: a scenario says what a token brings, and the compiler makes it, in the firmware's own formats, under the
 * key that the scenario gives its meter. What a desk does besides (counting TIDs, deriving keys, records) is not here: a
 * scenario is no place for a key that is in use.
 *
 * A TID follows from the time of the step, as at a desk: minutes since 2014, past the reserved first minute of each day,
 * and one more for each token of the same minute. RND is 5, as in the published vectors, so the same token comes out of
 * the same fields again.
 */
import { z } from "zod";
import { bytesText, hexBytes } from "../../firmware/card/bytes";
import { amountField, amountOf, currencyAmount, currencyFields } from "../../firmware/token/amount";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  CLASS_TEST,
  REGISTER_ALL,
  SUB_CLEAR_CREDIT,
  SUB_CLEAR_TAMPER,
  SUB_LEND,
  SUB_LIMIT,
  SUB_WATER,
  SUB_WATER_CURRENCY,
  blockOf,
  keyChangeBlock,
  type BlockFields,
} from "../../firmware/token/block";
import { EA_MISTY1, EA_STA, encryptBlock } from "../../firmware/token/cipher";
import { tokenDigits } from "../../firmware/token/number";
import { TENTH_L } from "../../firmware/token/judgement";
import { testControl, type MeterTest } from "../../firmware/token/tests";
import type { FieldPath, Problem } from "./problem";
import type { TokensOfMeter } from "./settings_schema";

const TID_MAX = 2 ** 24 - 1;
/** 2014-01-01, UTC seconds. */
const BASE_UTC_S = 1_388_534_400;
const DAY_MINUTES = 1440;
/** 00:01 of each day. */
const RESERVED_MINUTE = 1;
const RND = 5;
const REGION = 600_100;

const WHOLE_ERROR = "must be a whole number";
const whole = (least: number, most: number) => z.int({ error: WHOLE_ERROR }).min(least).max(most);
const TESTS = [
  "valve",
  "display",
  "register",
  "key_revision",
  "tariff_index",
  "flow_limit",
  "tamper",
  "flow",
  "firmware",
];

export const tokenStep = z
  .strictObject({
    credit: whole(0, 1_000_000_000_000)
      .optional()
      .describe("A credit: litres, or 10^-5 currency units, as the meter keeps."),
    lend: whole(0, 1_000_000_000_000)
      .optional()
      .describe("Emergency credit in the same unit; 0: as much as the settings lend."),
    clear_credit: z.literal(true, { error: "must be true" }).optional().describe("Takes the credit that is left away."),
    clear_tamper: z.literal(true, { error: "must be true" }).optional().describe("Clears the tamper latch."),
    limit_l_h: whole(0, 18_201_624).optional().describe("Limits the flow, litres an hour; 0 lifts the limit."),
    test: z
      .enum([...TESTS, "all"])
      .optional()
      .describe("A test token, the same for every meter."),
    change_key: z
      .strictObject({
        key: z
          .string()
          .regex(/^([0-9a-fA-F]{32}|[0-9a-fA-F]{16})$/, "must be 32 or 16 hexadecimal digits")
          .describe("The new key, as long as the old one."),
        revision: whole(1, 9).describe("Key revision number."),
        expiry: whole(0, 255).default(255).describe("Key expiry number."),
        rolls_over: z.boolean().default(false).describe("The meter forgets its TIDs: they begin again."),
        half: z.boolean().default(false).describe("Only the first half of the tokens is keyed in; the key stays."),
      })
      .optional()
      .describe("The tokens of a key change, all of them keyed in; tokens of later steps are under the new key."),
    tid: whole(0, TID_MAX).optional().describe("TID; left out: that of the time of the step."),
    wrong: z.boolean().default(false).describe("True: the last digit is another."),
  })
  .describe("A token made under the meter's key and keyed in with # behind it.");

export type TokenStep = z.output<typeof tokenStep>;

const KINDS = ["credit", "lend", "clear_credit", "clear_tamper", "limit_l_h", "test", "change_key"] as const;

export function tokenProblems(step: TokenStep, path: FieldPath): Problem[] {
  const given = KINDS.filter((kind) => step[kind] !== undefined);
  return given.length === 1 ? [] : [{ path, message: `must have exactly one of ${KINDS.join(", ")}` }];
}

interface MeterOfTokens {
  readonly meter: { readonly tokens?: TokensOfMeter | undefined };
  readonly start: unknown;
  readonly steps: readonly { readonly token?: TokenStep | undefined }[];
}

/** What needs the meter beside the step. */
export function tokenSetProblems({ meter, start, steps }: MeterOfTokens): Problem[] {
  return steps.flatMap(({ token }, index): Problem[] => {
    if (token === undefined || token.test !== undefined) return [];
    const path: FieldPath = ["steps", index, "token"];
    if (meter.tokens?.key === undefined) return [{ path, message: "needs a meter with tokens.key" }];
    if (start === null && token.tid === undefined && token.change_key === undefined) {
      return [{ path: [...path, "tid"], message: "is needed where the clock is not set" }];
    }
    const next = token.change_key?.key;
    if (next !== undefined && next.length !== meter.tokens.key.length) {
      return [{ path: [...path, "change_key", "key"], message: "must be as long as the meter's key" }];
    }
    return [];
  });
}

/** Makes the tokens of a scenario, in the order of its steps. */
export class TokenDesk {
  private key: string;
  private last_tid = -1;
  /** Roll-overs of the key: after one, TIDs come again. */
  private rolls = 0;
  /** TID of the newest token; -1 where it has none. */
  private tid = -1;

  constructor(
    private readonly tokens: TokensOfMeter | undefined,
    private readonly start_utc_s: number,
  ) {
    this.key = tokens?.key ?? "";
  }

  /** Under what name a meter remembers the newest token: one is taken of each. "" for tokens without a TID. */
  get id(): string {
    return this.tid < 0 ? "" : `${this.rolls}.${this.tid}`;
  }

  /** The keys that are pressed for a step, each token with its "#". */
  keys(step: TokenStep, at_ms: number): string {
    const numbers = this.numbers(step, at_ms);
    return numbers.map((digits) => `${step.wrong ? otherEnd(digits) : digits}#`).join("");
  }

  private numbers(step: TokenStep, at_ms: number): string[] {
    this.tid = -1;
    if (step.change_key !== undefined) return this.change(step.change_key);
    if (step.test !== undefined) return [testNumber(step.test)];
    const tid = step.tid ?? this.tidAt(at_ms);
    this.tid = tid;
    if (step.credit !== undefined) {
      const { volume } = this;
      return [
        this.sealed(CLASS_CREDIT, { ...this.amount(step.credit, tid), sub: volume ? SUB_WATER : SUB_WATER_CURRENCY }),
      ];
    }
    if (step.lend !== undefined)
      return [this.sealed(CLASS_MANAGEMENT, { ...this.amount(step.lend, tid), sub: SUB_LEND })];
    const [sub, value] = managementOf(step);
    return [this.sealed(CLASS_MANAGEMENT, { sub, front: RND, middle: tid, value })];
  }

  private get volume(): boolean {
    return this.tokens?.mode === "volume";
  }

  private tidAt(at_ms: number): number {
    const minute = Math.floor((this.start_utc_s + Math.floor(at_ms / 1000) - BASE_UTC_S) / 60);
    let tid = Math.max(minute, this.last_tid + 1);
    if (tid % DAY_MINUTES === RESERVED_MINUTE) tid += 1;
    this.last_tid = tid;
    return tid % (TID_MAX + 1);
  }

  /** What a meter makes of an amount that is rounded up in this way. */
  said(value: number): number {
    const { front, value: field } = this.amount(value, 0);
    return this.volume ? amountOf(field) * TENTH_L : currencyAmount({ sign_exponent: front, amount: field });
  }

  /** Rounded up to what a token can say, as a desk does it. */
  private amount(value: number, tid: number): Omit<BlockFields, "sub"> {
    if (this.volume) return { front: RND, middle: tid, value: amountField(Math.ceil(value / 100)) ?? 65_535 };
    const fields = currencyFields(value);
    return { front: fields?.sign_exponent ?? 7, middle: tid, value: fields?.amount ?? 65_535 };
  }

  private encipher(block: number[]): number[] {
    const algorithm = this.key.length === 32 ? EA_MISTY1 : EA_STA;
    return encryptBlock(algorithm, undefined, bytesText(hexBytes(this.key)), block);
  }

  private sealed(token_class: number, fields: BlockFields): string {
    return tokenDigits(token_class, this.encipher(blockOf(token_class, fields)));
  }

  private change({ key, revision, expiry, rolls_over, half }: NonNullable<TokenStep["change_key"]>): string[] {
    const bytes = hexBytes(key);
    const first = Math.floor(expiry / 16) * 256 + revision * 16 + (rolls_over ? 8 : 0) + (this.tokens?.key_type ?? 2);
    const second = (expiry % 16) * 256 + (this.tokens?.tariff_index ?? 1);
    const parts = [
      { sub: 3, attributes: first, key: bytes.slice(0, 4) },
      { sub: 4, attributes: second, key: bytes.slice(-4) },
      { sub: 8, attributes: REGION % 4096, key: bytes.slice(4, 8) },
      { sub: 9, attributes: Math.floor(REGION / 4096), key: bytes.slice(8, 12) },
    ].slice(0, bytes.length === 16 ? 4 : 2);
    const numbers = parts.map((part) => tokenDigits(CLASS_MANAGEMENT, this.encipher(keyChangeBlock(part))));
    if (half) return numbers.slice(0, numbers.length / 2);
    this.key = key;
    if (rolls_over) {
      this.last_tid = -1;
      this.rolls += 1;
    }
    return numbers;
  }
}

function managementOf(step: TokenStep): [sub: number, value: number] {
  if (step.clear_credit === true) return [SUB_CLEAR_CREDIT, REGISTER_ALL];
  if (step.clear_tamper === true) return [SUB_CLEAR_TAMPER, 0];
  return [SUB_LIMIT, amountField(step.limit_l_h ?? 0) ?? 65_535];
}

/** Subclass 0: 36 bits of control and a manufacturer of two digits, 0. */
function testNumber(test: string): string {
  const control = test === "all" ? 2 ** 36 - 1 : testControl(test as MeterTest);
  const content = control * 256;
  const middle = Math.floor(content / 65_536) % 2 ** 24;
  const fields = { sub: 0, front: Math.floor(content / 2 ** 40), middle, value: content % 65_536 };
  return tokenDigits(CLASS_TEST, blockOf(CLASS_TEST, fields));
}

function otherEnd(digits: string): string {
  return digits.slice(0, -1) + String((Number(digits.slice(-1)) + 1) % 10);
}
