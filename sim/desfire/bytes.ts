/**
 * Bytes as the card has them on the air and in its memory: runs of integers 0 to 255, numbers little endian.
 */

const BYTE_VALUES = 256;
const WORD_BYTES = 4;
const SIGNED_LIMIT = 0x80000000;
const WORD_VALUES = 4294967296;

/** Bytes from `first` to before `end`. */
export function slice(bytes: number[], first: number, end: number): number[] {
  const part: number[] = [];
  for (let i = first; i < end; i++) {
    part.push(bytes[i]);
  }
  return part;
}

export function joined(one: number[], other: number[]): number[] {
  const both: number[] = [];
  for (const byte of one) {
    both.push(byte);
  }
  for (const byte of other) {
    both.push(byte);
  }
  return both;
}

export function pushAll(bytes: number[], more: number[]): void {
  for (const byte of more) {
    bytes.push(byte);
  }
}

/** A number of `length` bytes, up to 4, without a sign. */
export function numberAt(bytes: number[], first: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) {
    value = value * BYTE_VALUES + bytes[first + i];
  }
  return value;
}

export function pushNumber(bytes: number[], value: number, length: number): void {
  let rest = value;
  for (let i = 0; i < length; i++) {
    bytes.push(rest % BYTE_VALUES);
    rest = Math.floor(rest / BYTE_VALUES);
  }
}

/** A number of 4 bytes in two's complement. */
export function signedAt(bytes: number[], first: number): number {
  const value = numberAt(bytes, first, WORD_BYTES);
  return value < SIGNED_LIMIT ? value : value - WORD_VALUES;
}

export function pushSigned(bytes: number[], value: number): void {
  pushNumber(bytes, value < 0 ? value + WORD_VALUES : value, WORD_BYTES);
}

export function zeros(length: number): number[] {
  const bytes: number[] = [];
  while (bytes.length < length) {
    bytes.push(0);
  }
  return bytes;
}

export function pushText(bytes: number[], text: string, first: number, length: number): void {
  for (let i = first; i < first + length; i++) {
    bytes.push(text.charCodeAt(i));
  }
}
