/**
 * Nameplate: settings and first tariff of one meter as a text of bytes, written once when it is provisioned and read at
 * every boot. Where a board keeps it is the board's affair; a meter without one does not count.
 *
 *   version (1); settings in the order of settings.ts, texts with their length in front, flags as 0 or 1, `holidays` as
 *   their number and the days, `lifeline` as 0 none, 1 daily allowance, 2 flow limit, tokens in the order of
 *   token/settings.ts, the mode as 1 for volume, and behind them the operator's tables of EA07: a flag, then with it both
 *   substitutions in 16 bytes each and the permutation in 64; the tariff as in saved_state.ts; the radio's part as
 *   bytes (radio_plate.ts), none for a meter without radio; CRC-32 (ISO-HDLC) of all bytes so far, as a field of its own
 *
 * Version 2 is the same without the radio's part. It is still read: a board that gets this firmware by radio stays the
 * meter that it is.
 *
 * The radio's part is carried along as bytes, so that a build without the radio reads what one with it was given.
 *
 * All fields are those of journal/fields.ts, walked in both directions by the same lines. Whether the values make sense
 * is said by settingsFault and tariffWellFormed.
 */
import { bytesText, textBytes } from "./card/bytes";
import type { Tariff } from "./credit/tariff";
import { NO_LIMIT_L } from "./credit/tariff";
import type { StaTables } from "./crypto/sta";
import type { Fields } from "./journal/fields";
import {
  WHOLE_MAX,
  WHOLE_MIN,
  bytesField,
  flagField,
  listField,
  readFields,
  wholeField,
  writeFields,
} from "./journal/fields";
import { tariffFields } from "./saved_state";
import { HOLIDAYS_MAX, blankSettings } from "./settings";
import type { Settings } from "./settings";
import type { TokenSettings } from "./token/settings";

const NAMEPLATE_VERSION = 3;
const VERSION_WITHOUT_RADIO = 2;
export const NAMEPLATE_MAX_BYTES = 2048;
const TEXT_MAX_BYTES = 64;
/** Of the radio's part: what is left of a nameplate beside the longest settings and tariff. */
export const RADIO_PART_MAX_BYTES = 1024;
const LIFELINES: Settings["lifeline"][] = ["none", "daily_allowance", "flow_limit"];

export interface Nameplate {
  settings: Settings;
  tariff: Tariff;
  /** As radio_plate.ts has it, "" for none. */
  radio: string;
}

/** CRC-32 (ISO-HDLC) of a text of bytes. */
export type Crc32 = (bytes: string) => number;

function whole(fields: Fields, value: number): number {
  return wholeField(fields, value, WHOLE_MIN, WHOLE_MAX);
}

/** The operator's tables of EA07. What they hold is judged with the other settings (token/settings.ts). */
function tablesField(fields: Fields, given: StaTables | undefined): StaTables | undefined {
  if (!flagField(fields, given !== undefined)) {
    return undefined;
  }
  const is_given = given !== undefined;
  return {
    first: textBytes(bytesField(fields, is_given ? bytesText(given.first) : "", TEXT_MAX_BYTES)),
    second: textBytes(bytesField(fields, is_given ? bytesText(given.second) : "", TEXT_MAX_BYTES)),
    permutation: textBytes(bytesField(fields, is_given ? bytesText(given.permutation) : "", TEXT_MAX_BYTES)),
  };
}

function tokenSettingsFields(fields: Fields, given: TokenSettings): TokenSettings {
  const settings: TokenSettings = {
    mode: flagField(fields, given.mode === "volume") ? "volume" : "currency",
    key: bytesField(fields, given.key, TEXT_MAX_BYTES),
    key_type: whole(fields, given.key_type),
    key_revision: whole(fields, given.key_revision),
    tariff_index: whole(fields, given.tariff_index),
    key_expiry: whole(fields, given.key_expiry),
    first_tid: whole(fields, given.first_tid),
    tables: undefined,
    paygo_key: bytesField(fields, given.paygo_key, TEXT_MAX_BYTES),
    paygo_start: whole(fields, given.paygo_start),
    paygo_unit: whole(fields, given.paygo_unit),
    repay_permille: whole(fields, given.repay_permille),
  };
  settings.tables = tablesField(fields, given.tables);
  return settings;
}

