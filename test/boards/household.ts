/** The household of the meters that boot on boards, for entries that run inside an engine. Portable code. */
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";

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
