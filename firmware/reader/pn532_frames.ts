/**
 * Frames of the PN532 (NXP UM0701-02, 6.2.1), the same on HSU, I2C and SPI.
 *
 *   information frame (6.2.1.1)             extended information frame (6.2.1.2)
 *     0  1  00  preamble                      0  1  00  preamble
 *     1  2  00 FF  start code                 1  2  00 FF  start code
 *                                             3  2  FF FF  says "extended"
 *     3  1  LEN, TFI and data: 1 to 255       5  2  LEN, high byte first: 1 to 265
 *     4  1  LCS: LEN + LCS = 0 mod 256        7  1  LCS: both bytes of LEN + LCS = 0 mod 256
 *     5  1  TFI: D4 to the chip, D5 from it   8  1  TFI
 *     6  n  data: command code, parameters    9  n  data
 *        1  DCS: TFI + data + DCS = 0 mod 256    1  DCS
 *        1  00  postamble                        1  00  postamble
 *
 *   ACK   (6.2.1.3)  00 00 FF 00 FF 00        a frame has come; from the host also: give up the command under way
 *   NACK  (6.2.1.4)  00 00 FF FF 00 00        to the chip only: send the last answer again
 *   error (6.2.1.5)  00 00 FF 01 FF 7F 81 00  from the chip only: no such command, or wrong parameters
 *
 * The preamble may have any length, none too (6.2.1.6). The postamble could be switched off in the chip (7.2.9), but is
 * demanded here: without it, a frame that loses a byte 00 would pass with its sum as the last byte of data and the
 * postamble as its sum, always. The longest answer has a code, a status and 262 bytes.
 *
 * The parser takes bytes one by one. It holds what may become a frame, never more than the longest one; where that
 * comes to nothing it looks again from the next byte on, so a false start in front of a frame costs nothing. A frame
 * inside of another one's data is found only when the outer one is damaged; who can put it there is the card, and a
 * card may answer what it likes anyway.
 */
import { assert } from "../assert";

export const TFI_TO_CHIP = 0xd4;
export const TFI_FROM_CHIP = 0xd5;
const TFI_ERROR = 0x7f;

/** Code and parameters of one frame: 265 with the TFI (6.2.1.2). */
export const FRAME_DATA_MAX_BYTES = 264;
/** LEN has one byte and counts the TFI; 255 is taken by FF FF. A normal frame has at most 254 bytes of data. */
const NORMAL_DATA_MAX_BYTES = 254;

/** From the start code on. */
const START_BYTES = 2;
const HEADER_BYTES = 4;
const EXTENDED_HEADER_BYTES = 7;
/** DCS and postamble. */
const TRAILER_BYTES = 2;
/** Bytes that are done with are let go when there are so many of them. */
const DONE_MAX_BYTES = 64;

export function ackFrame(): number[] {
  return [0, 0, 0xff, 0, 0xff, 0];
}

export function nackFrame(): number[] {
  return [0, 0, 0xff, 0xff, 0, 0];
}

export function errorFrame(): number[] {
  return [0, 0, 0xff, 1, 0xff, TFI_ERROR, 0x81, 0];
}

/** What is to be added to a sum to make it 0 modulo 256. */
function complement(sum: number): number {
  return (256 - (sum % 256)) % 256;
}

export function informationFrame(tfi: number, data: number[]): number[] {
  assert(data.length > 0 && data.length <= FRAME_DATA_MAX_BYTES, "a frame has a code, and an end");
  const frame = [0, 0, 0xff];
  const length = data.length + 1;
  if (data.length > NORMAL_DATA_MAX_BYTES) {
    frame.push(0xff, 0xff, Math.floor(length / 256), length % 256);
    frame.push(complement(Math.floor(length / 256) + (length % 256)));
  } else {
    frame.push(length, complement(length));
  }
  frame.push(tfi);
  let sum = tfi;
  for (const byte of data) {
    frame.push(byte);
    sum += byte;
  }
  frame.push(complement(sum), 0);
  return frame;
}

/** "damaged": a start code with something wrong behind it; more may follow. Its data, as that of others, is empty. */
export type FrameKind = "ack" | "nack" | "error" | "data" | "damaged";

export interface FrameParser {
  /** The TFI of frames that are meant for this side; others, such as an echo of own ones, are passed over. */
  tfi: number;
  on_frame: (kind: FrameKind, data: number[]) => void;
  held: number[];
  /** Where in `held` a frame may begin. */
  begin: number;
  /** So many bytes from there on are needed to know more. */
  needed: number;
}

