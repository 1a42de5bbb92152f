/**
 * Made cards: what the card desk makes over the air (tools/card/layout.ts), made at once, for a card is plain data. The
 * layout is that of firmware/card/files.ts, keys and rights and all; a test compares both makers byte for byte.
 */
import { bytesText, lowFirst, putDigits, putWhole } from "../../firmware/card/bytes";
import { commissioningBytes } from "../../firmware/card/content";
import type { Commissioning } from "../../firmware/card/content";
import { diversifiedKey } from "../../firmware/card/diversify";
import {
  APPLICATION,
  FILE_HEADER,
  FILE_ORDER,
  FILE_READ_BACK,
  FILE_VOUCHER,
  HEADER_BYTES,
  KEY_DESK,
  KEY_MASTER,
  KEY_METER,
  ORDER_BYTES,
  READ_BACK_BYTES,
  REGION_BYTES,
  VOUCHER_BYTES,
  headerBytes,
} from "../../firmware/card/files";
import type { CardType } from "../../firmware/card/files";
import { orderBytes } from "../../firmware/card/order";
import type { Order } from "../../firmware/card/order";
import { voucherBytes } from "../../firmware/card/voucher";
import type { Voucher } from "../../firmware/card/voucher";
import { cmacKey } from "../../firmware/crypto/cmac";
import { derivedKey } from "../../firmware/crypto/kdf";
import type { Crypto } from "../../hal/crypto";
import { numberAt, zeros } from "../desfire/bytes";
import type { CardFile, CardKey, DesfireCard, FileKind, Mode } from "../desfire/card";
import { createDesfireCard } from "../desfire/card";
import { createRandomTwin } from "../twins/random";
import { createFastCrypto } from "./fast_crypto";

export const crypto: Crypto = createFastCrypto();

export const REGION = "600100";
export const OTHER_REGION = "600201";
export const METER = "600100000000000017";
export const OTHER_METER = "600100000000000025";
export const UTILITY = 7;
export const TRANSPORT_KEY = "000102030405060708090a0b0c0d0e0f";

const key = (byte: number): number[] => new Array<number>(16).fill(byte);

/** Masters of a region, as the desk has them. */
export interface Masters {
  meter: number[];
  desk: number[];
}

export const MASTERS: Masters = { meter: key(0x11), desk: key(0x22) };
export const VOUCHER_KEY = key(0x33);
export const OTHER_VOUCHER_KEY = key(0x34);
const transport = Array.from({ length: 16 }, (_, byte) => byte);

/** Before a meter has keys, the card's key for meters comes from its transport key. */
export const FIRST_MASTERS: Masters = { meter: derivedKey(crypto, transport, "curbstop card", []), desk: key(0x44) };
const CONTENT_KEY = derivedKey(crypto, transport, "curbstop content", []);
export const FIRST_ORDER_KEY = derivedKey(crypto, transport, "curbstop order", []);

/** The factory's settings of the application, and of the card's own level. */
const KEY_SETTINGS = 0x0b;
const FRESH_SETTINGS = 15;
const KEY_CARD_LEVEL = 255;
const KEY_VERSION = 1;
const FREE = 14;
/** Memory goes in blocks of 32 bytes: files, and for the application its head and an entry for each key. */
const BLOCK_BYTES = 32;
const APPLICATION_BYTES = 5 + 3 * 17;

function cardKey(masters: Masters, uid: number[], region: string, number: number): CardKey {
  const system: number[] = [];
  putDigits(system, region, REGION_BYTES);
  putWhole(system, number, 1);
  const master = number === KEY_METER ? masters.meter : masters.desk;
  return { bytes: diversifiedKey(crypto, master, uid, APPLICATION, system), version: KEY_VERSION };
}

