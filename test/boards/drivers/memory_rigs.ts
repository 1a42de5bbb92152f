/** Memory drivers on their chips: each as a rig with the faults that a test needs. */
import type { I2cDevice, SpiDevice } from "../../../boards/drivers/bus";
import { createFramI2c, createFramSpi } from "../../../boards/drivers/fram";
import type { NvmGuard } from "../../../boards/drivers/guarded_nvm";
import { createMcuFlash } from "../../../boards/drivers/mcu_flash";
import { createW25q } from "../../../boards/drivers/w25q";
import type { Nvm, NvmGeometry } from "../../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../../hal/nvm";
import type { BusTime } from "../../../sim/bus/bus_time";
import { createBusTime, waitUs } from "../../../sim/bus/bus_time";
import type { FlashPagesTwin } from "../../../sim/bus/flash_pages";
import { createFlashPages } from "../../../sim/bus/flash_pages";
import type { Fm25Chip } from "../../../sim/bus/fram_chips";
import { createFm25, createMb85rc } from "../../../sim/bus/fram_chips";
import type { I2cBus } from "../../../sim/bus/i2c_bus";
import { createI2cBus, i2cDevice } from "../../../sim/bus/i2c_bus";
import type { W25qChip } from "../../../sim/bus/w25q_chip";
import { createW25qChip } from "../../../sim/bus/w25q_chip";

export const NOR: NvmGeometry = {
  size_bytes: 65536,
  sector_bytes: 4096,
  page_bytes: 256,
  word_bytes: 1,
  programs_per_erase: 2,
  erase_limit: 100000,
};
export const NRF52: NvmGeometry = { ...NOR, size_bytes: 32768, word_bytes: 4, erase_limit: 10000 };
export const ECC: NvmGeometry = { ...NRF52, sector_bytes: 2048, word_bytes: 8, programs_per_erase: 1 };
export const FRAM: NvmGeometry = {
  size_bytes: 32768,
  sector_bytes: 4096,
  page_bytes: 256,
  word_bytes: 1,
  programs_per_erase: PROGRAMS_UNLIMITED,
  erase_limit: 1000000000000,
};
/** A part with three bytes of address. */
export const LARGE_FRAM: NvmGeometry = { ...FRAM, size_bytes: 131072 };

export interface Supply {
  good: boolean;
}

export function guardOf(supply: Supply): NvmGuard {
  return { supply_good: () => supply.good, crc32: undefined };
}

function delayOf(time: BusTime): { wait_us: (span_us: number) => void } {
  return {
    wait_us: (span_us) => {
      waitUs(time, span_us);
    },
  };
}

export interface W25qRig {
  chip: W25qChip;
  supply: Supply;
  /** The meter boots: a driver of its own. */
  boot: () => Nvm;
}

export function w25qRig(): W25qRig {
  const time = createBusTime();
  const chip = createW25qChip(time, 20);
  const supply = { good: true };
  const spi: SpiDevice = chip.device;
  return { chip, supply, boot: () => createW25q(spi, delayOf(time), NOR, guardOf(supply)) };
}

export interface FlashRig {
  twin: FlashPagesTwin;
  supply: Supply;
  boot: () => Nvm;
}

export function flashRig(geometry: NvmGeometry): FlashRig {
  const first_address = 8 * geometry.sector_bytes;
  const twin = createFlashPages(first_address + geometry.size_bytes, geometry.sector_bytes, geometry.word_bytes);
  const supply = { good: true };
  return { twin, supply, boot: () => createMcuFlash(twin.pages, geometry, first_address, guardOf(supply)) };
}

export interface FramI2cRig {
  bus: I2cBus;
  supply: Supply;
  boot: () => Nvm;
}

export function framI2cRig(): FramI2cRig {
  const bus = createI2cBus(createBusTime());
  createMb85rc(bus, 0x50, FRAM.size_bytes);
  const supply = { good: true };
  const device: I2cDevice = i2cDevice(bus, 0x50);
  return { bus, supply, boot: () => createFramI2c(device, FRAM, guardOf(supply)) };
}

export interface FramSpiRig {
  chip: Fm25Chip;
  supply: Supply;
  boot: () => Nvm;
}

export function framSpiRig(geometry: NvmGeometry): FramSpiRig {
  const chip = createFm25(createBusTime(), geometry.size_bytes);
  const supply = { good: true };
  return { chip, supply, boot: () => createFramSpi(chip.device, geometry, guardOf(supply)) };
}