export function createFrameParser(tfi: number, on_frame: (kind: FrameKind, data: number[]) => void): FrameParser {
  return { tfi: tfi, on_frame: on_frame, held: [], begin: 0, needed: START_BYTES };
}

/** Forgets what has come of a frame so far. */
export function resetFrames(parser: FrameParser): void {
  parser.held = [];
  parser.begin = 0;
  parser.needed = START_BYTES;
}

/** True when a start code has come, and not yet the end of its frame. */
export function isInsideFrame(parser: FrameParser): boolean {
  return parser.held.length - parser.begin >= START_BYTES;
}

/** Goes on behind so many bytes. */
function skip(parser: FrameParser, count: number): void {
  parser.begin += count;
  parser.needed = START_BYTES;
  if (parser.begin < parser.held.length && parser.begin < DONE_MAX_BYTES) {
    return;
  }
  const rest: number[] = [];
  for (let index = parser.begin; index < parser.held.length; index++) {
    rest.push(parser.held[index]);
  }
  parser.held = rest;
  parser.begin = 0;
}

/** No frame begins here; "damaged" is told after the step, so that the listener may reset the parser. */
function refuse(parser: FrameParser): void {
  skip(parser, 1);
  parser.on_frame("damaged", []);
}

/** A frame whose header is good, and which is there as a whole. */
function takeBody(parser: FrameParser, header_bytes: number, length: number): void {
  const held = parser.held;
  const body = parser.begin + header_bytes;
  const data: number[] = [];
  let sum = held[body] + held[body + length];
  for (let index = 1; index < length; index++) {
    data.push(held[body + index]);
    sum += held[body + index];
  }
  if (sum % 256 !== 0 || held[body + length + 1] !== 0) {
    refuse(parser);
    return;
  }
  const tfi = held[body];
  if (tfi === TFI_ERROR && length === 1) {
    skip(parser, header_bytes + length + TRAILER_BYTES);
    parser.on_frame("error", []);
  } else if (tfi === parser.tfi && length > 1) {
    skip(parser, header_bytes + length + TRAILER_BYTES);
    parser.on_frame("data", data);
  } else {
    skip(parser, 1);
  }
}

/** Waits for the body of a frame whose header is good. */
function needBody(parser: FrameParser, header_bytes: number, length: number): void {
  const whole_bytes = header_bytes + length + TRAILER_BYTES;
  if (parser.held.length - parser.begin < whole_bytes) {
    parser.needed = whole_bytes;
  } else {
    takeBody(parser, header_bytes, length);
  }
}

function takeExtended(parser: FrameParser): void {
  if (parser.held.length - parser.begin < EXTENDED_HEADER_BYTES) {
    parser.needed = EXTENDED_HEADER_BYTES;
    return;
  }
  const high = parser.held[parser.begin + 4];
  const low = parser.held[parser.begin + 5];
  const length = high * 256 + low;
  if ((high + low + parser.held[parser.begin + 6]) % 256 !== 0 || length < 1 || length > FRAME_DATA_MAX_BYTES + 1) {
    refuse(parser);
  } else {
    needBody(parser, EXTENDED_HEADER_BYTES, length);
  }
}

/** One step from the bytes that are there; afterwards there is one frame or byte less, or more of them are needed. */
function step(parser: FrameParser): void {
  const held = parser.held;
  const begin = parser.begin;
  if (held[begin] !== 0 || held[begin + 1] !== 0xff) {
    skip(parser, 1);
    return;
  }
  if (held.length - begin < HEADER_BYTES) {
    parser.needed = HEADER_BYTES;
    return;
  }
  const length = held[begin + 2];
  const check = held[begin + 3];
  if (length === 0 && check === 0xff) {
    skip(parser, HEADER_BYTES);
    parser.on_frame("ack", []);
  } else if (length === 0xff && check === 0) {
    skip(parser, HEADER_BYTES);
    parser.on_frame("nack", []);
  } else if (length === 0xff && check === 0xff) {
    takeExtended(parser);
  } else if ((length + check) % 256 !== 0 || length === 0) {
    refuse(parser);
  } else {
    needBody(parser, HEADER_BYTES, length);
  }
}

export function takeBytes(parser: FrameParser, bytes: number[]): void {
  for (const byte of bytes) {
    parser.held.push(byte);
    while (parser.held.length - parser.begin >= parser.needed) {
      step(parser);
    }
  }
}
