/**
 * Carousel: a signed content (signed.ts), cut into fragments that are sent to many meters again and again, SND-UD3, in
 * their listening window. Behind the link layer of the gateway (link.ts):
 *
 *    0  1  A0, the maker's own
 *    1  1  format, 1
 *    2  1  what it carries: 1 signed message
 *    3  3  region, supply group code as BCD
 *    6  4  name: first bytes of the SHA-256 of the whole content
 *   10  2  length of the whole content, 1 to CAROUSEL_MAX_BYTES
 *   12  1  length of every fragment but the last, s, FRAGMENT_MIN_BYTES to FRAGMENT_MAX_BYTES
 *   13  1  number of this fragment, from 0
 *   14  s  its bytes; of the last one, the rest
 *
 * Fragments are taken in any order, in any window, until none is missing. They prove nothing and need no secret: the
 * content has a signature, and is judged only when it is whole and has its name. One content is gathered at a time. It
 * gives way to another when two fragments of that one have come and none of its own between them, or none for a while:
 * someone who puts in a fragment now and then neither holds the place nor takes it from a carousel that is turning.
 * They are texts of one character a byte, as crypto/lms.ts wants the signature.
 */
import { assert } from "../assert";
import { bytesAt, bytesText, digitsAt, putDigits, putWhole, textBytes, wholeAt } from "../card/bytes";
import { sameBytes } from "../crypto/cmac";
import type { LmsHash } from "../crypto/lms";
import type { Address } from "./link";
import { C_SND_UD3, linkContent } from "./link";

const CI_OWN = 0xa0;
const FRAGMENT_FORMAT = 1;
const CARRIES_SIGNED = 1;
const REGION_BYTES = 3;
const NAME_BYTES = 4;
const HEAD_BYTES = 14;
const LINK_END = 10;
/** W4, n = 24, height 10: 1500 bytes of signature and 282 of content, with something to spare. */
export const CAROUSEL_MAX_BYTES = 2048;
export const FRAGMENT_MIN_BYTES = 16;
export const FRAGMENT_MAX_BYTES = 200;
/** A content of which nothing has come for so long gives way to another. */
const STALE_MS = 600000;

export interface Fragment {
  region: string;
  name: number[];
  length: number;
  size: number;
  number: number;
  bytes: number[];
}

/** What has come of one content. */
export interface Carousel {
  name: number[];
  content_bytes: number;
  size: number;
  /** By number; "" while it is missing. */
  pieces: string[];
  missing: number;
  heard_ms: number;
  /** Name of another content of which a fragment has just come; empty for none. */
  other: number[];
}

export function createCarousel(): Carousel {
  return { name: [], content_bytes: 0, size: 0, pieces: [], missing: 0, heard_ms: 0, other: [] };
}

/** Fragments of a content of this length. */
export function fragmentsOf(length: number, size: number): number {
  return Math.floor((length + size - 1) / size);
}

/** A fragment as the gateway sends it, without the check sums of a frame format. */
export function fragmentContent(
  hash: LmsHash,
  gateway: Address,
  region: string,
  content: string,
  size: number,
  number: number,
): number[] {
  assert(content.length >= 1 && content.length <= CAROUSEL_MAX_BYTES, "a content fits the carousel");
  const bytes = [CI_OWN, FRAGMENT_FORMAT, CARRIES_SIGNED];
  putDigits(bytes, region, REGION_BYTES);
  const name = bytesAt(hash.sha256(textBytes(content)), 0, NAME_BYTES);
  const whole = bytes.concat(name);
  putWhole(whole, content.length, 2);
  putWhole(whole, size, 1);
  putWhole(whole, number, 1);
  const first = number * size;
  const piece = textBytes(content.substring(first, Math.min(first + size, content.length)));
  return linkContent(C_SND_UD3, gateway, whole.concat(piece));
}

/** The fragment in a frame's content; undefined when it is none, or its numbers do not fit together. */
export function fragmentAt(content: number[]): Fragment | undefined {
  const first = LINK_END;
  if (content.length <= first + HEAD_BYTES || content[first] !== CI_OWN || content[first + 1] !== FRAGMENT_FORMAT) {
    return undefined;
  }
  const length = wholeAt(content, first + 10, 2);
  const size = content[first + 12];
  const number = content[first + 13];
  const known = content[first + 2] === CARRIES_SIGNED && length >= 1 && length <= CAROUSEL_MAX_BYTES;
  if (!known || size < FRAGMENT_MIN_BYTES || size > FRAGMENT_MAX_BYTES || number >= fragmentsOf(length, size)) {
    return undefined;
  }
  const bytes = bytesAt(content, first + HEAD_BYTES, content.length - first - HEAD_BYTES);
  if (bytes.length !== Math.min(size, length - number * size)) {
    return undefined;
  }
  return {
    region: digitsAt(content, first + 3, REGION_BYTES),
    name: bytesAt(content, first + 6, NAME_BYTES),
    length: length,
    size: size,
    number: number,
    bytes: bytes,
  };
}

function isOf(carousel: Carousel, fragment: Fragment): boolean {
  return (
    carousel.content_bytes === fragment.length &&
    carousel.size === fragment.size &&
    sameBytes(carousel.name, fragment.name)
  );
}

/** Begins to gather the content that a fragment is of. */
function beginContent(carousel: Carousel, fragment: Fragment): void {
  const count = fragmentsOf(fragment.length, fragment.size);
  carousel.name = fragment.name;
  carousel.content_bytes = fragment.length;
  carousel.size = fragment.size;
  carousel.pieces = [];
  for (let i = 0; i < count; i++) {
    carousel.pieces.push("");
  }
  carousel.missing = count;
}

/** Takes a fragment; true when it was the last one that was missing. */
export function takeFragment(carousel: Carousel, fragment: Fragment, now_ms: number): boolean {
  if (!isOf(carousel, fragment)) {
    const busy = carousel.missing > 0 && now_ms - carousel.heard_ms < STALE_MS;
    if (busy && !sameBytes(carousel.other, fragment.name)) {
      carousel.other = fragment.name;
      return false;
    }
    beginContent(carousel, fragment);
  }
  carousel.heard_ms = now_ms;
  carousel.other = [];
  if (carousel.missing === 0 || carousel.pieces[fragment.number] !== "") {
    return false;
  }
  carousel.pieces[fragment.number] = bytesText(fragment.bytes);
  carousel.missing -= 1;
  return carousel.missing === 0;
}

/** The content, once it is whole, and the carousel empty; "" when its bytes do not have its name. */
export function takeContent(carousel: Carousel, hash: LmsHash): string {
  assert(carousel.missing === 0, "a content is taken when it is whole");
  let content = "";
  for (const piece of carousel.pieces) {
    content = content + piece;
  }
  const named = sameBytes(bytesAt(hash.sha256(textBytes(content)), 0, NAME_BYTES), carousel.name);
  carousel.pieces = [];
  carousel.content_bytes = 0;
  return named ? content : "";
}
