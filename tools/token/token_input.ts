/**
 * What `curbstop token encode` and `decode` read: objects with the attributes of a key and, for a token to be made,
 * what it is to say. Files come from outside, so every field is checked; what is wrong is named with its place in the
 * file.
 *
 *   dkga "04" or "02"   ea 11 or 7       pan 18 digits    sgc 6 digits    ti 2 digits   krn 1 to 9   kt 0 to 2
 *   vk   vending key, hexadecimal        base 93, 14 or 35                ken 0 to 255, 255 when it is not there
 *   issue_utc 2004-03-01T13:00:00        rnd 0 to 15, random when it is not there
 *   cls 0 or 2          sub 0 to 15      one of amount_tenths, amount_milli, watts, value
 *   tables              {first, second, permutation}: the operator's tables of EA07, when they are not the sample ones
 *
 * For OpenPAYGO tokens the key file has the same key fields, from which the meter's key is derived as `curbstop keys`
 * does it, or the key itself: paygo_key in 32 hexadecimal digits, paygo_start when it does not follow from the key, and
 * paygo_count, the last count that the meter took, 0 when it is not there.
 *
 * Other fields are let through unread, so that lists with notes of their own can be used as they are.
 */
import fs from "node:fs";
import { z } from "zod";
import type { StaTables } from "../../firmware/crypto/sta";
import { KEY_EXPIRY_NEVER } from "../../firmware/token/books";
import { EA_MISTY1, EA_STA } from "../../firmware/token/cipher";
import { PAYGO_COUNT_MAX, paygoStart } from "../../firmware/token/openpaygo";
import { paygoKey } from "../keys/derive";
import { systemCode } from "../keys/key_error";
import { BASE_DATES, KEY_EXPIRY_MAX, type BaseDate } from "../keys/names";
import { Secret } from "../keys/secret";
import { decoderKey, type KeyAttributes } from "./decoder_key";
import { panFault } from "./pan";
import { TABLES, checkedTables } from "./tables_file";
import { TokenError } from "./token_error";

const INPUT_MAX_BYTES = 64 * 1024 * 1024;
const ENTRIES_MAX = 100_000;

const BASES: Record<string, BaseDate> = { "93": BASE_DATES[0], "14": BASE_DATES[1], "35": BASE_DATES[2] };

const digits = (count: number) => z.string().regex(new RegExp(`^\\d{${count}}$`), `takes ${count} digits`);
const whole = (least: number, most: number) => z.int().min(least).max(most);

const KEY = z.object({
  dkga: z.enum(["02", "04"]),
  ea: z.literal([EA_STA, EA_MISTY1]),
  pan: z.string().refine((pan) => panFault(pan) === undefined, {
    error: (issue) => panFault(String(issue.input)) ?? "",
  }),
  sgc: digits(6),
  ti: digits(2),
  krn: whole(1, 9),
  kt: whole(0, 2),
  vk: z.string().regex(/^([0-9a-fA-F]{16}|[0-9a-fA-F]{40})$/, "takes 16 or 40 hexadecimal digits"),
  base: z.union([z.literal([93, 14, 35]), z.enum(["93", "14", "35"])]),
  ken: whole(0, KEY_EXPIRY_MAX).default(KEY_EXPIRY_NEVER),
  tables: TABLES.nullish(),
});

const PAYGO_KEY = z.object({
  paygo_key: z.string().regex(/^[0-9a-fA-F]{32}$/, "takes 32 hexadecimal digits"),
  paygo_start: whole(0, 999_999_999).optional(),
  paygo_count: whole(0, PAYGO_COUNT_MAX).default(0),
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z?$/;
const AMOUNT_MAX = Number.MAX_SAFE_INTEGER;

const TOKEN = KEY.extend({
  issue_utc: z.string().regex(TIME, "takes 2004-03-01T13:00:00, in UTC"),
  rnd: whole(0, 15).optional(),
  cls: z.literal([0, 2]),
  sub: whole(0, 15),
  amount_tenths: whole(0, AMOUNT_MAX).optional(),
  amount_milli: whole(0, AMOUNT_MAX).optional(),
  watts: whole(0, AMOUNT_MAX).optional(),
  value: whole(0, AMOUNT_MAX).optional(),
});

export interface KeyInput {
  readonly attributes: KeyAttributes;
  readonly ken: number;
  readonly tables: StaTables | undefined;
  readonly decoder_key: Secret;
}

/** One meter's OpenPAYGO key. */
export interface PaygoInput {
  readonly key: number[];
  readonly start: number;
  readonly count: number;
}

export interface TokenInput extends KeyInput {
  readonly at: Date;
  readonly rnd: number | undefined;
  readonly token_class: number;
  readonly sub: number;
  readonly amount: number;
}

/** The text of a file, or of standard input for "-". */
export function readInput(file: string): string {
  try {
    const bytes = fs.readFileSync(file === "-" ? 0 : file);
    if (bytes.length > INPUT_MAX_BYTES) {
      throw new TokenError("bad_file", `${file}: it has more than ${INPUT_MAX_BYTES} bytes (give it in parts)`);
    }
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof TokenError) throw error;
    throw new TokenError("bad_file", `${file}: cannot be read (${systemCode(error)})`);
  }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words would quote the text, which may hold a key.
    throw new TokenError("bad_file", `${file}: this is not JSON (a list of objects is wanted; see --help)`);
  }
}

