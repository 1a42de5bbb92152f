/**
 * Short codes of the keypad: "*" turns the pages, "##" and a digit asks for something.
 *
 *   ##1 balance   ##2 register   ##3 meter number   ##4 tariff   ##5 price   ##6 last credit   ##7 info codes
 *   ##8 emergency credit         ##9 customer's lock of the valve, on or off     ##0 firmware id
 *   ###1 to ###9, ###0           the last ten credits that were keyed in, newest first
 *   ####1 this month's litres
 */
export interface ShortCode {
  /** "#" keys in a row: 0 to 4. */
  hashes: number;
}

export type KeyMeaning =
  "nothing" | "next_page" | "page" | "emergency" | "customer_lock" | "credit" | "month" | "unknown";

const HASHES_CREDIT = 3;
const HASHES_MONTH = 4;

/** Pages by digit 0 to 7 (display/pages.ts). */
const PAGE_OF_DIGIT: number[] = [9, 0, 1, 2, 4, 5, 6, 8];
const DIGITS = "0123456789";

export function createShortCode(): ShortCode {
  return { hashes: 0 };
}

/** What a key means after the keys before it. */
export function keyMeaning(code: ShortCode, key: string): KeyMeaning {
  if (key === "#") {
    code.hashes = Math.min(code.hashes + 1, HASHES_MONTH);
    return "nothing";
  }
  const hashes = code.hashes;
  code.hashes = 0;
  if (key === "*") {
    return "next_page";
  }
  if (hashes === HASHES_CREDIT) {
    return "credit";
  }
  if (hashes === HASHES_MONTH) {
    return key === "1" ? "month" : "unknown";
  }
  if (hashes < 2) {
    return "unknown";
  }
  if (key === "8") {
    return "emergency";
  }
  return key === "9" ? "customer_lock" : "page";
}

/** Place of the credit that a digit asks for: 0 for the newest. */
export function placeOfKey(key: string): number {
  return (DIGITS.indexOf(key) + DIGITS.length - 1) % DIGITS.length;
}

/** The page that a digit 0 to 7 asks for. */
export function pageOfKey(key: string): number {
  return PAGE_OF_DIGIT[DIGITS.indexOf(key)];
}