function settingsFields(fields: Fields, given: Settings): Settings {
  return {
    meter_number: bytesField(fields, given.meter_number, TEXT_MAX_BYTES),
    region: bytesField(fields, given.region, TEXT_MAX_BYTES),
    transport_key: bytesField(fields, given.transport_key, TEXT_MAX_BYTES),
    standpipe_step_l: whole(fields, given.standpipe_step_l),
    pulse_litres: whole(fields, given.pulse_litres),
    pulse_pulses: whole(fields, given.pulse_pulses),
    q3_l_h: whole(fields, given.q3_l_h),
    burst_permille: whole(fields, given.burst_permille),
    flow_max_l_h: whole(fields, given.flow_max_l_h),
    utc_offset_min: whole(fields, given.utc_offset_min),
    dst_shift_min: whole(fields, given.dst_shift_min),
    dst_start_month: whole(fields, given.dst_start_month),
    dst_start_week: whole(fields, given.dst_start_week),
    dst_start_weekday: whole(fields, given.dst_start_weekday),
    dst_start_minute: whole(fields, given.dst_start_minute),
    dst_end_month: whole(fields, given.dst_end_month),
    dst_end_week: whole(fields, given.dst_end_week),
    dst_end_weekday: whole(fields, given.dst_end_weekday),
    dst_end_minute: whole(fields, given.dst_end_minute),
    low_credit_milli: whole(fields, given.low_credit_milli),
    emergency_milli: whole(fields, given.emergency_milli),
    friendly_from_minute: whole(fields, given.friendly_from_minute),
    friendly_to_minute: whole(fields, given.friendly_to_minute),
    friendly_weekends: flagField(fields, given.friendly_weekends),
    holidays: listField(
      fields,
      given.holidays,
      wholeField(fields, given.holidays.length, 0, HOLIDAYS_MAX),
      WHOLE_MIN,
      WHOLE_MAX,
    ),
    lifeline: LIFELINES[wholeField(fields, LIFELINES.indexOf(given.lifeline), 0, LIFELINES.length - 1)],
    lifeline_daily_l: whole(fields, given.lifeline_daily_l),
    lifeline_open_s: whole(fields, given.lifeline_open_s),
    lifeline_period_s: whole(fields, given.lifeline_period_s),
    battery_empty_mv: whole(fields, given.battery_empty_mv),
    tamper_shuts: flagField(fields, given.tamper_shuts),
    tokens: tokenSettingsFields(fields, given.tokens),
  };
}

/** The bytes of a nameplate. */
export function nameplateBytes(plate: Nameplate, crc32: Crc32): string {
  const fields = writeFields();
  wholeField(fields, NAMEPLATE_VERSION, 0, WHOLE_MAX);
  settingsFields(fields, plate.settings);
  tariffFields(fields, plate.tariff);
  bytesField(fields, plate.radio, RADIO_PART_MAX_BYTES);
  whole(fields, crc32(fields.text));
  return fields.text;
}

/** The nameplate of these bytes; undefined when they are none, or not whole. */
export function readNameplate(bytes: string, crc32: Crc32): Nameplate | undefined {
  if (bytes.length > NAMEPLATE_MAX_BYTES) {
    return undefined;
  }
  const fields = readFields(bytes);
  const version = wholeField(fields, 0, VERSION_WITHOUT_RADIO, NAMEPLATE_VERSION);
  const settings = settingsFields(fields, blankSettings());
  const sample = { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [0] };
  const tariff = tariffFields(fields, sample);
  const radio = version === NAMEPLATE_VERSION ? bytesField(fields, "", RADIO_PART_MAX_BYTES) : "";
  const crc = crc32(bytes.substring(0, fields.place));
  const same = whole(fields, -1) === crc && fields.place === bytes.length;
  return fields.ok && same ? { settings: settings, tariff: tariff, radio: radio } : undefined;
}
