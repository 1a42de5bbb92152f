/**
 * Board: what the bindings read of a board's description (boards/<name>.board.json), whose names these are. Pins are
 * numbers of the ESP32. tools/build/entry.ts makes the record.
 */
import type { NvmGeometry } from "../../hal/nvm";

export interface NodemcuPins {
  flow: number;
  valve_open: number;
  valve_close: number;
  /** Low at the end. */
  valve_is_open?: number;
  valve_is_closed?: number;
  tamper_case?: number;
  tamper_magnet?: number;
  tamper_reader?: number;
  /** A pin of ADC1. */
  supply_adc?: number;
  buzzer?: number;
  /** High: the cable to the sensor is cut. */
  flow_loop?: number;
  /** High: the measuring tube is empty. */
  flow_empty?: number;
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

/** What drivers must know beyond pins; each has the default that parts.ts names. */
export interface NodemcuParts {
  display: "none" | "hd44780";
  keypad: "none" | "expander";
  card: "none" | "pn532_i2c";
  radio: "none" | "im871a";
  look_ms?: number;
  valve_travel_max_ms?: number;
  valve_seat_ms?: number;
  supply_multiply?: number;
  supply_divide?: number;
  supply_low_mv?: number;
  supply_good_mv?: number;
  supply_memory_mv?: number;
  display_i2c_address?: number;
  keypad_i2c_address?: number;
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
