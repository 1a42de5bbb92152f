/**
 * Board: what the bindings read of a board's description (boards/<name>.board.json), whose names these are. Pins are
 * LuatOS's numbers of GPIO. tools/build/entry.ts makes the record.
 */
import type { NvmGeometry } from "../../hal/nvm";
import type { PartValues, Signals } from "../drivers/wiring/bench";

export type LuatosPins = Signals<number>;

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

/** What is fitted; each value has the default that drivers/wiring names. */
export interface LuatosParts extends PartValues {
  display: "none" | "hd44780";
  keypad: "none" | "expander";
  card: "none" | "pn532_i2c";
  /** `module`: the module's own. */
  radio?: "none" | "module";
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
  /** Where in the same memory firmware stands that came by radio: a sector of the boot code's, then two slots. */
  update_slots?: { first: number; slot_bytes: number };
  parts: LuatosParts;
}
