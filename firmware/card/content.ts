/**
 * Content: what stands inside of orders that carry something (order.ts). Numbers have their most significant byte first.
 *
 * Tariff order:
 *    0  4  id          4  5  start, UTC seconds     9  4  standing charge a day, milli-units
 *   13  1  number of blocks, n, then for each block: 5 bytes limit in litres (all ones: none), 4 bytes price in milli-units
 *          per m3
 *
 * Inspection order for a standpipe: UIDs of lost cards, 7 bytes each, at most 24; without a content it only reads out.
 *
 * Commissioning order, enciphered as a whole (AES-CBC, zeros up to whole blocks) under the key "curbstop content" of the
 * transport key, with bytes 7 to 22 of the order, meter and UID, as first value:
 *    0  16  voucher key of this meter     16  16  the meters' master of the region     32  6  opening credit, milli-units
 *   38   1  generation, 39 4 sequence, 43 6 cumulative amount of the last voucher that is not to be taken any more: zeros
 *           for a new connection, and what the desk knows when a meter is replaced or its memory was lost
 *   49   n  tariff, as above
 */
import type { Crypto } from "../../hal/crypto";
import type { Tariff } from "../credit/tariff";
import { BLOCKS_MAX, NO_LIMIT_L } from "../credit/tariff";
import { AES_BLOCK_BYTES, AES_KEY_BYTES } from "../crypto/aes";
import { bytesAt, putWhole, wholeAt } from "./bytes";

const LIMIT_NONE = 1099511627775;
const TARIFF_HEAD_BYTES = 14;
const BLOCK_BYTES = 9;
const TARIFF_FIRST = 49;

export interface Commissioning {
  voucher_key: number[];
  card_key: number[];
  opening_milli: number;
  generation: number;
  sequence: number;
  cumulative_milli: number;
  tariff: Tariff;
}

export function tariffBytes(tariff: Tariff): number[] {
  const bytes: number[] = [];
  putWhole(bytes, tariff.id, 4);
  putWhole(bytes, tariff.start_utc_s, 5);
  putWhole(bytes, tariff.standing_milli, 4);
  putWhole(bytes, tariff.limits_l.length, 1);
  for (let block = 0; block < tariff.limits_l.length; block++) {
    putWhole(bytes, tariff.limits_l[block] === NO_LIMIT_L ? LIMIT_NONE : tariff.limits_l[block], 5);
    putWhole(bytes, tariff.prices_milli[block], 4);
  }
  return bytes;
}

/** The tariff that begins at `first`, not yet judged; undefined when it does not end where the bytes can. */
export function readTariffBytes(bytes: number[], first: number): Tariff | undefined {
  if (bytes.length < first + TARIFF_HEAD_BYTES) {
    return undefined;
  }
  const blocks = bytes[first + TARIFF_HEAD_BYTES - 1];
  if (blocks < 1 || blocks > BLOCKS_MAX || bytes.length < first + TARIFF_HEAD_BYTES + blocks * BLOCK_BYTES) {
    return undefined;
  }
  const limits_l: number[] = [];
  const prices_milli: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const at = first + TARIFF_HEAD_BYTES + block * BLOCK_BYTES;
    const limit = wholeAt(bytes, at, 5);
    limits_l.push(limit === LIMIT_NONE ? NO_LIMIT_L : limit);
    prices_milli.push(wholeAt(bytes, at + 5, 4));
  }
  return {
    id: wholeAt(bytes, first, 4),
    start_utc_s: wholeAt(bytes, first + 4, 5),
    standing_milli: wholeAt(bytes, first + 9, 4),
    limits_l: limits_l,
    prices_milli: prices_milli,
  };
}

/** The enciphered content of a commissioning order. */
export function commissioningBytes(crypto: Crypto, key: number[], front: number[], said: Commissioning): number[] {
  let bytes = said.voucher_key.concat(said.card_key);
  putWhole(bytes, said.opening_milli, 6);
  putWhole(bytes, said.generation, 1);
  putWhole(bytes, said.sequence, 4);
  putWhole(bytes, said.cumulative_milli, 6);
  bytes = bytes.concat(tariffBytes(said.tariff));
  while (bytes.length % AES_BLOCK_BYTES !== 0) {
    bytes.push(0);
  }
  return crypto.aes_cbc_encrypt(key, front, bytes);
}

/** What a commissioning order carries; undefined when it is not that. */
export function readCommissioning(
  crypto: Crypto,
  key: number[],
  front: number[],
  content: number[],
): Commissioning | undefined {
  if (content.length < TARIFF_FIRST || content.length % AES_BLOCK_BYTES !== 0) {
    return undefined;
  }
  const bytes = crypto.aes_cbc_decrypt(key, front, content);
  const tariff = readTariffBytes(bytes, TARIFF_FIRST);
  if (tariff === undefined) {
    return undefined;
  }
  return {
    voucher_key: bytesAt(bytes, 0, AES_KEY_BYTES),
    card_key: bytesAt(bytes, AES_KEY_BYTES, AES_KEY_BYTES),
    opening_milli: wholeAt(bytes, 2 * AES_KEY_BYTES, 6),
    generation: bytes[38],
    sequence: wholeAt(bytes, 39, 4),
    cumulative_milli: wholeAt(bytes, 43, 6),
    tariff: tariff,
  };
}
