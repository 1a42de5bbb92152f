/**
 * Fields: values as bytes, by one walk for both directions. What is written and what is read back cannot drift apart,
 * because the same line does both: `account.balance_milli = wholeField(fields, account.balance_milli, 0 - MAX, MAX)`.
 *
 *   whole number   first byte: bit 0 negative, bits 1-6 the lowest six bits, bit 7 more follows;
 *                  then seven bits a byte, lowest first, bit 7 more follows. A negative n is stored as -1 - n.
 *   flag           the whole number 0 or 1
 *   list           whole numbers; how many is told elsewhere
 *   bytes          their number as a whole number, then the bytes
 *   rest           bytes up to the end, without their number
 *
 * Reading trusts nothing: out of range or past the end clears `ok`, and from then on every field keeps its given value.
 */
import { assert } from "../assert";

/** The whole numbers that every engine keeps exactly: 2^53 - 1 either way. */
export const WHOLE_MAX = 9007199254740991;
export const WHOLE_MIN = -9007199254740991;

/** 6 + 7 * 7 bits hold any whole number below 2^53. */
const WHOLE_BYTES_MAX = 8;

/** The whole numbers 1 and 0. */
const FLAG_SET = String.fromCharCode(2);
const FLAG_CLEAR = String.fromCharCode(0);

export interface Fields {
  readonly writing: boolean;
  /** Bytes as characters 0 to 255: a number array takes twelve times as much on a small engine. */
  text: string;
  /** Where the next field is read. */
  place: number;
  /** All fields so far were there and in range. */
  ok: boolean;
}

export function writeFields(): Fields {
  return { writing: true, text: "", place: 0, ok: true };
}

export function readFields(text: string): Fields {
  return { writing: false, text: text, place: 0, ok: true };
}

/** The bytes of a whole number that takes more than one, two at a time: a small engine pays for each statement. */
function madeBytes(value: number): string {
  if (value >= 64 && value < 134217728) {
    const first = (value & 63) * 2 + 128;
    const above = Math.floor(value / 64);
    if (above < 128) {
      return String.fromCharCode(first, above);
    }
    return above < 16384
      ? String.fromCharCode(first, (above & 127) + 128, Math.floor(above / 128))
      : String.fromCharCode(
          first,
          (above & 127) + 128,
          (Math.floor(above / 128) & 127) + 128,
          Math.floor(above / 16384),
        );
  }
  const magnitude = value < 0 ? -1 - value : value;
  let rest = Math.floor(magnitude / 64);
  const first = (magnitude - rest * 64) * 2 + (value < 0 ? 1 : 0);
  if (rest === 0) {
    return String.fromCharCode(first);
  }
  let text = String.fromCharCode(first + 128);
  while (rest >= 16384) {
    const above = Math.floor(rest / 16384);
    rest -= above * 16384;
    text += String.fromCharCode((rest & 127) + 128, Math.floor(rest / 128) + 128);
    rest = above;
  }
  return (
    text + (rest < 128 ? String.fromCharCode(rest) : String.fromCharCode((rest & 127) + 128, Math.floor(rest / 128)))
  );
}

/** Numbers below it are looked up: every engine can take them for the places of a list. */
const RECENT_LIMIT = 2147483648;
/** How many are kept. */
const RECENT_MAX = 24;
/**
 * What numbers were lately written as. Most of a commit stood in the one before it, and a small engine finds such a text
 * in a fifth of the time in which it makes it.
 */
let recent: Record<number, string | undefined> = {};
let recent_count = 0;

function wholeBytes(value: number): string {
  if (value < 64 || value >= RECENT_LIMIT) {
    return madeBytes(value);
  }
  const known = recent[value];
  if (known !== undefined) {
    return known;
  }
  const text = madeBytes(value);
  if (recent_count === RECENT_MAX) {
    recent = {};
    recent_count = 0;
  }
  recent[value] = text;
  recent_count += 1;
  return text;
}

/** Reads what is there, or clears `ok`. Eight bytes hold up to 2^55: what is not below 2^53 is out of any range. */
function readWhole(fields: Fields): number {
  const end = Math.min(fields.place + WHOLE_BYTES_MAX, fields.text.length);
  let magnitude = 0;
  let scale = 64;
  let negative = false;
  for (let place = fields.place; place < end; place++) {
    const byte = fields.text.charCodeAt(place);
    const digit = byte & 127;
    if (place === fields.place) {
      negative = digit % 2 === 1;
      magnitude = Math.floor(digit / 2);
    } else {
      magnitude += digit * scale;
      scale *= 128;
    }
    if (byte < 128) {
      fields.place = place + 1;
      return negative ? -1 - magnitude : magnitude;
    }
  }
  fields.ok = false;
  return 0;
}

function readField(fields: Fields, value: number, least: number, most: number): number {
  if (!fields.ok) {
    return value;
  }
  const found = readWhole(fields);
  fields.ok = fields.ok && found >= least && found <= most;
  return fields.ok ? found : value;
}

/**
 * A whole number within [least, most], |value| < 2^53. Few statements: a commit has more than a hundred fields, most of
 * one byte.
 */
export function wholeField(fields: Fields, value: number, least: number, most: number): number {
  if (fields.writing && value >= least && value <= most) {
    fields.text += value < 64 && value >= 0 ? String.fromCharCode(value * 2) : wholeBytes(value);
    return value;
  }
  assert(!fields.writing, "a written field is in its range");
  return readField(fields, value, least, most);
}

/** A whole number that is not negative: `wholeField` within [0, WHOLE_MAX], for less. */
export function amountField(fields: Fields, value: number): number {
  if (fields.writing && value >= 0 && value <= WHOLE_MAX) {
    fields.text += value < 64 ? String.fromCharCode(value * 2) : wholeBytes(value);
    return value;
  }
  assert(!fields.writing, "a written field is in its range");
  return readField(fields, value, 0, WHOLE_MAX);
}

/** `count` whole numbers within [least, most]; when reading, a new list, which keeps what was given where it fails. */
export function listField(fields: Fields, list: number[], count: number, least: number, most: number): number[] {
  const copy: number[] = [];
  for (let i = 0; i < count; i++) {
    if (fields.writing) {
      wholeField(fields, list[i], least, most);
    } else {
      copy.push(readField(fields, i < list.length ? list[i] : least, least, most));
    }
  }
  return fields.writing ? list : copy;
}

export function flagField(fields: Fields, value: boolean): boolean {
  if (fields.writing) {
    fields.text += value ? FLAG_SET : FLAG_CLEAR;
    return value;
  }
  return readField(fields, value ? 1 : 0, 0, 1) === 1;
}

/** A run of at most `length_max` bytes, held as characters 0 to 255. */
export function bytesField(fields: Fields, value: string, length_max: number): string {
  const length = wholeField(fields, value.length, 0, length_max);
  if (fields.writing) {
    fields.text += value;
    return value;
  }
  if (!fields.ok || fields.place + length > fields.text.length) {
    fields.ok = false;
    return value;
  }
  const start = fields.place;
  fields.place = start + length;
  return fields.text.substring(start, fields.place);
}

/** What is left up to the end, held as characters 0 to 255; always the last field. More than `length_max` is not read. */
export function restField(fields: Fields, value: string, length_max: number): string {
  if (fields.writing) {
    fields.text += value;
    return value;
  }
  const start = fields.place;
  fields.ok = fields.ok && fields.text.length - start <= length_max;
  fields.place = fields.text.length;
  return fields.ok ? fields.text.substring(start, fields.place) : value;
}
