/**
 * CRC-32 of DESFire EV1's secure messaging (CRC-32/JAMCRC: polynomial 0x04C11DB7 reflected, start 0xFFFFFFFF, no final
 * exclusive-or; "123456789" gives 0x340BC6D9), sent little endian. The register is held as two halves of 16 bits,
 * because the engines agree on bit operations below 2^31 only.
 */
import { pushNumber } from "./bytes";

export const CRC_BYTES = 4;

/** By the four bits that leave the register, high and low halves. */
const HIGH: number[] = [
  0x0000, 0x1db7, 0x3b6e, 0x26d9, 0x76dc, 0x6b6b, 0x4db2, 0x5005, 0xedb8, 0xf00f, 0xd6d6, 0xcb61, 0x9b64, 0x86d3,
  0xa00a, 0xbdbd,
];
const LOW: number[] = [
  0x0000, 0x1064, 0x20c8, 0x30ac, 0x4190, 0x51f4, 0x6158, 0x713c, 0x8320, 0x9344, 0xa3e8, 0xb38c, 0xc2b0, 0xd2d4,
  0xe278, 0xf21c,
];

/** The four bytes of the checksum as they are sent. */
export function crc32(bytes: number[]): number[] {
  let high = 0xffff;
  let low = 0xffff;
  for (const byte of bytes) {
    for (let turn = 0; turn < 2; turn++) {
      const nibble = turn === 0 ? byte & 15 : Math.floor(byte / 16);
      const index = (low ^ nibble) & 15;
      low = (Math.floor(low / 16) + (high & 15) * 4096) ^ LOW[index];
      high = Math.floor(high / 16) ^ HIGH[index];
    }
  }
  const sent: number[] = [];
  pushNumber(sent, low, 2);
  pushNumber(sent, high, 2);
  return sent;
}
