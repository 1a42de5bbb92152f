/**
 * Boot entry: the firmware alone on a board that does nothing, for counting what it occupies after boot.
 *
 * Compiled for Espruino like the firmware itself, so it keeps to the portable subset: every port is as small as its
 * interface allows, and what is counted is the meter.
 */
import type { Hal } from "../../hal/hal";
import type { NvmResult } from "../../hal/nvm";
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";
import type { Meter } from "../../firmware/state";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { boot as bootMeter, commission, start } from "../../firmware/index";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";

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

function household(): Settings {
  const settings = blankSettings();
  settings.meter_number = "600100000000000017";
  settings.region = "600100";
  settings.pulse_litres = 1;
  settings.pulse_pulses = 1;
  settings.q3_l_h = 2500;
  settings.burst_permille = 300;
  settings.flow_max_l_h = 6250;
  settings.utc_offset_min = 60;
  settings.dst_shift_min = 60;
  settings.dst_start_month = 3;
  settings.dst_start_week = 5;
  settings.dst_start_minute = 120;
  settings.dst_end_month = 10;
  settings.dst_end_week = 5;
  settings.dst_end_minute = 180;
  settings.low_credit_milli = 200000;
  settings.emergency_milli = 100000;
  settings.friendly_from_minute = 1200;
  settings.friendly_to_minute = 420;
  settings.friendly_weekends = true;
  settings.battery_empty_mv = 3000;
  settings.tamper_shuts = true;
  return settings;
}

/** Boots, commissions and returns the meter, which must stay referenced while it is counted. */
export function boot(): Meter | undefined {
  const tariff = {
    id: 1,
    start_utc_s: 0,
    standing_milli: 10007,
    limits_l: [5000, 12000, NO_LIMIT_L],
    prices_milli: [120011, 240337, 480999],
  };
  const booted = bootMeter(bareHal(), household(), tariff, ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    start(booted.meter);
    commission(booted.meter, OPENING_MILLI);
  }
  return booted.meter;
}
