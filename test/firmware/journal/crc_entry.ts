/** The journal's checksum by an engine's own CRC-32, and by the firmware's, for comparing them where they run. */
import type { Nvm } from "../../../hal/nvm";
import { checksum } from "../../../firmware/journal/crc";

export function checksumBy(crc32: ((bytes: string) => number) | undefined, text: string): number {
  const nvm: Nvm = {
    geometry: { size_bytes: 0, sector_bytes: 0, page_bytes: 0, word_bytes: 1, programs_per_erase: 1, erase_limit: 0 },
    read: () => "",
    program: () => "refused",
    erase: () => "refused",
    crc32: crc32,
  };
  return checksum(nvm, text);
}
