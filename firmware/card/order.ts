/**
 * Order, 256 bytes (card file 5): what a technician's card tells a meter to do.
 *
 *    0   1  version, 1; 0 on a card that carries none
 *    1   1  type of the card, as in its header (files.ts)
 *    2   2  utility
 *    4   3  region, supply group code as BCD
 *    7   9  meter, 18 digits as BCD; zeros: any meter of the region
 *   16   7  UID of the card
 *   23   4  sequence, one more with each order for this meter; 0 for any meter
 *   27   5  expiry, UTC seconds; 0: never
 *   32   1  length of the content, n, at most 207
 *   33   n  content, then zeros
 *  240  16  AES-CMAC over bytes 0 to 239
 *
 * Signed under the voucher key of the meter that it names: whatever changes a meter is made for that meter alone. Orders
 * for any meter are signed under the meters' master of the region, which an opened meter could yield: they may only
 * read out and test. A commissioning order is signed under the transport key of its factory, and its content
 * is enciphered under another key of the same root, because it carries keys (content.ts).
 */
import type { CmacKey } from "../crypto/cmac";
import { bytesAt, digitsAt, putDigits, putWhole, wholeAt } from "./bytes";
import type { CardType } from "./files";
import { CARD_TYPES, ORDER_BYTES, REGION_BYTES, typePlace } from "./files";
import { SIGNATURE_BYTES, signedBytes } from "./signature";
import { METER_BYTES, UID_BYTES } from "./voucher";

const ORDER_VERSION = 1;
const CONTENT_FIRST = 33;
const SIGNED_BYTES = ORDER_BYTES - SIGNATURE_BYTES;
export const CONTENT_MAX = SIGNED_BYTES - CONTENT_FIRST;
/** Meter number of an order for any meter. */
export const ANY_METER = "000000000000000000";

export interface Order {
  type: CardType;
  utility: number;
  region: string;
  /** 18 digits; ANY_METER for any. */
  meter: string;
  uid: number[];
  sequence: number;
  /** 0: never. */
  expiry_utc_s: number;
  content: number[];
}

/** The order as bytes, signed. */
export function orderBytes(key: CmacKey, order: Order): number[] {
  let bytes = [ORDER_VERSION, 1 + typePlace(order.type)];
  putWhole(bytes, order.utility, 2);
  putDigits(bytes, order.region, REGION_BYTES);
  putDigits(bytes, order.meter, METER_BYTES);
  bytes = bytes.concat(order.uid);
  putWhole(bytes, order.sequence, 4);
  putWhole(bytes, order.expiry_utc_s, 5);
  putWhole(bytes, order.content.length, 1);
  bytes = bytes.concat(order.content);
  while (bytes.length < SIGNED_BYTES) {
    bytes.push(0);
  }
  return signedBytes(key, bytes);
}

/** What these bytes say, whoever wrote them; undefined when it is no order of this version, "none" on a new card. */
export function readOrder(bytes: number[]): Order | "none" | undefined {
  if (bytes.length !== ORDER_BYTES) {
    return undefined;
  }
  if (bytes[0] === 0) {
    return "none";
  }
  const region = digitsAt(bytes, 4, REGION_BYTES);
  const meter = digitsAt(bytes, 7, METER_BYTES);
  const known = bytes[0] === ORDER_VERSION && bytes[1] >= 1 && bytes[1] <= CARD_TYPES.length;
  if (!known || region === "" || meter === "" || bytes[32] > CONTENT_MAX) {
    return undefined;
  }
  return {
    type: CARD_TYPES[bytes[1] - 1],
    utility: wholeAt(bytes, 2, 2),
    region: region,
    meter: meter,
    uid: bytesAt(bytes, 16, UID_BYTES),
    sequence: wholeAt(bytes, 23, 4),
    expiry_utc_s: wholeAt(bytes, 27, 5),
    content: bytesAt(bytes, CONTENT_FIRST, bytes[32]),
  };
}
