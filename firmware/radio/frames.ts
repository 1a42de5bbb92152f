/**
 * Frame formats of wireless M-Bus (EN 13757-4:2019, clause 12): the same content with check sums (crc16.ts, high byte
 * first) put in between.
 *
 *   content              L C M M A A A A A A, CI, data       L counts the bytes after itself
 *
 *   format A             first block   10 bytes, L to A, and their sum; L counts no sums
 *                        others        16 bytes and their sum; the last may be shorter
 *
 *   format B             first block   content up to 126 bytes, and its sum
 *                        second block  the rest, up to 126 bytes, and its sum
 *                        L counts the sums too, so that content of more than 126 bytes has L of 130 at least
 *
 * T1 and S1 use format A; C1 uses either, told apart by the synchronisation word, which the modem sees.
 * The longest frame in format B has 256 bytes with all, so its content at most 252.
 *
 * The sum finds any two wrong bits of a block of format A, which has 144 bits. In the longer blocks of format B two
 * wrong bits at a distance of 151 bits, the order of the polynomial, or of a multiple, pass: what matters is proved by
 * the MAC (mode7.ts), never by these sums.
 */
import { assert } from "../assert";
import { bytesAt, putBytes } from "../card/bytes";
import { crc16 } from "./crc16";

/** L, C, M and A: nothing is a frame without them. */
export const LINK_BYTES = 10;
export const CONTENT_MAX_BYTES_A = 256;
export const CONTENT_MAX_BYTES_B = 252;
const SUM_BYTES = 2;
const BLOCK_BYTES_A = 16;
const BLOCK_BYTES_B = 126;

function putSummed(frame: number[], block: number[]): void {
  const sum = crc16(block, 0, block.length);
  putBytes(frame, block);
  frame.push(Math.floor(sum / 256), sum % 256);
}

/** Whether `length` bytes from `first` on are followed by their sum. */
function sumHolds(frame: number[], first: number, length: number): boolean {
  const end = first + length;
  if (length < 1 || end + SUM_BYTES > frame.length) {
    return false;
  }
  return crc16(frame, first, end) === frame[end] * 256 + frame[end + 1];
}

/** Content whose L is right: what `frameA` and `frameB` take. */
function assertContent(content: number[], most_bytes: number): void {
  assert(content.length >= LINK_BYTES && content.length <= most_bytes, "content fits its frame");
  assert(content[0] === content.length - 1, "L counts the bytes after itself");
}

/** Content in format A. */
export function frameA(content: number[]): number[] {
  assertContent(content, CONTENT_MAX_BYTES_A);
  const frame: number[] = [];
  putSummed(frame, bytesAt(content, 0, LINK_BYTES));
  for (let first = LINK_BYTES; first < content.length; first += BLOCK_BYTES_A) {
    putSummed(frame, bytesAt(content, first, Math.min(BLOCK_BYTES_A, content.length - first)));
  }
  return frame;
}

/** Bytes of a frame in format A whose content begins with this L. */
export function lengthA(l_field: number): number {
  const data_bytes = l_field + 1 - LINK_BYTES;
  return l_field + 1 + SUM_BYTES * (1 + Math.floor((data_bytes + BLOCK_BYTES_A - 1) / BLOCK_BYTES_A));
}

/** The content of a frame in format A; undefined when a sum or the length is wrong. */
export function contentOfA(frame: number[]): number[] | undefined {
  if (frame.length < LINK_BYTES + SUM_BYTES || frame[0] + 1 < LINK_BYTES || frame.length !== lengthA(frame[0])) {
    return undefined;
  }
  const content: number[] = [];
  let first = 0;
  let block_bytes = LINK_BYTES;
  while (first < frame.length) {
    const length = Math.min(block_bytes, frame.length - first - SUM_BYTES);
    if (!sumHolds(frame, first, length)) {
      return undefined;
    }
    putBytes(content, bytesAt(frame, first, length));
    first += length + SUM_BYTES;
    block_bytes = BLOCK_BYTES_A;
  }
  return content;
}

/** Content in format B. */
export function frameB(content: number[]): number[] {
  assertContent(content, CONTENT_MAX_BYTES_B);
  const length = content.length;
  const blocks = length > BLOCK_BYTES_B ? 2 : 1;
  const first = bytesAt(content, 0, Math.min(length, BLOCK_BYTES_B));
  // The sum covers L as it is sent.
  first[0] = length + blocks * SUM_BYTES - 1;
  const frame: number[] = [];
  putSummed(frame, first);
  if (blocks > 1) {
    putSummed(frame, bytesAt(content, BLOCK_BYTES_B, length - BLOCK_BYTES_B));
  }
  return frame;
}

/** The content of a frame in format B, with the L of content; undefined when a sum or the length is wrong. */
export function contentOfB(frame: number[]): number[] | undefined {
  if (frame.length < LINK_BYTES + SUM_BYTES || frame.length !== frame[0] + 1) {
    return undefined;
  }
  const second = BLOCK_BYTES_B + SUM_BYTES;
  const first_bytes = Math.min(frame.length, second) - SUM_BYTES;
  if (!sumHolds(frame, 0, first_bytes)) {
    return undefined;
  }
  const content = bytesAt(frame, 0, first_bytes);
  if (frame.length > second) {
    const second_bytes = frame.length - second - SUM_BYTES;
    if (!sumHolds(frame, second, second_bytes)) {
      return undefined;
    }
    putBytes(content, bytesAt(frame, second, second_bytes));
  }
  content[0] = content.length - 1;
  return content;
}
