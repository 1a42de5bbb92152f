/** Integer work that every engine must do exactly: decimal text, floor division, limits up to 2^53. */

/** Decimal text of an integer with |value| below 2^53. */
export function integerText(value: number): string {
  if (value === 0) return "0";
  let rest = value < 0 ? -value : value;
  let text = "";
  while (rest > 0) {
    const quotient = Math.floor(rest / 10);
    text = "0123456789".charAt(rest - quotient * 10) + text;
    rest = quotient;
  }
  return value < 0 ? "-" + text : text;
}

export interface Division {
  readonly quotient: number;
  readonly remainder: number;
}

/** Floor division; the remainder has the sign of the divisor, or is 0. */
export function divideFloor(dividend: number, divisor: number): Division {
  const quotient = Math.floor(dividend / divisor);
  return { quotient: quotient, remainder: dividend - quotient * divisor };
}

/** CRC-16 (CCITT, start 0xffff) over bytes. */
export function crc16(bytes: number[]): number {
  let crc = 0xffff;
  for (let index = 0; index < bytes.length; index += 1) {
    crc = crc ^ (bytes[index] << 8);
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc >= 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}