/** Names the first thing that is wrong. */
function complaint(file: string, place: string, error: z.ZodError): TokenError {
  const [issue] = error.issues;
  const field = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return new TokenError("bad_input", `${file}: ${place}${field}${issue.message.replaceAll("\n", " ")} (see --help)`);
}

function keyOf(input: z.output<typeof KEY>, where: string): KeyInput {
  const { dkga, ea, pan, sgc, ti, krn, kt, ken } = input;
  const attributes: KeyAttributes = { dkga, ea, pan, sgc, ti, krn, kt, base: BASES[String(input.base)] };
  const tables = input.tables == null ? undefined : checkedTables(input.tables, `${where}tables.`);
  try {
    const key = decoderKey(new Secret(Buffer.from(input.vk, "hex")), attributes);
    return { attributes, ken, tables, decoder_key: key };
  } catch (error) {
    if (error instanceof TokenError) throw new TokenError(error.code, `${where}${error.message}`);
    throw error;
  }
}

function timeOf(text: string, where: string): Date {
  const at = new Date(text.endsWith("Z") ? text : `${text}Z`);
  // The engine's calendar makes 2 March of 30 February; a token of another day than was asked for is none.
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text.slice(0, 10)) {
    throw new TokenError("bad_input", `${where}issue_utc: there is no such time`);
  }
  return at;
}

const AMOUNTS = ["amount_tenths", "amount_milli", "watts", "value"] as const;

function tokenOf(input: z.output<typeof TOKEN>, where: string): TokenInput {
  const given = AMOUNTS.filter((name) => input[name] !== undefined);
  if (given.length !== 1) {
    throw new TokenError("bad_input", `${where}give one of ${AMOUNTS.join(", ")}`);
  }
  const amount = input[given[0]] ?? 0;
  const { rnd, cls, sub } = input;
  return { ...keyOf(input, where), at: timeOf(input.issue_utc, where), rnd, token_class: cls, sub, amount };
}

/** The tokens to be made that a text asks for. */
export function tokenInputs(text: string, file: string): TokenInput[] {
  const json = jsonOf(text, file);
  if (!Array.isArray(json)) throw new TokenError("bad_input", `${file}: a list of objects is wanted (see --help)`);
  if (json.length > ENTRIES_MAX) {
    throw new TokenError("bad_input", `${file}: it has more than ${ENTRIES_MAX} entries (give it in parts)`);
  }
  return json.map((entry: unknown, index) => {
    const place = `entry ${index + 1}: `;
    const parsed = TOKEN.safeParse(entry);
    if (!parsed.success) throw complaint(file, place, parsed.error);
    return tokenOf(parsed.data, `${file}: ${place}`);
  });
}

function oneOf(text: string, file: string): unknown {
  const json = jsonOf(text, file);
  return Array.isArray(json) && json.length === 1 ? json[0] : json;
}

/** The OpenPAYGO key that a text says or describes. */
export function paygoInput(text: string, file: string): PaygoInput {
  const one = oneOf(text, file);
  if (typeof one === "object" && one !== null && "paygo_key" in one) {
    const parsed = PAYGO_KEY.safeParse(one);
    if (!parsed.success) throw complaint(file, "", parsed.error);
    const { paygo_key, paygo_start, paygo_count } = parsed.data;
    const key = [...Buffer.from(paygo_key, "hex")];
    return { key, start: paygo_start ?? paygoStart(key), count: paygo_count };
  }
  const parsed = KEY.safeParse(one);
  if (!parsed.success) throw complaint(file, "", parsed.error);
  const { vk, sgc: region, krn: revision, pan } = parsed.data;
  const vending = { region, revision, kind: "vending", made: "", rotated: undefined, sts: undefined } as const;
  const key = paygoKey({ ...vending, key: new Secret(Buffer.from(vk, "hex")) }, pan).bytes();
  return { key, start: paygoStart(key), count: 0 };
}

/** The key that a text describes: an object, or a list of one. */
export function keyInput(text: string, file: string): KeyInput {
  const one = oneOf(text, file);
  const parsed = KEY.safeParse(one);
  if (!parsed.success) throw complaint(file, "", parsed.error);
  return keyOf(parsed.data, `${file}: `);
}
