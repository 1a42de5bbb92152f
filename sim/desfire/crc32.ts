/**
 * CRC-32 of DESFire EV1's secure messaging (CRC-32/JAMCRC: the journal's polynomial and start, no final exclusive-or;
 * "123456789" gives 0x340BC6D9), sent little endian.
 */
import { bytesText } from "../../firmware/card/bytes";
import { CRC_START, crcText } from "../../firmware/journal/crc";
import { pushNumber } from "./bytes";

export const CRC_BYTES = 4;

/** The four bytes of the checksum as they are sent. */
export function crc32(bytes: number[]): number[] {
  const sent: number[] = [];
  pushNumber(sent, crcText(CRC_START, bytesText(bytes)), CRC_BYTES);
  return sent;
}
