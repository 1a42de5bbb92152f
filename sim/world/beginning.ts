/**
 * Beginning: the lines of a program before its first step (program.ts).
 */
import { assert } from "../../firmware/assert";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import type { RadioSettings } from "../../firmware/radio/radio_settings";
import type { Settings } from "../../firmware/settings";
import { blankSettings } from "../../firmware/settings";
import type { TokenSettings } from "../../firmware/token/settings";
import { NVM_DEFAULT } from "../twins/nvm_parts";
import type { Host } from "./host";
import { wholeNumber, words } from "./words";
import type { Beginning, TwinSettings } from "./world";

const PROGRAM_VERSION = "1";

/** A tariff from words: ID START_UTC_S STANDING_MILLI LIMIT:PRICE ... starting at `first`. */
export function readTariff(list: string[], first: number): Tariff {
  assert(list.length >= first + 4, "a tariff has at least one block");
  const tariff: Tariff = {
    id: wholeNumber(list[first]),
    start_utc_s: wholeNumber(list[first + 1]),
    standing_milli: wholeNumber(list[first + 2]),
    limits_l: [],
    prices_milli: [],
  };
  for (let i = first + 3; i < list.length; i++) {
    const colon = list[i].indexOf(":");
    const limit_l = wholeNumber(list[i].substring(0, colon));
    tariff.limits_l.push(limit_l === 0 ? NO_LIMIT_L : limit_l);
    tariff.prices_milli.push(wholeNumber(list[i].substring(colon + 1, list[i].length)));
  }
  return tariff;
}

/** One pulse is one litre, until the program says otherwise. */
function emptySettings(): Settings {
  const settings = blankSettings();
  settings.pulse_litres = 1;
  settings.pulse_pulses = 1;
  return settings;
}

function setTime(settings: Settings, key: string, value: number): boolean {
  switch (key) {
    case "utc_offset_min":
      settings.utc_offset_min = value;
      return true;
    case "dst_shift_min":
      settings.dst_shift_min = value;
      return true;
    case "dst_start_month":
      settings.dst_start_month = value;
      return true;
    case "dst_start_week":
      settings.dst_start_week = value;
      return true;
    case "dst_start_weekday":
      settings.dst_start_weekday = value;
      return true;
    case "dst_start_minute":
      settings.dst_start_minute = value;
      return true;
    case "dst_end_month":
      settings.dst_end_month = value;
      return true;
    case "dst_end_week":
      settings.dst_end_week = value;
      return true;
    case "dst_end_weekday":
      settings.dst_end_weekday = value;
      return true;
    case "dst_end_minute":
      settings.dst_end_minute = value;
      return true;
    default:
      return false;
  }
}

function setCredit(settings: Settings, key: string, value: number): boolean {
  switch (key) {
    case "low_credit_milli":
      settings.low_credit_milli = value;
      return true;
    case "emergency_milli":
      settings.emergency_milli = value;
      return true;
    case "friendly_from_minute":
      settings.friendly_from_minute = value;
      return true;
    case "friendly_to_minute":
      settings.friendly_to_minute = value;
      return true;
    case "friendly_weekends":
      settings.friendly_weekends = value === 1;
      return true;
    case "lifeline_daily_l":
      settings.lifeline_daily_l = value;
      return true;
    case "lifeline_open_s":
      settings.lifeline_open_s = value;
      return true;
    case "lifeline_period_s":
      settings.lifeline_period_s = value;
      return true;
    case "tamper_shuts":
      settings.tamper_shuts = value === 1;
      return true;
    case "standpipe_step_l":
      settings.standpipe_step_l = value;
      return true;
    case "battery_empty_mv":
      settings.battery_empty_mv = value;
      return true;
    default:
      return false;
  }
}

function setMetrology(settings: Settings, key: string, value: number): boolean {
  switch (key) {
    case "pulse_litres":
      settings.pulse_litres = value;
      return true;
    case "pulse_pulses":
      settings.pulse_pulses = value;
      return true;
    case "q3_l_h":
      settings.q3_l_h = value;
      return true;
    case "burst_permille":
      settings.burst_permille = value;
      return true;
    case "flow_max_l_h":
      settings.flow_max_l_h = value;
      return true;
    default:
      return false;
  }
}

function setTwin(twins: TwinSettings, key: string, value: number): boolean {
  switch (key) {
    case "sensor_wrap":
      twins.sensor_wrap = value;
      return true;
    case "sensor_start":
      twins.sensor_start = value;
      return true;
    case "valve_travel_ms":
      twins.valve_travel_ms = value;
      return true;
    case "battery_mv":
      twins.battery_mv = value;
      return true;
    case "sensor_keeps":
      twins.sensor_keeps = value === 1;
      return true;
    case "clock_keeps":
      twins.clock_keeps = value === 1;
      return true;
    default:
      return false;
  }
}

