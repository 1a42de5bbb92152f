/**
 * FRAM: memory that is written as fast as the bus runs, without pages, erases or waiting.
 *
 * MB85RC on I2C (Fujitsu, later RAMXEON; datasheet MB85RC256V, DS501-00017-3v0-E, page 4 for the protocol, pages
 * 8 to 10 for writes and reads):
 *   write   address 50 hexadecimal + A2 A1 A0, word address high and low, then bytes; each is in the array with its own
 *           acknowledge; the word address wraps to 0 behind the last one
 *   read    word address as above, repeated start, then bytes
 *
 * FM25 on SPI (Ramtron, Cypress, now Infineon; datasheet FM25CL64 rev. 2.1, pages 5 and 6; FM25V02A, 001-90865):
 *   06        WREN sets the write enable latch; a WRITE without it is ignored, and its end clears the latch
 *   05        RDSR: bit 1 WEL; bits 0, 4 and 5 always read 0, which a bus without a chip does not
 *   02 a a    WRITE, 03 a a READ; any length, wrapping behind the last address. Parts of 1 Mbit and more take three
 *             bytes of address.
 * The pages of MB85RC256V other than 10 are from memory; so is that bit 6 of the status, 0 in FM25CL64, is 1 in
 * FM25V02A.
 *
 * Geometry: the parts have no pages and no sectors; an erase is a fill. A cut leaves the bytes that were sent: a run is
 * written from its start on, in transfers of at most TRANSFER_MAX_BYTES.
 *
 * Port: nvm (fram_i2c, fram_spi).
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";
import type { I2cDevice, SpiDevice } from "./bus";
import type { MemoryCells, NvmGuard } from "./guarded_nvm";
import { createGuardedNvm, filled } from "./guarded_nvm";

/** A transfer that was disturbed is repeated: writing the same bytes twice changes nothing. */
export const TRANSFER_TRIES = 3;
/** Longest run in one transfer: some I2C peripherals take 255 bytes with the address. */
const TRANSFER_MAX_BYTES = 128;
/** Parts above this size take three bytes of address (SPI), or do not exist (I2C). */
const TWO_BYTE_ADDRESSES = 65536;

const WRITE_ENABLE = String.fromCharCode(0x06);
const READ_STATUS = String.fromCharCode(0x05);
const CODE_WRITE = 0x02;
const CODE_READ = 0x03;
const WRITE_ENABLED_BIT = 2;
/** Bits of the status that are never set. */
const ALWAYS_ZERO_BITS = 0x31;

/** Fills a sector, a page at a time. */
function eraseBy(
  geometry: NvmGeometry,
  blank: string,
  address: number,
  write: (at: number, run: string) => boolean,
): boolean {
  for (let offset = 0; offset < geometry.sector_bytes; offset += geometry.page_bytes) {
    // Behind the first page something has changed, so the part has not refused; what is missing is seen by reading.
    if (!write(address + offset, blank)) {
      return offset > 0;
    }
  }
  return true;
}

function joinReads(address: number, length: number, read: (at: number, count: number) => string): string {
  let bytes = "";
  while (bytes.length < length) {
    const run = read(address + bytes.length, Math.min(TRANSFER_MAX_BYTES, length - bytes.length));
    if (run.length === 0) {
      return "";
    }
    bytes = bytes + run;
  }
  return bytes;
}

function wordAddress(address: number): string {
  return String.fromCharCode(Math.floor(address / 256), address % 256);
}

function readI2c(device: I2cDevice, address: number, count: number): string {
  for (let times = 0; times < TRANSFER_TRIES; times++) {
    const bytes = device.read(wordAddress(address), count);
    if (bytes.length === count) {
      return bytes;
    }
  }
  return "";
}

/** One transfer. False only when the chip did not acknowledge even its address, so that nothing has changed. */
function writePart(device: I2cDevice, address: number, bytes: string): boolean {
  let there = false;
  for (let times = 0; times < TRANSFER_TRIES; times++) {
    // A write of the word address alone changes nothing: it tells a chip that is silent from a transfer that broke off.
    if (device.write(wordAddress(address))) {
      there = true;
      if (device.write(wordAddress(address) + bytes)) {
        return true;
      }
    }
  }
  return there;
}

