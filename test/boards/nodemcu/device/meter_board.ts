/** A board's description, for entries that boot a whole meter. */
import type { NodemcuBoard } from "../../../../boards/nodemcu/board";
import { W25Q_GEOMETRY } from "../../binding_scenes";

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
  geometry: W25Q_GEOMETRY,
  parts: { display: "hd44780", keypad: "expander", card: "pn532_i2c", radio: "im871a" },
};
