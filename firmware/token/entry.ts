/**
 * Entry: the keys of a keypad become numbers. A value for each key press; nothing here waits or shows.
 *
 *   0 to 9   one digit more; 20 digits are all there can be, further ones are refused
 *   *        takes the last digit back; with none left, it is not for a number
 *   #        the number is complete, and judged
 *   ##       before a digit was typed: a short code (short_codes.ts), and so is the key after it
 *
 * Why # and not the twentieth digit ends a number: a slip in the last digit could not be taken back, and would count as
 * a wrong number. Half a minute without a key and the number is forgotten, so that nobody's half token is finished by
 * the next; ending a number that was forgotten is an entry of nothing.
 */
import { TOKEN_DIGITS, groupedDigits } from "./number";

export const ENTRY_WAIT_S = 30;

export interface Entry {
  digits: string;
  /** "#" keys in a row before any digit: 0 to 2. */
  hashes: number;
  /** Uptime of the last key. */
  at_s: number;
}

export type EntryNews =
  /** A digit was added, or taken back. */
  | "typing"
  /** No room for a further digit. */
  | "full"
  /** `number` is to be judged. */
  | "complete"
  /** The key is one for the short codes. */
  | "short_code";

export interface EntryStep {
  entry: Entry;
  news: EntryNews;
  number: string;
}

export function createTokenEntry(): Entry {
  return { digits: "", hashes: 0, at_s: 0 };
}

/** Whether digits have waited too long for the next one. */
export function entryExpired(entry: Entry, now_s: number): boolean {
  return (entry.digits !== "" || entry.hashes > 0) && now_s - entry.at_s >= ENTRY_WAIT_S;
}

function step(digits: string, hashes: number, now_s: number, news: EntryNews, number: string): EntryStep {
  return { entry: { digits: digits, hashes: hashes, at_s: now_s }, news: news, number: number };
}

/** What a key does to what was typed before it. */
export function pressTokenKey(entry: Entry, key: string, now_s: number): EntryStep {
  const is_forgotten = entryExpired(entry, now_s);
  const digits = is_forgotten ? "" : entry.digits;
  const hashes = is_forgotten ? 0 : entry.hashes;
  if (digits === "" && (key === "*" || key === "#" || hashes === 2)) {
    return step("", key === "#" ? Math.min(hashes + 1, 2) : 0, now_s, "short_code", "");
  }
  if (key === "#") {
    return step("", 0, now_s, "complete", digits);
  }
  if (key === "*") {
    return step(digits.substring(0, digits.length - 1), 0, now_s, "typing", "");
  }
  if (digits.length >= TOKEN_DIGITS) {
    return step(digits, 0, now_s, "full", "");
  }
  return step(digits + key, 0, now_s, "typing", "");
}

/** The end of what was typed, in its groups of four, as wide as the glass. */
export function entryText(entry: Entry, width: number): string {
  const text = groupedDigits(entry.digits);
  return text.length <= width ? text : text.substring(text.length - width, text.length);
}