function dataFile(number: number, kind: FileKind, mode: Mode, access: number[], bytes: number[]): CardFile {
  return {
    number,
    kind,
    mode,
    access,
    content: bytesText(bytes),
    lower: 0,
    upper: 0,
    value: 0,
    limited: 0,
    options: 0,
  };
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

export interface Issued {
  type: CardType;
  region: string;
  masters: Masters;
  uid: number[];
  card: number;
  generation: number;
}

/** A card that has been laid out and holds nothing yet. */
export function issueCard(issued: Issued): DesfireCard {
  const { type, region, masters, uid, generation } = issued;
  const card = createDesfireCard(crypto, createRandomTwin(issued.card), uid);
  const own_key = (number: number): CardKey => cardKey(masters, uid, region, number);
  const desk = [KEY_METER, KEY_DESK, KEY_DESK, KEY_MASTER];
  const header = headerBytes({ type, region, card: issued.card, generation });
  const held = type === "user" ? [FILE_VOUCHER, VOUCHER_BYTES] : [FILE_ORDER, ORDER_BYTES];
  card.applications = [
    { aid: 0, settings: FRESH_SETTINGS, iso: [], keys: [own_key(KEY_CARD_LEVEL)], files: [] },
    {
      aid: numberAt(APPLICATION, 0, APPLICATION.length),
      settings: KEY_SETTINGS,
      iso: [],
      keys: [own_key(KEY_MASTER), own_key(KEY_METER), own_key(KEY_DESK)],
      files: [
        dataFile(FILE_HEADER, "standard", "plain", [FREE, KEY_MASTER, KEY_MASTER, KEY_MASTER], header),
        dataFile(
          FILE_READ_BACK,
          "backup",
          "maced",
          [KEY_DESK, KEY_METER, KEY_METER, KEY_MASTER],
          zeros(READ_BACK_BYTES),
        ),
        dataFile(held[0], "backup", "maced", desk, zeros(held[1])),
      ],
    },
  ];
  card.used_bytes = blocks(APPLICATION_BYTES) + blocks(HEADER_BYTES) + 2 * (blocks(READ_BACK_BYTES) + blocks(held[1]));
  return card;
}

/** A file of the utility's application by its number. */
export function fileOf(card: DesfireCard, number: number): CardFile {
  const file = card.applications[1].files.find((one) => one.number === number);
  if (file === undefined) throw new Error(`the card has no file ${number}`);
  return file;
}

export function fileBytes(card: DesfireCard, number: number): number[] {
  return Array.from(fileOf(card, number).content, (character) => character.charCodeAt(0));
}

/** Puts bytes into a file below the card's rights. */
export function setFile(card: DesfireCard, number: number, bytes: number[]): void {
  fileOf(card, number).content = bytesText(bytes);
}

export function voucher(uid: number[], said: Partial<Voucher> = {}, signed_by = VOUCHER_KEY): number[] {
  return voucherBytes(cmacKey(crypto, signed_by), {
    utility: UTILITY,
    region: REGION,
    meter: METER,
    uid,
    generation: 1,
    sequence: 1,
    cumulative_milli: 500_000,
    tariff_id: 0,
    expiry_utc_s: 0,
    point_of_sale: 3,
    ...said,
  });
}

export function order(uid: number[], said: Partial<Order>, signed_by = VOUCHER_KEY): number[] {
  return orderBytes(cmacKey(crypto, signed_by), {
    type: "test",
    utility: UTILITY,
    region: REGION,
    meter: METER,
    uid,
    sequence: 1,
    expiry_utc_s: 0,
    content: [],
    ...said,
  });
}

/** The order that puts the meter into service. */
export function commissioningOrder(uid: number[], said: Commissioning): number[] {
  const front: number[] = [];
  putDigits(front, METER, 9);
  front.push(...uid);
  const content = commissioningBytes(crypto, CONTENT_KEY, front, said);
  return order(uid, { type: "commissioning", sequence: 0, content }, FIRST_ORDER_KEY);
}

/** A UID of its own for each number. */
export function uidOf(number: number): number[] {
  return [4, 1, 2, 3, ...lowFirst(number, 3)];
}
