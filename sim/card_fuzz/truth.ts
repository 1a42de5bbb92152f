/**
 * Truth: what the bytes that a card truly holds allow, read by the specification (firmware/card/voucher.ts, order.ts)
 * and checked with node:crypto, so that nothing of the firmware judges itself.
 */
import { createCipheriv } from "node:crypto";
import { FIRST_ORDER_KEY, MASTERS, METER, REGION, UTILITY, VOUCHER_KEY } from "../card_torture/made_cards";
import type { DesfireCard } from "../desfire/card";

const VOUCHER_FILE = 2;
const ORDER_FILE = 5;
/** Bytes before the signature. */
const VOUCHER_SIGNED = 48;
const ORDER_SIGNED = 240;

function ecb(key: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

function doubled(block: Buffer): Buffer {
  const number = BigInt(`0x${block.toString("hex")}`);
  const carried = (number << 1n) & ((1n << 128n) - 1n);
  const result = number >> 127n === 1n ? carried ^ 0x87n : carried;
  return Buffer.from(result.toString(16).padStart(32, "0"), "hex");
}

/** RFC 4493 for whole blocks, which vouchers and orders are. */
export function cmacOfBlocks(key: readonly number[], bytes: readonly number[]): Buffer {
  const key_bytes = Buffer.from(key);
  const subkey = doubled(ecb(key_bytes, Buffer.alloc(16)));
  const message = Buffer.from(bytes);
  for (let i = 0; i < 16; i++) message[message.length - 16 + i] ^= subkey[i];
  const cipher = createCipheriv("aes-128-cbc", key_bytes, Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(message), cipher.final()]).subarray(-16);
}

function signedBy(bytes: number[], signed: number, key: readonly number[]): boolean {
  if (bytes.length !== signed + 16) return false;
  return cmacOfBlocks(key, bytes.slice(0, signed)).equals(Buffer.from(bytes.slice(signed)));
}

/** The first bytes of a file: a meter asks for no more, however long an altered one is. */
function held(card: DesfireCard, number: number, length: number): number[] {
  const file = card.applications.flatMap(({ files }) => files).find((one) => one.number === number);
  const content = file === undefined ? "" : file.content.slice(0, length);
  return Array.from(content, (character) => character.charCodeAt(0));
}

const hex = (bytes: number[], first: number, length: number): string =>
  Buffer.from(bytes.slice(first, first + length)).toString("hex");
const whole = (bytes: number[], first: number, length: number): number =>
  Buffer.from(bytes.slice(first, first + length)).readUIntBE(0, length);

export interface TrueVoucher {
  generation: number;
  sequence: number;
  cumulative_milli: number;
  expiry_utc_s: number;
}

/** The voucher for this meter and this card that the card holds; undefined when it holds none that is genuine. */
export function trueVoucher(card: DesfireCard, uid: number[]): TrueVoucher | undefined {
  const bytes = held(card, VOUCHER_FILE, VOUCHER_SIGNED + 16);
  const good =
    bytes[0] === 1 &&
    signedBy(bytes, VOUCHER_SIGNED, VOUCHER_KEY) &&
    whole(bytes, 1, 2) === UTILITY &&
    hex(bytes, 3, 3) === REGION &&
    hex(bytes, 6, 9) === METER &&
    hex(bytes, 15, 7) === Buffer.from(uid).toString("hex");
  if (!good) return undefined;
  return {
    generation: bytes[22],
    sequence: whole(bytes, 23, 4),
    cumulative_milli: whole(bytes, 27, 6),
    expiry_utc_s: whole(bytes, 37, 5),
  };
}

export type TrueOrder = "none" | "reads" | "acts" | "commissions";

/** What the order on a card may do to this meter: nothing, be read out for, change it, or commission it. */
export function trueOrder(card: DesfireCard, uid: number[]): { may: TrueOrder; type: number; sequence: number } {
  const bytes = held(card, ORDER_FILE, ORDER_SIGNED + 16);
  const none = { may: "none" as const, type: 0, sequence: 0 };
  if (bytes.length !== ORDER_SIGNED + 16 || bytes[0] !== 1) return none;
  if (hex(bytes, 16, 7) !== Buffer.from(uid).toString("hex") || hex(bytes, 4, 3) !== REGION) return none;
  const said = { type: bytes[1], sequence: whole(bytes, 23, 4) };
  const own = hex(bytes, 7, 9) === METER;
  const any = hex(bytes, 7, 9) === "0".repeat(18);
  if (own && said.type === 2 && signedBy(bytes, ORDER_SIGNED, FIRST_ORDER_KEY)) return { may: "commissions", ...said };
  if (own && signedBy(bytes, ORDER_SIGNED, VOUCHER_KEY)) return { may: "acts", ...said };
  if (any && signedBy(bytes, ORDER_SIGNED, MASTERS.meter)) return { may: "reads", ...said };
  return none;
}
