/**
 * Settings: what makes one meter this meter. Written at provisioning, changed only by authenticated messages.
 */
import { allDigits, hexBytes } from "./card/bytes";
import { AES_KEY_BYTES } from "./crypto/aes";
import { FLOW_MAX_L_H } from "./metrology/flow";
import { PULSE_TERM_MAX } from "./metrology/register";
import type { TokenSettings } from "./token/settings";
import { noTokens, tokenSettingsFault } from "./token/settings";

export interface Settings {
  /** Printed number of the meter, up to 18 digits (MeterPAN, IEC 62055-41 6.1.2). */
  meter_number: string;
  /** Supply group code, six digits: the region in which cards, tokens and radio messages are good. */
  region: string;
  /** Key that a commissioning card must know, 32 hexadecimal digits; "" for a meter that takes none. */
  transport_key: string;
  /** Litres of a step that a purse pays ahead at a standpipe; 0 for a household's meter. */
  standpipe_step_l: number;

  /** Volume of one pulse as the fraction litres / pulses, so that no factor is ever rounded: 1/1, 1/10, 1000/1, 3/7. */
  pulse_litres: number;
  pulse_pulses: number;
  /** Permanent flow rate Q3 (ISO 4064-1); the burst limit is a share of it. */
  q3_l_h: number;
  /** Share of Q3 above which a flow counts towards BURST. */
  burst_permille: number;
  /** More than this cannot come through the pipe: what a sensor reports beyond it is a fault and is not billed. */
  flow_max_l_h: number;

  /** Offset of standard time, and the daylight-saving rule in the manner of POSIX TZ (see calendar.ts). */
  utc_offset_min: number;
  dst_shift_min: number;
  dst_start_month: number;
  dst_start_week: number;
  dst_start_weekday: number;
  dst_start_minute: number;
  dst_end_month: number;
  dst_end_week: number;
  dst_end_weekday: number;
  dst_end_minute: number;

  /** At or below this balance the customer is warned. */
  low_credit_milli: number;
  /** Credit lent once on the customer's request; 0 for none. */
  emergency_milli: number;
  tokens: TokenSettings;

  /** Hours in which supply is not cut: local minutes of the day, from = to for none; may span midnight. */
  friendly_from_minute: number;
  friendly_to_minute: number;
  friendly_weekends: boolean;
  /** Local days (days since 1970-01-01) on which supply is not cut. */
  holidays: number[];

  /** What is left to a household without credit (supply.ts). */
  lifeline: "none" | "daily_allowance" | "flow_limit";
  lifeline_daily_l: number;
  lifeline_open_s: number;
  lifeline_period_s: number;

  /** Below this supply voltage the valve is shut while there is energy to do it. */
  battery_empty_mv: number;
  /** Whether an open case or a magnet shuts the valve until it is cleared. */
  tamper_shuts: boolean;
}

export const HOLIDAYS_MAX = 32;
/** 10,000 currency units. */
export const CREDIT_SETTING_MAX_MILLI = 1000000000;
export const COUNT_WRAP_MAX = 4294967296;

export const LIFELINE_DAILY_MAX_L = 100000;
export const DUTY_PERIOD_MIN_S = 600;
/** Shortest turn of the duty cycle, open or shut: the valve needs some of it to move. */
export const DUTY_TURN_MIN_S = 10;
export const DUTY_PERIOD_MAX_S = 86400;
export const SUPPLY_MAX_MV = 20000;
/** The six digits of a supply group code. */
const REGION_DIGITS = 6;
/** A step of a standpipe lasts longer than its payment takes, and is no loss worth a quarrel. */
export const STEP_MIN_L = 4;
export const STEP_MAX_L = 100;
const METER_NUMBER_MAX = 18;
const DAY_MINUTES = 1440;

