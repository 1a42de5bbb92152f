/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/** The board of the entries that run a whole meter, and its power. */
import type { LuatosBoard } from "../../../../boards/luatos/board";
import { createProgram } from "../../../../boards/luatos/program";
import { ring } from "../../../../boards/luatos/timer";
import type { Program } from "../../../../firmware/program";
import { W25Q_GEOMETRY } from "../../binding_scenes";

export const FLOW_A = 20;
export const FLOW_B = 21;
export const CASE = 22;
const OPEN = 24;
export const CLOSE = 25;
export const AT_OPEN = 26;
export const AT_CLOSED = 27;

/** As lua-luatos has it. */
export const BOARD: LuatosBoard = {
  name: "test",
  chip: "EC618",
  pins: {
    flow: FLOW_A,
    flow_direction: FLOW_B,
    valve_open: OPEN,
    valve_close: CLOSE,
    valve_is_open: AT_OPEN,
    valve_is_closed: AT_CLOSED,
    tamper_case: CASE,
    buzzer: 1,
  },
  supply: "vbat",
  uart: 1,
  i2c: { id: 0, rate_hz: 400000 },
  spi: { id: 0, cs: 8, rate_hz: 8000000 },
  geometry: W25Q_GEOMETRY,
  parts: {
    display: "hd44780",
    keypad: "expander",
    card: "pn532_i2c",
    radio: "module",
    supply_low_mv: 3500,
    supply_good_mv: 3600,
    supply_memory_mv: 3300,
  },
};

/** `exchange` is the memory, which outlives a power cut. */
export function powerUp(exchange: (out: string, count: number) => string): Program {
  power_up();
  hardware.on_timer = ring;
  hardware.exchange = exchange;
  hardware.set(CASE, 0);
  hardware.set(AT_OPEN, 0);
  hardware.set(FLOW_A, 0);
  hardware.set(FLOW_B, 0);
  return createProgram(BOARD);
}