function writeI2c(device: I2cDevice, address: number, bytes: string): boolean {
  for (let offset = 0; offset < bytes.length; offset += TRANSFER_MAX_BYTES) {
    const end = Math.min(offset + TRANSFER_MAX_BYTES, bytes.length);
    if (!writePart(device, address + offset, bytes.substring(offset, end))) {
      return offset > 0;
    }
  }
  return true;
}

export function createFramI2c(device: I2cDevice, geometry: NvmGeometry, guard: NvmGuard): Nvm {
  assert(geometry.programs_per_erase >= PROGRAMS_UNLIMITED && geometry.word_bytes === 1, "FRAM has single bytes");
  assert(geometry.size_bytes <= TWO_BYTE_ADDRESSES, "an I2C part has two bytes of address");
  const blank = filled(255, geometry.page_bytes);
  const write = function (address: number, bytes: string): boolean {
    return writeI2c(device, address, bytes);
  };
  const cells: MemoryCells = {
    read: function (address, length) {
      return joinReads(address, length, function (at, count) {
        return readI2c(device, at, count);
      });
    },
    program: write,
    erase: function (address) {
      return eraseBy(geometry, blank, address, write);
    },
  };
  return createGuardedNvm(geometry, cells, guard);
}

interface SpiChip {
  spi: SpiDevice;
  geometry: NvmGeometry;
  zeros: string;
}

function spiAddress(geometry: NvmGeometry, code: number, address: number): string {
  const low = String.fromCharCode(Math.floor(address / 256) % 256, address % 256);
  if (geometry.size_bytes <= TWO_BYTE_ADDRESSES) {
    return String.fromCharCode(code) + low;
  }
  return String.fromCharCode(code, Math.floor(address / 65536)) + low;
}

function statusOf(spi: SpiDevice): number {
  const answer = spi.exchange(READ_STATUS, 1);
  return answer.length === 1 ? answer.charCodeAt(0) : ALWAYS_ZERO_BITS;
}

function writeSpi(spi: SpiDevice, geometry: NvmGeometry, address: number, bytes: string): boolean {
  spi.exchange(WRITE_ENABLE, 0);
  if ((statusOf(spi) & (ALWAYS_ZERO_BITS + WRITE_ENABLED_BIT)) !== WRITE_ENABLED_BIT) {
    return false;
  }
  spi.exchange(spiAddress(geometry, CODE_WRITE, address) + bytes, 0);
  return true;
}

/**
 * A bus without a chip must not read as a part that is blank. Pulled up, it shows in the status; pulled down, in that
 * no latch sets, which is tried only where the bytes look so.
 */
function readSpi(chip: SpiChip, address: number, length: number): string {
  if ((statusOf(chip.spi) & ALWAYS_ZERO_BITS) !== 0) {
    return "";
  }
  const bytes = joinReads(address, length, function (at, count) {
    return chip.spi.exchange(spiAddress(chip.geometry, CODE_READ, at), count);
  });
  const start = bytes.substring(0, chip.zeros.length);
  if (start === chip.zeros.substring(0, start.length)) {
    chip.spi.exchange(WRITE_ENABLE, 0);
    if ((statusOf(chip.spi) & WRITE_ENABLED_BIT) === 0) {
      return "";
    }
  }
  return bytes;
}

export function createFramSpi(spi: SpiDevice, geometry: NvmGeometry, guard: NvmGuard): Nvm {
  assert(geometry.programs_per_erase >= PROGRAMS_UNLIMITED && geometry.word_bytes === 1, "FRAM has single bytes");
  const blank = filled(255, geometry.page_bytes);
  const write = function (address: number, bytes: string): boolean {
    return writeSpi(spi, geometry, address, bytes);
  };
  const chip: SpiChip = { spi: spi, geometry: geometry, zeros: filled(0, geometry.page_bytes) };
  const cells: MemoryCells = {
    read: function (address, length) {
      return readSpi(chip, address, length);
    },
    program: write,
    erase: function (address) {
      return eraseBy(geometry, blank, address, write);
    },
  };
  return createGuardedNvm(geometry, cells, guard);
}
