/**
 * Manifest of an update: which image a meter is to run from now on, signed under the region's update key. That key is
 * another one than the region's key for tariffs, so that whoever may set prices cannot replace the program that charges.
 *
 *    0   1  format, 2: no other content of a carousel begins with it (radio/signed.ts has 1)
 *    1   2  utility
 *    3   3  region, supply group code as BCD
 *    6   1  revision of the region's update key
 *    7   4  version of the update, from 1 on; rises from update to update of a region
 *   11   5  start, UTC seconds: the image is not run before; 0: as soon as it is whole
 *   16   1  scope  \ as in signed messages (radio/signed.ts)
 *   17   9  address /
 *   26   4  issued, UTC seconds: a meter takes nothing that was issued before what it took last
 *   30   1  1: the version may be lower than the meter's (back to an older firmware), else 0
 *   31   1  length of the board's name, b, 1 to BOARD_MAX_BYTES
 *   32   b  name of the board, as in boards/<name>.board.json
 *    b+32  32  firmware id, legally relevant part (tools/build/firmware_id.ts)
 *    b+64  32  SHA-256 of the image, which is the firmware id of the whole
 *    b+96   4  length of the image, 1 to IMAGE_MAX_BYTES
 *   b+100   4  its CRC-32 without the top bit (journal/crc.ts), for the boot code
 *   b+104   1  bytes of a fragment, s: a multiple of 8, FRAGMENT_MIN_BYTES to FRAGMENT_MAX_BYTES
 *   b+105 8t   hashes of the t fragments of the table
 *       ..     HSS signature (crypto/lms.ts) over all before it
 *
 * Most significant byte first. Length, s and the rule below give t, so one manifest has one form.
 *
 * Fragments. The image, filled up with spaces to a multiple of 8, is cut into n fragments of s bytes, the last one as
 * long as it is. The table is the hashes of these n, filled up with zeros to t fragments of s bytes. The fragments of an
 * update are numbered through: 0 to t-1 the table, t to t+n-1 the image. A hash is the first HASH_BYTES of the SHA-256 of
 * a fragment's bytes.
 *
 * Why a manifest has a date beside its version: one that lowers the version is good for ever, and whoever has recorded it
 * could lower it again, years later. Dates rise, whatever the version does.
 *
 * Why every fragment has a hash under the signature: what is broadcast needs no secret, so anybody can send fragments.
 * With a hash of the whole alone (MCUboot, SUIT) or one code over the block (LoRaWAN TS004) a single forged fragment
 * spoils a collection of weeks, and can do so again. A code for each under a group key would be known to every opened
 * meter. So a fragment is looked at when it comes, and one that does not belong here is dropped. One list would be 2.6 KB for
 * 63 KB of image, more than a carousel carries; through a table the manifest has a hundred bytes of it. 64 bits are enough:
 * whoever finds a second fragment for a hash, in 2^64 tries, gains that the whole image fails its SHA-256.
 */
import { assert } from "../assert";
import { bytesAt, bytesText, putBytes, putDigits, putWhole, textBytes, wholeAt, digitsAt } from "../card/bytes";
import { SHA256_BYTES } from "../crypto/sha256";
import { ADDRESS_END, putAddress, readAddress } from "../radio/signed";
import type { Scope } from "../radio/signed_content";
import { START_MAX_UTC_S, UTILITY_MAX, VERSION_MAX, addressFault } from "../radio/signed_content";

export const MANIFEST_FORMAT = 2;
export const HASH_BYTES = 8;
export const FRAGMENT_MIN_BYTES = 32;
export const FRAGMENT_MAX_BYTES = 200;
/** A fragment begins and ends at a word of every memory (hal/nvm.ts). */
export const FRAGMENT_STEP_BYTES = 8;
export const IMAGE_MAX_BYTES = 524288;
export const TABLE_FRAGMENTS_MAX = 112;
export const BOARD_MAX_BYTES = 32;

