/**
 * W25Q chip on its SPI bus, as its datasheet says (the driver's header names it): instructions 9F, 05, 06, 04, 02, 20,
 * 03, AB, B9. A program clears bits and wraps within its page of 256; a program or an erase without the write enable
 * latch, or of a busy or sleeping chip, is ignored; the latch falls when one has ended; while busy only the status
 * reads.
 *
 * Faults:
 *   absent      no chip: the bus reads `floats`, 255 with a pull-up, 0 with none
 *   protected   the latch does not set
 *   hung        busy for ever
 *   cut         the plug is pulled in the next program or erase, after `cut_after` bytes or a share of the sector: the
 *               rest stays as it is, and the chip has no power until `restorePower`
 * Not modelled: dual and quad modes, other sizes of erase, status registers 2 and 3, marginal cells (sim/twins/nvm.ts).
 */
import type { BusTime } from "./bus_time";
import { waitUs } from "./bus_time";
import type { Cells } from "./cells";
import { cellAt, clearCells, createCells, setCell } from "./cells";
import type { SpiWires } from "./wires";

const PAGE_BYTES = 256;
const SECTOR_BYTES = 4096;
/** Typical times. */
const PROGRAM_US = 400;
const ERASE_US = 45000;
/** Eight bits at 8 MHz. */
const BYTE_US = 1;
const NEVER_US = 4503599627370496;

export interface W25qChip {
  device: SpiWires;
  time: BusTime;
  cells: Cells;
  /** The capacity byte of its ID: 24 is 16 MiB. */
  capacity_power: number;
  enabled: boolean;
  asleep: boolean;
  busy_until_us: number;
  absent: boolean;
  floats: number;
  write_protected: boolean;
  hung: boolean;
  cut_armed: boolean;
  cut_after: number;
  powered: boolean;
  /** Programs and erases that took effect. */
  operations: number;
}

function repeated(code: number, count: number): string {
  let text = "";
  while (text.length < count) {
    text = text + String.fromCharCode(code);
  }
  return text;
}

function busy(chip: W25qChip): boolean {
  return chip.hung || chip.time.now_us < chip.busy_until_us;
}

/** The latch stays set until the operation has ended. */
function settle(chip: W25qChip): void {
  if (chip.busy_until_us > 0 && !busy(chip)) {
    chip.enabled = false;
    chip.busy_until_us = 0;
  }
}

function addressIn(chip: W25qChip, out: string): number {
  return (out.charCodeAt(1) * 65536 + out.charCodeAt(2) * 256 + out.charCodeAt(3)) % chip.cells.size_bytes;
}

/** True once, when the plug is pulled now. */
function pulled(chip: W25qChip): boolean {
  if (!chip.cut_armed) {
    return false;
  }
  chip.cut_armed = false;
  chip.powered = false;
  chip.enabled = false;
  return true;
}

function program(chip: W25qChip, out: string): void {
  if (!chip.enabled || out.length < 5) {
    return;
  }
  const address = addressIn(chip, out);
  const page = address - (address % PAGE_BYTES);
  const cut = pulled(chip);
  for (let place = 4; place < out.length; place++) {
    if (cut && place - 4 >= chip.cut_after) {
      return;
    }
    const at = page + ((address + place - 4) % PAGE_BYTES);
    setCell(chip.cells, at, cellAt(chip.cells, at) & out.charCodeAt(place));
  }
  chip.operations += 1;
  chip.busy_until_us = chip.time.now_us + PROGRAM_US;
}

function erase(chip: W25qChip, out: string): void {
  if (!chip.enabled || out.length !== 4) {
    return;
  }
  const address = addressIn(chip, out);
  const sector = address - (address % SECTOR_BYTES);
  if (pulled(chip)) {
    const pages = Math.min(Math.floor(chip.cut_after / PAGE_BYTES), Math.floor(SECTOR_BYTES / PAGE_BYTES));
    clearCells(chip.cells, sector, pages * PAGE_BYTES);
    return;
  }
  clearCells(chip.cells, sector, SECTOR_BYTES);
  chip.operations += 1;
  chip.busy_until_us = chip.time.now_us + ERASE_US;
}

function readCells(chip: W25qChip, out: string, count: number): string {
  const address = addressIn(chip, out);
  let bytes = "";
  for (let place = 0; place < count; place++) {
    bytes = bytes + String.fromCharCode(cellAt(chip.cells, (address + place) % chip.cells.size_bytes));
  }
  return bytes;
}

/** What an idle chip that is awake does. */
function obey(chip: W25qChip, out: string, count: number): string {
  const code = out.charCodeAt(0);
  if (code === 0x9f) {
    return (String.fromCharCode(0xef, 0x40, chip.capacity_power) + repeated(0, count)).substring(0, count);
  }
  if (code === 0x03) {
    return readCells(chip, out, count);
  }
  if (code === 0x06 && !chip.write_protected) {
    chip.enabled = true;
  } else if (code === 0x04) {
    chip.enabled = false;
  } else if (code === 0x02) {
    program(chip, out);
  } else if (code === 0x20) {
    erase(chip, out);
  } else if (code === 0xb9) {
    chip.asleep = true;
  }
  return repeated(255, count);
}

function exchange(chip: W25qChip, out: string, count: number): string {
  waitUs(chip.time, (out.length + count) * BYTE_US);
  if (chip.absent || !chip.powered) {
    return repeated(chip.floats, count);
  }
  settle(chip);
  const code = out.charCodeAt(0);
  if (code === 0xab) {
    chip.asleep = false;
    return repeated(chip.capacity_power - 1, count);
  }
  if (chip.asleep) {
    return repeated(chip.floats, count);
  }
  if (code === 0x05) {
    return repeated((busy(chip) ? 1 : 0) + (chip.enabled ? 2 : 0), count);
  }
  return busy(chip) ? repeated(chip.floats, count) : obey(chip, out, count);
}

/** A blank chip of 2^capacity_power bytes, asleep as after a shutdown. */
export function createW25qChip(time: BusTime, capacity_power: number): W25qChip {
  let size_bytes = 1;
  for (let power = 0; power < capacity_power; power++) {
    size_bytes = size_bytes * 2;
  }
  const chip: W25qChip = {
    device: {
      exchange: function (out, count) {
        return exchange(chip, out, count);
      },
    },
    time: time,
    cells: createCells(size_bytes, 255),
    capacity_power: capacity_power,
    enabled: false,
    asleep: true,
    busy_until_us: 0,
    absent: false,
    floats: 255,
    write_protected: false,
    hung: false,
    cut_armed: false,
    cut_after: 0,
    powered: true,
    operations: 0,
  };
  return chip;
}

/** Pulls the plug in the middle of the next program or erase. */
export function armCut(chip: W25qChip, cut_after: number): void {
  chip.cut_armed = true;
  chip.cut_after = cut_after;
}

export function restorePower(chip: W25qChip): void {
  chip.powered = true;
  chip.enabled = false;
  chip.asleep = false;
  chip.busy_until_us = 0;
}

/** An erase of before the meter's reset that is still under way. */
export function makeBusy(chip: W25qChip, span_us: number): void {
  chip.asleep = false;
  chip.busy_until_us = Math.min(chip.time.now_us + span_us, NEVER_US);
}
