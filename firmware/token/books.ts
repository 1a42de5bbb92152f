/**
 * Books: what a meter knows of its tokens. Values, never changed in place: a judgement gives the books as they are
 * after it, and who calls it commits them together with the effect, or keeps the old ones.
 */
import { assert } from "../assert";
import { decoderKeyBytes } from "./cipher";
import { tokenWait } from "./lockout";
import type { PaygoBooks } from "./openpaygo";
import { createTids } from "./tid_memory";

/** Key types (IEC 62055-41): the factory's key, the region's default, the meter's own, the region's for cards. */
export const KEY_TYPE_INITIAL = 0;
export const KEY_TYPE_DEFAULT = 1;
export const KEY_TYPE_UNIQUE = 2;
export const KEY_TYPE_COMMON = 3;
/** Key expiry number of a key that never expires. */
export const KEY_EXPIRY_NEVER = 255;

/** The key under which tokens for this meter are, and what came with it. */
export interface DecoderKey {
  /** EA11 or EA07 (cipher.ts). */
  algorithm: number;
  /** Bytes as characters 0 to 255, as the journal keeps them. */
  key: string;
  type: number;
  /** KRN, 1 to 9. */
  revision: number;
  /** TI, 0 to 99. */
  tariff_index: number;
  /** KEN: the highest upper byte of a TID that is still good. */
  expiry: number;
}

/** A key that is being changed: the parts that are there, in order of their tokens, "" for those that are not. */
export interface KeyParts {
  /** The 12 bits of attributes as one number each, and the 32 bits of key as four characters. */
  attributes: number[];
  keys: string[];
  /** Uptime at which the newest part came. */
  at_s: number;
}

/** What must outlast a power cut. */
export interface TokenBooks {
  /** Undefined in a meter without STS keys. */
  sts: DecoderKey | undefined;
  /** The newest TIDs (tid_memory.ts). */
  tids: string;
  /** Undefined in a meter without OpenPAYGO. */
  paygo: PaygoBooks | undefined;
  /** Wrong numbers in a row. */
  failures: number;
}

/** What may be forgotten in one. */
export interface TokenSession {
  parts: KeyParts | undefined;
  /** Uptime until which nothing is looked at. */
  locked_until_s: number;
}

export interface TokenState {
  books: TokenBooks;
  session: TokenSession;
}

/** Books of a meter made when its TIDs were at `first_tid`. */
export function createTokenBooks(
  sts: DecoderKey | undefined,
  first_tid: number,
  paygo: PaygoBooks | undefined,
): TokenBooks {
  assert(sts === undefined || sts.key.length === decoderKeyBytes(sts.algorithm), "a decoder key fits its algorithm");
  return { sts: sts, tids: createTids(first_tid), paygo: paygo, failures: 0 };
}

/** The state of a meter that starts with these books at this uptime: a wait that was under way begins again. */
export function wakeTokens(books: TokenBooks, now_s: number): TokenState {
  return { books: books, session: { parts: undefined, locked_until_s: now_s + tokenWait(books.failures) } };
}
