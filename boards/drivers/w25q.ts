/**
 * W25Q: serial NOR flash of Winbond (W25Q16JV to W25Q128JV). Datasheet W25Q128JV, revision F of 27 March 2018, chapters
 * 7.1 (status registers), 8.1 and 8.2 (instructions), 9.6 (times); numbers of sections from memory:
 *
 *   9F      JEDEC ID: EF, type, capacity as a power of two
 *   05      status register 1: bit 0 BUSY, bit 1 WEL
 *   06      write enable: sets WEL; a program or an erase without it is ignored
 *   02 a a a  page program, 1 to 256 bytes; behind the end of a page it wraps to its start; tPP at most 3 ms
 *   20 a a a  sector erase, 4 KiB; tSE at most 400 ms
 *   03 a a a  read, any length
 *   AB      release from power-down, 3 us
 * While BUSY only the status can be read, and WEL falls when a program or an erase has ended. 100,000 erases.
 *
 * What is not believed: a bus without a chip reads all ones, which is how blank flash reads, and a meter whose memory
 * is "blank" would begin anew. So a run of nothing but ones, or nothing but zeros, counts only with the right ID behind
 * it. A chip may be busy when the meter boots, because a reset does not end an erase: the driver waits for it.
 *
 * Port: nvm (spi_nor).
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import type { Delay, SpiDevice } from "./bus";
import type { MemoryCells, NvmGuard } from "./guarded_nvm";
import { createGuardedNvm, filled } from "./guarded_nvm";

export const PROGRAM_MAX_US = 3000;
export const ERASE_MAX_US = 400000;

const SECTOR_BYTES = 4096;
const PAGE_BYTES = 256;
const MAKER_WINBOND = 0xef;
/** Between two looks at BUSY. */
const PROGRAM_LOOK_US = 100;
const ERASE_LOOK_US = 2000;
const RELEASE_US = 5;

const BUSY_BIT = 1;
const WRITE_ENABLED_BIT = 2;

const READ_ID = String.fromCharCode(0x9f);
const READ_STATUS = String.fromCharCode(0x05);
const WRITE_ENABLE = String.fromCharCode(0x06);
const RELEASE = String.fromCharCode(0xab);
const CODE_PROGRAM = 0x02;
const CODE_READ = 0x03;
const CODE_ERASE = 0x20;

interface Chip {
  spi: SpiDevice;
  delay: Delay;
  size_bytes: number;
  ones: string;
  zeros: string;
}

function addressed(code: number, address: number): string {
  return String.fromCharCode(code, Math.floor(address / 65536), Math.floor(address / 256) % 256, address % 256);
}

/** Whether a Winbond chip of this size or a larger one answers. */
function answers(chip: Chip): boolean {
  const id = chip.spi.exchange(READ_ID, 3);
  if (id.length !== 3 || id.charCodeAt(0) !== MAKER_WINBOND) {
    return false;
  }
  const power = id.charCodeAt(2);
  let capacity_bytes = 1;
  for (let i = 0; i < power && i < 32; i++) {
    capacity_bytes = capacity_bytes * 2;
  }
  return power < 32 && capacity_bytes >= chip.size_bytes;
}

function status(chip: Chip): number {
  const answer = chip.spi.exchange(READ_STATUS, 1);
  return answer.length === 1 ? answer.charCodeAt(0) : BUSY_BIT;
}

/** Waits while the chip is busy; false when it still is after twice the time that it may take. */
function waitIdle(chip: Chip, most_us: number, look_us: number): boolean {
  const looks = Math.floor((2 * most_us) / look_us);
  for (let look = 0; look <= looks; look++) {
    if ((status(chip) & BUSY_BIT) === 0) {
      return true;
    }
    chip.delay.wait_us(look_us);
  }
  return false;
}

/** Makes the chip take the next program or erase; false when it does not answer, or is protected. */
function enable(chip: Chip): boolean {
  chip.spi.exchange(WRITE_ENABLE, 0);
  return (status(chip) & (BUSY_BIT + WRITE_ENABLED_BIT)) === WRITE_ENABLED_BIT;
}

function readRun(chip: Chip, address: number, length: number): string {
  const bytes = chip.spi.exchange(addressed(CODE_READ, address), length);
  if (bytes.length !== length) {
    return "";
  }
  const start = bytes.substring(0, PAGE_BYTES);
  const suspect = start === chip.ones.substring(0, start.length) || start === chip.zeros.substring(0, start.length);
  return suspect && !answers(chip) ? "" : bytes;
}

function cellsOf(chip: Chip): MemoryCells {
  return {
    read: function (address, length) {
      return readRun(chip, address, length);
    },
    program: function (address, bytes) {
      if (!enable(chip)) {
        return false;
      }
      chip.spi.exchange(addressed(CODE_PROGRAM, address) + bytes, 0);
      waitIdle(chip, PROGRAM_MAX_US, PROGRAM_LOOK_US);
      return true;
    },
    erase: function (address) {
      if (!enable(chip)) {
        return false;
      }
      chip.spi.exchange(addressed(CODE_ERASE, address), 0);
      waitIdle(chip, ERASE_MAX_US, ERASE_LOOK_US);
      return true;
    },
  };
}

/** The first `geometry.size_bytes` of the chip. */
export function createW25q(spi: SpiDevice, delay: Delay, geometry: NvmGeometry, guard: NvmGuard): Nvm {
  assert(
    geometry.sector_bytes === SECTOR_BYTES && geometry.page_bytes === PAGE_BYTES,
    "a W25Q has 4 KiB and 256 bytes",
  );
  assert(geometry.word_bytes === 1 && geometry.size_bytes <= 16777216, "a W25Q has three bytes of address");
  const chip: Chip = {
    spi: spi,
    delay: delay,
    size_bytes: geometry.size_bytes,
    ones: filled(255, PAGE_BYTES),
    zeros: filled(0, PAGE_BYTES),
  };
  waitIdle(chip, ERASE_MAX_US, ERASE_LOOK_US);
  spi.exchange(RELEASE, 0);
  delay.wait_us(RELEASE_US);
  return createGuardedNvm(geometry, cellsOf(chip), guard);
}
