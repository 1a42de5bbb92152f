/**
 * Board: what the bindings read of a board's description (boards/<name>.board.json), whose names these are. Pins are
 * LuatOS's numbers of GPIO. tools/build/entry.ts makes the record.
 */
import type { NvmGeometry } from "../../hal/nvm";

export interface LuatosPins {
  flow: number;
  /** Channel B of a quadrature sensor. */
  flow_direction?: number;
  valve_open: number;
  valve_close: number;
  /** Low at the end. */
  valve_is_open?: number;
  valve_is_closed?: number;
  tamper_case?: number;
  tamper_magnet?: number;
  tamper_reader?: number;
  buzzer?: number;
  /** High: the cable to the sensor is cut. */
  flow_loop?: number;
  /** High: the measuring tube is empty. */
  flow_empty?: number;
}

export interface LuatosI2cBus {
  id: number;
  rate_hz: number;
}

export interface LuatosSpiBus {
  id: number;
  /** A GPIO. */
  cs: number;
  rate_hz: number;
}

/** What drivers must know beyond pins; each has the default that main.ts names. */
export interface LuatosParts {
  display: "none" | "hd44780";
  keypad: "none" | "expander";
  card: "none" | "pn532_i2c";
  debounce_ms?: number;
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

export interface LuatosBoard {
  /** Of the board file. */
  name: string;
  /** What rtos.bsp() says there. */
  chip: string;
  pins: LuatosPins;
  /** A channel of the converter, or the module's own supply, which it measures inside. */
  supply?: number | "vbat";
  /** The technician's line. */
  uart: number;
  i2c: LuatosI2cBus;
  /** The memory of the journal, NOR flash, is on it. */
  spi: LuatosSpiBus;
  geometry: NvmGeometry;
  parts: LuatosParts;
}
