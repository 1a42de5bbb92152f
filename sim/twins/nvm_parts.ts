/**
 * Nvm parts: geometries of memories that meters are built with, by name.
 *
 *   nrf52-8x4k    MCU flash of an nRF52: 4-byte words, each programmed twice between erases, 10,000 erases
 *   nor-8x4k      serial NOR flash (W25Q and the like): single bytes, pages of 256, 100,000 erases
 *   nor-64x4k     the same with 64 sectors
 *   stm32-16x2k   MCU flash of an STM32L4: 8-byte words under ECC, each programmed once, sectors of 2 KiB. A driver
 *                 programs a run word by word; a page is its row of 256 bytes.
 *   eeprom-8x4k   serial EEPROM: pages of 64 bytes, a million writes, bits are set as well as cleared
 *   fram-32k      FRAM: as EEPROM, but it hardly wears
 */
import { assert } from "../../firmware/assert";
import type { NvmGeometry } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";

export interface NvmPart {
  name: string;
  geometry: NvmGeometry;
}

export const NVM_GEOMETRIES: NvmPart[] = [
  {
    name: "nrf52-8x4k",
    geometry: {
      size_bytes: 32768,
      sector_bytes: 4096,
      page_bytes: 256,
      word_bytes: 4,
      programs_per_erase: 2,
      erase_limit: 10000,
    },
  },
  {
    name: "nor-8x4k",
    geometry: {
      size_bytes: 32768,
      sector_bytes: 4096,
      page_bytes: 256,
      word_bytes: 1,
      programs_per_erase: 2,
      erase_limit: 100000,
    },
  },
  {
    name: "nor-64x4k",
    geometry: {
      size_bytes: 262144,
      sector_bytes: 4096,
      page_bytes: 256,
      word_bytes: 1,
      programs_per_erase: 2,
      erase_limit: 100000,
    },
  },
  {
    name: "stm32-16x2k",
    geometry: {
      size_bytes: 32768,
      sector_bytes: 2048,
      page_bytes: 256,
      word_bytes: 8,
      programs_per_erase: 1,
      erase_limit: 10000,
    },
  },
  {
    name: "eeprom-8x4k",
    geometry: {
      size_bytes: 32768,
      sector_bytes: 4096,
      page_bytes: 64,
      word_bytes: 1,
      programs_per_erase: PROGRAMS_UNLIMITED,
      erase_limit: 1000000,
    },
  },
  {
    name: "fram-32k",
    geometry: {
      size_bytes: 32768,
      sector_bytes: 4096,
      page_bytes: 256,
      word_bytes: 1,
      programs_per_erase: PROGRAMS_UNLIMITED,
      erase_limit: 1000000000000,
    },
  },
];

/** What a meter has when its program names no part. */
export const NVM_DEFAULT = "nrf52-8x4k";

export function nvmGeometry(name: string): NvmGeometry {
  let found = NVM_GEOMETRIES[0];
  for (const part of NVM_GEOMETRIES) {
    if (part.name === name) {
      found = part;
    }
  }
  assert(found.name === name, "a program names a part that exists");
  return found.geometry;
}
