/**
 * Record: a payload with a checksum, in whole blocks of its own. Numbers are little endian.
 *
 *   0   1  magic, 0xC5
 *   1   1  format version, 1
 *   2   1  kind: 0 commit, 1 events, 2 hours, 3 months, 4 tariff, 5 image
 *   3   1  anchor: of a commit, 1 + the ring's sector of the commit it stands on, 0 when there is none (see ring.ts);
 *          of other records 0
 *   4   2  length of the payload
 *   6   6  sequence
 *  12   n  payload
 *   .   4  CRC-31 (crc.ts) of all bytes before it
 *   .   .  0xFF up to a whole word
 *
 * Programmed in ascending runs of at most 64 bytes, so the checksum comes last, and compared after it is written. A cut
 * leaves the bytes before the run as they are and those after it blank; only the block of that run is in doubt. A torn
 * record passes for whole with a chance of 2^-31, or when the cut left it whole.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import { CRC_START, crcEnd, crcText } from "./crc";
import type { Layout } from "./layout";

const MAGIC = 0xc5;
const FORMAT_VERSION = 1;
export const KIND_COMMIT = 0;
export const KIND_EVENTS = 1;
export const KIND_HOURS = 2;
export const KIND_MONTHS = 3;
export const KIND_TARIFF = 4;
export const KIND_IMAGE = 5;

const HEADER_BYTES = 12;
const CRC_BYTES = 4;
const LENGTH_MAX = 65535;
/** Largest run of one program or read: a run is a number array, which is dear on a small engine. */
const RUN_BYTES = 64;

/** Six bytes hold it; no meter lives to see the end. */
export const SEQUENCE_MAX = 0xffffffffffff;

export interface Header {
  kind: number;
  anchor: number;
  /** Of the payload, in bytes. */
  length: number;
  sequence: number;
}

export interface Record {
  header: Header;
  payload: string;
}

/**
 * "low_power": nothing was programmed; "unfinished": the supply forbade to go on, the blocks are used up; "failed": the
 * part refused, or what it holds is not what was written.
 */
export type RecordResult = "ok" | "low_power" | "unfinished" | "failed";

/** Blocks that a payload of this length takes. */
export function blocksOf(layout: Layout, length: number): number {
  return Math.floor((HEADER_BYTES + length + CRC_BYTES + layout.block_bytes - 1) / layout.block_bytes);
}

function littleEndian(value: number, bytes: number): string {
  let rest = value;
  let text = "";
  for (let i = 0; i < bytes; i++) {
    const above = Math.floor(rest / 256);
    text += String.fromCharCode(rest - above * 256);
    rest = above;
  }
  return text;
}

function headerText(header: Header): string {
  const start = String.fromCharCode(MAGIC, FORMAT_VERSION, header.kind, header.anchor);
  return start + littleEndian(header.length, 2) + littleEndian(header.sequence, 6);
}

/** Asks for each run once: what is checked is what is used, even where flash reads differently from read to read. */
function readText(nvm: Nvm, address: number, length: number): string {
  let text = "";
  for (let done = 0; done < length; done += RUN_BYTES) {
    const bytes = nvm.read(address + done, Math.min(RUN_BYTES, length - done));
    for (const byte of bytes) {
      text += String.fromCharCode(byte);
    }
  }
  return text;
}

/** What a record's header at this block says, unchecked; undefined where no record starts that fits its sector. */
export function readHeader(nvm: Nvm, layout: Layout, block: number): Header | undefined {
  const b = nvm.read(block * layout.block_bytes, HEADER_BYTES);
  if (b[0] !== MAGIC || b[1] !== FORMAT_VERSION || b[2] > KIND_IMAGE) {
    return undefined;
  }
  const length = b[4] + b[5] * 256;
  if ((block % layout.sector_blocks) + blocksOf(layout, length) > layout.sector_blocks) {
    return undefined;
  }
  const low = b[6] + b[7] * 256 + b[8] * 65536;
  const high = b[9] + b[10] * 256 + b[11] * 65536;
  return { kind: b[2], anchor: b[3], length: length, sequence: high * 16777216 + low };
}

/** The record at this block, or undefined when there is none whose checksum holds. */
export function readRecord(nvm: Nvm, layout: Layout, block: number): Record | undefined {
  const header = readHeader(nvm, layout, block);
  if (header === undefined) {
    return undefined;
  }
  const end = HEADER_BYTES + header.length;
  const text = readText(nvm, block * layout.block_bytes, end + CRC_BYTES);
  const crc = crcEnd(crcText(CRC_START, text.substring(0, end)));
  // The header was read twice and may have read differently: the checksum covers the second reading.
  if (
    text.substring(0, HEADER_BYTES) !== headerText(header) ||
    text.substring(end, text.length) !== littleEndian(crc, CRC_BYTES)
  ) {
    return undefined;
  }
  return { header: header, payload: text.substring(HEADER_BYTES, end) };
}

/** Writes a record from this block on, and reads it back. `header.length` is that of the payload. */
export function writeRecord(nvm: Nvm, layout: Layout, block: number, header: Header, payload: string): RecordResult {
  const place = block % layout.sector_blocks;
  assert(header.length === payload.length && header.length <= LENGTH_MAX, "a header tells the length of its payload");
  assert(place + blocksOf(layout, payload.length) <= layout.sector_blocks, "a record ends in the sector it starts in");
  let text = headerText(header) + payload;
  text += littleEndian(crcEnd(crcText(CRC_START, text)), CRC_BYTES);
  while (text.length % nvm.geometry.word_bytes !== 0) {
    text += String.fromCharCode(255);
  }
  const start = block * layout.block_bytes;
  const page_bytes = nvm.geometry.page_bytes;
  let done = 0;
  while (done < text.length) {
    const page_left = page_bytes - ((start + done) % page_bytes);
    const size = Math.min(RUN_BYTES, page_left, text.length - done);
    const bytes: number[] = [];
    for (let i = done; i < done + size; i++) {
      bytes.push(text.charCodeAt(i));
    }
    const result = nvm.program(start + done, bytes);
    if (result !== "ok") {
      return result === "low_power" ? (done === 0 ? "low_power" : "unfinished") : "failed";
    }
    done += size;
  }
  return readText(nvm, start, text.length) === text ? "ok" : "failed";
}
