/**
 * MCU flash: the microcontroller's own flash as the meter's memory, in a run of pages that neither the engine nor the
 * firmware's code uses.
 *
 *   nRF52832, nRF52840   Product Specification, chapter NVMC: pages of 4 KiB, words of 4 bytes, each written at most
 *                        twice between erases (n_WRITE), 10,000 erases (n_ENDURANCE), a word in 41 us, a page erase in
 *                        85 ms, in both of which the CPU stands still
 *   ESP32                its SPI NOR behind the engine: sectors of 4 KiB, any bits cleared, 100,000 erases
 *
 * From memory of those documents, without page numbers: the figures stand in each board's description, and this driver
 * takes them from there. STM32F4 boards must not use it: their sectors of 16 to 128 KiB leave no room for a ring.
 *
 * The engine's flash calls know no error but a wrong argument: a page that is worn tells by what it reads.
 *
 * Port: nvm (mcu_flash).
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import type { NvmGuard } from "./guarded_nvm";
import { createGuardedNvm } from "./guarded_nvm";

/** What an engine offers: addresses of its own, any run of whole words. */
export interface FlashPages {
  read(address: number, length: number): string;
  /** Clears bits; false when the engine did not take it, and nothing has changed. */
  write(address: number, bytes: string): boolean;
  /** Erases the page that begins here; false as above. */
  erase_page(address: number): boolean;
}

/** `first_address`: where the memory begins in the engine's addresses, at a page. */
export function createMcuFlash(pages: FlashPages, geometry: NvmGeometry, first_address: number, guard: NvmGuard): Nvm {
  assert(first_address >= 0 && first_address % geometry.sector_bytes === 0, "the memory begins at a page");
  return createGuardedNvm(
    geometry,
    {
      read: function (address, length) {
        return pages.read(first_address + address, length);
      },
      program: function (address, bytes) {
        return pages.write(first_address + address, bytes);
      },
      erase: function (address) {
        return pages.erase_page(first_address + address);
      },
    },
    guard,
  );
}
