/**
 * Key change: two tokens (EA07) or four (EA11) bring a new decoder key, in any order, each under the old one.
 *
 *   token 1  KEN's upper half, KRN, RO, 3KCT, KT, and the first 32 bits of the key
 *   token 2  KEN's lower half, TI, and the last 32 bits
 *   token 3  SGC's lower half, and bits 95 to 64 of a key of 128
 *   token 4  SGC's upper half, and bits 63 to 32
 *
 * They have no TID: once the key is changed they decipher no more. Parts wait for the others for 90 s after the newest;
 * then, or after a power cut, all are keyed in again.
 *
 * Refused with `key_type`: a common key (it is for cards), an initial key on a meter that has left it behind, and a set
 * of three (3KCT), which carries a key for neither algorithm of this meter.
 */
import { assert } from "../assert";
import { bytesText } from "../card/bytes";
import type { KeyChangePart } from "./block";
import { SUB_KEY_FIRST, SUB_KEY_FOURTH, SUB_KEY_SECOND, SUB_KEY_THIRD } from "./block";
import type { DecoderKey, KeyParts } from "./books";
import { KEY_TYPE_COMMON, KEY_TYPE_INITIAL } from "./books";
import { EA_MISTY1 } from "./cipher";
import type { TokenResult } from "./results";

export const KEY_PARTS_WAIT_S = 90;
const PARTS_MAX = 4;
const REVISION_MAX = 9;
const TARIFF_INDEX_MAX = 99;
const REGION_MAX = 999999;

const SUBS: number[] = [SUB_KEY_FIRST, SUB_KEY_SECOND, SUB_KEY_THIRD, SUB_KEY_FOURTH];
const RESULTS: TokenResult[] = ["first_kct", "second_kct", "third_kct", "fourth_kct"];

/** How many tokens change a key of this algorithm. */
export function partsOf(algorithm: number): number {
  return algorithm === EA_MISTY1 ? PARTS_MAX : 2;
}

/** Place of a key change token among its set, 0 to 3; -1 when it is none for this algorithm. */
export function partPlace(algorithm: number, sub: number): number {
  for (let place = 0; place < partsOf(algorithm); place++) {
    if (SUBS[place] === sub) {
      return place;
    }
  }
  return -1;
}

/** The name of what is wrong with one part on its own; "" when nothing is. */
export function partFault(current: DecoderKey, place: number, attributes: number): TokenResult | "" {
  if (place === 0) {
    const revision = Math.floor(attributes / 16) % 16;
    const is_set_of_three = Math.floor(attributes / 4) % 2 === 1;
    const type = attributes % 4;
    if (is_set_of_three || type === KEY_TYPE_COMMON) {
      return "key_type";
    }
    if (type === KEY_TYPE_INITIAL && current.type !== KEY_TYPE_INITIAL) {
      return "key_type";
    }
    return revision >= 1 && revision <= REVISION_MAX ? "" : "range";
  }
  return place === 1 && attributes % 256 > TARIFF_INDEX_MAX ? "range" : "";
}

/** The parts with one more, at this uptime; those that have waited too long are gone. */
export function withPart(parts: KeyParts | undefined, part: KeyChangePart, place: number, now_s: number): KeyParts {
  const waiting = parts !== undefined && now_s - parts.at_s <= KEY_PARTS_WAIT_S ? parts : undefined;
  const attributes: number[] = [];
  const keys: string[] = [];
  for (let i = 0; i < PARTS_MAX; i++) {
    attributes.push(waiting === undefined ? 0 : waiting.attributes[i]);
    keys.push(waiting === undefined ? "" : waiting.keys[i]);
  }
  attributes[place] = part.attributes;
  keys[place] = bytesText(part.key);
  return { attributes: attributes, keys: keys, at_s: now_s };
}

export function partResult(place: number): TokenResult {
  return RESULTS[place];
}

export function partsComplete(parts: KeyParts, algorithm: number): boolean {
  for (let place = 0; place < partsOf(algorithm); place++) {
    if (parts.keys[place] === "") {
      return false;
    }
  }
  return true;
}

/** What a whole set says. */
export interface NewKey {
  decoder: DecoderKey;
  /** The TIDs begin again, from a new base date. */
  rolls_over: boolean;
  /** Supply group code; -1 where the set does not say it (EA07). */
  region: number;
}

/** The new key of a whole set; undefined when its region is none. */
export function newKey(parts: KeyParts, current: DecoderKey): NewKey | undefined {
  assert(partsComplete(parts, current.algorithm), "a key is put together from all of its parts");
  const first = parts.attributes[0];
  const second = parts.attributes[1];
  const is_long = current.algorithm === EA_MISTY1;
  const region = is_long ? (parts.attributes[3] % 4096) * 4096 + parts.attributes[2] : -1;
  if (region > REGION_MAX) {
    return undefined;
  }
  const middle = is_long ? parts.keys[2] + parts.keys[3] : "";
  const decoder = {
    algorithm: current.algorithm,
    key: parts.keys[0] + middle + parts.keys[1],
    type: first % 4,
    revision: Math.floor(first / 16) % 16,
    tariff_index: second % 256,
    expiry: Math.floor(first / 256) * 16 + Math.floor(second / 256),
  };
  return { decoder: decoder, rolls_over: Math.floor(first / 8) % 2 === 1, region: region };
}
