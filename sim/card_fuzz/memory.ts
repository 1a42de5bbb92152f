/**
 * Memory: cards whose memory was altered below their access rights, as by who has opened the chip, and images of cards.
 *
 *   bits       some bits of voucher, order, header or read-back
 *   field      a number in the voucher or order has another value: 0, 1, the largest, one more, one less, anything
 *   resigned   the same, signed again: under this meter's key, another's, a key that every meter of the region knows,
 *              or zeros
 *   moved      voucher, order or header of another card
 *   length     a file is shorter or longer
 *   rights     rights, mode or keys are others
 *   uid        the card shows another UID
 *   image      bytes of the image, mostly with its checksum made right again
 */
import { bytesText, putWhole } from "../../firmware/card/bytes";
import { FILE_HEADER, FILE_READ_BACK, FILE_VOUCHER } from "../../firmware/card/files";
import { cmac } from "../../firmware/crypto/cmac";
import {
  FIRST_ORDER_KEY,
  MASTERS,
  OTHER_VOUCHER_KEY,
  VOUCHER_KEY,
  crypto,
  fileBytes,
  fileOf,
  setFile,
} from "../card_torture/made_cards";

import type { DesfireCard, Mode } from "../desfire/card";
import { crc32 } from "../desfire/crc32";
import { readImage } from "../desfire/image";
import type { Random } from "../../hal/random";
import type { DeckCard } from "./deck";
import { carrierOf } from "./deck";
import type { Draws } from "./draws";
import { below, bytesOf, chance, flipped, pick } from "./draws";

const SIGNATURE_BYTES = 16;
/** First byte and length of each number: voucher.ts, order.ts. */
const VOUCHER_FIELDS = [
  [0, 1],
  [1, 2],
  [3, 3],
  [6, 4],
  [15, 4],
  [22, 1],
  [23, 4],
  [27, 6],
  [33, 4],
  [37, 5],
  [42, 4],
];
const ORDER_FIELDS = [
  [0, 1],
  [1, 1],
  [2, 2],
  [4, 3],
  [7, 4],
  [16, 4],
  [23, 4],
  [27, 5],
  [32, 1],
  [33, 4],
  [37, 5],
  [46, 1],
  [47, 5],
];
const KEYS = [VOUCHER_KEY, OTHER_VOUCHER_KEY, MASTERS.meter, FIRST_ORDER_KEY, new Array<number>(16).fill(0)];
const MODES: Mode[] = ["plain", "maced", "enciphered"];

function otherValue(draws: Draws, bytes: number[], first: number, length: number): number[] {
  const old = bytes.slice(first, first + length).reduce((sum, byte) => sum * 256 + byte, 0);
  const most = 256 ** length - 1;
  const values = [0, 1, most, Math.min(old + 1, most), Math.max(old - 1, 0), old + 256 > most ? 2 : old + 256];
  const value: number[] = [];
  putWhole(value, pick(draws, values), length);
  return chance(draws, 300) ? bytesOf(draws, length) : value;
}

function otherField(draws: Draws, bytes: number[], is_voucher: boolean): number[] {
  const [first, length] = pick(draws, is_voucher ? VOUCHER_FIELDS : ORDER_FIELDS);
  const copy = bytes.slice();
  copy.splice(first, length, ...otherValue(draws, bytes, first, length));
  return copy;
}

function resigned(bytes: number[], key: number[]): number[] {
  const copy = bytes.slice(0, bytes.length - SIGNATURE_BYTES);
  return copy.concat(cmac(crypto, key, copy));
}

function alterRights(draws: Draws, card: DesfireCard): void {
  const level = card.applications[1];
  const file = pick(draws, level.files);
  switch (below(draws, 3)) {
    case 0:
      file.access = [below(draws, 16), below(draws, 16), below(draws, 16), below(draws, 16)];
      break;
    case 1:
      file.mode = pick(draws, MODES);
      break;
    default:
      level.keys[below(draws, level.keys.length)].bytes = bytesOf(draws, 16);
  }
}

function alterLength(draws: Draws, card: DesfireCard): void {
  const file = pick(draws, card.applications[1].files);
  const bytes = Array.from(file.content, (character) => character.charCodeAt(0));
  const other = chance(draws, 500) ? bytes.slice(0, 1 + below(draws, bytes.length)) : [...bytes, ...bytesOf(draws, 40)];
  file.content = bytesText(other);
}

/** Alters the memory of a card that is no one else's. */
export function alterMemory(draws: Draws, card: DesfireCard, deck: readonly DeckCard[]): void {
  const carrier = carrierOf(card);
  const is_voucher = carrier === FILE_VOUCHER;
  const bytes = fileBytes(card, carrier);
  switch (below(draws, 9)) {
    case 0:
      setFile(card, carrier, flipped(draws, bytes, 6));
      break;
    case 1:
    case 2:
      setFile(card, carrier, otherField(draws, bytes, is_voucher));
      break;
    case 3:
    case 4:
      setFile(card, carrier, resigned(otherField(draws, bytes, is_voucher), pick(draws, KEYS)));
      break;
    case 5: {
      const others = deck.filter((one) => carrierOf(one.card) === carrier);
      setFile(card, carrier, fileBytes(pick(draws, others).card, carrier));
      break;
    }
    case 6:
      if (chance(draws, 500)) alterLength(draws, card);
      else alterRights(draws, card);
      break;
    case 7:
      card.uid = chance(draws, 500) ? flipped(draws, card.uid, 2) : bytesOf(draws, 7);
      break;
    default: {
      const file = chance(draws, 700) ? FILE_HEADER : FILE_READ_BACK;
      const other = chance(draws, 500)
        ? flipped(draws, fileBytes(card, file), 6)
        : fileBytes(pick(draws, deck).card, file);
      fileOf(card, file).content = bytesText(other);
    }
  }
}

/** A card from an altered image; undefined when the image is refused. */
export function fromImage(draws: Draws, image: readonly number[], random: Random): DesfireCard | undefined {
  let bytes = image.slice();
  switch (below(draws, 4)) {
    case 0:
      bytes = flipped(draws, bytes, 16);
      break;
    case 1:
      bytes = bytes.slice(0, below(draws, bytes.length + 1));
      break;
    case 2:
      bytes.splice(below(draws, bytes.length), below(draws, 40), ...bytesOf(draws, below(draws, 40)));
      break;
    default:
      bytes[below(draws, Math.min(bytes.length, 160))] = below(draws, 256);
  }
  if (bytes.length > 4 && chance(draws, 900)) {
    const body = bytes.slice(0, -4);
    bytes = [...body, ...crc32(body)];
  }
  return readImage(crypto, random, bytes).card;
}
