/**
 * Files: how a card of the utility is laid out (MIFARE DESFire EV1 or later, AES).
 *
 * Application C5B570 (on the wire 70 B5 C5), three AES keys, each diversified for its card (diversify.ts) from a master
 * of the region:
 *
 *   key 0  desk    makes the application, changes keys            from the desk's master
 *   key 1  meter   reads, writes the read-back, debits the purse  from the meters' master
 *   key 2  desk    writes vouchers and orders, fills the purse    from the desk's master
 *
 *   file  kind                  bytes  read  write  read+write  change  communication  what
 *   1     standard data            16  free  0      0           0       plain          header (below)
 *   2     backup data              64  1     2      2           0       MAC            voucher (voucher.ts)
 *   3     backup data             200  2     1      1           0       MAC            read-back (read_back.ts)
 *   4     value, 0 to 2^31 - 1         1     never  2           0       MAC            purse, milli-units (standpipe)
 *   5     backup data             256  1     2      2           0       MAC            order (order.ts)
 *
 * A value file's "read" right also debits, so meters can take from a purse and never fill it. File 4 exists on cards of
 * the type purse, file 5 on all but those and user cards; a user card has files 1, 2 and 3.
 *
 * Header, 16 bytes. Anyone can read it: it names a card of another region without a key, and nothing is believed of it
 * that the voucher or order does not say again under its signature.
 *
 *    0  1  version, 1
 *    1  1  type of the card: place in CARD_TYPES, from 1
 *    2  3  region, supply group code as BCD
 *    5  4  number of the card
 *    9  1  generation: 1, and one more with each replacement of a lost card
 *   10  6  zeros
 */
import { digitsAt, putDigits, putWhole, wholeAt } from "./bytes";

/** Application identifier, least significant byte first, as the card takes it. */
export const APPLICATION: number[] = [0x70, 0xb5, 0xc5];

export const KEY_MASTER = 0;
export const KEY_METER = 1;
export const KEY_DESK = 2;

export const FILE_HEADER = 1;
export const FILE_VOUCHER = 2;
export const FILE_READ_BACK = 3;
export const FILE_PURSE = 4;
export const FILE_ORDER = 5;

export const HEADER_BYTES = 16;
export const VOUCHER_BYTES = 64;
export const READ_BACK_BYTES = 200;
export const ORDER_BYTES = 256;
export const PURSE_MAX_MILLI = 2147483647;

const HEADER_VERSION = 1;
const HEADER_ZEROS = 6;
export const REGION_BYTES = 3;
export const GENERATION_MAX = 255;

/**
 * What a card is for. `user` tops up one meter; `commissioning` puts one into service; `inspection` reads out;
 * `tariff` brings a tariff; `transfer` empties a meter that is replaced; `emergency` lends credit; `clearing` clears
 * tamper and lock; `test` tries valve, display and buzzer; `purse` pays at standpipes.
 */
export type CardType =
  "user" | "commissioning" | "inspection" | "tariff" | "transfer" | "emergency" | "clearing" | "test" | "purse";

export const CARD_TYPES: CardType[] = [
  "user",
  "commissioning",
  "inspection",
  "tariff",
  "transfer",
  "emergency",
  "clearing",
  "test",
  "purse",
];

export interface Header {
  type: CardType;
  /** Six digits. */
  region: string;
  card: number;
  generation: number;
}

export function headerBytes(header: Header): number[] {
  const bytes = [HEADER_VERSION, 1 + typePlace(header.type)];
  putDigits(bytes, header.region, REGION_BYTES);
  putWhole(bytes, header.card, 4);
  putWhole(bytes, header.generation, 1);
  putWhole(bytes, 0, HEADER_ZEROS);
  return bytes;
}

export function typePlace(type: CardType): number {
  return CARD_TYPES.indexOf(type);
}

/** The header that these bytes hold, or undefined when it is not one of this version. */
export function readHeader(bytes: number[]): Header | undefined {
  if (bytes.length !== HEADER_BYTES || bytes[0] !== HEADER_VERSION) {
    return undefined;
  }
  const region = digitsAt(bytes, 2, REGION_BYTES);
  const zeros = wholeAt(bytes, HEADER_BYTES - HEADER_ZEROS, HEADER_ZEROS);
  if (bytes[1] < 1 || bytes[1] > CARD_TYPES.length || region === "" || bytes[9] < 1 || zeros !== 0) {
    return undefined;
  }
  return { type: CARD_TYPES[bytes[1] - 1], region: region, card: wholeAt(bytes, 5, 4), generation: bytes[9] };
}
