/**
 * Words: cutting a line of the program into its fields, and reading whole numbers.
 */
import { assert } from "../../firmware/assert";

/** Fields of a line, parted by one space. At most `most`; the last one then takes the rest of the line. */
export function words(line: string, most: number): string[] {
  const list: string[] = [];
  let rest = line;
  let space = rest.indexOf(" ");
  while (space >= 0 && list.length < most - 1) {
    list.push(rest.substring(0, space));
    rest = rest.substring(space + 1, rest.length);
    space = rest.indexOf(" ");
  }
  list.push(rest);
  return list;
}

/** A whole number in decimal with an optional "-". */
export function wholeNumber(text: string): number {
  const negative = text.substring(0, 1) === "-";
  let value = 0;
  assert(text.length > (negative ? 1 : 0), "a number has digits");
  for (let i = negative ? 1 : 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    assert(digit >= 0 && digit <= 9, "a number has only digits");
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

const HEX = "0123456789ABCDEF";

/** Bytes from upper-case hexadecimal. */
export function hexBytes(text: string): number[] {
  assert(text.length % 2 === 0, "hexadecimal bytes come in pairs of digits");
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 2) {
    const high = HEX.indexOf(text.substring(i, i + 1));
    const low = HEX.indexOf(text.substring(i + 1, i + 2));
    assert(high >= 0 && low >= 0, "a byte has two hexadecimal digits");
    bytes.push(high * 16 + low);
  }
  return bytes;
}

/** Bytes as upper-case hexadecimal. */
export function hexText(bytes: number[]): string {
  let text = "";
  for (const byte of bytes) {
    const high = Math.floor(byte / 16);
    const low = byte - high * 16;
    text = text + HEX.substring(high, high + 1) + HEX.substring(low, low + 1);
  }
  return text;
}
