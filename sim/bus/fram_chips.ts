/**
 * FRAM chips, as their datasheets say (the driver's header names them). A byte is in the array as soon as it is taken.
 *
 *   MB85RC   I2C: two bytes of word address, then data; the word address wraps behind the last byte
 *   FM25     SPI: WREN (06), RDSR (05), WRITE (02), READ (03), two or three bytes of address; the latch falls behind
 *            each WRITE, and a WRITE without it is ignored
 *
 * Faults of the FM25: absent (the bus reads `floats`), protected (the latch does not set), and a plug pulled after
 * `cut_after` data bytes of the next WRITE. Those of the MB85RC are the bus's (i2c_bus.ts).
 * Not modelled: block protection, sleep mode, device IDs.
 */
import type { BusTime } from "./bus_time";
import { waitUs } from "./bus_time";
import type { Cells } from "./cells";
import { cellAt, createCells, setCell } from "./cells";
import type { I2cBus, I2cChip } from "./i2c_bus";
import { addChip } from "./i2c_bus";
import type { SpiWires } from "./wires";

const BYTE_US = 1;
const TWO_BYTE_ADDRESSES = 65536;

export interface Mb85rcChip {
  cells: Cells;
  chip: I2cChip;
}

/** Puts a part on the bus; new parts hold zeros. */
export function createMb85rc(bus: I2cBus, address: number, size_bytes: number): Mb85rcChip {
  const cells = createCells(size_bytes, 0);
  let word_address = 0;
  const chip: I2cChip = {
    take: function (byte, place) {
      if (place === 0) {
        word_address = (byte * 256) % size_bytes;
      } else if (place === 1) {
        word_address = (word_address + byte) % size_bytes;
      } else {
        setCell(cells, word_address, byte);
        word_address = (word_address + 1) % size_bytes;
      }
      return true;
    },
    give: function () {
      const byte = cellAt(cells, word_address);
      word_address = (word_address + 1) % size_bytes;
      return byte;
    },
    stop: function () {
      return;
    },
  };
  addChip(bus, address, chip);
  return { cells: cells, chip: chip };
}

export interface Fm25Chip {
  device: SpiWires;
  time: BusTime;
  cells: Cells;
  enabled: boolean;
  absent: boolean;
  floats: number;
  write_protected: boolean;
  cut_armed: boolean;
  cut_after: number;
}

function repeated(code: number, count: number): string {
  let text = "";
  while (text.length < count) {
    text = text + String.fromCharCode(code);
  }
  return text;
}

function write(chip: Fm25Chip, address: number, data: string): void {
  for (let place = 0; place < data.length; place++) {
    if (chip.cut_armed && place >= chip.cut_after) {
      chip.cut_armed = false;
      chip.absent = true;
      return;
    }
    setCell(chip.cells, (address + place) % chip.cells.size_bytes, data.charCodeAt(place));
  }
}

function read(chip: Fm25Chip, address: number, count: number): string {
  let bytes = "";
  while (bytes.length < count) {
    bytes = bytes + String.fromCharCode(cellAt(chip.cells, (address + bytes.length) % chip.cells.size_bytes));
  }
  return bytes;
}

function exchange(chip: Fm25Chip, out: string, count: number): string {
  waitUs(chip.time, (out.length + count) * BYTE_US);
  if (chip.absent) {
    return repeated(chip.floats, count);
  }
  const code = out.charCodeAt(0);
  const long = chip.cells.size_bytes > TWO_BYTE_ADDRESSES;
  const header = long ? 4 : 3;
  let address = 0;
  for (let place = 1; place < header && place < out.length; place++) {
    address = (address * 256 + out.charCodeAt(place)) % 16777216;
  }
  if (code === 0x06) {
    chip.enabled = !chip.write_protected;
  } else if (code === 0x05) {
    return repeated(chip.enabled ? 2 : 0, count);
  } else if (code === 0x02 && chip.enabled) {
    chip.enabled = false;
    write(chip, address, out.substring(header, out.length));
  } else if (code === 0x03) {
    return read(chip, address, count);
  }
  return repeated(chip.floats, count);
}

export function createFm25(time: BusTime, size_bytes: number): Fm25Chip {
  const chip: Fm25Chip = {
    device: {
      exchange: function (out, count) {
        return exchange(chip, out, count);
      },
    },
    time: time,
    cells: createCells(size_bytes, 0),
    enabled: false,
    absent: false,
    floats: 255,
    write_protected: false,
    cut_armed: false,
    cut_after: 0,
  };
  return chip;
}
