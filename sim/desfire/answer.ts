/**
 * Answer of a command before it is secured: a status of the DESFire (the second byte of SW, after 91) and its data.
 */
import type { Mode } from "./card";

export const OK = 0x00;
export const NO_CHANGES = 0x0c;
export const OUT_OF_MEMORY = 0x0e;
export const ILLEGAL_COMMAND = 0x1c;
export const INTEGRITY_ERROR = 0x1e;
export const NO_SUCH_KEY = 0x40;
export const LENGTH_ERROR = 0x7e;
export const PERMISSION_DENIED = 0x9d;
export const PARAMETER_ERROR = 0x9e;
export const APPLICATION_NOT_FOUND = 0xa0;
export const AUTHENTICATION_ERROR = 0xae;
export const ADDITIONAL_FRAME = 0xaf;
export const BOUNDARY_ERROR = 0xbe;
export const COMMAND_ABORTED = 0xca;
export const COUNT_ERROR = 0xce;
export const DUPLICATE_ERROR = 0xde;
export const FILE_NOT_FOUND = 0xf0;

export interface Answer {
  status: number;
  data: number[];
  /** How the data is secured, when there is an authentication. */
  mode: Mode;
  /** The first byte of padding behind enciphered data: 128 where the reader did not say how much it reads. */
  padding: number;
  /** Bytes in the first frames, where they are not full. */
  first_frames: number[];
  /** Goes out without a MAC: refusals, and the passes of an authentication. */
  bare: boolean;
}

/** Bytes of data in a native frame of 60. */
export const FRAME_DATA_BYTES = 59;

export function done(data: number[]): Answer {
  return { status: OK, data: data, mode: "maced", padding: 0, first_frames: [], bare: false };
}

export function refused(status: number): Answer {
  return { status: status, data: [], mode: "plain", padding: 0, first_frames: [], bare: true };
}
