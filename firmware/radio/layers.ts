/**
 * Headers between the link layer and the content, each announced by its CI (EN 13757-4, EN 13757-7).
 *
 *   extended link layer I        8C CC ACC
 *     CC   communication: 80 bidirectional, 40 fast answer, 20 synchronous
 *     ACC  access number of the frame
 *   authentication and fragmentation, in the one form that security profile B uses (EN 13757-7, clause 6)
 *     90 0F                      16 bytes with their length, which counts the 15 after it
 *     00 2C                      FCL, low byte first: one fragment; MCL, MCR and MAC follow
 *     25                         MCL: 8 bytes of AES-CMAC-128, and a message counter
 *     MCR                        message counter, 4 bytes, low byte first
 *     MAC                        8 bytes
 *   transport layer
 *     short header               7A ACC STS CW CW            to a meter 5A
 *     long header                72 address ACC STS CW CW    to a meter 5B; address as in link.ts
 *     CW   low byte first; mode 7: 07N0, N blocks of 16 bytes are encrypted; one more byte, 10, names the derivation of
 *          keys
 *     STS  00 no error, 01 busy, 02 error, 03 alarm; and 04 low power, 08 permanent, 10 temporary error
 *
 * A reader returns undefined where the bytes end too early or say something else; it never reads behind their end.
 */
import { assert } from "../assert";
import { bytesAt, lowFirst, putBytes } from "../card/bytes";
import { ADDRESS_BYTES } from "./link";

export const CI_EXTENDED_LINK = 0x8c;
export const CI_AUTHENTICATION = 0x90;
export const CI_SHORT = 0x7a;
export const CI_LONG = 0x72;
/** To a meter, which answers to its address in the long header. */
export const CI_COMMAND_LONG = 0x5b;

export const COMMUNICATION_BIDIRECTIONAL = 0x80;

export const STATUS_ALARM = 0x03;
export const STATUS_LOW_POWER = 0x04;
export const STATUS_PERMANENT_ERROR = 0x08;
export const STATUS_TEMPORARY_ERROR = 0x10;

const AUTHENTICATION_LENGTH = 15;
const FCL_LOW = 0x00;
const FCL_HIGH = 0x2c;
/** What the MAC begins with, too. */
export const MCL = 0x25;
export const COUNTER_BYTES = 4;
export const MAC_BYTES = 8;
const AUTHENTICATION_BYTES = 2 + AUTHENTICATION_LENGTH;

const MODE_7 = 0x07;
const DERIVATION_A = 0x10;
const BLOCK_BYTES = 16;
/** N has four bits. */
export const BLOCKS_MAX = 15;

export interface Authentication {
  counter: number;
  mac: number[];
  /** Behind the header. */
  end: number;
}

/** Up to six bytes, least significant first. */
export function lowFirstAt(bytes: number[], first: number, length: number): number {
  assert(first >= 0 && first + length <= bytes.length && length <= 6, "a number is read inside its bytes");
  let value = 0;
  for (let i = first + length - 1; i >= first; i--) {
    value = value * 256 + bytes[i];
  }
  return value;
}

export function extendedLinkHeader(communication: number, access: number): number[] {
  return [CI_EXTENDED_LINK, communication, access];
}

export function authenticationHeader(counter: number, mac: number[]): number[] {
  assert(mac.length === MAC_BYTES, "a MAC is cut to its first bytes");
  const bytes = [CI_AUTHENTICATION, AUTHENTICATION_LENGTH, FCL_LOW, FCL_HIGH, MCL];
  putBytes(bytes, lowFirst(counter, COUNTER_BYTES));
  putBytes(bytes, mac);
  return bytes;
}

/** The header at `first`; undefined when it is another one, in fragments, or cut off. */
export function authenticationAt(bytes: number[], first: number): Authentication | undefined {
  if (first + AUTHENTICATION_BYTES > bytes.length) {
    return undefined;
  }
  const wanted = [CI_AUTHENTICATION, AUTHENTICATION_LENGTH, FCL_LOW, FCL_HIGH, MCL];
  for (let i = 0; i < wanted.length; i++) {
    if (bytes[first + i] !== wanted[i]) {
      return undefined;
    }
  }
  const counter_first = first + wanted.length;
  return {
    counter: lowFirstAt(bytes, counter_first, COUNTER_BYTES),
    mac: bytesAt(bytes, counter_first + COUNTER_BYTES, MAC_BYTES),
    end: first + AUTHENTICATION_BYTES,
  };
}

export interface Transport {
  ci: number;
  /** Address of the long header, as it is sent; empty in a short one. */
  address: number[];
  access: number;
  status: number;
  /** Encrypted blocks. */
  blocks: number;
  /** Behind the header: where the content begins. */
  end: number;
}

/** Header of the transport layer in mode 7, in front of so many encrypted blocks. */
export function transportHeader(
  ci: number,
  address: number[],
  access: number,
  status: number,
  blocks: number,
): number[] {
  assert(address.length === 0 || address.length === ADDRESS_BYTES, "a header has a whole address or none");
  assert(blocks >= 1 && blocks <= BLOCKS_MAX, "the number of blocks has four bits");
  const bytes = [ci];
  putBytes(bytes, address);
  bytes.push(access, status, blocks * 16, MODE_7, DERIVATION_A);
  return bytes;
}

/** Header of the transport layer in mode 7 at `first`, with `ci` and all its blocks; undefined when it is none. */
export function transportAt(bytes: number[], first: number, ci: number): Transport | undefined {
  const address_bytes = ci === CI_LONG || ci === CI_COMMAND_LONG ? ADDRESS_BYTES : 0;
  const rest = first + 1 + address_bytes;
  const end = rest + 5;
  if (end > bytes.length || bytes[first] !== ci) {
    return undefined;
  }
  const blocks = Math.floor(bytes[rest + 2] / 16);
  if (bytes[rest + 3] !== MODE_7 || bytes[rest + 4] !== DERIVATION_A || blocks === 0) {
    return undefined;
  }
  if (end + blocks * BLOCK_BYTES > bytes.length) {
    return undefined;
  }
  return {
    ci: ci,
    address: bytesAt(bytes, first + 1, address_bytes),
    access: bytes[rest],
    status: bytes[rest + 1],
    blocks: blocks,
    end: end,
  };
}
