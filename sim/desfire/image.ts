/**
 * Image of a card: its whole non-volatile state, which is also what a cloned dump holds. Numbers little endian.
 *
 *   0   8  "CURBCARD"
 *   8   1  version, 1
 *   9   7  UID
 *  16   2  bytes of memory in use
 *  18   1  number of levels, the card's own first, then its applications in the order in which they were made
 *  then for each level
 *      3  AID, 000000 for the card's own
 *      1  settings
 *      1  length of ISO file number and DF name, 0 or 3 to 18, and so many bytes
 *      1  number of keys, 1 to 14 (the card's own: 1), and for each
 *         1  version
 *        16  key
 *      1  number of files, 0 to 32 (the card's own: 0), and for each
 *         1  number, 0 to 31
 *         1  kind: 0 standard, 1 backup, 2 value
 *         1  mode: 0 plain, 1 MACed, 3 enciphered
 *         2  rights, as CreateStdDataFile has them
 *         standard and backup: 3  size, and so many bytes
 *         value: 4 lower limit, 4 upper limit, 4 value, 4 what LimitedCredit may give back (all signed), 1 options
 *  then 4  CRC-32 (crc32.ts) over all before
 *
 * It holds the keys as they are: whoever keeps one keeps it as he keeps keys (a file of mode 0600).
 */
import type { Crypto } from "../../hal/crypto";
import type { Random } from "../../hal/random";
import { bytesText } from "../../firmware/card/bytes";
import { sameBytes } from "../../firmware/crypto/cmac";
import { accessOf } from "./access";
import { numberAt, pushAll, pushNumber, pushSigned, pushText, signedAt, slice } from "./bytes";
import type { Application, CardFile, DesfireCard, FileKind } from "./card";
import {
  APPLICATIONS_MAX,
  FILES_MAX,
  KEYS_MAX,
  KEY_BYTES,
  MEMORY_BYTES,
  UID_BYTES,
  createDesfireCard,
  findApplication,
  findFile,
} from "./card";
import { CRC_BYTES, crc32 } from "./crc32";
import { kindByte, modeByte, modeOf, pushAccess } from "./files";

/** More than any card has: full memory, and all levels with all their keys. */
export const IMAGE_BYTES_MAX = 32768;
const NAME: number[] = [67, 85, 82, 66, 67, 65, 82, 68];
const VERSION = 1;
const ISO_BYTES_LEAST = 3;
const ISO_BYTES_MOST = 18;
const HEAD_BYTES = 19;

export type ImageProblem = "none" | "no_image" | "other_version" | "damaged" | "impossible";

export interface ReadImage {
  /** Undefined when there is a problem. */
  card: DesfireCard | undefined;
  /** damaged: cut off or changed; impossible: it says what no card can be. */
  problem: ImageProblem;
}

function pushFile(image: number[], file: CardFile): void {
  image.push(file.number);
  image.push(kindByte(file.kind));
  image.push(modeByte(file.mode));
  pushAccess(image, file.access);
  if (file.kind === "value") {
    pushSigned(image, file.lower);
    pushSigned(image, file.upper);
    pushSigned(image, file.value);
    pushSigned(image, file.limited);
    image.push(file.options);
  } else {
    pushNumber(image, file.content.length, 3);
    pushText(image, file.content, 0, file.content.length);
  }
}

/** The image of what a card remembers without power. */
export function cardImage(card: DesfireCard): number[] {
  const image: number[] = [];
  pushAll(image, NAME);
  image.push(VERSION);
  pushAll(image, card.uid);
  pushNumber(image, card.used_bytes, 2);
  image.push(card.applications.length);
  for (const level of card.applications) {
    pushNumber(image, level.aid, 3);
    image.push(level.settings);
    image.push(level.iso.length);
    pushAll(image, level.iso);
    image.push(level.keys.length);
    for (const key of level.keys) {
      image.push(key.version);
      pushAll(image, key.bytes);
    }
    image.push(level.files.length);
    for (const file of level.files) {
      pushFile(image, file);
    }
  }
  pushAll(image, crc32(image));
  return image;
}

/** Reads on through an image; past its end it reads zeros, and says so. */
interface Reader {
  image: number[];
  next: number;
  end: number;
  is_short: boolean;
}

function take(reader: Reader, length: number): number[] {
  const first = reader.next;
  if (first + length > reader.end) {
    reader.is_short = true;
    reader.next = reader.end;
    return [];
  }
  reader.next = first + length;
  return slice(reader.image, first, first + length);
}

