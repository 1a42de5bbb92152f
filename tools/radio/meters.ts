/**
 * Which meter a telegram comes from, and its fields under the names that wmbusmeters gives them. A meter that is not
 * listed here gets the fields that most have ("auto").
 */
import { DEVICE_WATER } from "../../firmware/radio/link";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../firmware/radio/uplink";
import { bitsOf, findRecord, flagNames, putCommonFields, putDateField, putNumberField, statusText } from "./fields";
import { transportStatus, type Fields } from "./fields";
import { FLAGS_OTHERS, kamstrupFields } from "./kamstrup";
import { ownFields } from "./own_meter";
import type { Telegram } from "./telegram";

type ReadFields = (telegram: Telegram, transport_names: readonly string[]) => Fields;

interface MeterType {
  readonly name: string;
  /** Manufacturer, version and device type of its address. */
  readonly addresses: readonly (readonly [string, number, number])[];
  readonly fields: ReadFields;
}

const AVENTIES_FLAGS = ["MEASUREMENT", "SABOTAGE", "BATTERY", "CS", "HF", "RESET"];
const ENGELMANN_FLAGS = [
  "VOLUME_DETECTION_COILS_DEFECT",
  "RESET",
  "CRC_ERROR",
  "REMOVAL_DETECTED",
  "MAGNETIC_MANIPULATION",
  "LEAKAGE",
  "BLOCKED",
  "REVERSE_FLOW",
];

/** Names of a meter's error flags. */
function errorNames({ records }: Telegram, names: readonly string[]): string[] {
  const bits = bitsOf(findRecord(records, { quantity: "error_flags" }));
  return bits === undefined ? [] : flagNames(bits, names, FLAGS_OTHERS);
}

/** Volumes of many storage numbers, each under a name of its own. */
function putStored(
  fields: Fields,
  { records }: Telegram,
  first: number,
  last: number,
  name: (n: number) => string,
): void {
  for (let storage = first; storage <= last; storage++)
    putNumberField(fields, name(storage), findRecord(records, { quantity: "volume", storage }));
}

function aventiesFields(telegram: Telegram, transport_names: readonly string[]): Fields {
  const names = errorNames(telegram, AVENTIES_FLAGS);
  const fields: Fields = {};
  putNumberField(fields, "total_m3", findRecord(telegram.records, { quantity: "volume" }));
  putStored(fields, telegram, 1, 14, (storage) => `consumption_at_set_date_${storage}_m3`);
  fields.status = statusText([...transport_names, ...names], "OK");
  fields.error_flags = statusText(names, "");
  return fields;
}

function engelmannFields(telegram: Telegram, transport_names: readonly string[]): Fields {
  const { records } = telegram;
  const fields: Fields = {};
  putNumberField(fields, "total_m3", findRecord(records, { quantity: "volume" }));
  putDateField(fields, "meter_datetime", findRecord(records, { quantity: "date_time" }));
  putDateField(fields, "reporting_date", findRecord(records, { quantity: "date", storage: 1 }));
  const reported = findRecord(records, { quantity: "volume", storage: 1 });
  putNumberField(fields, "consumption_at_reporting_date_m3", reported);
  putStored(fields, telegram, 2, 16, (storage) => `consumption_${storage - 1}_months_ago_m3`);
  fields.status = statusText([...transport_names, ...errorNames(telegram, ENGELMANN_FLAGS)], "OK");
  return fields;
}

function commonFields(telegram: Telegram, transport_names: readonly string[]): Fields {
  const fields: Fields = {};
  putCommonFields(fields, telegram.records);
  fields.status = statusText([...transport_names, ...errorNames(telegram, [])], "OK");
  return fields;
}

const TYPES: readonly MeterType[] = [
  { name: "curbstop", addresses: [[MANUFACTURER, TELEGRAM_VERSION, DEVICE_WATER]], fields: ownFields },
  {
    name: "kamwater",
    addresses: [
      ["KAM", 0x1b, 0x06],
      ["KAM", 0x1b, 0x16],
      ["KAM", 0x1d, 0x16],
      ["KAW", 0x3a, 0x16],
      ["KAW", 0x3c, 0x16],
      ["KAW", 0x42, 0x06],
      ["KAW", 0x42, 0x16],
    ],
    fields: kamstrupFields,
  },
  { name: "aventieswm", addresses: [["AAA", 0x25, 0x07]], fields: aventiesFields },
  { name: "engelmann_faw", addresses: [["EFE", 0x00, 0x07]], fields: engelmannFields },
  {
    name: "iwmtx5",
    addresses: [
      ["BMT", 0x18, 0x07],
      ["BMT", 0x18, 0x06],
    ],
    fields: commonFields,
  },
];

/** What a device measures, in the words of wmbusmeters (EN 13757-7, device types). */
const MEDIA: Record<number, string | undefined> = {
  0x00: "other",
  0x01: "oil",
  0x02: "electricity",
  0x03: "gas",
  0x04: "heat",
  0x05: "steam",
  0x06: "warm water",
  0x07: "water",
  0x08: "heat cost allocation",
  0x09: "compressed air",
  0x0a: "cooling load volume at outlet",
  0x0b: "cooling load volume at inlet",
  0x0c: "heat volume at inlet",
  0x0d: "heat/cooling load",
  0x0e: "bus/system component",
  0x15: "hot water",
  0x16: "cold water",
  0x17: "hot/cold water",
  0x18: "pressure",
  0x19: "a/d converter",
  0x1a: "smoke detector",
  0x1b: "room sensor",
  0x1c: "gas detector",
  0x20: "breaker",
  0x21: "valve",
  0x25: "customer unit (display device)",
  0x28: "waste water",
  0x29: "garbage",
  0x36: "radio converter (system side)",
  0x37: "radio converter (meter side)",
};

export function mediaOf(device_type: number): string {
  return MEDIA[device_type] ?? "unknown";
}

/** The telegram as one flat object. `name` is the receiver's own for this meter. */
export function fieldsOf(telegram: Telegram, name?: string): Fields {
  const { manufacturer, version, device_type, id } = telegram.layers.meter;
  const type = TYPES.find(({ addresses }) =>
    addresses.some(([maker, of, device]) => maker === manufacturer && of === version && device === device_type),
  );
  return {
    _: "telegram",
    media: mediaOf(device_type),
    meter: type?.name ?? "auto",
    ...(name === undefined ? {} : { name }),
    id,
    ...(type?.fields ?? commonFields)(telegram, transportStatus(telegram)),
  };
}
