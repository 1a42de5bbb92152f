/**
 * From records to named fields, as wmbusmeters prints them, so that both feed the same consumers: lower case, the unit
 * last, numbers rounded to six decimals, flags as names in alphabetical order and "OK" when there is none.
 */
import type { Telegram } from "./telegram";
import { numberOf, type DataRecord, type RecordFunction } from "./records";
import { unsignedOf } from "./values";
import type { Quantity } from "./vif";

export type Fields = Record<string, string | number>;

export interface Wanted {
  readonly quantity: Quantity;
  readonly storage?: number;
  readonly function?: RecordFunction;
  /** Modifiers that the record must have, and no others. */
  readonly modifiers?: readonly number[];
}

const BACKWARD = 0x3c;
const DECIMALS = 6;

/** The last record of the kind: a meter that repeats one means the newer. */
export function findRecord(records: readonly DataRecord[], wanted: Wanted): DataRecord | undefined {
  const { quantity, storage = 0, function: of = "now", modifiers = [] } = wanted;
  const found = records.filter(
    (record) =>
      record.quantity === quantity &&
      record.storage === storage &&
      record.function === of &&
      record.tariff === 0 &&
      record.subunit === 0 &&
      record.modifiers.length === modifiers.length &&
      record.modifiers.every((modifier, index) => modifier === modifiers[index]),
  );
  return found.at(-1);
}

/** A record by the bytes of its head in hexadecimal: the maker's own VIFs mean what the maker says. */
export function recordByHead(records: readonly DataRecord[], head: string): DataRecord | undefined {
  return records.filter((record) => Buffer.from(record.head).toString("hex") === head).at(-1);
}

/** Flags and codes of a record; undefined when it is missing. */
export function bitsOf(record: DataRecord | undefined): number | undefined {
  return record === undefined || record.bytes.length > 4 ? undefined : Number(unsignedOf(record.bytes));
}

const HOURS: Record<string, number | undefined> = { "m3/h": 1, "m3/min": 60, "m3/s": 3600 };

/** Puts a number under a name when the record is there and has one. */
export function putNumberField(fields: Fields, name: string, record: DataRecord | undefined): void {
  const value = record === undefined ? undefined : numberOf(record);
  if (record === undefined || value === undefined) return;
  fields[name] = Number((value * (HOURS[record.unit] ?? 1)).toFixed(DECIMALS));
}

export function putDateField(fields: Fields, name: string, record: DataRecord | undefined): void {
  if (record?.value.type === "date") fields[name] = record.value.text;
}

/** Names of flags by bit; set bits without a name become one more, with their value in hexadecimal. */
export function flagNames(bits: number, names: readonly (string | undefined)[], others: string): string[] {
  const known = names.flatMap((name, bit) => (name !== undefined && (bits & (1 << bit)) !== 0 ? [name] : []));
  const mask = names.reduce((sum, name, bit) => (name === undefined ? sum : sum + 2 ** bit), 0);
  const rest = Number(BigInt(bits) & ~BigInt(mask));
  return rest === 0 ? known : [...known, `${others}_${rest.toString(16).toUpperCase()}`];
}

const GENERAL_STATUS = ["", "BUSY", "ERROR", "ALARM"];

/** Names of the status of the transport layer; bits 5 to 7 are the maker's. */
export function transportStatus({ transport }: Telegram): string[] {
  const { status } = transport;
  const words = [
    GENERAL_STATUS[status & 3],
    (status & 0x04) === 0 ? "" : "POWER_LOW",
    (status & 0x08) === 0 ? "" : "PERMANENT_ERROR",
    (status & 0x10) === 0 ? "" : "TEMPORARY_ERROR",
    (status & 0xe0) === 0 ? "" : `UNKNOWN_${(status & 0xe0).toString(16).toUpperCase()}`,
  ];
  return words.filter((word) => word !== "");
}

/** Each name once, in alphabetical order. */
export function statusText(names: readonly string[], without: string): string {
  const sorted = [...new Set(names)].sort((one, other) => (one < other ? -1 : 1));
  return sorted.length === 0 ? without : sorted.join(" ");
}

/** What most water meters say in the same way. */
export function putCommonFields(fields: Fields, records: readonly DataRecord[]): void {
  putNumberField(fields, "total_m3", findRecord(records, { quantity: "volume" }));
  const backward = findRecord(records, { quantity: "volume", modifiers: [BACKWARD] });
  putNumberField(fields, "total_backward_m3", backward);
  putNumberField(fields, "target_m3", findRecord(records, { quantity: "volume", storage: 1 }));
  putDateField(fields, "target_date", findRecord(records, { quantity: "date", storage: 1 }));
  putNumberField(fields, "flow_m3h", findRecord(records, { quantity: "volume_flow" }));
  putDateField(fields, "meter_datetime", findRecord(records, { quantity: "date_time" }));
}
