/**
 * Card state: the books that outlive a power cut, and the session that does not.
 */
import type { CmacKey } from "../crypto/cmac";
import type { CardBooks } from "./books";
import { createCardBooks } from "./books";
import type { Channel } from "./channel";
import type { Header } from "./files";
import type { CardResult } from "./results";

/** What a purse holds and has ever paid (purse.ts). */
export interface Purse {
  value_milli: number;
  spent_milli: number;
}

/** A card that is being looked at. */
export interface CardSession {
  uid: number[];
  header: Header;
  /** Undefined until the card has proved itself. */
  channel: Channel | undefined;
  /** Signs what is written back; undefined until it is needed. */
  sign_key: CmacKey | undefined;
  /** What has come of it; "card_torn" until something else has. */
  result: CardResult;
  /** Credit that it brought. */
  added_milli: number;
}

/** A purse that pays at a standpipe. */
export interface Paying {
  session: CardSession;
  /** As a text. */
  uid: string;
  purse: Purse;
  /** A step is being paid. */
  busy: boolean;
}

/** A key with its subkeys, and the text of the key that they were made of. */
export interface PreparedKey {
  text: string;
  key: CmacKey | undefined;
}

/** What is made ahead of a card (prepared.ts). */
export interface Prepared {
  voucher: PreparedKey;
  card: PreparedKey;
  region: string;
  meter: string;
  /** Region and meter, as they stand in vouchers and read-backs. */
  place: number[];
  /** The list of months (history.ts), which is another one after each month, and what the read-back says of it. */
  months: number[];
  month_bytes: number[];
  /** Events logged when the bytes of the newest ones were made. */
  events: number;
  event_bytes: number[];
  /** The reader's random number for the next card; empty once it was used. */
  random: number[];
}

export function createPrepared(): Prepared {
  return {
    voucher: { text: "", key: undefined },
    card: { text: "", key: undefined },
    region: "",
    meter: "",
    place: [],
    months: [],
    month_bytes: [],
    events: 0,
    event_bytes: [],
    random: [],
  };
}

export interface CardState {
  books: CardBooks;
  prepared: Prepared;
  session: CardSession | undefined;
  paying: Paying | undefined;
  /** What came of the last card since the boot. */
  last_result: CardResult | "none";
  /** No card is looked at before this time (attempts.ts). */
  wait_until_ms: number;
  /** Sequence of a voucher that was taken and whose read-back was torn; 0 for none. */
  torn_sequence: number;
}

export function createCardState(region: string, meter_number: string): CardState {
  return {
    books: createCardBooks(region, meter_number),
    prepared: createPrepared(),
    session: undefined,
    paying: undefined,
    last_result: "none",
    wait_until_ms: 0,
    torn_sequence: 0,
  };
}

export function createSession(uid: number[]): CardSession {
  return {
    uid: uid,
    header: { type: "test", region: "", card: 0, generation: 0 },
    channel: undefined,
    sign_key: undefined,
    result: "card_torn",
    added_milli: 0,
  };
}
