/**
 * Frames of wired M-Bus (EN 13757-2, after IEC 60870-5-1 format FT1.2), for the service port.
 *
 *   acknowledgement    E5
 *   short              10 C A CS 16
 *   long               68 L L 68 C A CI data CS 16      L counts C to data: 3 to 255; control: L = 3, without data
 *
 *   CS is the sum of the bytes from C on, without carry. A is the primary address, FD that of a selected meter, FE of
 *   any one, FF of all without answer.
 *
 * The reader takes bytes one by one and holds what may become a frame, never more than the longest one. Bytes that
 * begin none are passed over and counted; where a frame turns out to be damaged, it looks again from the next byte on.
 */
import { assert } from "../assert";
import { bytesAt } from "../card/bytes";

const ACKNOWLEDGE = 0xe5;
const SHORT_START = 0x10;
const LONG_START = 0x68;
const STOP = 0x16;
const SHORT_BYTES = 5;
const LONG_HEADER_BYTES = 4;
const LONG_LEAST = 3;
export const WIRED_DATA_MAX_BYTES = 252;

export interface WiredFrame {
  kind: "acknowledge" | "short" | "long";
  c_field: number;
  address: number;
  /** CI and data of a long frame; CI is 0 in the others. */
  ci: number;
  data: number[];
}

export interface WiredReader {
  held: number[];
  /** Bytes that belonged to no frame. */
  passed_over: number;
  on_frame: (frame: WiredFrame) => void;
}

function sumOf(bytes: number[], first: number, end: number): number {
  let sum = 0;
  for (let i = first; i < end; i++) {
    sum += bytes[i];
  }
  return sum % 256;
}

export function wiredAcknowledge(): number[] {
  return [ACKNOWLEDGE];
}

export function wiredShort(c_field: number, address: number): number[] {
  return [SHORT_START, c_field, address, (c_field + address) % 256, STOP];
}

/** A long frame; without data, a control frame. */
export function wiredLong(c_field: number, address: number, ci: number, data: number[]): number[] {
  assert(data.length <= WIRED_DATA_MAX_BYTES, "data fits a frame");
  const length = LONG_LEAST + data.length;
  const frame = [LONG_START, length, length, LONG_START, c_field, address, ci];
  for (const byte of data) {
    frame.push(byte);
  }
  frame.push(sumOf(frame, LONG_HEADER_BYTES, frame.length), STOP);
  return frame;
}

export function createWiredReader(on_frame: (frame: WiredFrame) => void): WiredReader {
  return { held: [], passed_over: 0, on_frame: on_frame };
}

/** Bytes that the frame at the start of `held` has, as far as it is known; 0 when no frame begins there. */
function frameBytes(held: number[]): number {
  if (held[0] === ACKNOWLEDGE) {
    return 1;
  }
  if (held[0] === SHORT_START) {
    return SHORT_BYTES;
  }
  if (held[0] !== LONG_START) {
    return 0;
  }
  if (held.length < LONG_HEADER_BYTES) {
    return LONG_HEADER_BYTES;
  }
  const is_header = held[1] === held[2] && held[3] === LONG_START && held[1] >= LONG_LEAST;
  return is_header ? LONG_HEADER_BYTES + held[1] + 2 : 0;
}

/** The frame that `bytes` bytes make; undefined when sum or stop is wrong. */
function frameIn(held: number[], bytes: number): WiredFrame | undefined {
  if (bytes === 1) {
    return { kind: "acknowledge", c_field: 0, address: 0, ci: 0, data: [] };
  }
  const first = held[0] === SHORT_START ? 1 : LONG_HEADER_BYTES;
  if (held[bytes - 1] !== STOP || held[bytes - 2] !== sumOf(held, first, bytes - 2)) {
    return undefined;
  }
  if (first === 1) {
    return { kind: "short", c_field: held[1], address: held[2], ci: 0, data: [] };
  }
  const data = bytesAt(held, first + LONG_LEAST, held[1] - LONG_LEAST);
  return { kind: "long", c_field: held[first], address: held[first + 1], ci: held[first + 2], data: data };
}

function letGo(reader: WiredReader, bytes: number): void {
  reader.held = bytesAt(reader.held, bytes, reader.held.length - bytes);
}

/** One step from the bytes that are there; false when more of them are needed. */
function step(reader: WiredReader): boolean {
  const bytes = frameBytes(reader.held);
  if (bytes > reader.held.length) {
    return false;
  }
  const frame = bytes === 0 ? undefined : frameIn(reader.held, bytes);
  if (frame === undefined) {
    reader.passed_over += 1;
    letGo(reader, 1);
  } else {
    letGo(reader, bytes);
    reader.on_frame(frame);
  }
  return true;
}

export function takeWired(reader: WiredReader, bytes: number[]): void {
  for (const byte of bytes) {
    reader.held.push(byte);
    while (reader.held.length > 0 && step(reader)) {
      // Each step takes at least one byte.
    }
  }
}
