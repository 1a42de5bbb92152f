/**
 * OpenPAYGO tokens (EnAccess, "OpenPAYGO Token" specification; open licence), for utilities without STS keys: 9 digits,
 * or 12 with larger values.
 *
 *   last 3 digits (6 of 12)   (start + value) mod 1000 (mod 10^6), where start is the same part of the starting code
 *   the rest                  the starting code with those last digits, hashed `count` times, gives the others
 *   a hash of 9               SipHash-2-4 over the code twice, 32 bits each; both halves exclusive or; without the last
 *                             2 bits; less 73741825 where that is above 999999999
 *   a hash of 12              SipHash-2-4 over the code in 64 bits; without the last 24 bits; less 99511627777 where
 *                             that is above 999999999999
 *   count                     even: adds the value. odd: sets it, or lifts all limits (998), or tells the count (999)
 *
 * The meter takes adding tokens of counts up to 64 above the last one, and of the 16 below it that it has not seen, so
 * that tokens may be keyed in out of order; and synchronising ones up to 100 above. Two things the reference does are
 * not done here. A synchronising token of an old count is not taken: keyed in again it would set the count back, and
 * tokens could be used twice. Setting and lifting are genuine, and refused as `function`: a meter takes credit in by
 * one door, which only adds.
 *
 * Why a search in steps: each value begins another chain, so every token is hashed from the start, `count` times. That
 * may last seconds on a small engine, and the meter has pulses to count meanwhile.
 */
import { bytesText, putWhole, textBytes } from "../card/bytes";
import { siphash } from "../crypto/siphash";
import { assert } from "../assert";

export const PAYGO_DIGITS = 9;
export const PAYGO_LONG_DIGITS = 12;
export const PAYGO_AHEAD_MAX = 64;
export const PAYGO_SYNC_AHEAD_MAX = 100;
export const PAYGO_BEHIND_MAX = 16;
export const PAYGO_VALUE_MAX = 995;
export const PAYGO_LONG_VALUE_MAX = 999999;
export const PAYGO_LIFT = 998;
export const PAYGO_SYNC = 999;
/** Thirty years of three tokens a week. No count comes near it, so a search always ends. */
export const PAYGO_COUNT_MAX = 10000;

const BASE = 1000;
const LONG_BASE = 1000000;
const CODE_MAX = 999999999;
const LONG_CODE_MAX = 999999999999;
const CODE_FOLD = 73741825;
const LONG_CODE_FOLD = 99511627777;

export interface PaygoBooks {
  /** 16 bytes as characters. */
  key: string;
  starting_code: number;
  /** Highest count that was taken. */
  count: number;
  /** Counts that were taken, of the newest 16. */
  used: number[];
}

/** The starting code that follows from a key, where the maker has given no other. */
export function paygoStart(key: number[]): number {
  return codeOfHash(siphash(key, key));
}

function codeOfHash(hash: number[]): number {
  const folded = (hash[1] ^ hash[3]) * 65536 + (hash[0] ^ hash[2]);
  const code = Math.floor(folded / 4);
  return code > CODE_MAX ? code - CODE_FOLD : code;
}

function longCodeOfHash(hash: number[]): number {
  const code = hash[3] * 16777216 + hash[2] * 256 + Math.floor(hash[1] / 256);
  return code > LONG_CODE_MAX ? code - LONG_CODE_FOLD : code;
}

function nextCode(key: number[], code: number, is_long: boolean): number {
  const bytes: number[] = [];
  if (is_long) {
    putWhole(bytes, code, 8);
    return longCodeOfHash(siphash(key, bytes));
  }
  putWhole(bytes, code, 4);
  putWhole(bytes, code, 4);
  return codeOfHash(siphash(key, bytes));
}

function withBase(code: number, base: number, modulus: number): number {
  return code - (code % modulus) + base;
}

/** What a search has found: a count above 0, or 0 for none. `used` is a count that was found but not taken again. */
export interface PaygoSearch {
  key: number[];
  number: number;
  base: number;
  modulus: number;
  value: number;
  last: number;
  taken: number[];
  /** Count and code that were looked at last. */
  count: number;
  code: number;
  end: number;
  found: number;
  used: boolean;
  done: boolean;
}

