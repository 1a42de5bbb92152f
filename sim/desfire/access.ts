/**
 * Who may do what with a file. A right is a nibble: the number of a key, 14 for everyone, 15 for nobody. A file's mode
 * counts for those who are there by their key; who is there because the right is free communicates plainly.
 */
import { AUTHENTICATION_ERROR, OK, PERMISSION_DENIED } from "./answer";
import type { CardFile, DesfireCard, Mode } from "./card";
import { NO_KEY } from "./card";

export const READ = 0;
export const WRITE = 1;
export const READ_WRITE = 2;
export const CHANGE = 3;

const FREE = 14;
const NEVER = 15;

export interface Right {
  /** OK, or why not. */
  status: number;
  mode: Mode;
}

/** The two bytes of a file's rights as nibbles, read first. */
export function accessOf(low: number, high: number): number[] {
  return [Math.floor(high / 16), high & 15, Math.floor(low / 16), low & 15];
}

/** The right to something that any of `kinds` allows. */
export function rightTo(card: DesfireCard, file: CardFile, kinds: number[]): Right {
  let is_free = false;
  let is_locked = true;
  for (const kind of kinds) {
    const holder = file.access[kind];
    if (holder === card.session.key_number && holder !== NO_KEY) {
      return { status: OK, mode: file.mode };
    }
    is_free = is_free || holder === FREE;
    is_locked = is_locked && holder === NEVER;
  }
  if (is_free) {
    return { status: OK, mode: "plain" };
  }
  return { status: is_locked ? PERMISSION_DENIED : AUTHENTICATION_ERROR, mode: "plain" };
}
