/**
 * Board: what the drivers read of a board's description (boards/<name>.board.json), whose names these are.
 *
 * The bundler shortens them, as it does all names of the bundle's own records. So a description is compiled together
 * with the drivers: a build makes an entry that hands it to `createProgram` (program.ts) as an object literal, and
 * nothing that was read as JSON at run time would fit.
 */
import type { NvmGeometry } from "../../hal/nvm";
import type { PartValues, Signals } from "../drivers/wiring/bench";

export interface EspruinoPins extends Signals<string> {
  supply_adc?: string;
  /** Low: the comparator warns. */
  supply_warning?: string;
  /** Power key of a BG96: low switches it on. */
  modem_power?: string;
  lcd_cs?: string;
  lcd_wr?: string;
  lcd_data?: string;
}

export interface EspruinoBuses {
  i2c?: { scl: string; sda: string; rate_hz: number };
  spi?: { sck: string; miso: string; mosi: string; cs: string; rate_hz: number };
  uart_modem?: EspruinoUart;
}

export interface EspruinoUart {
  rx: string;
  tx: string;
  rate_hz: number;
}

export interface EspruinoNvm {
  type: "fram" | "spi_nor" | "mcu_flash";
  bus: "i2c" | "spi" | "internal";
  geometry: NvmGeometry;
  /** mcu_flash: where the memory begins. */
  address?: number;
}

/** What is fitted; each value has the default that parts.ts or drivers/wiring names. */
export interface EspruinoParts extends PartValues {
  nvm_i2c_address?: number;
  display?: "none" | "ht1621" | "hd44780";
  keypad?: "none" | "expander";
  rtc?: "none" | "pcf8563" | "ds3231";
  card?: "none" | "pn532_i2c";
  radio?: "none" | "im871a" | "rak3172" | "bg96";
  service?: "Serial1" | "USB" | "Bluetooth";
}

/** A .board.json, as far as the drivers read it. */
export interface EspruinoBoard {
  name: string;
  /** What process.env.BOARD says there. */
  interpreter: string;
  chip: string;
  pins: EspruinoPins;
  buses: EspruinoBuses;
  nvm: EspruinoNvm;
  parts?: EspruinoParts;
}
