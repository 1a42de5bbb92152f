/**
 * Kamstrup's water meters: Multical 21, flowIQ 2200 and their successors. Link II with AES-CTR; full frames (78)
 * and compact ones (79); fields by the names of wmbusmeters.
 *
 *   02 FF 20   info codes: bit 0 dry, 1 reverse, 2 leak, 3 burst, active now; then three bits each: in how many hours
 *              of the last 30 days dry (4), reverse (7), leak (10), burst (13) was active, in steps (DURATIONS)
 *   04 FF 23   of newer meters: bit 0 dry, 1 reverse, 2 leak, 3 burst, 4 tamper, 5 low battery, 6 low ambient
 *              temperature, 7 flow above Q4, 9 no consumption
 *
 * "LOW_ABIENT_TEMPERATURE" is how the name is spelled where such telegrams are decoded today; who waits for it must get
 * it.
 */
import { bitsOf, findRecord, flagNames, putCommonFields, putNumberField, recordByHead, statusText } from "./fields";
import type { Fields, Wanted } from "./fields";
import type { DataRecord } from "./records";
import type { Telegram } from "./telegram";

const INFO_NAMES = ["DRY", "REVERSE", "LEAK", "BURST"];
const FLAG_NAMES = [
  ...INFO_NAMES,
  "TAMPER",
  "LOW_BATTERY",
  "LOW_ABIENT_TEMPERATURE",
  "FLOW_ABOVE_Q4",
  undefined,
  "NO_CONSUMPTION",
];
export const FLAGS_OTHERS = "ERROR_FLAGS";

export const DURATIONS = [
  "",
  "1-8 hours",
  "9-24 hours",
  "2-3 days",
  "4-7 days",
  "8-14 days",
  "15-21 days",
  "22-31 days",
];
const DURATION_FIELDS = ["time_dry", "time_reversed", "time_leaking", "time_bursting"];

/** Names of the info codes that are active now. */
export function infoNames(word: number): string[] {
  return flagNames(word & 15, INFO_NAMES, FLAGS_OTHERS);
}

export function putDurations(fields: Fields, word: number): void {
  DURATION_FIELDS.forEach((name, code) => (fields[name] = DURATIONS[(word >> (4 + 3 * code)) & 7]));
}

/** Field, and the record it comes from; a later line of the same name wins where it is there. */
const NUMBERS: readonly [string, Wanted][] = [
  ["flow_temperature_c", { quantity: "flow_temperature", function: "minimum", storage: 1 }],
  ["flow_temperature_c", { quantity: "flow_temperature", function: "minimum", storage: 2 }],
  ["min_external_temperature_last_month_c", { quantity: "external_temperature", function: "minimum", storage: 1 }],
  ["min_external_temperature_last_day_c", { quantity: "external_temperature", function: "minimum", storage: 2 }],
  ["max_flow_m3h", { quantity: "volume_flow", function: "maximum", storage: 2 }],
  ["min_flow_temperature_c", { quantity: "flow_temperature", function: "minimum", storage: 2 }],
  ["max_flow_temperature_c", { quantity: "flow_temperature", function: "maximum", storage: 2 }],
  ["max_external_temperature_c", { quantity: "external_temperature", function: "maximum", storage: 1 }],
  ["min_flow_m3h", { quantity: "volume_flow", function: "minimum", storage: 2 }],
];

/** Status, and what the info codes say beside it. */
function putStatus(fields: Fields, records: readonly DataRecord[], transport_names: readonly string[]): void {
  const word = bitsOf(recordByHead(records, "02ff20"));
  const flags = bitsOf(recordByHead(records, "04ff23"));
  const names = [...transport_names, ...(flags === undefined ? [] : flagNames(flags, FLAG_NAMES, FLAGS_OTHERS))];
  if (word === undefined) {
    fields.status = statusText(names, "OK");
    return;
  }
  fields.current_status = statusText(infoNames(word), "");
  fields.status = statusText([...names, ...infoNames(word)], "OK");
  putDurations(fields, word);
}

export function kamstrupFields({ records }: Telegram, transport_names: readonly string[]): Fields {
  const fields: Fields = {};
  putCommonFields(fields, records);
  for (const [name, wanted] of NUMBERS) putNumberField(fields, name, findRecord(records, wanted));
  putStatus(fields, records, transport_names);
  return fields;
}