const REGION_BYTES = 3;
/** Behind the address: when it was issued, the flag, the length of the name. */
const FLAG_PLACE = ADDRESS_END + 4;
const NAME_PLACE = ADDRESS_END + 6;
/** Behind name and ids: length 4, CRC 4, fragment 1. */
const SIZES_BYTES = 9;
/** All but the board's name and the hashes. */
const FIXED_BYTES = NAME_PLACE + 2 * SHA256_BYTES + SIZES_BYTES;
export const MANIFEST_MAX_BYTES = FIXED_BYTES + BOARD_MAX_BYTES + TABLE_FRAGMENTS_MAX * HASH_BYTES;
/** Until 2106. */
const ISSUED_MAX_UTC_S = 4294967295;
const CRC_MAX = 2147483647;

export interface Manifest {
  utility: number;
  region: string;
  key_revision: number;
  version: number;
  /** 0: as soon as it is whole. */
  start_utc_s: number;
  scope: Scope;
  group: number;
  meter: string;
  issued_utc_s: number;
  allow_down: boolean;
  board: string;
  legal_sha256: number[];
  image_sha256: number[];
  image_bytes: number;
  image_crc: number;
  fragment_bytes: number;
  /** HASH_BYTES of each fragment of the table, one after the other, as characters 0 to 255: they are a kilobyte at most. */
  table_hashes: string;
}

/** Length of an image with what it is filled up with. */
export function filledBytes(image_bytes: number): number {
  return Math.floor((image_bytes + FRAGMENT_STEP_BYTES - 1) / FRAGMENT_STEP_BYTES) * FRAGMENT_STEP_BYTES;
}

/** Fragments of the image. */
export function imageFragments(image_bytes: number, fragment_bytes: number): number {
  return Math.floor((image_bytes + fragment_bytes - 1) / fragment_bytes);
}

/** Fragments of the table. */
export function tableFragments(image_bytes: number, fragment_bytes: number): number {
  const table_bytes = HASH_BYTES * imageFragments(image_bytes, fragment_bytes);
  return Math.floor((table_bytes + fragment_bytes - 1) / fragment_bytes);
}

/** Bytes of fragment `number`: only the last of the image may be shorter than the others. */
export function bytesOfFragment(manifest: Manifest, number: number): number {
  const size = manifest.fragment_bytes;
  const place = number - tableFragments(manifest.image_bytes, size);
  return place < 0 ? size : Math.min(size, filledBytes(manifest.image_bytes) - place * size);
}

/** What is wrong with a manifest: a word for people, "" when nothing is. */
export function manifestFault(manifest: Manifest): string {
  const size = manifest.fragment_bytes;
  if (manifest.version < 1 || manifest.version > VERSION_MAX) {
    return "version";
  }
  if (manifest.start_utc_s < 0 || manifest.start_utc_s > START_MAX_UTC_S) {
    return "start";
  }
  if (manifest.issued_utc_s < 1 || manifest.issued_utc_s > ISSUED_MAX_UTC_S) {
    return "date of issue";
  }
  if (manifest.utility < 0 || manifest.utility > UTILITY_MAX) {
    return "utility";
  }
  if (manifest.key_revision < 1 || manifest.key_revision > 255) {
    return "key revision";
  }
  if (addressFault(manifest) !== "") {
    return addressFault(manifest);
  }
  if (manifest.board.length < 1 || manifest.board.length > BOARD_MAX_BYTES) {
    return "board";
  }
  if (manifest.image_bytes < 1 || manifest.image_bytes > IMAGE_MAX_BYTES || manifest.image_crc > CRC_MAX) {
    return "image";
  }
  if (size < FRAGMENT_MIN_BYTES || size > FRAGMENT_MAX_BYTES || size % FRAGMENT_STEP_BYTES !== 0) {
    return "fragments";
  }
  const table = tableFragments(manifest.image_bytes, size);
  return table <= TABLE_FRAGMENTS_MAX && manifest.table_hashes.length === table * HASH_BYTES ? "" : "fragments";
}

