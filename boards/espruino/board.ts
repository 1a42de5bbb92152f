/**
 * Board: what the drivers read of a board's description (boards/<name>.board.json), whose names these are.
 *
 * The bundler shortens them, as it does all names of the bundle's own records. So a description is compiled together
 * with the drivers: a build makes an entry that hands it to `createProgram` (program.ts) as an object literal, and
 * nothing that was read as JSON at run time would fit.
 */
import type { NvmGeometry } from "../../hal/nvm";

/** Pins of the board by signal; a signal that is not fitted is absent. */
export interface EspruinoPins {
  flow: string;
  /** The second channel of a sensor with two. */
  flow_direction?: string;
  /** High: the cable to the sensor is cut. */
  flow_loop?: string;
  /** High: the measuring tube is empty. */
  flow_empty?: string;
  valve_open: string;
  valve_close: string;
  /** Low at the end. */
  valve_is_open?: string;
  valve_is_closed?: string;
  tamper_case?: string;
  tamper_magnet?: string;
  tamper_reader?: string;
  supply_adc?: string;
  /** Low: the comparator warns. */
  supply_warning?: string;
  buzzer?: string;
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

/** What drivers must know beyond pins; each has the default that boards/espruino/parts.ts names. */
export interface EspruinoParts {
  debounce_ms?: number;
  look_ms?: number;
  valve_travel_max_ms?: number;
  valve_seat_ms?: number;
  supply_multiply?: number;
  supply_divide?: number;
  supply_low_mv?: number;
  supply_good_mv?: number;
  supply_memory_mv?: number;
  nvm_i2c_address?: number;
  display?: "none" | "ht1621" | "hd44780";
  display_i2c_address?: number;
  keypad?: "none" | "expander";
  keypad_i2c_address?: number;
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
