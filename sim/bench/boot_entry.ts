/**
 * Boot entry: the firmware alone on a board that does nothing, for counting what it occupies after boot.
 *
 * Compiled for Espruino like the firmware itself, so it keeps to the portable subset: every port is as small as its
 * interface allows, and what is counted is the meter.
 */
import type { Hal } from "../../hal/hal";
import type { NvmResult } from "../../hal/nvm";
import type { Settings } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { boot as bootMeter, commission, start } from "../../firmware/index";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { noTokens } from "../../firmware/token/settings";

const START_UTC_S = 1551654000;
const OPENING_MILLI = 1000000;

function nothing(): void {
  return;
}

function zero(): number {
  return 0;
}

function no(): boolean {
  return false;
}

function refused(): NvmResult {
  return "refused";
}

function bareHal(): Hal {
  return {
    flow: {
      count_wrap: 65536,
      forward_count: zero,
      reverse_count: zero,
      empty_pipe: no,
      fault: () => "none",
      on_change: nothing,
      survives_power_cut: false,
    },
    valve: { travel_max_ms: 2000, drive: () => "started", position: () => "open" },
    clock: { now_utc_s: () => START_UTC_S, set: nothing },
    timer: { now_ms: zero, alarm: nothing },
    power: { supply_mv: () => 3600, on_brown_out: nothing },
    tamper: { active: no, on_change: nothing },
    display: { show: nothing },
    keypad: { on_key: nothing },
    buzzer: { beep: nothing },
    service: { write: () => "ok", on_receive: nothing },
    watchdog: { start: nothing, kick: nothing, caused_reset: no },
    random: { bytes: () => [] },
    crypto: { aes_cbc_encrypt: () => [], aes_cbc_decrypt: () => [], sha256: undefined },
    nvm: {
      geometry: { size_bytes: 0, sector_bytes: 0, page_bytes: 0, word_bytes: 1, programs_per_erase: 1, erase_limit: 0 },
      read: () => "",
      program: refused,
      erase: refused,
      crc32: undefined,
    },
    card: { apdu_max_bytes: 64, present: no, uid: () => [], transmit: () => "absent", on_change: nothing },
    radio: { frame_max_bytes: 255, send: () => "busy", listen: nothing, on_frame: nothing },
    engine: { memory_used: zero, memory_size: zero, take_faults: () => [] },
  };
}

const SETTINGS: Settings = {
  meter_number: "600100000000000017",
  region: "600100",
  transport_key: "",
  standpipe_step_l: 0,
  pulse_litres: 1,
  pulse_pulses: 1,
  q3_l_h: 2500,
  burst_permille: 300,
  flow_max_l_h: 6250,
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
  low_credit_milli: 200000,
  emergency_milli: 100000,
  tokens: noTokens(),
  friendly_from_minute: 1200,
  friendly_to_minute: 420,
  friendly_weekends: true,
  holidays: [],
  lifeline: "none",
  lifeline_daily_l: 0,
  lifeline_open_s: 0,
  lifeline_period_s: 0,
  battery_empty_mv: 3000,
  tamper_shuts: true,
};

/** Boots, commissions and returns the meter, which must stay referenced while it is counted. */
export function boot(): Meter | undefined {
  const tariff = {
    id: 1,
    start_utc_s: 0,
    standing_milli: 10007,
    limits_l: [5000, 12000, NO_LIMIT_L],
    prices_milli: [120011, 240337, 480999],
  };
  const booted = bootMeter(bareHal(), SETTINGS, tariff, ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    start(booted.meter);
    commission(booted.meter, OPENING_MILLI);
  }
  return booted.meter;
}
