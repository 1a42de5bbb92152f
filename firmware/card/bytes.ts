/**
 * Bytes: whole numbers and digits as the card's files hold them. Most significant byte first, as in all of Curbstop's own
 * formats; the card's own commands count the other way round (`lowFirst`).
 *
 * Lists are copied and joined by the engine (`slice`, `concat`): a step of a loop costs Espruino as much as a call.
 */
import { assert } from "../assert";

/** So many bytes hold less than this; seven and eight, less than every engine counts exactly. */
const FIELD_LIMIT: number[] = [
  1, 256, 65536, 16777216, 4294967296, 1099511627776, 281474976710656, 9007199254740992, 9007199254740992,
];

/** Appends a whole number of one to eight bytes, most significant byte first; it must fit. */
export function putWhole(bytes: number[], value: number, length: number): void {
  assert(value >= 0 && value < FIELD_LIMIT[length], "a number fits its field");
  let rest = value;
  if (length > 4) {
    const above = Math.floor(value / 4294967296);
    rest -= above * 4294967296;
    if (length === 5) {
      bytes.push(above);
    } else if (length === 6) {
      bytes.push(Math.floor(above / 256), above & 255);
    } else {
      putWhole(bytes, above, length - 4);
    }
  }
  if (length > 3) {
    const high = Math.floor(rest / 65536);
    const low = rest - high * 65536;
    bytes.push(Math.floor(high / 256), high & 255, Math.floor(low / 256), low & 255);
  } else if (length === 3) {
    bytes.push(Math.floor(rest / 65536), Math.floor(rest / 256) & 255, rest & 255);
  } else if (length === 2) {
    bytes.push(Math.floor(rest / 256), rest & 255);
  } else {
    bytes.push(rest);
  }
}

/** Up to six bytes as a whole number. */
export function wholeAt(bytes: number[], first: number, length: number): number {
  assert(first >= 0 && first + length <= bytes.length && length <= 6, "a number is read inside its bytes");
  let value = 0;
  let place = first;
  const end = first + length;
  for (; place + 2 < end; place += 3) {
    value = value * 16777216 + bytes[place] * 65536 + bytes[place + 1] * 256 + bytes[place + 2];
  }
  if (place + 1 < end) {
    return value * 65536 + bytes[place] * 256 + bytes[place + 1];
  }
  return place < end ? value * 256 + bytes[place] : value;
}

/** Up to four bytes, least significant first (MIFARE DESFire's order). */
export function lowFirst(value: number, length: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (let i = 0; i < length; i++) {
    bytes.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
  assert(value >= 0 && rest === 0, "a number fits its field");
  return bytes;
}

export function allDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) {
      return false;
    }
  }
  return true;
}

/** Appends digits as BCD, two to a byte, with zeros in front up to `length` bytes. */
export function putDigits(bytes: number[], digits: string, length: number): void {
  const text = fullDigits(digits, 2 * length);
  assert(text.length === 2 * length, "digits fit their field");
  for (let i = 0; i < text.length; i += 2) {
    const tens = text.charCodeAt(i) - 48;
    const ones = text.charCodeAt(i + 1) - 48;
    assert(tens >= 0 && tens < 10 && ones >= 0 && ones < 10, "digits are 0 to 9");
    bytes.push(tens * 16 + ones);
  }
}

const HIGHEST_BCD = 0x99;

/** BCD as digits, with all its zeros in front; "" when it is none. */
export function digitsAt(bytes: number[], first: number, length: number): string {
  let digits = "";
  for (let i = first; i < first + length; i++) {
    const byte = bytes[i];
    const ones = byte % 16;
    if (byte > HIGHEST_BCD || ones > 9) {
      return "";
    }
    digits += String.fromCharCode(48 + Math.floor(byte / 16), 48 + ones);
  }
  return digits;
}

/** Digits with zeros in front up to `width`, so that printed numbers of any length can be compared. */
export function fullDigits(digits: string, width: number): string {
  let text = digits;
  while (text.length < width) {
    text = "0" + text;
  }
  return text;
}

/** Appends to bytes that several functions make together; where one makes them, `concat` costs less. */
export function putBytes(bytes: number[], more: number[]): void {
  for (const byte of more) {
    bytes.push(byte);
  }
}

/** A part of them, as a list of its own. */
export function bytesAt(bytes: number[], first: number, length: number): number[] {
  assert(first >= 0 && length >= 0 && first + length <= bytes.length, "a part lies inside its bytes");
  return bytes.slice(first, first + length);
}

/** Bytes as a text of as many characters, as the journal keeps them. */
export function bytesText(bytes: number[]): string {
  let text = "";
  for (const byte of bytes) {
    text = text + String.fromCharCode(byte);
  }
  return text;
}

/** The bytes of such a text. */
export function textBytes(text: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    bytes.push(text.charCodeAt(i));
  }
  return bytes;
}

/** Value of a hexadecimal digit, -1 for another character. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) {
    return code - 48;
  }
  const letter = code >= 97 ? code - 97 : code - 65;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** The bytes of hexadecimal digits; none when there is anything else in the text. */
export function hexBytes(text: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i + 1 < text.length; i += 2) {
    const high = hexDigit(text.charCodeAt(i));
    const low = hexDigit(text.charCodeAt(i + 1));
    if (high < 0 || low < 0) {
      return [];
    }
    bytes.push(high * 16 + low);
  }
  return 2 * bytes.length === text.length ? bytes : [];
}

const HEX_DIGITS = "0123456789ABCDEF";

/** Bytes as upper-case hexadecimal digits. */
export function hexText(bytes: readonly number[]): string {
  let text = "";
  for (const byte of bytes) {
    const high = Math.floor(byte / 16);
    const low = byte - high * 16;
    text = text + HEX_DIGITS.substring(high, high + 1) + HEX_DIGITS.substring(low, low + 1);
  }
  return text;
}
