/**
 * Judgement: whether what a card or the air carries is for this meter, genuine and new, in a fixed order; what is, is acted on.
 *
 *   voucher  foreign_region, wrong_meter, bad_signature, already_taken, expired, older_generation, limit_exceeded
 *   order    the same; orders for any meter of the region may only read out and test; a meter that has no number from
 *            its factory but zeros takes the one of its commissioning order
 *
 * The region and the meter come before the signature only to name the mistake: nothing is believed or done before it.
 */
import type { CmacKey } from "../crypto/cmac";
import { cmacKey, sameBytes } from "../crypto/cmac";
import { derivedKey } from "../crypto/kdf";
import type { Meter } from "../state";
import { validTime } from "../state";
import { commissionByCard, obeyOrder, takeVoucher } from "./acts";
import { bytesAt, fullDigits, hexBytes, textBytes, wholeAt } from "./bytes";
import type { CardSession } from "./card_state";
import { readCommissioning } from "./content";
import { VOUCHER_BYTES } from "./files";
import type { Order } from "./order";
import { ANY_METER, readOrder } from "./order";
import { placeBytes } from "./prepared";
import type { CardResult } from "./results";
import { METER_DIGITS, VOUCHER_PLACE, VOUCHER_VERSION, purchaseOf, readVoucher } from "./voucher";
import { signatureGood } from "./signature";

/** Meter and UID in an order: from them its content is enciphered on, so that no two contents look alike. */
const FRONT_FIRST = 7;
const FRONT_BYTES = 16;

function isExpired(meter: Meter, expiry_utc_s: number): boolean {
  // A meter that has lost the time cannot tell, and a household does not pay for its clock.
  return expiry_utc_s > 0 && validTime(meter) > expiry_utc_s;
}

/**
 * Why a voucher is not for this meter; "accepted" when it is. What is compared is bytes: digits are made of them only
 * to name the mistake.
 */
function judgePlace(meter: Meter, bytes: number[]): CardResult {
  const books = meter.card.books;
  const place = placeBytes(meter.card.prepared, books);
  if (
    bytes.length === VOUCHER_BYTES &&
    bytes[0] === VOUCHER_VERSION &&
    sameBytes(bytes.slice(VOUCHER_PLACE, VOUCHER_PLACE + place.length), place) &&
    wholeAt(bytes, 1, 2) === books.utility
  ) {
    return "accepted";
  }
  const voucher = readVoucher(bytes);
  if (voucher === "none") {
    return "no_voucher";
  }
  if (voucher === undefined) {
    return "bad_signature";
  }
  return voucher.region !== books.region || voucher.utility !== books.utility ? "foreign_region" : "wrong_meter";
}

/**
 * Judges a voucher, whoever carries it, and takes it when it is good: the one door for credit from cards and from the
 * air. `uid` is that of the card that it lies in, zeros (NO_CARD) where none carries it; `also` is done within the
 * commit that books the credit, so that what the carrier keeps of it stands with the credit or not at all.
 */
export function judgeVoucher(
  meter: Meter,
  key: CmacKey | undefined,
  uid: number[],
  bytes: number[],
  also: () => void,
): CardResult {
  const books = meter.card.books;
  if (key === undefined) {
    return readVoucher(bytes) === "none" ? "no_voucher" : "bad_signature";
  }
  const place = judgePlace(meter, bytes);
  if (place !== "accepted") {
    return place;
  }
  const voucher = purchaseOf(bytes);
  if (!signatureGood(key, bytes) || !sameBytes(voucher.uid, uid)) {
    return "bad_signature";
  }
  if (voucher.sequence <= books.sequence) {
    // No torn voucher is 0, and a voucher may say 0 as well.
    const torn = voucher.sequence > 0 && voucher.sequence === meter.card.torn_sequence;
    return torn ? "completed" : "already_taken";
  }
  if (isExpired(meter, voucher.expiry_utc_s)) {
    return "expired";
  }
  return voucher.generation < books.generation ? "older_generation" : takeVoucher(meter, voucher, also);
}

/** The key under which an order must be signed. */
function orderKey(meter: Meter, order: Order): number[] {
  if (order.type === "commissioning") {
    return derivedKey(meter.hal.crypto, hexBytes(meter.settings.transport_key), "curbstop order", []);
  }
  return textBytes(order.meter === ANY_METER ? meter.card.books.card_key : meter.card.books.voucher_key);
}

function commissionAsSaid(meter: Meter, order: Order, bytes: number[]): CardResult {
  const books = meter.card.books;
  if (books.voucher_key !== "" && order.sequence <= books.order_sequence) {
    // It was in service before: what once put it there does not bring the opening credit again.
    return "already_taken";
  }
  const crypto = meter.hal.crypto;
  const key = derivedKey(crypto, hexBytes(meter.settings.transport_key), "curbstop content", []);
  const said = readCommissioning(crypto, key, bytesAt(bytes, FRONT_FIRST, FRONT_BYTES), order.content);
  return said === undefined ? "order_refused" : commissionByCard(meter, order, said);
}

/** An order that changes something is made for this meter alone, and obeyed once. */
function obeyNamed(meter: Meter, order: Order): CardResult {
  if (order.meter === ANY_METER) {
    return "order_refused";
  }
  return order.sequence <= meter.card.books.order_sequence ? "already_taken" : obeyOrder(meter, order);
}

/** What a genuine order does. */
function obey(meter: Meter, order: Order, bytes: number[]): CardResult {
  if (isExpired(meter, order.expiry_utc_s)) {
    return "expired";
  }
  switch (order.type) {
    case "test":
      return "read_out";
    case "inspection":
      return order.content.length === 0 ? "read_out" : obeyNamed(meter, order);
    case "commissioning":
      return commissionAsSaid(meter, order, bytes);
    default:
      return obeyNamed(meter, order);
  }
}

/** Judges the order in the session's card, and obeys it when it is good. */
export function judgeOrder(meter: Meter, session: CardSession, bytes: number[]): CardResult {
  const books = meter.card.books;
  const order = readOrder(bytes);
  if (order === "none") {
    return "no_voucher";
  }
  if (order === undefined || order.type !== session.header.type) {
    return "bad_signature";
  }
  const first = order.type === "commissioning";
  if (order.region !== session.header.region || (!first && order.utility !== books.utility)) {
    return "foreign_region";
  }
  const any = first ? fullDigits(books.meter, METER_DIGITS) === ANY_METER : order.meter === ANY_METER;
  if (!any && order.meter !== fullDigits(books.meter, METER_DIGITS)) {
    return "wrong_meter";
  }
  const key = cmacKey(meter.hal.crypto, orderKey(meter, order));
  if (!signatureGood(key, bytes) || !sameBytes(order.uid, session.uid)) {
    return "bad_signature";
  }
  return obey(meter, order, bytes);
}
