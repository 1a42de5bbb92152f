/**
 * TID memory: the identifiers of the newest 50 tokens, lowest first, so that none is taken twice (IEC 62055-41 7.3.7).
 *
 *   below the lowest       old: it may have been taken, and is refused
 *   among them             used
 *   any other              new; it takes the place of the lowest when 50 are remembered
 *
 * Text, three characters of eight bits each, most significant first: as the journal keeps it, and the usual case, a TID
 * above all others, costs a small engine one comparison and one cut instead of fifty.
 *
 * A meter leaves its factory with the TID of that day, so tokens from before are old to it.
 */
import { assert } from "../assert";

export const TIDS_REMEMBERED = 50;
export const TID_MAX = 16777215;
const WIDTH = 3;

export type TidJudgement = "new" | "old" | "used";

function textOf(tid: number): string {
  const high = Math.floor(tid / 65536);
  const middle = Math.floor(tid / 256);
  return String.fromCharCode(high, middle - high * 256, tid - middle * 256);
}

function at(tids: string, place: number): number {
  const first = place * WIDTH;
  return tids.charCodeAt(first) * 65536 + tids.charCodeAt(first + 1) * 256 + tids.charCodeAt(first + 2);
}

/** How many are remembered. */
export function tidCount(tids: string): number {
  return Math.floor(tids.length / WIDTH);
}

/** The memory of a meter that was made, or re-keyed with roll-over, at this moment. */
export function createTids(first: number): string {
  assert(first >= 0 && first <= TID_MAX, "a TID has 24 bits");
  return textOf(first);
}

/** How many remembered ones are below this one. */
function countBelow(tids: string, tid: number): number {
  let low = 0;
  let high = tidCount(tids);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(tids, middle) < tid) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Places that say why a TID has none. */
const PLACE_OLD = -1;
const PLACE_USED = -2;

/** Where in the text a new TID belongs; PLACE_OLD or PLACE_USED for one that is not new. Looked for once a token. */
export function tidPlace(tids: string, tid: number): number {
  const last = tids.length - WIDTH;
  assert(last >= 0, "a meter remembers the TID of its factory at least");
  if (tids.charCodeAt(last) * 65536 + tids.charCodeAt(last + 1) * 256 + tids.charCodeAt(last + 2) < tid) {
    return tids.length;
  }
  const below = countBelow(tids, tid);
  if (below < tidCount(tids) && at(tids, below) === tid) {
    return PLACE_USED;
  }
  return below === 0 ? PLACE_OLD : below * WIDTH;
}

/** What a place says of its TID. */
export function tidJudgement(place: number): TidJudgement {
  if (place > 0) {
    return "new";
  }
  return place === PLACE_OLD ? "old" : "used";
}

/** The memory with one TID more, which is new and belongs at this place. */
export function withTid(tids: string, tid: number, place: number): string {
  assert(place > 0 && tid <= TID_MAX, "what is old is not remembered");
  const first = tids.length >= TIDS_REMEMBERED * WIDTH ? WIDTH : 0;
  return tids.substring(first, place) + textOf(tid) + tids.substring(place, tids.length);
}

/** The remembered TIDs, lowest first: for read-outs. */
export function tidsOf(tids: string): number[] {
  const all: number[] = [];
  for (let place = 0; place < tidCount(tids); place++) {
    all.push(at(tids, place));
  }
  return all;
}

/** Whether this is what a memory can hold: for what comes back from the journal. */
export function tidsGood(tids: string): boolean {
  const count = tidCount(tids);
  if (count * WIDTH !== tids.length || count < 1 || count > TIDS_REMEMBERED) {
    return false;
  }
  let before = -1;
  for (const tid of tidsOf(tids)) {
    if (tid <= before || tid > TID_MAX) {
      return false;
    }
    before = tid;
  }
  return true;
}