function takeNumber(reader: Reader, length: number): number {
  const bytes = take(reader, length);
  return bytes.length === length ? numberAt(bytes, 0, length) : 0;
}

function takeSigned(reader: Reader): number {
  const bytes = take(reader, 4);
  return bytes.length === 4 ? signedAt(bytes, 0) : 0;
}

function takeFile(reader: Reader): CardFile | undefined {
  const head = take(reader, 5);
  if (head.length === 0 || head[0] >= FILES_MAX || head[1] > 2) {
    return undefined;
  }
  const mode = modeOf(head[2]);
  if (mode === undefined) {
    return undefined;
  }
  const kinds: FileKind[] = ["standard", "backup", "value"];
  const file: CardFile = {
    number: head[0],
    kind: kinds[head[1]],
    mode: mode,
    access: accessOf(head[3], head[4]),
    content: "",
    lower: 0,
    upper: 0,
    value: 0,
    limited: 0,
    options: 0,
  };
  if (file.kind === "value") {
    file.lower = takeSigned(reader);
    file.upper = takeSigned(reader);
    file.value = takeSigned(reader);
    file.limited = takeSigned(reader);
    file.options = takeNumber(reader, 1);
    return file.lower <= file.value && file.value <= file.upper && file.limited >= 0 ? file : undefined;
  }
  const size = takeNumber(reader, 3);
  if (size < 1 || size > MEMORY_BYTES) {
    return undefined;
  }
  file.content = bytesText(take(reader, size));
  return file;
}

function takeLevel(reader: Reader): Application | undefined {
  const level: Application = {
    aid: takeNumber(reader, 3),
    settings: takeNumber(reader, 1),
    iso: take(reader, takeNumber(reader, 1)),
    keys: [],
    files: [],
  };
  const key_count = takeNumber(reader, 1);
  const is_iso = level.iso.length === 0 || (level.iso.length >= ISO_BYTES_LEAST && level.iso.length <= ISO_BYTES_MOST);
  if (!is_iso || key_count < 1 || key_count > (level.aid === 0 ? 1 : KEYS_MAX)) {
    return undefined;
  }
  while (level.keys.length < key_count && !reader.is_short) {
    const version = takeNumber(reader, 1);
    level.keys.push({ version: version, bytes: take(reader, KEY_BYTES) });
  }
  const file_count = takeNumber(reader, 1);
  if (file_count > (level.aid === 0 ? 0 : FILES_MAX)) {
    return undefined;
  }
  while (level.files.length < file_count) {
    const file = takeFile(reader);
    if (file === undefined || reader.is_short || findFile(level, file.number) !== undefined) {
      return undefined;
    }
    level.files.push(file);
  }
  return reader.is_short ? undefined : level;
}

/** The levels of an image; false when they are none that a card can have. */
function takeLevels(card: DesfireCard, reader: Reader, count: number): boolean {
  card.applications = [];
  if (count < 1 || count > APPLICATIONS_MAX + 1) {
    return false;
  }
  while (card.applications.length < count) {
    const level = takeLevel(reader);
    const is_first = card.applications.length === 0;
    if (level === undefined || is_first !== (level.aid === 0) || findApplication(card, level.aid) !== undefined) {
      return false;
    }
    card.applications.push(level);
  }
  return reader.next === reader.end;
}

function problem(name: ImageProblem): ReadImage {
  return { card: undefined, problem: name };
}

/** A card as its image says, without power until now. Any bytes may be handed in. */
export function readImage(crypto: Crypto, random: Random, image: number[]): ReadImage {
  if (image.length < NAME.length + 1 || !sameBytes(slice(image, 0, NAME.length), NAME)) {
    return problem("no_image");
  }
  if (image[NAME.length] !== VERSION) {
    return problem("other_version");
  }
  const end = image.length - CRC_BYTES;
  if (image.length > IMAGE_BYTES_MAX || end < HEAD_BYTES) {
    return problem("damaged");
  }
  if (!sameBytes(crc32(slice(image, 0, end)), slice(image, end, image.length))) {
    return problem("damaged");
  }
  const reader: Reader = { image: image, next: NAME.length + 1, end: end, is_short: false };
  const card = createDesfireCard(crypto, random, take(reader, UID_BYTES));
  card.used_bytes = takeNumber(reader, 2);
  if (!takeLevels(card, reader, takeNumber(reader, 1)) || card.used_bytes > MEMORY_BYTES) {
    return problem("impossible");
  }
  return { card: card, problem: "none" };
}
