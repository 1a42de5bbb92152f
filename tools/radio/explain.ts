/**
 * A telegram for people: what each layer says, record by record, then the fields as a receiver gets them.
 */
import { C_SND_IR, C_SND_NR, C_SND_UD, C_SND_UD3, C_SND_UD_NEXT } from "../../firmware/radio/link";
import { hex } from "../hex";
import { table } from "../output";
import type { Fields } from "./fields";
import type { Layers, MeterAddress } from "./layers";
import { mediaOf } from "./meters";
import { numberOf, type DataRecord } from "./records";
import type { Telegram } from "./telegram";

export type Row = [name: string, value: string];

const FRAME_WORDS: Record<Telegram["format"], string> = {
  a: "frame format A, check sums hold",
  b: "frame format B, check sums hold",
  none: "without check sums",
  wired: "wired frame, its sum holds",
};

const C_WORDS: Record<number, string | undefined> = {
  [C_SND_NR]: "SND-NR, sent without asking",
  [C_SND_IR]: "SND-IR, installation",
  0x47: "ACC-NR, no data",
  0x48: "ACC-DMD, asks to be asked",
  0x08: "RSP-UD, an answer",
  0x18: "RSP-UD, an answer",
  [C_SND_UD]: "SND-UD, to one meter",
  [C_SND_UD_NEXT]: "SND-UD, to one meter",
  [C_SND_UD3]: "SND-UD3, to many meters",
};

const COMMUNICATION_WORDS: readonly [number, string][] = [
  [0x80, "listens afterwards"],
  [0x40, "answers fast"],
  [0x20, "keeps its interval"],
];

function addressText({ manufacturer, id, version, device_type }: MeterAddress): string {
  return `${manufacturer} ${id}, version ${version}, ${mediaOf(device_type)}`;
}

function securityText({ layers, transport }: Telegram): string {
  const { authentication, extended } = layers;
  if (transport.mode === 7 && authentication !== undefined)
    return `mode 7, message counter ${authentication.counter}, MAC holds: genuine`;
  if (extended?.session !== undefined) return "AES-CTR of the extended link, check sum holds (no proof of who sent it)";
  if (transport.mode === 5) return `mode 5, ${transport.blocks} blocks (no proof of who sent it)`;
  return "none";
}

/** What can be said of a frame without any key. */
export function linkRows(layers: Layers, format: Telegram["format"]): Row[] {
  const { c_field, sender, meter, extended } = layers;
  const rows: Row[] = [
    ["frame", `${C_WORDS[c_field] ?? `C field ${hex([c_field])}`}; ${FRAME_WORDS[format]}`],
    ["meter", addressText(meter)],
  ];
  if (sender !== meter && format !== "wired") rows.push(["sent by", addressText(sender)]);
  if (extended !== undefined) {
    const words = COMMUNICATION_WORDS.filter(([bit]) => (extended.communication & bit) !== 0).map(([, word]) => word);
    rows.push(["link", [`access number ${extended.access}`, ...words].join(", ")]);
  }
  return rows;
}

export function layerRows(telegram: Telegram): Row[] {
  const { layers, transport, format } = telegram;
  const rows = linkRows(layers, format);
  rows.push(["security", securityText(telegram)]);
  if (transport.header !== "none")
    rows.push(["header", `${transport.header}, access number ${transport.access}, status ${hex([transport.status])}`]);
  if (telegram.is_compact) rows.push(["format", "compact frame, its format known from a full one"]);
  return rows;
}

function valueText(record: DataRecord): string {
  const { value, bytes } = record;
  const number = numberOf(record);
  if (number !== undefined) return `${number}${record.unit === "" ? "" : ` ${record.unit}`}`;
  if (value.type === "text" || value.type === "date") return value.text;
  if (value.type === "none") return "-";
  return value.type === "invalid" ? `no value (${hex(bytes)})` : hex(bytes);
}

function quantityText(record: DataRecord): string {
  const words = [record.name === "" ? record.quantity.replaceAll("_", " ") : record.name];
  if (record.function !== "now") words.push(record.function);
  if (record.storage > 0) words.push(`storage ${record.storage}`);
  if (record.tariff > 0) words.push(`tariff ${record.tariff}`);
  if (record.subunit > 0) words.push(`subunit ${record.subunit}`);
  if (record.modifiers.length > 0) words.push(`VIFE ${hex(record.modifiers)}`);
  return words.join(", ");
}

function spaced(bytes: readonly number[]): string {
  return bytes.map((byte) => hex([byte])).join(" ");
}

function indented(rows: readonly (readonly string[])[]): string {
  return table(rows.map((row) => ["", ...row]));
}

export function fieldRows(fields: Fields): Row[] {
  const named = Object.entries(fields).filter(([name]) => name !== "_");
  return named.map(([name, value]) => [name, String(value)]);
}

export function explanation(telegram: Telegram, fields: Fields): string {
  const { records, maker_data } = telegram;
  const rows = records.map((record) => [spaced(record.head), quantityText(record), valueText(record)]);
  if (maker_data.length > 0) rows.push(["", "maker's own data", hex(maker_data)]);
  const field_rows = fieldRows(fields);
  const parts = [table(layerRows(telegram)), "\nrecords\n", indented(rows), "\nfields\n", indented(field_rows)];
  return parts.join("");
}
