/**
 * Block: the 64 bits inside of a token (IEC 62055-41, application protocol data units), most significant byte first.
 *
 *   subclass(4) content(44) CRC(16)
 *
 *   class 0 sub 0 to 3, class 2 sub 0, 1, 2, 5, 6, 7   RND(4) TID(24) value(16)
 *   class 0 sub 4 to 7, currency                       S&E(4) TID(24) amount(16)
 *   class 1 sub 0                                      control(36) manufacturer(8)
 *   class 1 sub 1                                      control(28) manufacturer(16)
 *   class 2 sub 3, first key change token              KENHO(4) KRN(4) RO(1) 3KCT(1) KT(2) NKHO(32)
 *   class 2 sub 4, second                              KENLO(4) TI(8) NKLO(32)
 *   class 2 sub 8, third                               lower half of the SGC(12) key(32)
 *   class 2 sub 9, fourth                              upper half of the SGC(12) key(32)
 *   class 2 sub 11, emergency credit, this maker's own RND or S&E(4) TID(24) value or amount(16), as credit has them
 *
 * CRC: CRC-16/MODBUS (x16+x15+x2+1, reflected, from FFFF) over the class as one byte and the six bytes before the CRC;
 * stored low byte first. In currency tokens one byte 01 more is taken in, so that a meter which knows only units cannot
 * take money for water.
 *
 * Of the polynomial, which is (x+1)(x15+x+1), the two factors are reckoned apart, because a small engine pays for each
 * statement and not for wide numbers. Modulo x15+x+1 two bytes at once are two shifts and four constants; modulo x+1 a
 * CRC says whether the number of ones is odd, which the bytes themselves tell. At the end x15+x+1 is added where the
 * oddness asks for it. A table of four bits at a time costs Espruino 40 % more, one of eight bits 4 KiB.
 *
 * The 44 bits of content are handled as three fields here, whatever they mean: `front` 4 bits, `middle` 24, `value` 16.
 */
import { assert } from "../assert";
import { bytesAt, putWhole, wholeAt } from "../card/bytes";

export const CLASS_CREDIT = 0;
export const CLASS_TEST = 1;
export const CLASS_MANAGEMENT = 2;

export const SUB_WATER = 1;
export const SUB_WATER_CURRENCY = 5;
export const SUB_CURRENCY_FIRST = 4;
export const SUB_CURRENCY_LAST = 7;

export const SUB_LIMIT = 0;
export const SUB_CLEAR_CREDIT = 1;
export const SUB_KEY_FIRST = 3;
export const SUB_KEY_SECOND = 4;
export const SUB_CLEAR_TAMPER = 5;
/** Max phase unbalance: not for water, as is 7, the water meter factor; both are refused. */
export const SUB_PHASES = 6;
export const SUB_KEY_THIRD = 8;
export const SUB_KEY_FOURTH = 9;
/** The first of the numbers that IEC 62055-41 leaves to manufacturers: emergency credit (judgement.ts). */
export const SUB_LEND = 11;

/** Registers that a clear-credit token names: the subclass of class 0 that fills it, or all of them. */
export const REGISTER_ALL = 65535;

const CRC_START = 65535;
/** The register after the class: seven bytes with it, of which six are left to go two at a time. */
const CRC_OF_CLASS: number[] = [0x40bf, 0x807e, 0x813e, 0x41ff];
/** What the two bits that leave at the low end bring back, while multiples of x15+x+1 do not count. */
const CRC_OF_LOW_BITS: number[] = [0x0000, 0x5000, 0xa001, 0xf001];
/** By four bits: x15+x+1, reflected, where an odd number of them is set. */
const CRC_OF_PARITY: number[] = [
  0x0000, 0xc001, 0xc001, 0x0000, 0xc001, 0x0000, 0x0000, 0xc001, 0xc001, 0x0000, 0x0000, 0xc001, 0x0000, 0xc001,
  0xc001, 0x0000,
];
const CONTENT_BYTES = 6;
const CURRENCY_BYTE = 1;

export interface BlockFields {
  sub: number;
  front: number;
  middle: number;
  value: number;
}

/** The register after two bytes more, but for a multiple of x15+x+1. */
function afterTwo(crc: number, first: number, second: number): number {
  const word = crc ^ (first + second * 256);
  return Math.floor(word / 2) ^ Math.floor(word / 4) ^ CRC_OF_LOW_BITS[word & 3];
}

/** CRC of the class and the six bytes before it, as it stands in the token: low byte first. */
export function blockCrc(token_class: number, bytes: number[]): number {
  const a = bytes[0];
  const b = bytes[1];
  const c = bytes[2];
  const d = bytes[3];
  const e = bytes[4];
  const f = bytes[5];
  const is_money = token_class === CLASS_CREDIT && a >= 16 * SUB_CURRENCY_FIRST && a < 16 * (SUB_CURRENCY_LAST + 1);
  const residue = is_money
    ? afterTwo(afterTwo(afterTwo(afterTwo(CRC_START, token_class, a), b, c), d, e), f, CURRENCY_BYTE)
    : afterTwo(afterTwo(afterTwo(CRC_OF_CLASS[token_class], a, b), c, d), e, f);
  const odds = token_class ^ a ^ b ^ c ^ d ^ e ^ f ^ (is_money ? CURRENCY_BYTE : 0);
  const crc = residue ^ CRC_OF_PARITY[(odds ^ Math.floor(odds / 16)) & 15];
  const high = Math.floor(crc / 256);
  return (crc - high * 256) * 256 + high;
}

export function crcGood(token_class: number, block: number[]): boolean {
  return block[CONTENT_BYTES] * 256 + block[CONTENT_BYTES + 1] === blockCrc(token_class, block);
}

export function blockOf(token_class: number, fields: BlockFields): number[] {
  assert(fields.sub >= 0 && fields.sub < 16 && fields.front >= 0 && fields.front < 16, "four bits are four bits");
  const bytes = [fields.sub * 16 + fields.front];
  putWhole(bytes, fields.middle, 3);
  putWhole(bytes, fields.value, 2);
  putWhole(bytes, blockCrc(token_class, bytes), 2);
  return bytes;
}

export function fieldsOf(block: number[]): BlockFields {
  return {
    sub: Math.floor(block[0] / 16),
    front: block[0] % 16,
    middle: block[1] * 65536 + block[2] * 256 + block[3],
    value: block[4] * 256 + block[5],
  };
}

/** What a key change token says beside its 32 bits of the key. */
export interface KeyChangePart {
  sub: number;
  /** The twelve bits before the key. */
  attributes: number;
  key: number[];
}

export function keyChangePart(block: number[]): KeyChangePart {
  return { sub: Math.floor(block[0] / 16), attributes: (block[0] % 16) * 256 + block[1], key: bytesAt(block, 2, 4) };
}

/** A key change token's block, before it is enciphered under the old key. */
export function keyChangeBlock(part: KeyChangePart): number[] {
  const fields = {
    sub: part.sub,
    front: Math.floor(part.attributes / 256),
    middle: (part.attributes % 256) * 65536 + wholeAt(part.key, 0, 2),
    value: wholeAt(part.key, 2, 2),
  };
  return blockOf(CLASS_MANAGEMENT, fields);
}
