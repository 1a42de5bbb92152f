/**
 * Prepared: what every session with a card needs of the meter and seldom changes, made ahead of the card.
 *
 * A person holds the card while the meter works, and on a small engine half of that work would be the same each time:
 * subkeys of the meter's two keys, its region and number as bytes, months and events of the read-back. Each part is kept
 * with what it was made of and made again when that is another, so nothing here can be stale; the hour (metering.ts)
 * only sees to it that there is little left to make when a card comes. The random number of the next session is drawn
 * ahead too: nobody sees it before its card does, and it is used once.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import type { CmacKey } from "../crypto/cmac";
import { cmacKey } from "../crypto/cmac";
import { MONTH_NUMBERS } from "../history";
import { findEvent } from "../service/stored";
import type { Meter } from "../state";
import type { CardBooks } from "./books";
import { putDigits, textBytes } from "./bytes";
import type { Prepared, PreparedKey } from "./card_state";
import { REGION_BYTES } from "./files";
import { EVENTS_BYTES, EVENT_BYTES, monthBytes, noBytes, putEvent } from "./read_back";
import { METER_BYTES } from "./voucher";

const RANDOM_BYTES = 16;

function keyOf(crypto: Crypto, prepared: PreparedKey, text: string): CmacKey | undefined {
  if (prepared.text !== text) {
    prepared.text = text;
    prepared.key = text === "" ? undefined : cmacKey(crypto, textBytes(text));
  }
  return prepared.key;
}

/** The key that signs what is meant for this meter; undefined while it has none. */
export function voucherKey(meter: Meter): CmacKey | undefined {
  return keyOf(meter.hal.crypto, meter.card.prepared.voucher, meter.card.books.voucher_key);
}

/** The master from which the meter's key of each card is made; undefined while it has none. */
export function cardMaster(meter: Meter): CmacKey | undefined {
  return keyOf(meter.hal.crypto, meter.card.prepared.card, meter.card.books.card_key);
}

/** Region (3 bytes) and meter (9 bytes), as they stand in vouchers and read-backs. */
export function placeBytes(prepared: Prepared, books: CardBooks): number[] {
  if (prepared.region !== books.region || prepared.meter !== books.meter) {
    const place: number[] = [];
    putDigits(place, books.region, REGION_BYTES);
    putDigits(place, books.meter, METER_BYTES);
    prepared.region = books.region;
    prepared.meter = books.meter;
    prepared.place = place;
  }
  return prepared.place;
}

/** Newest month and registers at the ends of months, as the read-back has them. */
export function monthsSaid(meter: Meter): number[] {
  const prepared = meter.card.prepared;
  const months = meter.history.months;
  if (prepared.months !== months || prepared.month_bytes.length === 0) {
    const registers_l: number[] = [];
    const newest = months.length === 0 ? 0 : months[months.length - MONTH_NUMBERS];
    // Of what is older than a gap nothing is said: places stand for months, and it would be that of others.
    for (
      let i = months.length - MONTH_NUMBERS;
      i >= 0 && months[i] === newest - registers_l.length;
      i -= MONTH_NUMBERS
    ) {
      registers_l.push(months[i + 1]);
    }
    prepared.months = months;
    prepared.month_bytes = monthBytes(newest, registers_l);
  }
  return prepared.month_bytes;
}

/** The newest events, as the read-back has them. Events of a change that is not yet stored may not be asked for. */
export function eventsSaid(meter: Meter): number[] {
  const prepared = meter.card.prepared;
  const count = meter.log.count;
  assert(count >= prepared.events, "no event that was said is taken back");
  if (prepared.event_bytes.length === 0) {
    prepared.event_bytes = noBytes(EVENTS_BYTES);
  }
  const fresh: number[] = [];
  let older = prepared.event_bytes;
  for (let sequence = count; sequence > prepared.events && fresh.length < EVENTS_BYTES; sequence--) {
    const event = findEvent(meter, sequence);
    if (event === undefined) {
      // Nothing is said of what is older than a gap.
      older = noBytes(EVENTS_BYTES);
      break;
    }
    putEvent(fresh, event);
  }
  if (count > prepared.events) {
    prepared.event_bytes = fresh.concat(older.slice(0, EVENTS_BYTES - fresh.length));
    prepared.events = count;
  }
  assert(fresh.length % EVENT_BYTES === 0, "events are whole");
  return prepared.event_bytes;
}

/** The reader's random number for a session: drawn ahead or now, and given out once. */
export function readerRandom(meter: Meter): number[] {
  const prepared = meter.card.prepared;
  const random = prepared.random;
  prepared.random = [];
  return random.length === RANDOM_BYTES ? random : meter.hal.random.bytes(RANDOM_BYTES);
}

/** Makes ahead what the next card needs. */
export function prepareForCard(meter: Meter): void {
  if (voucherKey(meter) !== undefined && cardMaster(meter) !== undefined) {
    if (meter.card.prepared.random.length !== RANDOM_BYTES) {
      meter.card.prepared.random = meter.hal.random.bytes(RANDOM_BYTES);
    }
    placeBytes(meter.card.prepared, meter.card.books);
    monthsSaid(meter);
    eventsSaid(meter);
  }
}
