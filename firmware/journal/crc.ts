/**
 * CRC-31/PHILIPS: polynomial 0x04C11DB7, start and final exclusive-or 0x7FFFFFFF, not reflected; "123456789" gives
 * 0x0CE9E46C. Why 31 bits: every step stays a non-negative whole number below 2^31 on all engines, and the top bit of
 * the stored word is always 0, so that erased flash (all ones) never passes for a checksum.
 */
export const CRC_START = 0x7fffffff;

/** By the four bits that leave the register; 16 entries, because 256 would cost 4 KiB on a small engine. */
const TABLE: number[] = [
  0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005, 0x2608edb8,
  0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
];

/** Takes in a run of bytes, held as characters 0 to 255. A run at a time, because a call costs more than a byte. */
export function crcText(crc: number, text: string): number {
  let rest = crc;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    rest = ((rest & 0x7ffffff) << 4) ^ TABLE[Math.floor(rest / 0x8000000) ^ Math.floor(byte / 16)];
    rest = ((rest & 0x7ffffff) << 4) ^ TABLE[Math.floor(rest / 0x8000000) ^ (byte & 15)];
  }
  return rest;
}

export function crcEnd(crc: number): number {
  return crc ^ 0x7fffffff;
}