/** Begins to look for a token of 9 or 12 digits, which the caller has made sure of. */
export function createPaygoSearch(books: PaygoBooks, digits: string): PaygoSearch {
  assert(digits.length === PAYGO_DIGITS || digits.length === PAYGO_LONG_DIGITS, "OpenPAYGO has 9 or 12 digits");
  let number = 0;
  for (let i = 0; i < digits.length; i++) {
    number = number * 10 + digits.charCodeAt(i) - 48;
  }
  const modulus = digits.length === PAYGO_LONG_DIGITS ? LONG_BASE : BASE;
  const base = number % modulus;
  const value = (base + modulus - (books.starting_code % modulus)) % modulus;
  const is_sync = modulus === BASE && value === PAYGO_SYNC;
  return {
    key: textBytes(books.key),
    number: number,
    base: base,
    modulus: modulus,
    value: value,
    last: books.count,
    taken: books.used,
    count: 0,
    code: withBase(books.starting_code, base, modulus),
    end: Math.min(books.count + (is_sync ? PAYGO_SYNC_AHEAD_MAX : PAYGO_AHEAD_MAX), PAYGO_COUNT_MAX),
    found: 0,
    used: false,
    done: false,
  };
}

function isTaken(taken: number[], count: number): boolean {
  for (const known of taken) {
    if (known === count) {
      return true;
    }
  }
  return false;
}

/** Whether a token of this count may still be taken. */
function countOpen(search: PaygoSearch, count: number): boolean {
  if (count > search.last) {
    return true;
  }
  return count % 2 === 0 && count > search.last - PAYGO_BEHIND_MAX && !isTaken(search.taken, count);
}

/** Looks at so many counts more. */
export function stepPaygoSearch(search: PaygoSearch, counts: number): void {
  for (let step = 0; step < counts && !search.done; step++) {
    search.code = nextCode(search.key, search.code, search.modulus === LONG_BASE);
    search.count += 1;
    if (withBase(search.code, search.base, search.modulus) === search.number) {
      if (countOpen(search, search.count)) {
        search.found = search.count;
        search.done = true;
      } else {
        search.used = true;
      }
    }
    if (search.count >= search.end) {
      search.done = true;
    }
  }
}

export type PaygoKind = "add" | "set" | "lift" | "sync";

/** What a found token asks for. */
export function paygoKind(search: PaygoSearch): PaygoKind {
  if (search.found % 2 === 0) {
    return "add";
  }
  if (search.modulus === LONG_BASE) {
    return "set";
  }
  if (search.value === PAYGO_SYNC) {
    return "sync";
  }
  return search.value === PAYGO_LIFT ? "lift" : "set";
}

/** Whether a value may be added. */
export function paygoValueGood(search: PaygoSearch): boolean {
  const most = search.modulus === LONG_BASE ? PAYGO_LONG_VALUE_MAX : PAYGO_VALUE_MAX;
  return search.value >= 1 && search.value <= most;
}

/** The books after a found token was taken. */
export function paygoTaken(books: PaygoBooks, search: PaygoSearch): PaygoBooks {
  assert(search.found > 0, "only a token that was found is taken");
  const count = Math.max(books.count, search.found);
  const first = Math.max(count - PAYGO_BEHIND_MAX + 1, 1);
  const used: number[] = [];
  for (let known = first; known <= count; known++) {
    // After a synchronisation nothing older is open any more.
    if (paygoKind(search) === "sync" || known === search.found || isTaken(books.used, known)) {
      used.push(known);
    }
  }
  return { key: books.key, starting_code: books.starting_code, count: count, used: used };
}

/** Books of a meter that begins with this key and starting code. */
export function createPaygoBooks(key: number[], starting_code: number): PaygoBooks {
  assert(starting_code >= 0 && starting_code <= CODE_MAX, "a starting code has nine digits");
  return { key: bytesText(key), starting_code: starting_code, count: 0, used: [] };
}

/** The digits of a token: for desks. `count` is that of the token itself, even to add and odd for the rest. */
export function paygoNumber(key: number[], starting_code: number, count: number, value: number, long: boolean): number {
  const modulus = long ? LONG_BASE : BASE;
  assert(count >= 1 && count <= PAYGO_COUNT_MAX && value >= 0 && value < modulus, "a token has a count and a value");
  const base = ((starting_code % modulus) + value) % modulus;
  let code = withBase(starting_code, base, modulus);
  for (let i = 0; i < count; i++) {
    code = nextCode(key, code, long);
  }
  return withBase(code, base, modulus);
}