/** Settings of nobody, for callers to fill in; `settingsFault` refuses them as they are. */
export function blankSettings(): Settings {
  return {
    meter_number: "",
    region: "",
    transport_key: "",
    standpipe_step_l: 0,
    pulse_litres: 0,
    pulse_pulses: 0,
    q3_l_h: 0,
    burst_permille: 0,
    flow_max_l_h: 0,
    utc_offset_min: 0,
    dst_shift_min: 0,
    dst_start_month: 0,
    dst_start_week: 0,
    dst_start_weekday: 0,
    dst_start_minute: 0,
    dst_end_month: 0,
    dst_end_week: 0,
    dst_end_weekday: 0,
    dst_end_minute: 0,
    low_credit_milli: 0,
    emergency_milli: 0,
    friendly_from_minute: 0,
    friendly_to_minute: 0,
    friendly_weekends: false,
    holidays: [],
    lifeline: "none",
    lifeline_daily_l: 0,
    lifeline_open_s: 0,
    lifeline_period_s: 0,
    battery_empty_mv: 0,
    tamper_shuts: false,
    tokens: noTokens(),
  };
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function quarter(minutes: number): boolean {
  return Math.floor(minutes / 15) * 15 === minutes;
}

function dayQuarter(minutes: number): boolean {
  return quarter(minutes) && within(minutes, 0, DAY_MINUTES - 1);
}

function timeFault(settings: Settings): string {
  if (!within(settings.utc_offset_min, -720, 840) || !quarter(settings.utc_offset_min)) {
    return "utc_offset_min";
  }
  if (!within(settings.dst_shift_min, 0, 120) || !quarter(settings.dst_shift_min)) {
    return "dst_shift_min";
  }
  if (settings.dst_shift_min > 0) {
    if (!within(settings.dst_start_month, 1, 12) || !within(settings.dst_end_month, 1, 12)) {
      return "dst_month";
    }
    if (!within(settings.dst_start_week, 1, 5) || !within(settings.dst_end_week, 1, 5)) {
      return "dst_week";
    }
    if (!within(settings.dst_start_weekday, 0, 6) || !within(settings.dst_end_weekday, 0, 6)) {
      return "dst_weekday";
    }
    if (!dayQuarter(settings.dst_start_minute) || !dayQuarter(settings.dst_end_minute)) {
      return "dst_minute";
    }
  }
  if (!within(settings.friendly_from_minute, 0, DAY_MINUTES - 1)) {
    return "friendly_from_minute";
  }
  return within(settings.friendly_to_minute, 0, DAY_MINUTES - 1) ? "" : "friendly_to_minute";
}

function creditFault(settings: Settings): string {
  if (!within(settings.low_credit_milli, 0, CREDIT_SETTING_MAX_MILLI)) {
    return "low_credit_milli";
  }
  if (!within(settings.emergency_milli, 0, CREDIT_SETTING_MAX_MILLI)) {
    return "emergency_milli";
  }
  if (settings.holidays.length > HOLIDAYS_MAX) {
    return "holidays";
  }
  if (settings.lifeline === "daily_allowance" && !within(settings.lifeline_daily_l, 1, LIFELINE_DAILY_MAX_L)) {
    return "lifeline_daily_l";
  }
  // A valve that turns more often than every ten minutes wears out within the life of the meter.
  if (settings.lifeline === "flow_limit") {
    const period_s = settings.lifeline_period_s;
    if (
      !within(period_s, DUTY_PERIOD_MIN_S, DUTY_PERIOD_MAX_S) ||
      !within(settings.lifeline_open_s, DUTY_TURN_MIN_S, period_s - DUTY_TURN_MIN_S)
    ) {
      return "lifeline_period_s";
    }
  }
  return within(settings.battery_empty_mv, 0, SUPPLY_MAX_MV) ? "" : "battery_empty_mv";
}

/** The first setting that is out of bounds, or "". The bounds keep every product of the firmware below 2^53. */
export function settingsFault(settings: Settings, count_wrap: number): string {
  if (settings.region.length !== REGION_DIGITS || !allDigits(settings.region)) {
    return "region";
  }
  if (!within(settings.meter_number.length, 1, METER_NUMBER_MAX) || !allDigits(settings.meter_number)) {
    return "meter_number";
  }
  if (settings.transport_key !== "" && hexBytes(settings.transport_key).length !== AES_KEY_BYTES) {
    return "transport_key";
  }
  if (settings.standpipe_step_l !== 0 && !within(settings.standpipe_step_l, STEP_MIN_L, STEP_MAX_L)) {
    return "standpipe_step_l";
  }
  if (!within(count_wrap, 256, COUNT_WRAP_MAX)) {
    return "count_wrap";
  }
  if (!within(settings.pulse_litres, 1, PULSE_TERM_MAX) || !within(settings.pulse_pulses, 1, PULSE_TERM_MAX)) {
    return "pulse_litres";
  }
  if (!within(settings.q3_l_h, 1, FLOW_MAX_L_H) || !within(settings.burst_permille, 1, 1000)) {
    return "q3_l_h";
  }
  if (!within(settings.flow_max_l_h, settings.q3_l_h, FLOW_MAX_L_H)) {
    return "flow_max_l_h";
  }
  const token_fault = tokenSettingsFault(settings.tokens);
  if (token_fault !== "") {
    return token_fault;
  }
  // Purses of a standpipe hold money.
  if (settings.tokens.mode === "volume" && settings.standpipe_step_l !== 0) {
    return "token_mode";
  }
  const fault = timeFault(settings);
  return fault === "" ? creditFault(settings) : fault;
}
