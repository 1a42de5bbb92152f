/**
 * Fragments of a signed content, broadcast to all meters at once (SND-UD3) and repeated in turns: a carousel. Behind the
 * link layer of the gateway (radio/link.ts):
 *
 *    0  1  A0, a CI of the maker's own (EN 13757-7: A0 to B7)
 *    1  1  format, 1
 *    2  1  what it carries: 1 a signed message
 *    3  3  region, supply group code as BCD
 *    6  4  name: first bytes of the content's SHA-256
 *   10  2  length of the content, 1 to CONTENT_MAX_BYTES
 *   12  1  length of every fragment but the last of the content's own, s
 *   13  1  number, n
 *   14  s  the fragment: below the count (length / s, rounded up) as the content has it, the last one only as long as it
 *          is; from the count on made by the erasure code (erasure.ts) of fragments that zeros fill up to s
 *
 * The name says what belongs together, and proves nothing: anyone can send fragments. A content is believed for its
 * signature alone; one that is put together wrong, by noise or on purpose, has another name, and the carousel gives the
 * next chance. So a fragment needs no secret and no MAC, and a relay may repeat it.
 */
import { assert } from "../assert";
import { bytesText, digitsAt, putBytes, putDigits, putWhole, textBytes, wholeAt } from "../card/bytes";
import { isLinkContent, linkContent, C_SND_UD3 } from "../radio/link";
import type { Address } from "../radio/link";
import { LINK_BYTES } from "../radio/frames";
import { FRAGMENTS_MAX, fragmentOf } from "./erasure";

export const CI_CAROUSEL = 0xa0;
const FORMAT = 1;
const CARRIES_SIGNED = 1;
const REGION_BYTES = 3;
export const NAME_BYTES = 4;
const HEAD_BYTES = 14;
/** Bytes of a frame's content that are not the fragment's. */
export const FRAGMENT_OVERHEAD_BYTES = LINK_BYTES + HEAD_BYTES;
export const FRAGMENT_MIN_BYTES = 16;
export const FRAGMENT_MAX_BYTES = 200;
/** A signed message at its longest has 282 bytes of content and 1504 of signature. */
export const CONTENT_MAX_BYTES = 2048;
/** Of a content; the numbers above are for parity. What a meter has to compute grows with it (erasure.ts). */
export const COUNT_MAX = 64;

export interface Fragment {
  region: string;
  name: number[];
  length: number;
  size: number;
  number: number;
  /** Filled up to `size` with zeros. */
  text: string;
}

/** A content to be sent. */
export interface Carousel {
  region: string;
  name: number[];
  length: number;
  size: number;
  /** All of one size. */
  fragments: string[];
}

/** Fragments that a content has. */
export function fragmentCount(length: number, size: number): number {
  return Math.floor((length + size - 1) / size);
}

/** Whether a content of this length can be sent in fragments of this size. */
export function isDivisible(length: number, size: number): boolean {
  const is_content = length >= 1 && length <= CONTENT_MAX_BYTES;
  const is_size = size >= FRAGMENT_MIN_BYTES && size <= FRAGMENT_MAX_BYTES;
  return is_content && is_size && fragmentCount(length, size) <= COUNT_MAX;
}

function filled(text: string, size: number): string {
  let whole = text;
  while (whole.length < size) {
    whole = whole + "\0";
  }
  return whole;
}

/** A content in its fragments; `hash` is its SHA-256. */
export function createCarousel(region: string, content: number[], hash: number[], size: number): Carousel {
  assert(isDivisible(content.length, size), "a content is cut into fragments of a good size");
  const fragments: string[] = [];
  for (let first = 0; first < content.length; first += size) {
    fragments.push(filled(bytesText(content.slice(first, Math.min(first + size, content.length))), size));
  }
  const name = hash.slice(0, NAME_BYTES);
  return { region: region, name: name, length: content.length, size: size, fragments: fragments };
}

/** Bytes of fragment n on the air: only the content's own last one may be shorter. */
function bytesOf(length: number, size: number, n: number): number {
  const count = fragmentCount(length, size);
  return n === count - 1 ? length - n * size : size;
}

/** The frame's content for fragment n; its sums are put on by radio/frames.ts or the modem. */
export function fragmentFrame(gateway: Address, carousel: Carousel, n: number): number[] {
  assert(n >= 0 && n < FRAGMENTS_MAX, "a fragment has a number");
  const bytes = [CI_CAROUSEL, FORMAT, CARRIES_SIGNED];
  putDigits(bytes, carousel.region, REGION_BYTES);
  putBytes(bytes, carousel.name);
  putWhole(bytes, carousel.length, 2);
  bytes.push(carousel.size, n);
  const text = fragmentOf(carousel.fragments, n);
  putBytes(bytes, textBytes(text.substring(0, bytesOf(carousel.length, carousel.size, n))));
  return linkContent(C_SND_UD3, gateway, bytes);
}

/** The fragment in a frame's content; undefined when it is none, or says what cannot be. */
export function readFragment(content: number[]): Fragment | undefined {
  const at = LINK_BYTES;
  if (!isLinkContent(content) || content[1] !== C_SND_UD3 || content.length <= FRAGMENT_OVERHEAD_BYTES) {
    return undefined;
  }
  if (content[at] !== CI_CAROUSEL || content[at + 1] !== FORMAT || content[at + 2] !== CARRIES_SIGNED) {
    return undefined;
  }
  const length = wholeAt(content, at + 10, 2);
  const size = content[at + 12];
  const number = content[at + 13];
  const region = digitsAt(content, at + 3, REGION_BYTES);
  if (!isDivisible(length, size) || region === "") {
    return undefined;
  }
  if (content.length - FRAGMENT_OVERHEAD_BYTES !== bytesOf(length, size, number)) {
    return undefined;
  }
  return {
    region: region,
    name: content.slice(at + 6, at + 6 + NAME_BYTES),
    length: length,
    size: size,
    number: number,
    text: filled(bytesText(content.slice(FRAGMENT_OVERHEAD_BYTES, content.length)), size),
  };
}
