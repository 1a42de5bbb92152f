/**
 * Telegrams as other makers' meters send them, made from their plain content: for tests and for a simulated field of
 * meters. Keys are given for one telegram and kept nowhere.
 */
import { createCipheriv } from "node:crypto";
import { linkContent, transportAddress, type Address } from "../../firmware/radio/link";
import { crc16 } from "../../firmware/radio/crc16";
import { linkAddress } from "../../firmware/radio/link";
import type { MeterAddress } from "./layers";
import { counterMode, initialOfMode5 } from "./security";

const CI_SHORT = 0x7a;
const CI_LONG = 0x72;
const CI_SESSION = 0x8d;
const BLOCK_BYTES = 16;
const FILLER = 0x2f;
const MODE_5 = 0x0500;

function sentAddress(address: Address): MeterAddress {
  return { ...address, sent: linkAddress(address) };
}

export interface Mode5Header {
  readonly c_field: number;
  /** Who sends; the meter itself, or a radio converter in front of it. */
  readonly sender: Address;
  /** With it, the header is a long one. */
  readonly meter?: Address;
  /** Layers in front of the transport layer. */
  readonly extended?: readonly number[];
  /** Of the transport layer, when it is not the usual one: 73 for a compact frame. */
  readonly ci?: number;
  readonly access: number;
  readonly status: number;
  /** Bits of the configuration beside mode and number of blocks. */
  readonly configuration: number;
}

/** Security mode 5 (security.ts); `text` is padded to whole blocks, `plain` follows them as it is. */
export function mode5Content(
  header: Mode5Header,
  key: readonly number[],
  text: readonly number[],
  plain: readonly number[] = [],
): number[] {
  const { sender, meter, extended = [], access, status } = header;
  const ci = header.ci ?? (meter === undefined ? CI_SHORT : CI_LONG);
  const missing = (BLOCK_BYTES - (text.length % BLOCK_BYTES)) % BLOCK_BYTES;
  const padded = [...text, ...Array<number>(missing).fill(FILLER)];
  const configuration = header.configuration | MODE_5 | ((padded.length / BLOCK_BYTES) << 4);
  const initial = Buffer.from(initialOfMode5(sentAddress(meter ?? sender), access));
  const cipher = createCipheriv("aes-128-cbc", Buffer.from(key), initial).setAutoPadding(false);
  const encrypted = [...cipher.update(Buffer.from(padded)), ...cipher.final()];
  const address = meter === undefined ? [] : transportAddress(meter);
  const words = [access, status, configuration & 255, configuration >> 8];
  return linkContent(header.c_field, sender, [...extended, ci, ...address, ...words, ...encrypted, ...plain]);
}

export interface SessionHeader {
  readonly c_field: number;
  readonly sender: Address;
  readonly communication: number;
  readonly access: number;
  /** SN, low byte first: session, minutes, and 001 for AES-CTR in its highest bits. Never twice under one key. */
  readonly session: readonly number[];
}

/** Extended link II with AES-CTR, as Kamstrup's meters send it; `text` begins with its CI, 78 or 79. */
export function sessionContent(header: SessionHeader, key: readonly number[], text: readonly number[]): number[] {
  const { c_field, sender, communication, access, session } = header;
  const sum = crc16([...text], 0, text.length);
  const summed = [sum & 255, sum >> 8, ...text];
  const encrypted = counterMode(key, sentAddress(sender), communication, session, summed);
  return linkContent(c_field, sender, [CI_SESSION, communication, access, ...session, ...encrypted]);
}

/** What a compact frame (79) says of the records of a full frame (78): heads and values apart. */
export function compactText(heads: readonly number[][], values: readonly number[][]): number[] {
  const format = heads.flat();
  const full = heads.flatMap((head, index) => [...head, ...values[index]]);
  const format_sum = crc16(format, 0, format.length);
  const full_sum = crc16(full, 0, full.length);
  return [0x79, format_sum & 255, format_sum >> 8, full_sum & 255, full_sum >> 8, ...values.flat()];
}
