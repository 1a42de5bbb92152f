/** A board's description and a household's settings, for entries that boot a whole meter. */
import type { NodemcuBoard } from "../../../../boards/nodemcu/board";
import type { Tariff } from "../../../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../../../firmware/credit/tariff";
import type { Settings } from "../../../../firmware/settings";
import { blankSettings } from "../../../../firmware/settings";

export const FLOW = 34;
const OPEN = 25;
export const CLOSE = 26;
export const AT_OPEN = 36;
export const AT_CLOSED = 39;
export const CASE = 27;

/** As lua-esp32 has it. */
export const BOARD: NodemcuBoard = {
  name: "lua-esp32",
  chip: "esp32",
  pins: {
    flow: FLOW,
    valve_open: OPEN,
    valve_close: CLOSE,
    valve_is_open: AT_OPEN,
    valve_is_closed: AT_CLOSED,
    tamper_case: CASE,
    supply_adc: 33,
    buzzer: 32,
  },
  i2c: { scl: 22, sda: 21, rate_hz: 400000 },
  uart_modem: { rx: 16, tx: 17, rate_hz: 57600 },
  spi: { sck: 18, miso: 19, mosi: 23, cs: 5, rate_hz: 8000000 },
  geometry: {
    size_bytes: 4194304,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: 32,
    erase_limit: 100000,
  },
  parts: { display: "hd44780", keypad: "expander", card: "pn532_i2c", radio: "im871a" },
};

export function household(): Settings {
  const settings = blankSettings();
  settings.meter_number = "600100000000000017";
  settings.region = "600100";
  settings.pulse_litres = 1;
  settings.pulse_pulses = 1;
  settings.q3_l_h = 25000;
  settings.burst_permille = 1000;
  settings.flow_max_l_h = 62500;
  settings.low_credit_milli = 200000;
  return settings;
}

export function tariff(): Tariff {
  return { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000] };
}
