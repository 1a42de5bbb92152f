/**
 * Layout: makes an empty card a card of the utility, as firmware/card/files.ts says, byte for byte.
 *
 * The card's own level keeps one key of its own, so that nobody can format or fill a card of the utility; it is made of
 * the desk's master like key 0 of the application, under number 255 instead of 0.
 */
import { COMMIT_TRANSACTION, READ_DATA, WRITE_DATA } from "../../firmware/card/desfire";
import { lowFirst, putDigits } from "../../firmware/card/bytes";
import { diversifiedKey } from "../../firmware/card/diversify";
import {
  APPLICATION,
  FILE_HEADER,
  FILE_ORDER,
  FILE_PURSE,
  FILE_READ_BACK,
  FILE_VOUCHER,
  HEADER_BYTES,
  KEY_DESK,
  KEY_MASTER,
  KEY_METER,
  ORDER_BYTES,
  PURSE_MAX_MILLI,
  READ_BACK_BYTES,
  REGION_BYTES,
  VOUCHER_BYTES,
  headerBytes,
  readHeader,
} from "../../firmware/card/files";
import type { CardType, Header } from "../../firmware/card/files";
import { UID_BYTES } from "../../firmware/card/voucher";
import type { Crypto } from "../../hal/crypto";
import type { CardLink } from "./link";
import { CardError, authenticate, changeKey, command, select } from "./link";

const CREATE_APPLICATION = 0xca;
const CREATE_STANDARD_FILE = 0xcd;
const CREATE_BACKUP_FILE = 0xcb;
const CREATE_VALUE_FILE = 0xcc;

const GET_APPLICATION_IDS = 0x6a;
const GET_VERSION = 0x60;
/** In the three frames of the version together. */
const UID_PLACE = 14;

const CARD_LEVEL: number[] = [0, 0, 0];
/** Number under which the key of the card's own level is diversified. */
const KEY_CARD_LEVEL = 255;
/** Application settings: keys change under key 0 alone, listing is free, making and deleting files takes key 0. */
const KEY_SETTINGS = 0x0b;
const AES_KEYS = 0x80;
const APPLICATION_KEYS = 3;
const FACTORY_KEY: number[] = new Array<number>(16).fill(0);
const KEY_VERSION = 1;

const FREE = 0xe;
const NEVER = 0xf;
const PLAIN = 0;
const MACED = 1;

/** The masters of a region from which the keys of a card are made; the desk has both, a meter the first alone. */
export interface CardMasters {
  meter: number[];
  desk: number[];
}

/** A key of a card by its number. */
export function cardKey(
  crypto: Crypto,
  masters: CardMasters,
  uid: number[],
  region: string,
  key_number: number,
): number[] {
  const system: number[] = [];
  putDigits(system, region, REGION_BYTES);
  system.push(key_number);
  return diversifiedKey(crypto, key_number === KEY_METER ? masters.meter : masters.desk, uid, APPLICATION, system);
}

/** Access rights as the card takes them: read, write, read and write, change. */
function rights(read: number, write: number, both: number, change: number): number[] {
  return [both * 16 + change, read * 16 + write];
}

async function makeDataFile(
  link: CardLink,
  create: number,
  file: number,
  mode: number,
  access: number[],
  bytes: number,
): Promise<void> {
  await command(link, create, [file, mode, ...access, ...lowFirst(bytes, 3)]);
}

/** Files of a card by its type. */
async function makeFiles(link: CardLink, type: CardType): Promise<void> {
  const desk = rights(KEY_METER, KEY_DESK, KEY_DESK, KEY_MASTER);
  const read_back = rights(KEY_DESK, KEY_METER, KEY_METER, KEY_MASTER);
  const header = rights(FREE, KEY_MASTER, KEY_MASTER, KEY_MASTER);
  await makeDataFile(link, CREATE_STANDARD_FILE, FILE_HEADER, PLAIN, header, HEADER_BYTES);
  await makeDataFile(link, CREATE_BACKUP_FILE, FILE_READ_BACK, MACED, read_back, READ_BACK_BYTES);
  if (type === "user") {
    await makeDataFile(link, CREATE_BACKUP_FILE, FILE_VOUCHER, MACED, desk, VOUCHER_BYTES);
  } else if (type === "purse") {
    const purse = rights(KEY_METER, NEVER, KEY_DESK, KEY_MASTER);
    const limits = [...lowFirst(0, 4), ...lowFirst(PURSE_MAX_MILLI, 4), ...lowFirst(0, 4), 0];
    await command(link, CREATE_VALUE_FILE, [FILE_PURSE, MACED, ...purse, ...limits]);
  } else {
    await makeDataFile(link, CREATE_BACKUP_FILE, FILE_ORDER, MACED, desk, ORDER_BYTES);
  }
}

