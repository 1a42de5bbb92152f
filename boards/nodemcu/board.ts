/**
 * Board: what the bindings read of a board's description (boards/<name>.board.json), whose names these are. Pins are
 * numbers of the ESP32. tools/build/entry.ts makes the record.
 */
import type { NvmGeometry } from "../../hal/nvm";
import type { PartValues, Signals } from "../drivers/wiring/bench";

export interface NodemcuPins extends Signals<number> {
  /** A pin of ADC1. */
  supply_adc?: number;
  /** PWRKEY of a BG96. */
  modem_power?: number;
}

export interface NodemcuI2cWires {
  scl: number;
  sda: number;
  rate_hz: number;
}

export interface NodemcuSpiWires {
  sck: number;
  miso: number;
  mosi: number;
  cs: number;
  rate_hz: number;
}

export interface NodemcuUartWires {
  rx: number;
  tx: number;
  rate_hz: number;
}

/** What is fitted; each value has the default that drivers/wiring names. */
export interface NodemcuParts extends PartValues {
  display: "none" | "hd44780";
  keypad: "none" | "expander";
  card: "none" | "pn532_i2c";
  radio: "none" | "im871a" | "bg96";
}

export interface NodemcuBoard {
  name: string;
  /** What node.chipmodel() says there. */
  chip: string;
  pins: NodemcuPins;
  i2c: NodemcuI2cWires;
  /** The memory of the journal, NOR flash, is on it. */
  spi: NodemcuSpiWires;
  uart_modem?: NodemcuUartWires;
  geometry: NvmGeometry;
  parts: NodemcuParts;
}
