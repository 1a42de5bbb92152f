/** A board's description and a household's settings, for entries that boot a whole meter. */
import type { EspruinoBoard } from "../../../../boards/espruino/board";
import type { Tariff } from "../../../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../../../firmware/credit/tariff";
import type { Settings } from "../../../../firmware/settings";
import { blankSettings } from "../../../../firmware/settings";

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
