/**
 * Short codes of the keypad: "*" turns the pages, "##" and a digit asks for something.
 *
 *   ##1 balance   ##2 register   ##3 meter number   ##4 tariff   ##5 price   ##6 last credit   ##7 info codes
 *   ##8 emergency credit         ##9 customer's lock of the valve, on or off     ##0 firmware id
 */
export interface ShortCode {
  /** "#" keys in a row: 0, 1 or 2. */
  hashes: number;
}

export type KeyMeaning = "nothing" | "next_page" | "page" | "emergency" | "customer_lock" | "unknown";

/** Pages by digit 0 to 7 (display/pages.ts). */
const PAGE_OF_DIGIT: number[] = [9, 0, 1, 2, 4, 5, 6, 8];
const DIGITS = "0123456789";

export function createShortCode(): ShortCode {
  return { hashes: 0 };
}

/** What a key means after the keys before it. */
export function keyMeaning(code: ShortCode, key: string): KeyMeaning {
  if (key === "#") {
    code.hashes = code.hashes < 2 ? code.hashes + 1 : 2;
    return "nothing";
  }
  const complete = code.hashes === 2;
  code.hashes = 0;
  if (key === "*") {
    return "next_page";
  }
  if (!complete) {
    return "unknown";
  }
  if (key === "8") {
    return "emergency";
  }
  return key === "9" ? "customer_lock" : "page";
}

/** The page that a digit 0 to 7 asks for. */
export function pageOfKey(key: string): number {
  return PAGE_OF_DIGIT[DIGITS.indexOf(key)];
}