/** How many bytes are signed. */
export function signedBytes(manifest: Manifest): number {
  return FIXED_BYTES + manifest.board.length + manifest.table_hashes.length;
}

/** The bytes that are signed. The manifest has no fault. */
export function manifestBytes(manifest: Manifest): number[] {
  assert(manifestFault(manifest) === "", "only a manifest without fault is written");
  const bytes = [MANIFEST_FORMAT];
  putWhole(bytes, manifest.utility, 2);
  putDigits(bytes, manifest.region, REGION_BYTES);
  putWhole(bytes, manifest.key_revision, 1);
  putWhole(bytes, manifest.version, 4);
  putWhole(bytes, manifest.start_utc_s, 5);
  putAddress(bytes, manifest);
  putWhole(bytes, manifest.issued_utc_s, 4);
  bytes.push(manifest.allow_down ? 1 : 0, manifest.board.length);
  putBytes(bytes, textBytes(manifest.board));
  putBytes(bytes, manifest.legal_sha256);
  putBytes(bytes, manifest.image_sha256);
  putWhole(bytes, manifest.image_bytes, 4);
  putWhole(bytes, manifest.image_crc, 4);
  putWhole(bytes, manifest.fragment_bytes, 1);
  putBytes(bytes, textBytes(manifest.table_hashes));
  return bytes;
}

/** How many of these bytes are signed, by what they say themselves; 0 when they are not there. */
export function manifestLength(bytes: number[]): number {
  if (bytes.length < FIXED_BYTES || bytes[0] !== MANIFEST_FORMAT) {
    return 0;
  }
  const end = FIXED_BYTES + bytes[NAME_PLACE - 1];
  if (end > bytes.length || bytes[end - 1] < FRAGMENT_MIN_BYTES) {
    return 0;
  }
  const length = end + HASH_BYTES * tableFragments(wholeAt(bytes, end - SIZES_BYTES, 4), bytes[end - 1]);
  return length <= bytes.length && length <= MANIFEST_MAX_BYTES ? length : 0;
}

/** Whether a board's name is what such names are made of. */
function isName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const is_letter = code >= 97 && code <= 122;
    if (!is_letter && code !== 45 && (code < 48 || code > 57)) {
      return false;
    }
  }
  return true;
}

/** What exactly these signed bytes say, whoever wrote them; undefined when it is no manifest. */
export function readManifest(bytes: number[]): Manifest | undefined {
  const length = manifestLength(bytes);
  if (length === 0 || length !== bytes.length || bytes[FLAG_PLACE] > 1) {
    return undefined;
  }
  const name_bytes = bytes[NAME_PLACE - 1];
  const ids = NAME_PLACE + name_bytes;
  const sizes = ids + 2 * SHA256_BYTES;
  const manifest: Manifest = {
    utility: wholeAt(bytes, 1, 2),
    region: digitsAt(bytes, 3, REGION_BYTES),
    key_revision: bytes[6],
    version: wholeAt(bytes, 7, 4),
    start_utc_s: wholeAt(bytes, 11, 5),
    scope: "all",
    group: 0,
    meter: "",
    issued_utc_s: wholeAt(bytes, ADDRESS_END, 4),
    allow_down: bytes[FLAG_PLACE] === 1,
    board: bytesText(bytesAt(bytes, NAME_PLACE, name_bytes)),
    legal_sha256: bytesAt(bytes, ids, SHA256_BYTES),
    image_sha256: bytesAt(bytes, ids + SHA256_BYTES, SHA256_BYTES),
    image_bytes: wholeAt(bytes, sizes, 4),
    image_crc: wholeAt(bytes, sizes + 4, 4),
    fragment_bytes: bytes[sizes + 8],
    table_hashes: bytesText(bytesAt(bytes, sizes + SIZES_BYTES, length - sizes - SIZES_BYTES)),
  };
  if (manifest.region === "" || !isName(manifest.board) || !readAddress(manifest, bytes)) {
    return undefined;
  }
  return manifestFault(manifest) === "" ? manifest : undefined;
}
