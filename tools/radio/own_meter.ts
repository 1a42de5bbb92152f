/**
 * Curbstop's own meter: what its telegram says (firmware/radio/uplink.ts), as fields. README.md lists them, and
 * curbstop.xmq tells wmbusmeters the same.
 */
import { ERROR_NAMES, VALVE_POSITIONS } from "../../firmware/radio/uplink";
import { REASON_NAMES } from "../../firmware/valve/reasons";
import { putAnswerFields } from "./answers";
import { bitsOf, findRecord, flagNames, putCommonFields, putNumberField, recordByHead, statusText } from "./fields";
import type { Fields } from "./fields";
import { FLAGS_OTHERS, infoNames, putDurations } from "./kamstrup";
import type { Telegram } from "./telegram";

const ERROR_WORDS = ERROR_NAMES.map((name) => name.toUpperCase());
const REASON_WORDS = REASON_NAMES.map((name) => name.toUpperCase());
const REASONS_OTHERS = "REASON";
const POSITION_MASK = 3;

function putValve(fields: Fields, bits: number | undefined): void {
  if (bits === undefined) return;
  fields.valve = VALVE_POSITIONS[bits & POSITION_MASK].toUpperCase();
  fields.shut_reasons = statusText(flagNames(bits >> 8, REASON_WORDS, REASONS_OTHERS), "");
}

export function ownFields(telegram: Telegram, transport_names: readonly string[]): Fields {
  const { records, layers } = telegram;
  const fields: Fields = {};
  putCommonFields(fields, records);
  putNumberField(fields, "battery_d", findRecord(records, { quantity: "remaining_battery" }));
  putNumberField(fields, "credit_nr", findRecord(records, { quantity: "credit" }));
  putNumberField(fields, "debit_nr", findRecord(records, { quantity: "debit" }));
  const tariff_id = bitsOf(findRecord(records, { quantity: "parameter_set" }));
  if (tariff_id !== undefined) fields.tariff_version_nr = tariff_id;
  putValve(fields, bitsOf(findRecord(records, { quantity: "digital_output" })));
  const word = bitsOf(recordByHead(records, "02ff20"));
  const errors = bitsOf(findRecord(records, { quantity: "error_flags" }));
  const error_names = errors === undefined ? [] : flagNames(errors, ERROR_WORDS, FLAGS_OTHERS);
  fields.status = statusText(
    [...transport_names, ...error_names, ...(word === undefined ? [] : infoNames(word))],
    "OK",
  );
  if (word !== undefined) putDurations(fields, word);
  putAnswerFields(fields, records);
  if (layers.authentication !== undefined) fields.message_counter_nr = layers.authentication.counter;
  return fields;
}
