/**
 * Checksum of the journal: CRC-32 (ISO-HDLC, as in zlib and Ethernet: polynomial 0x04C11DB7, reflected, start and final
 * exclusive-or 0xFFFFFFFF; "123456789" gives 0xCBF43926) with its top bit cleared. Many engines and chips compute it
 * natively (hal/nvm.ts, `crc32`), and on a small engine one step of a loop costs more than such a call.
 *
 * Why 31 bits: the top bit of the stored word is always 0, so that erased flash (all ones) never passes for a checksum.
 *
 * A register of 32 bits would be negative on one engine and not on another. So it is held in two parts, the lowest four
 * bits and those above them, and is one number only between runs: every bit operation stays below 2^28.
 */
import type { Nvm } from "../../hal/nvm";

export const CRC_START = 0xffffffff;
const CRC_XOR = 0xffffffff;
/** Above every checksum. */
const CHECKSUM_END = 0x80000000;

/** By the four bits that leave the register; without its own lowest four bits, which are those two bits higher. */
const TABLE: number[] = [
  0x0000000, 0x1db7106, 0x3b6e20c, 0x26d930a, 0x76dc419, 0x6b6b51f, 0x4db2615, 0x5005713, 0xedb8832, 0xf00f934,
  0xd6d6a3e, 0xcb61b38, 0x9b64c2b, 0x86d3d2d, 0xa00ae27, 0xbdbdf21,
];

/** Takes in a run of bytes, held as characters 0 to 255. A run at a time, because a call costs more than a byte. */
export function crcText(crc: number, text: string): number {
  let upper = Math.floor(crc / 16);
  let lowest = crc - upper * 16;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    let index = lowest ^ (byte & 15);
    lowest = (upper & 15) ^ ((index & 3) * 4);
    upper = Math.floor(upper / 16) ^ TABLE[index];
    index = lowest ^ Math.floor(byte / 16);
    lowest = (upper & 15) ^ ((index & 3) * 4);
    upper = Math.floor(upper / 16) ^ TABLE[index];
  }
  return upper * 16 + lowest;
}

/** The checksum, once all runs have been taken in. */
export function crcEnd(crc: number): number {
  return (CRC_XOR - crc) % CHECKSUM_END;
}

/** The checksum of a text, natively where the board can. */
export function checksum(nvm: Nvm, text: string): number {
  const native = nvm.crc32;
  return native === undefined ? crcEnd(crcText(CRC_START, text)) : native(text) % CHECKSUM_END;
}
