/** Samples: a household meter in Rome, and tariffs, for tests that are about something else. */
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";

/** Monday 4 March 2019, 00:00 in Rome. */
export const START_UTC_S = 1551654000;
export const DAY_S = 86400;

export const ROME = {
  utc_offset_min: 60,
  dst_shift_min: 60,
  dst_start_month: 3,
  dst_start_week: 5,
  dst_start_weekday: 0,
  dst_start_minute: 120,
  dst_end_month: 10,
  dst_end_week: 5,
  dst_end_weekday: 0,
  dst_end_minute: 180,
};

export const NO_DST = {
  dst_shift_min: 0,
  dst_start_month: 0,
  dst_start_week: 0,
  dst_start_weekday: 0,
  dst_start_minute: 0,
  dst_end_month: 0,
  dst_end_week: 0,
  dst_end_weekday: 0,
  dst_end_minute: 0,
};

export function settings(changes: Partial<Settings> = {}): Settings {
  return {
    ...blankSettings(),
    meter_number: "600100000000000017",
    region: "600100",
    pulse_litres: 1,
    pulse_pulses: 1,
    q3_l_h: 2500,
    burst_permille: 300,
    flow_max_l_h: 6250,
    ...ROME,
    low_credit_milli: 200000,
    battery_empty_mv: 3000,
    tamper_shuts: true,
    ...changes,
  };
}

/** One price for every litre: 1 milli-unit a litre unless changed. */
export function tariff(changes: Partial<Tariff> = {}): Tariff {
  return { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000], ...changes };
}

/** A tariff from [limit, price] pairs; the last limit is ignored, because the last block has none. */
export function blocks(pairs: [number, number][], changes: Partial<Tariff> = {}): Tariff {
  const last = pairs.length - 1;
  return tariff({
    limits_l: pairs.map(([limit_l], block) => (block === last ? NO_LIMIT_L : limit_l)),
    prices_milli: pairs.map(([, price_milli]) => price_milli),
    ...changes,
  });
}
