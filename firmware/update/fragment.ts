/**
 * Fragment of an update, broadcast to all meters at once (SND-UD3), behind the link layer of the gateway (radio/link.ts):
 *
 *    0  1  A0, a CI of the maker's own (EN 13757-7: A0 to B7)
 *    1  1  format, 1
 *    2  1  what it carries: 2 a fragment of an update (a signed message is 1, carousel/fragments.ts)
 *    3  3  region, supply group code as BCD
 *    6  4  name of the update: first bytes of the SHA-256 of its manifest, without the signature
 *   10  2  number, n (manifest.ts)
 *   12     bytes of the fragment
 *
 * The manifest itself goes as a signed content in the other carousel. Numbers are not made up by an erasure code: to solve
 * hundreds of equations takes hundreds of fragments in memory, and a meter has memory for a handful. They are
 * repeated, in turns, and each meter keeps what it has.
 */
import { assert } from "../assert";
import { bytesText, digitsAt, putBytes, putDigits, putWhole, wholeAt } from "../card/bytes";
import { LINK_BYTES } from "../radio/frames";
import type { Address } from "../radio/link";
import { C_SND_UD3, isLinkContent, linkContent } from "../radio/link";
import { FRAGMENT_MAX_BYTES, FRAGMENT_STEP_BYTES } from "./manifest";

const CI_OWN = 0xa0;
const FORMAT = 1;
const CARRIES_UPDATE = 2;
const REGION_BYTES = 3;
export const NAME_BYTES = 4;
const HEAD_BYTES = 12;
/** Bytes of a frame's content that are not the fragment's. */
export const UPDATE_OVERHEAD_BYTES = LINK_BYTES + HEAD_BYTES;

export interface UpdateFragment {
  region: string;
  name: number[];
  number: number;
  /** Characters 0 to 255. */
  text: string;
}

/** The frame's content, without the check sums of a frame format. */
export function updateFrame(
  gateway: Address,
  region: string,
  name: number[],
  number: number,
  piece: number[],
): number[] {
  assert(name.length === NAME_BYTES && piece.length <= FRAGMENT_MAX_BYTES, "a fragment fits its frame");
  const bytes = [CI_OWN, FORMAT, CARRIES_UPDATE];
  putDigits(bytes, region, REGION_BYTES);
  putBytes(bytes, name);
  putWhole(bytes, number, 2);
  putBytes(bytes, piece);
  return linkContent(C_SND_UD3, gateway, bytes);
}

/** The fragment in a frame's content; undefined when it is none. */
export function readUpdateFrame(content: number[]): UpdateFragment | undefined {
  const at = LINK_BYTES;
  const length = content.length - UPDATE_OVERHEAD_BYTES;
  if (!isLinkContent(content) || content[1] !== C_SND_UD3 || length < 1 || length > FRAGMENT_MAX_BYTES) {
    return undefined;
  }
  if (content[at] !== CI_OWN || content[at + 1] !== FORMAT || content[at + 2] !== CARRIES_UPDATE) {
    return undefined;
  }
  const region = digitsAt(content, at + 3, REGION_BYTES);
  if (region === "" || length % FRAGMENT_STEP_BYTES !== 0) {
    return undefined;
  }
  return {
    region: region,
    name: content.slice(at + 6, at + 6 + NAME_BYTES),
    number: wholeAt(content, at + 10, 2),
    text: bytesText(content.slice(UPDATE_OVERHEAD_BYTES, content.length)),
  };
}
