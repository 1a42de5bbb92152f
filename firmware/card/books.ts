/**
 * Books: what a meter knows of itself and of its cards, kept with every commit of the journal.
 *
 * Until a commissioning card has come, number and region are those of the settings and there are no keys: then no card
 * is taken but a commissioning card, under the transport key that the meter has from its factory.
 */
import type { Fields } from "../journal/fields";
import { WHOLE_MAX, WHOLE_MIN, bytesField, wholeField } from "../journal/fields";
import { GENERATION_MAX } from "./files";
import type { Visit } from "./visits";
import { visitFields } from "./visits";
import { METER_DIGITS } from "./voucher";

const UTILITY_MAX = 65535;
const REGION_DIGITS = 6;
const KEY_BYTES = 16;
const SEQUENCE_MAX = 4294967295;
const CUMULATIVE_MAX_MILLI = 281474976710655;
/** Wrong cards in a row that are counted. */
export const FAILURES_MAX = 100;
/** Lost cards of a standpipe, 24 of them. */
export const HOT_LIST_MAX_BYTES = 168;

export interface CardBooks {
  utility: number;
  /** Six digits. */
  region: string;
  /** 18 digits. */
  meter: string;
  /** 16 bytes as a text; "" for none. Signs what is meant for this meter. */
  voucher_key: string;
  /** The meters' master of the region, from which the meter's key of each card is made; "" for none. */
  card_key: string;
  /** Generation of the card that was taken last; 0 before the first. */
  generation: number;
  /** Sequence of the voucher that was taken last, and all that was ever taken by voucher. */
  sequence: number;
  cumulative_milli: number;
  /** Sequence of the order that was taken last. */
  order_sequence: number;
  /** Wrong cards since the last good one (attempts.ts). */
  failures: number;
  /** Balance that a transfer card has taken along, for the desk to put onto the next meter. */
  moved_milli: number;
  /** Standpipes: what is set aside for cards, and the UIDs of lost ones, 7 bytes each. */
  visits: Visit[];
  hot_list: string;
  /** Who the meter is, as it was written last: a commit in which it is another is rare. */
  written: Identity;
}

interface Identity {
  utility: number;
  region: string;
  meter: string;
  voucher_key: string;
  card_key: string;
  text: string;
}

export function createCardBooks(region: string, meter: string): CardBooks {
  return {
    utility: 0,
    region: region,
    meter: meter,
    voucher_key: "",
    card_key: "",
    generation: 0,
    sequence: 0,
    cumulative_milli: 0,
    order_sequence: 0,
    failures: 0,
    moved_milli: 0,
    visits: [],
    hot_list: "",
    written: { utility: -1, region: "", meter: "", voucher_key: "", card_key: "", text: "" },
  };
}

function identityFields(fields: Fields, books: CardBooks): void {
  const written = books.written;
  const is_same =
    written.card_key === books.card_key &&
    written.voucher_key === books.voucher_key &&
    written.meter === books.meter &&
    written.region === books.region &&
    written.utility === books.utility;
  if (fields.writing && is_same) {
    fields.text += written.text;
    return;
  }
  const start = fields.text.length;
  books.utility = wholeField(fields, books.utility, 0, UTILITY_MAX);
  books.region = bytesField(fields, books.region, REGION_DIGITS);
  books.meter = bytesField(fields, books.meter, METER_DIGITS);
  books.voucher_key = bytesField(fields, books.voucher_key, KEY_BYTES);
  books.card_key = bytesField(fields, books.card_key, KEY_BYTES);
  if (fields.writing) {
    books.written = {
      utility: books.utility,
      region: books.region,
      meter: books.meter,
      voucher_key: books.voucher_key,
      card_key: books.card_key,
      text: fields.text.substring(start, fields.text.length),
    };
  }
}

/** Walks the books in a commit, in either direction. */
export function cardFields(fields: Fields, books: CardBooks): void {
  identityFields(fields, books);
  books.generation = wholeField(fields, books.generation, 0, GENERATION_MAX);
  books.sequence = wholeField(fields, books.sequence, 0, SEQUENCE_MAX);
  books.cumulative_milli = wholeField(fields, books.cumulative_milli, 0, CUMULATIVE_MAX_MILLI);
  books.order_sequence = wholeField(fields, books.order_sequence, 0, SEQUENCE_MAX);
  books.failures = wholeField(fields, books.failures, 0, FAILURES_MAX);
  books.moved_milli = wholeField(fields, books.moved_milli, WHOLE_MIN, WHOLE_MAX);
  books.visits = visitFields(fields, books.visits);
  books.hot_list = bytesField(fields, books.hot_list, HOT_LIST_MAX_BYTES);
}
