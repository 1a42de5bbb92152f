/**
 * Bytes: whole numbers and digits as the card's files hold them. Most significant byte first, as in all of Curbstop's own
 * formats; the card's own commands count the other way round (`lowFirst`).
 */
import { assert } from "../assert";

/** Appends a whole number, most significant byte first; it must fit. */
export function putWhole(bytes: number[], value: number, length: number): void {
  const first = bytes.length;
  let rest = value;
  for (let i = 0; i < length; i++) {
    bytes.push(0);
  }
  for (let i = length - 1; i >= 0; i--) {
    bytes[first + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  assert(value >= 0 && rest === 0, "a number fits its field");
}

/** Up to six bytes as a whole number. */
export function wholeAt(bytes: number[], first: number, length: number): number {
  assert(first >= 0 && first + length <= bytes.length && length <= 6, "a number is read inside its bytes");
  let value = 0;
  for (let i = 0; i < length; i++) {
    value = value * 256 + bytes[first + i];
  }
  return value;
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
  assert(digits.length <= 2 * length && allDigits(digits), "digits fit their field");
  const missing = 2 * length - digits.length;
  for (let i = 0; i < length; i++) {
    const high = 2 * i - missing;
    const tens = high < 0 ? 0 : digits.charCodeAt(high) - 48;
    const ones = high + 1 < 0 ? 0 : digits.charCodeAt(high + 1) - 48;
    bytes.push(tens * 16 + ones);
  }
}

/** BCD as digits, with all its zeros in front; "" when it is none. */
export function digitsAt(bytes: number[], first: number, length: number): string {
  let digits = "";
  for (let i = first; i < first + length; i++) {
    const tens = Math.floor(bytes[i] / 16);
    const ones = bytes[i] % 16;
    if (tens > 9 || ones > 9) {
      return "";
    }
    digits = digits + String.fromCharCode(48 + tens, 48 + ones);
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

export function putBytes(bytes: number[], more: number[]): void {
  for (const byte of more) {
    bytes.push(byte);
  }
}

export function bytesAt(bytes: number[], first: number, length: number): number[] {
  assert(first >= 0 && length >= 0 && first + length <= bytes.length, "a part lies inside its bytes");
  const part: number[] = [];
  for (let i = first; i < first + length; i++) {
    part.push(bytes[i]);
  }
  return part;
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
