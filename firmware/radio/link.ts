/**
 * Data link layer of wireless M-Bus (EN 13757-4:2019, clause 12), as content without check sums (frames.ts).
 *
 *    0  1  L, bytes after itself
 *    1  1  C, what kind of frame
 *    2  2  M, manufacturer: three letters, five bits each, 'A' = 1, low byte first
 *    4  4  A, identification number, eight digits BCD, low byte first
 *    8  1  A, version
 *    9  1  A, device type (EN 13757-7)
 *   10  n  CI and what it announces
 *
 * M and A are always the sender's (12.5.6): in a frame to a meter they are the gateway's, and the meter is named by the
 * long header of the transport layer (EN 13757-7), which has the identification number in front of M.
 */
import { assert } from "../assert";
import { digitsAt, putBytes, putDigits } from "../card/bytes";
import { LINK_BYTES } from "./frames";

/** Meter to gateway. */
export const C_SND_NR = 0x44;
/** Sent at installation, so that a gateway takes the meter in. */
export const C_SND_IR = 0x46;
/** Gateway to meter: with an answer wanted, the two values of the frame count bit in turn; to many, without answer. */
export const C_SND_UD = 0x53;
export const C_SND_UD_NEXT = 0x73;
export const C_SND_UD3 = 0x45;

export const DEVICE_WATER = 0x07;

export const ADDRESS_BYTES = 8;
const ID_BYTES = 4;
const ID_DIGITS = 8;
const MANUFACTURER_LETTERS = 3;
const LETTER_BASE = 64;

export interface Address {
  /** Three capital letters, given out by the FLAG association. */
  manufacturer: string;
  /** Eight digits. */
  id: string;
  version: number;
  device_type: number;
}

/** The two bytes of a manufacturer. */
export function manufacturerBytes(letters: string): number[] {
  assert(letters.length === MANUFACTURER_LETTERS, "a manufacturer has three letters");
  let code = 0;
  for (let i = 0; i < MANUFACTURER_LETTERS; i++) {
    const letter = letters.charCodeAt(i) - LETTER_BASE;
    assert(letter >= 1 && letter <= 26, "a manufacturer has capital letters");
    code = code * 32 + letter;
  }
  return [code % 256, Math.floor(code / 256)];
}

/** Its letters; characters beyond Z where the bytes name none, for they may come from anywhere. */
export function manufacturerAt(bytes: number[], first: number): string {
  const code = bytes[first] + 256 * bytes[first + 1];
  return String.fromCharCode(
    LETTER_BASE + (Math.floor(code / 1024) % 32),
    LETTER_BASE + (Math.floor(code / 32) % 32),
    LETTER_BASE + (code % 32),
  );
}

/** Eight digits, low byte first. */
export function idBytes(id: string): number[] {
  assert(id.length === ID_DIGITS, "an identification number has eight digits");
  const high_first: number[] = [];
  putDigits(high_first, id, ID_BYTES);
  return [high_first[3], high_first[2], high_first[1], high_first[0]];
}

/** The digits; "" when the bytes are no BCD. */
export function idAt(bytes: number[], first: number): string {
  return digitsAt([bytes[first + 3], bytes[first + 2], bytes[first + 1], bytes[first]], 0, ID_BYTES);
}

/** The address as the link layer has it: M first. */
export function linkAddress(address: Address): number[] {
  const bytes = manufacturerBytes(address.manufacturer);
  putBytes(bytes, idBytes(address.id));
  bytes.push(address.version, address.device_type);
  return bytes;
}

/** The address as the long header of the transport layer has it: identification number first. */
export function transportAddress(address: Address): number[] {
  const bytes = idBytes(address.id);
  putBytes(bytes, manufacturerBytes(address.manufacturer));
  bytes.push(address.version, address.device_type);
  return bytes;
}

/** A frame's content from its parts, with L in front. */
export function linkContent(c_field: number, sender: Address, rest: number[]): number[] {
  const length = LINK_BYTES + rest.length;
  assert(length <= 256, "a frame's length fits its field");
  const content = [length - 1, c_field];
  putBytes(content, linkAddress(sender));
  putBytes(content, rest);
  return content;
}

/** Whether content begins with a whole link layer, and L is right. */
export function isLinkContent(content: number[]): boolean {
  return content.length > LINK_BYTES && content.length === content[0] + 1;
}
