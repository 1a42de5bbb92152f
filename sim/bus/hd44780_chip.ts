/**
 * HD44780 with two rows behind a PCF8574 on I2C, as the datasheets say (the driver's header names them): a nibble is
 * taken when E falls; eight bits at power-on, four after function set; a nibble that comes while it is busy is lost.
 *
 * Fault: `upset` as a spark leaves it: in the middle of a byte, display off. Not modelled: reading, scrolling, own
 * characters.
 */
import type { BusTime } from "./bus_time";
import type { I2cBus, I2cChip } from "./i2c_bus";
import { addChip } from "./i2c_bus";

/** 37 us and 4 us of its address counter, which count for 270 kHz, with the slowest oscillator, of 190 kHz. */
const INSTRUCTION_US = 58;
const CLEAR_US = 1520;
const FIRST_SET_US = 4100;
const ROW_2 = 64;

export interface Hd44780Chip {
  chip: I2cChip;
  time: BusTime;
  /** 128 character codes; row 2 begins at 64. */
  memory: number[];
  address: number;
  four_bits: boolean;
  /** The upper nibble of a byte that is not whole; -1 between bytes. */
  upper: number;
  on: boolean;
  light: boolean;
  enable: boolean;
  busy_until_us: number;
  /** Nibbles that came too early. */
  lost: number;
  sets: number;
}

function clear(lcd: Hd44780Chip): void {
  for (let place = 0; place < lcd.memory.length; place++) {
    lcd.memory[place] = 32;
  }
  lcd.address = 0;
}

function busyFor(lcd: Hd44780Chip, span_us: number): void {
  lcd.busy_until_us = lcd.time.now_us + span_us;
}

function instruct(lcd: Hd44780Chip, byte: number): void {
  busyFor(lcd, INSTRUCTION_US);
  if (byte >= 128) {
    lcd.address = byte - 128;
  } else if (byte >= 32 && byte < 64) {
    lcd.four_bits = (byte & 16) === 0;
    lcd.sets += 1;
    if (lcd.sets === 1) {
      busyFor(lcd, FIRST_SET_US);
    }
  } else if (byte >= 8 && byte < 16) {
    lcd.on = (byte & 4) !== 0;
  } else if (byte === 1) {
    clear(lcd);
    busyFor(lcd, CLEAR_US);
  }
}

function takeByte(lcd: Hd44780Chip, byte: number, data: boolean): void {
  if (data) {
    lcd.memory[lcd.address] = byte;
    lcd.address = (lcd.address + 1) % 128;
    busyFor(lcd, INSTRUCTION_US);
  } else {
    instruct(lcd, byte);
  }
}

function takeNibble(lcd: Hd44780Chip, pins: number): void {
  const nibble = Math.floor(pins / 16);
  const data = (pins & 1) !== 0;
  if (lcd.time.now_us < lcd.busy_until_us) {
    lcd.lost += 1;
  } else if (!lcd.four_bits) {
    takeByte(lcd, nibble * 16, data);
  } else if (lcd.upper < 0) {
    lcd.upper = nibble;
  } else {
    const byte = lcd.upper * 16 + nibble;
    lcd.upper = -1;
    takeByte(lcd, byte, data);
  }
}

/** Puts a display on the bus. */
export function createHd44780Chip(bus: I2cBus, address: number): Hd44780Chip {
  const memory: number[] = [];
  while (memory.length < 128) {
    memory.push(63);
  }
  const lcd: Hd44780Chip = {
    chip: {
      take: function (pins) {
        const enable = (pins & 4) !== 0;
        if (lcd.enable && !enable && (pins & 2) === 0) {
          takeNibble(lcd, pins);
        }
        lcd.enable = enable;
        lcd.light = (pins & 8) !== 0;
        return true;
      },
      give: function () {
        return 255;
      },
      stop: function () {
        return;
      },
    },
    time: bus.time,
    memory: memory,
    address: 0,
    four_bits: false,
    upper: -1,
    on: false,
    light: false,
    enable: false,
    busy_until_us: 0,
    lost: 0,
    sets: 0,
  };
  addChip(bus, address, lcd.chip);
  return lcd;
}

/** What a row shows; nothing while the display is off. */
export function rowOf(lcd: Hd44780Chip, row: number, columns: number): string {
  let text = "";
  for (let column = 0; column < columns && lcd.on; column++) {
    text = text + String.fromCharCode(lcd.memory[(row === 0 ? 0 : ROW_2) + column]);
  }
  return text;
}

export function upsetLcd(lcd: Hd44780Chip): void {
  lcd.upper = 5;
  lcd.on = false;
}
