/** A board's description, for entries that boot a whole meter. */
import type { EspruinoBoard } from "../../../../boards/espruino/board";

/** `look_ms`: how often the drivers look at the sensor themselves. */
export function board(look_ms: number): EspruinoBoard {
  return {
    name: "espruino-rak5010",
    interpreter: "LINUX",
    chip: "LINUX",
    pins: {
      flow: "FLOW",
      valve_open: "IN1",
      valve_close: "IN2",
      valve_is_open: "AT_OPEN",
      valve_is_closed: "AT_CLOSED",
      supply_adc: "VBAT",
      tamper_case: "CASE",
    },
    buses: {},
    nvm: {
      type: "mcu_flash",
      bus: "internal",
      address: 268435456 + 131072,
      geometry: {
        size_bytes: 32768,
        sector_bytes: 4096,
        page_bytes: 256,
        word_bytes: 4,
        programs_per_erase: 2,
        erase_limit: 10000,
      },
    },
    parts: { valve_travel_max_ms: 2000, valve_seat_ms: 100, look_ms: look_ms },
  };
}
