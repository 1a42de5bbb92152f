/**
 * Frames between a host and IMST's iM871A (WiMOD HCI), on a serial line with 57600 baud, 8N1.
 *
 *   0  1  A5
 *   1  1  bits 0 to 3 endpoint: 1 device management, 2 radio link, 3 radio link test, 4 hardware test
 *         bits 5 to 7 what follows the payload: 20 a time stamp, 40 a signal strength, 80 a check sum; bit 4 is 0
 *   2  1  message
 *   3  1  length of the payload, n
 *   4  n  payload
 *      4  time stamp
 *      1  signal strength, in the module's own measure (`signalDbm`)
 *      2  check sum: CRC-16 of ITU-T V.41, least significant bit first, start FFFF, inverted at the end, over all bytes
 *         behind A5, low byte first
 *
 * A5 may stand anywhere in a payload. After garbage, or a frame that lost a byte, the parser therefore looks again from
 * the next byte on and lets the check sum tell; a frame without one is taken when endpoint and bits are possible. What
 * never ends is given up by `resetHci`, which the driver calls after a gap. It never holds more than the longest frame.
 */
import { assert } from "../assert";

export const HCI_START = 0xa5;
export const HCI_MANAGEMENT = 1;
export const HCI_RADIO_LINK = 2;
const ENDPOINT_MAX = 4;

const HAS_RESERVED = 0x10;
const HAS_TIME = 0x20;
const HAS_SIGNAL = 0x40;
const HAS_SUM = 0x80;

export const HCI_PAYLOAD_MAX_BYTES = 255;
const HEADER_BYTES = 4;
const TIME_BYTES = 4;
const SUM_BYTES = 2;

/** The sum's polynomial 0x1021 read from its other end, and its start. */
const POLYNOMIAL = 0x8408;
const START_VALUE = 0xffff;

export interface HciFrame {
  endpoint: number;
  message: number;
  payload: number[];
  /** Undefined when the frame has none. */
  signal: number | undefined;
  /** Guarded by a check sum. */
  has_sum: boolean;
}

export interface HciParser {
  held: number[];
  /** Bytes that belonged to no frame. */
  passed_over: number;
  on_frame: (frame: HciFrame) => void;
}

/** The sum of the bytes from `first` up to, and without, `end`. */
export function hciSum(bytes: number[], first: number, end: number): number {
  assert(first >= 0 && first <= end && end <= bytes.length, "a sum is taken inside its bytes");
  let rest = START_VALUE;
  for (let i = first; i < end; i++) {
    rest = rest ^ bytes[i];
    for (let bit = 0; bit < 8; bit++) {
      const is_odd = rest % 2 === 1;
      rest = Math.floor(rest / 2);
      rest = is_odd ? rest ^ POLYNOMIAL : rest;
    }
  }
  return rest ^ 0xffff;
}

/** A frame; `signal` undefined leaves it out. */
export function hciFrame(
  endpoint: number,
  message: number,
  payload: number[],
  signal: number | undefined,
  has_sum: boolean,
): number[] {
  assert(endpoint >= 1 && endpoint <= ENDPOINT_MAX, "an endpoint exists");
  assert(payload.length <= HCI_PAYLOAD_MAX_BYTES, "a payload fits its length");
  const control = (signal === undefined ? 0 : HAS_SIGNAL) + (has_sum ? HAS_SUM : 0);
  const frame = [HCI_START, control + endpoint, message, payload.length];
  for (const byte of payload) {
    frame.push(byte);
  }
  if (signal !== undefined) {
    frame.push(signal);
  }
  if (has_sum) {
    const sum = hciSum(frame, 1, frame.length);
    frame.push(sum % 256, Math.floor(sum / 256));
  }
  return frame;
}

export function createHciParser(on_frame: (frame: HciFrame) => void): HciParser {
  return { held: [], passed_over: 0, on_frame: on_frame };
}

/** Forgets what has come of a frame so far. */
export function resetHci(parser: HciParser): void {
  parser.passed_over += parser.held.length;
  parser.held = [];
}

/** True when a frame has begun and not ended. */
export function isInsideHci(parser: HciParser): boolean {
  return parser.held.length > 0;
}

/** Bytes of the frame that begins here, as far as it is known; 0 when none does. */
function frameBytes(held: number[]): number {
  if (held[0] !== HCI_START) {
    return 0;
  }
  if (held.length < 2) {
    return HEADER_BYTES;
  }
  const control = held[1];
  const endpoint = control % 16;
  if ((control & HAS_RESERVED) !== 0 || endpoint < 1 || endpoint > ENDPOINT_MAX) {
    return 0;
  }
  if (held.length < HEADER_BYTES) {
    return HEADER_BYTES;
  }
  const time_bytes = (control & HAS_TIME) === 0 ? 0 : TIME_BYTES;
  const signal_bytes = (control & HAS_SIGNAL) === 0 ? 0 : 1;
  const sum_bytes = (control & HAS_SUM) === 0 ? 0 : SUM_BYTES;
  return HEADER_BYTES + held[3] + time_bytes + signal_bytes + sum_bytes;
}

/** The frame that `bytes` bytes make; undefined when its sum is wrong. */
function frameIn(held: number[], bytes: number): HciFrame | undefined {
  const has_sum = (held[1] & HAS_SUM) !== 0;
  const end = has_sum ? bytes - SUM_BYTES : bytes;
  if (has_sum && hciSum(held, 1, end) !== held[end] + 256 * held[end + 1]) {
    return undefined;
  }
  return {
    endpoint: held[1] % 16,
    message: held[2],
    payload: held.slice(HEADER_BYTES, HEADER_BYTES + held[3]),
    signal: (held[1] & HAS_SIGNAL) === 0 ? undefined : held[end - 1],
    has_sum: has_sum,
  };
}

/** One step from the bytes that are there; false when more of them are needed. */
function step(parser: HciParser): boolean {
  const held = parser.held;
  const bytes = frameBytes(held);
  if (bytes > held.length) {
    return false;
  }
  const frame = bytes === 0 ? undefined : frameIn(held, bytes);
  parser.held = held.slice(frame === undefined ? 1 : bytes, held.length);
  if (frame === undefined) {
    parser.passed_over += 1;
  } else {
    parser.on_frame(frame);
  }
  return true;
}

export function takeHci(parser: HciParser, bytes: number[]): void {
  for (const byte of bytes) {
    parser.held.push(byte);
    while (parser.held.length > 0 && step(parser)) {
      // Each step takes at least one byte.
    }
  }
}

/** What a signal strength means: the module's graph (datasheet of its chip Si1002) as a line, half a dB a step. */
export function signalDbm(signal: number): number {
  return Math.min(Math.floor((signal - 245) / 2), -1);
}

/** The nearest signal strength that means so many dBm. */
export function signalOf(rssi_dbm: number): number {
  return Math.max(0, Math.min(255, 2 * rssi_dbm + 245));
}
