/**
 * Words: cutting a line of the program into its fields, and reading whole numbers.
 */
import { assert } from "../../firmware/assert";
import { hexBytes } from "../../firmware/card/bytes";

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

/** Bytes from hexadecimal digits. */
export function byteList(text: string): number[] {
  const bytes = hexBytes(text);
  assert(bytes.length * 2 === text.length, "bytes are pairs of hexadecimal digits");
  return bytes;
}
