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
 *   .   4  checksum (crc.ts) of all bytes before it
 *   .   .  0xFF up to a whole word
 *
 * Programmed in ascending runs of at most 64 bytes, so the checksum comes last, and compared after it is written. A cut
 * leaves the bytes before the run as they are and those after it blank; only the block of that run is in doubt. A torn
 * record passes for whole with a chance of 2^-31, or when the cut left it whole.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import { checksum } from "./crc";
import type { Layout } from "./layout";
import { BLANK_WORD } from "./layout";

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
/** Largest run of one program: what a cut leaves in doubt of a page. */
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

/** Without a loop: a small engine pays for each statement. */
function headerText(header: Header): string {
  const length = header.length;
  const high = Math.floor(header.sequence / 16777216);
  const low = header.sequence - high * 16777216;
  return String.fromCharCode(
    MAGIC,
    FORMAT_VERSION,
    header.kind,
    header.anchor,
    length & 255,
    Math.floor(length / 256),
    low & 255,
    Math.floor(low / 256) & 255,
    Math.floor(low / 65536),
    high & 255,
    Math.floor(high / 256) & 255,
    Math.floor(high / 65536),
  );
}

function crcBytes(crc: number): string {
  return String.fromCharCode(
    crc & 255,
    Math.floor(crc / 256) & 255,
    Math.floor(crc / 65536) & 255,
    Math.floor(crc / 16777216),
  );
}

/** What a record's header at this block says, unchecked; undefined where no record starts that fits its sector. */
export function readHeader(nvm: Nvm, layout: Layout, block: number): Header | undefined {
  const text = nvm.read(block * layout.block_bytes, HEADER_BYTES);
  // Shorter while the supply is low.
  if (text.length !== HEADER_BYTES || text.charCodeAt(0) !== MAGIC || text.charCodeAt(1) !== FORMAT_VERSION) {
    return undefined;
  }
  const kind = text.charCodeAt(2);
  const length = text.charCodeAt(4) + text.charCodeAt(5) * 256;
  if (kind > KIND_IMAGE || (block % layout.sector_blocks) + blocksOf(layout, length) > layout.sector_blocks) {
    return undefined;
  }
  const low = text.charCodeAt(6) + text.charCodeAt(7) * 256 + text.charCodeAt(8) * 65536;
  const high = text.charCodeAt(9) + text.charCodeAt(10) * 256 + text.charCodeAt(11) * 65536;
  return { kind: kind, anchor: text.charCodeAt(3), length: length, sequence: high * 16777216 + low };
}

/** The record at this block, or undefined when there is none whose checksum holds. */
export function readRecord(nvm: Nvm, layout: Layout, block: number): Record | undefined {
  const header = readHeader(nvm, layout, block);
  if (header === undefined) {
    return undefined;
  }
  const end = HEADER_BYTES + header.length;
  // One reading: what is checked is what is used, even where flash reads differently from read to read.
  const text = nvm.read(block * layout.block_bytes, end + CRC_BYTES);
  const crc = checksum(nvm, text.substring(0, end));
  // The header was read twice and may have read differently: the checksum covers the second reading.
  if (text.substring(0, HEADER_BYTES) !== headerText(header) || text.substring(end, text.length) !== crcBytes(crc)) {
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
  text += crcBytes(checksum(nvm, text));
  const over = text.length % nvm.geometry.word_bytes;
  if (over > 0) {
    text += BLANK_WORD.substring(over, nvm.geometry.word_bytes);
  }
  const start = block * layout.block_bytes;
  const page_bytes = nvm.geometry.page_bytes;
  let done = 0;
  while (done < text.length) {
    // A block begins with a page.
    const end = done + Math.min(RUN_BYTES, page_bytes - (done % page_bytes));
    const result = nvm.program(start + done, text.substring(done, end));
    if (result !== "ok") {
      return result === "low_power" ? (done === 0 ? "low_power" : "unfinished") : "failed";
    }
    done = end;
  }
  return nvm.read(start, text.length) === text ? "ok" : "failed";
}
