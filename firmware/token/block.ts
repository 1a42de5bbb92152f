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
/** Max phase unbalance: not for water, as is the next; both are refused. */
export const SUB_PHASES = 6;
export const SUB_WATER_FACTOR = 7;
export const SUB_KEY_THIRD = 8;
export const SUB_KEY_FOURTH = 9;
/** The first of the numbers that IEC 62055-41 leaves to manufacturers: emergency credit (judgement.ts). */
export const SUB_LEND = 11;

/** Registers that a clear-credit token names: the subclass of class 0 that fills it, or all of them. */
export const REGISTER_ALL = 65535;

const CRC_START = 65535;
/** By the four bits that leave the register; the polynomial A001 made them. 256 entries would cost 4 KiB. */
const CRC_TABLE: number[] = [
  0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01,
  0x8801, 0x4400,
];
const CONTENT_BYTES = 6;
const CURRENCY_BYTE = 1;

export interface BlockFields {
  sub: number;
  front: number;
  middle: number;
  value: number;
}

/** CRC of the class and the six bytes before it, as it stands in the token: low byte first. */
export function blockCrc(token_class: number, bytes: number[]): number {
  const sub = Math.floor(bytes[0] / 16);
  const is_money = token_class === CLASS_CREDIT && sub >= SUB_CURRENCY_FIRST && sub <= SUB_CURRENCY_LAST;
  const end = is_money ? CONTENT_BYTES + 1 : CONTENT_BYTES;
  let crc = CRC_START ^ token_class;
  crc = Math.floor(crc / 16) ^ CRC_TABLE[crc & 15];
  crc = Math.floor(crc / 16) ^ CRC_TABLE[crc & 15];
  for (let i = 0; i < end; i++) {
    crc = crc ^ (i < CONTENT_BYTES ? bytes[i] : CURRENCY_BYTE);
    crc = Math.floor(crc / 16) ^ CRC_TABLE[crc & 15];
    crc = Math.floor(crc / 16) ^ CRC_TABLE[crc & 15];
  }
  return (crc % 256) * 256 + Math.floor(crc / 256);
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
