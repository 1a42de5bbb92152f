/**
 * CRC-16 of EN 13757-4, clause 12: polynomial 0x3D65, start 0, most significant bit first, all bits inverted at the
 * end; "123456789" gives 0xC2B7. The same sum guards the content of extended link layers and names compact frames.
 */
import { assert } from "../assert";

/** By the four bits that leave the register; 16 entries, because 256 would cost 4 KiB on a small engine. */
const TABLE: number[] = [
  0x0000, 0x3d65, 0x7aca, 0x47af, 0xf594, 0xc8f1, 0x8f5e, 0xb23b, 0xd64d, 0xeb28, 0xac87, 0x91e2, 0x23d9, 0x1ebc,
  0x5913, 0x6476,
];

/** The sum of the bytes from `first` up to, and without, `end`. */
export function crc16(bytes: number[], first: number, end: number): number {
  assert(first >= 0 && first <= end && end <= bytes.length, "a sum is taken inside its bytes");
  let rest = 0;
  for (let i = first; i < end; i++) {
    const byte = bytes[i];
    rest = ((rest & 0x0fff) << 4) ^ TABLE[Math.floor(rest / 0x1000) ^ Math.floor(byte / 16)];
    rest = ((rest & 0x0fff) << 4) ^ TABLE[Math.floor(rest / 0x1000) ^ (byte & 15)];
  }
  return rest ^ 0xffff;
}
