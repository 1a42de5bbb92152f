/**
 * Values by data type (EN 13757-3, annex A): what the bytes of a record say. Nothing here throws: bytes that are no
 * value of their type become an invalid one, with its bytes, so that one odd record does not hide the others.
 *
 *   integers   types B and C, 1 to 8 bytes, two's complement        BCD   type A, F in the highest digit: minus
 *   real       type H, IEEE 754 single                              date  types G (2), J (3), F (4), I (6 bytes)
 */
import type { Kind } from "./vif";

export type Value =
  | { readonly type: "number"; readonly digits: bigint }
  | { readonly type: "real"; readonly real: number }
  | { readonly type: "date" | "text"; readonly text: string }
  | { readonly type: "bytes" | "invalid" | "none" };

const INVALID: Value = { type: "invalid" };
const YEAR_FIRST = 2000;

/** Low byte first, without sign. */
export function unsignedOf(bytes: readonly number[]): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}

function integerValue(bytes: readonly number[]): Value {
  return { type: "number", digits: BigInt.asIntN(bytes.length * 8, unsignedOf(bytes)) };
}

export function bcdValue(bytes: readonly number[]): Value {
  const text = Buffer.from(bytes).reverse().toString("hex");
  const is_negative = text.startsWith("f");
  const digits = is_negative ? text.slice(1) : text;
  if (!/^\d+$/.test(digits)) return INVALID;
  return { type: "number", digits: is_negative ? -BigInt(digits) : BigInt(digits) };
}

function realValue(bytes: readonly number[]): Value {
  const real = Buffer.from(bytes).readFloatLE(0);
  return Number.isFinite(real) ? { type: "real", real } : INVALID;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** Type G; undefined when it is no day. */
function dateText(low: number, high: number): string | undefined {
  const day = low & 31;
  const month = high & 15;
  if (day < 1 || month < 1 || month > 12) return undefined;
  return `${YEAR_FIRST + ((high >> 4) << 3) + (low >> 5)}-${two(month)}-${two(day)}`;
}

function clockText(hour: number, minute: number): string | undefined {
  return hour < 24 && minute < 60 ? `${two(hour)}:${two(minute)}` : undefined;
}

function joined(parts: readonly (string | undefined)[]): Value {
  return parts.includes(undefined) ? INVALID : { type: "date", text: parts.join(" ") };
}

function secondsText(hour: number, minute: number, second: number): string | undefined {
  const clock = clockText(hour, minute);
  return clock === undefined || second > 59 ? undefined : `${clock}:${two(second)}`;
}

/** Types G, J, F and I, by their length. */
function dateValue(bytes: readonly number[]): Value {
  if (bytes.length === 2) return joined([dateText(bytes[0], bytes[1])]);
  if (bytes.length === 3) return joined([secondsText(bytes[2] & 31, bytes[1] & 63, bytes[0] & 63)]);
  if (bytes.length === 4) {
    const is_invalid = (bytes[0] & 128) !== 0;
    return is_invalid ? INVALID : joined([dateText(bytes[2], bytes[3]), clockText(bytes[1] & 31, bytes[0] & 63)]);
  }
  if (bytes.length === 6) {
    const is_invalid = (bytes[1] & 128) !== 0;
    const clock = secondsText(bytes[2] & 31, bytes[1] & 63, bytes[0] & 63);
    return is_invalid ? INVALID : joined([dateText(bytes[3], bytes[4]), clock]);
  }
  return INVALID;
}

/** Data field of a DIF with a fixed length: how many bytes, and of what. */
const FIXED: Record<number, { bytes: number; coding: "integer" | "bcd" | "real" } | undefined> = {
  0x0: { bytes: 0, coding: "integer" },
  0x1: { bytes: 1, coding: "integer" },
  0x2: { bytes: 2, coding: "integer" },
  0x3: { bytes: 3, coding: "integer" },
  0x4: { bytes: 4, coding: "integer" },
  0x5: { bytes: 4, coding: "real" },
  0x6: { bytes: 6, coding: "integer" },
  0x7: { bytes: 8, coding: "integer" },
  0x8: { bytes: 0, coding: "integer" },
  0x9: { bytes: 1, coding: "bcd" },
  0xa: { bytes: 2, coding: "bcd" },
  0xb: { bytes: 3, coding: "bcd" },
  0xc: { bytes: 4, coding: "bcd" },
  0xe: { bytes: 6, coding: "bcd" },
};

/** Bytes of a data field; undefined for 0D (LVAR), whose first byte says it, and for 0F. */
export function fixedLength(data_field: number): number | undefined {
  return FIXED[data_field]?.bytes;
}

export function fixedValue(data_field: number, kind: Kind, bytes: readonly number[]): Value {
  if (bytes.length === 0) return { type: "none" };
  const coding = FIXED[data_field]?.coding;
  if (kind === "bits") return { type: "bytes" };
  if (kind === "date" && coding === "integer") return dateValue(bytes);
  if (coding === "bcd") return bcdValue(bytes);
  return coding === "real" ? realValue(bytes) : integerValue(bytes);
}

/** Bytes behind LVAR (EN 13757-3, 6.2: variable length); undefined when it is reserved. */
export function variableLength(lvar: number): number | undefined {
  if (lvar <= 0xbf) return lvar;
  if (lvar <= 0xc9) return lvar - 0xc0;
  if (lvar >= 0xd0 && lvar <= 0xd9) return lvar - 0xd0;
  if (lvar >= 0xe0 && lvar <= 0xef) return lvar - 0xe0;
  if (lvar >= 0xf0 && lvar <= 0xf4) return 4 * (lvar - 0xec);
  if (lvar === 0xf5) return 48;
  return lvar === 0xf6 ? 64 : undefined;
}

/** Text (last character first), BCD of either sign, or bytes of the maker's choice. */
export function variableValue(lvar: number, bytes: readonly number[]): Value {
  // What a meter sends may end up on a terminal: nothing but printable characters.
  const text = Buffer.from(bytes)
    .reverse()
    .toString("latin1")
    .replace(/[^\x20-\x7e\xa0-\xff]/g, ".");
  if (lvar <= 0xbf) return { type: "text", text };
  if (bytes.length === 0) return { type: "none" };
  if (lvar <= 0xc9) return bcdValue(bytes);
  if (lvar <= 0xd9) {
    const value = bcdValue(bytes);
    return value.type === "number" ? { type: "number", digits: -value.digits } : value;
  }
  return { type: "bytes" };
}