function setText(settings: Settings, key: string, value: string): boolean {
  if (key === "meter_number") {
    settings.meter_number = value;
    return true;
  }
  if (key === "region") {
    settings.region = value;
    return true;
  }
  if (key === "transport_key") {
    settings.transport_key = value;
    return true;
  }
  if (key === "lifeline") {
    assert(value === "none" || value === "daily_allowance" || value === "flow_limit", "lifeline has three forms");
    settings.lifeline = value === "none" ? "none" : value === "daily_allowance" ? "daily_allowance" : "flow_limit";
    return true;
  }
  return false;
}

/** Settings of a meter without radio. */
function noRadio(): RadioSettings {
  return {
    interval_s: 0,
    master_key: "",
    region_key: "",
    region_key_revision: 0,
    region_key_next: "",
    group: 0,
    listen_minute: 0,
    listen_s: 0,
  };
}

function setRadio(radio: RadioSettings, key: string, text: string): boolean {
  switch (key) {
    case "radio_master_key":
      radio.master_key = text;
      return true;
    case "radio_region_key":
      radio.region_key = text;
      return true;
    case "radio_region_key_next":
      radio.region_key_next = text;
      return true;
    case "radio_interval_s":
      radio.interval_s = wholeNumber(text);
      return true;
    case "radio_region_key_revision":
      radio.region_key_revision = wholeNumber(text);
      return true;
    case "radio_group":
      radio.group = wholeNumber(text);
      return true;
    case "radio_listen_minute":
      radio.listen_minute = wholeNumber(text);
      return true;
    case "radio_listen_s":
      radio.listen_s = wholeNumber(text);
      return true;
    default:
      return false;
  }
}

function setTokenText(tokens: TokenSettings, key: string, value: string): boolean {
  switch (key) {
    case "token_mode":
      assert(value === "currency" || value === "volume", "a meter keeps money or litres");
      tokens.mode = value === "volume" ? "volume" : "currency";
      return true;
    case "token_key":
      tokens.key = value;
      return true;
    case "paygo_key":
      tokens.paygo_key = value;
      return true;
    default:
      return false;
  }
}

function setToken(tokens: TokenSettings, key: string, value: number): boolean {
  switch (key) {
    case "token_key_type":
      tokens.key_type = value;
      return true;
    case "token_key_revision":
      tokens.key_revision = value;
      return true;
    case "token_tariff_index":
      tokens.tariff_index = value;
      return true;
    case "token_key_expiry":
      tokens.key_expiry = value;
      return true;
    case "token_first_tid":
      tokens.first_tid = value;
      return true;
    case "paygo_start":
      tokens.paygo_start = value;
      return true;
    case "paygo_unit":
      tokens.paygo_unit = value;
      return true;
    case "repay_permille":
      tokens.repay_permille = value;
      return true;
    default:
      return false;
  }
}

function set(beginning: Beginning, key: string, text: string): void {
  const settings = beginning.settings;
  const twins = beginning.twins;
  if (
    setText(settings, key, text) ||
    setTokenText(settings.tokens, key, text) ||
    setRadio(beginning.radio, key, text)
  ) {
    return;
  }
  if (key === "nvm") {
    twins.nvm = text;
    return;
  }
  const value = wholeNumber(text);
  const known =
    setMetrology(settings, key, value) ||
    setTime(settings, key, value) ||
    setCredit(settings, key, value) ||
    setToken(settings.tokens, key, value) ||
    setTwin(twins, key, value);
  assert(known, "a program sets only what exists");
}

/** Reads up to and with the `begin` line. */
export function readBeginning(host: Host): Beginning {
  const first = host.read_line();
  assert(first === "program " + PROGRAM_VERSION, "the program has the version of this world");
  const beginning: Beginning = {
    host: host,
    settings: emptySettings(),
    radio: noRadio(),
    twins: {
      sensor_wrap: 65536,
      sensor_start: 0,
      valve_travel_ms: 800,
      battery_mv: 3600,
      sensor_keeps: false,
      clock_keeps: true,
      nvm: NVM_DEFAULT,
    },
    tariff: { id: 0, start_utc_s: 0, standing_milli: 0, limits_l: [], prices_milli: [] },
    start_utc_s: 0,
    seed: 0,
    trace_on: false,
  };
  let begun = false;
  while (!begun) {
    const line = host.read_line();
    assert(line !== undefined, "a program begins");
    const list = words(line === undefined ? "begin" : line, 20);
    if (list[0] === "set") {
      set(beginning, list[1], list[2]);
    } else if (list[0] === "holiday") {
      beginning.settings.holidays.push(wholeNumber(list[1]));
    } else if (list[0] === "tariff") {
      beginning.tariff = readTariff(list, 1);
    } else {
      assert(list[0] === "begin" && list.length === 4, "begin has a start, a seed and a trace setting");
      beginning.start_utc_s = wholeNumber(list[1]);
      beginning.seed = wholeNumber(list[2]);
      beginning.trace_on = list[3] === "1";
      begun = true;
    }
  }
  return beginning;
}