/** The UID of a card (GetVersion, third frame). */
export async function readUid(link: CardLink): Promise<number[]> {
  await select(link, CARD_LEVEL);
  const uid = (await command(link, GET_VERSION, [])).slice(UID_PLACE, UID_PLACE + UID_BYTES);
  if (uid.length === UID_BYTES) return uid;
  throw new CardError("refused", `the card says no UID of ${UID_BYTES} bytes (use a DESFire card)`);
}

/** Makes a factory-fresh card one of the utility. `progress` is told of each step. */
export async function layOut(
  link: CardLink,
  masters: CardMasters,
  uid: number[],
  header: Header,
  progress: (step: string) => void,
): Promise<void> {
  const key = (number: number): number[] => cardKey(link.crypto, masters, uid, header.region, number);
  progress("making the application");
  await select(link, CARD_LEVEL);
  await authenticate(link, 0, FACTORY_KEY);
  await command(link, CREATE_APPLICATION, [...APPLICATION, KEY_SETTINGS, AES_KEYS + APPLICATION_KEYS]);
  await select(link, APPLICATION);
  await authenticate(link, KEY_MASTER, FACTORY_KEY);
  progress("making files");
  await makeFiles(link, header.type);
  await command(link, WRITE_DATA, [FILE_HEADER, 0, 0, 0, ...lowFirst(HEADER_BYTES, 3), ...headerBytes(header)]);
  progress("changing keys");
  await changeKey(link, KEY_METER, FACTORY_KEY, key(KEY_METER), KEY_VERSION);
  await changeKey(link, KEY_DESK, FACTORY_KEY, key(KEY_DESK), KEY_VERSION);
  await changeKey(link, KEY_MASTER, FACTORY_KEY, key(KEY_MASTER), KEY_VERSION);
  await select(link, CARD_LEVEL);
  await authenticate(link, 0, FACTORY_KEY);
  await changeKey(link, 0, FACTORY_KEY, key(KEY_CARD_LEVEL), KEY_VERSION, true);
}

/**
 * Opens the card's own level with the key of the factory, and says how many applications there are; undefined when the
 * card has another key.
 */
export async function openFactory(link: CardLink): Promise<number | undefined> {
  await select(link, CARD_LEVEL);
  try {
    await authenticate(link, 0, FACTORY_KEY);
  } catch (error) {
    if (error instanceof CardError && error.reason === "wrong_key") return undefined;
    throw error;
  }
  return (await command(link, GET_APPLICATION_IDS, [])).length / APPLICATION.length;
}

/** The header of a card, which anyone can read; undefined when it has none of this version. */
export async function readHeaderOn(link: CardLink): Promise<Header | undefined> {
  try {
    await select(link, APPLICATION);
    return readHeader(await readFile(link, FILE_HEADER, HEADER_BYTES));
  } catch (error) {
    // A card that is empty, someone else's, or half made.
    if (error instanceof CardError && error.reason === "refused" && error.status !== 0) return undefined;
    throw error;
  }
}

/** Opens the utility's application of a card with one of its keys. */
export async function openCard(
  link: CardLink,
  masters: CardMasters,
  uid: number[],
  region: string,
  key_number: number,
): Promise<void> {
  await select(link, APPLICATION);
  await authenticate(link, key_number, cardKey(link.crypto, masters, uid, region, key_number));
}

function range(file: number, bytes: number): number[] {
  return [file, 0, 0, 0, ...lowFirst(bytes, 3)];
}

export async function readFile(link: CardLink, file: number, bytes: number): Promise<number[]> {
  return command(link, READ_DATA, range(file, bytes));
}

/** Writes a backup file and commits it. */
export async function writeFile(link: CardLink, file: number, bytes: number[]): Promise<void> {
  await command(link, WRITE_DATA, [...range(file, bytes.length), ...bytes], true);
  await command(link, COMMIT_TRANSACTION, []);
}
