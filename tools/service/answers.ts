/**
 * Answers of a meter's service port as records. What a meter says is checked before it is used: the line may be noisy,
 * and the firmware another one.
 */
import { z } from "zod";
import { FlashError } from "../flash/flash_error";
import { printable } from "../flash/link";

const SHOWN_MAX = 80;
const EVENT_CODE_MAX = 40;

/** Whole numbers, as digits of an answer or as JSON has them. */
const DIGITS = /^-?\d{1,16}$/;
const whole = z.union([z.int(), z.string().regex(DIGITS).transform(Number).pipe(z.int())]);
const within = (least: number, most: number) => whole.pipe(z.int().min(least).max(most));
const amount = within(0, Number.MAX_SAFE_INTEGER);
/** A word that a terminal shows as it is. */
const name = z
  .string()
  .max(60)
  .regex(/^[\x21-\x7e]+$/);
/** Names joined by "+", or "-" for none. */
const names = z
  .string()
  .max(160)
  .regex(/^(-|[a-z_+]+)$/);

export const IDENTITY = z.object({
  firmware: name,
  metrology: name,
  checksum: name,
  meter: z.string().regex(/^(\d{1,18}|none)$/),
  region: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  /** Of a meter with a radio's settings: on, off, or what stands in its way (firmware/radio_room.ts). */
  radio: name.optional(),
});

export const READINGS = z.object({
  volume_l: amount,
  reverse_l: amount,
  refused_pulses: amount,
  balance_milli: whole,
  debt_milli: amount,
  tariff: amount,
  flow_l_h: amount,
  shut_by: names,
  info: names,
});

export const EVENT = z.object({
  sequence: within(1, Number.MAX_SAFE_INTEGER),
  utc_s: amount,
  code: z
    .string()
    .regex(/^[a-z0-9_]+$/)
    .max(EVENT_CODE_MAX),
  value: whole,
});

export const SELF_TEST = z.object({
  flow: name,
  valve: name,
  utc_s: amount,
  supply_mv: amount,
  tamper: within(0, 7),
  card: within(0, 1),
  random: within(0, 1),
  crypto: within(0, 1),
  /** Firmware from before has none to tell of. */
  radio: z.enum(["ok", "silent", "off"]).default("off"),
});

export type Identity = z.output<typeof IDENTITY>;
export type Readings = z.output<typeof READINGS>;
export type Event = z.output<typeof EVENT>;
export type SelfTest = z.output<typeof SELF_TEST>;

/** "key=value key=value" as an object; words without a sign are left out. */
export function fieldsOf(line: string): Record<string, string> {
  const pairs = line.split(" ").flatMap((word) => {
    const sign = word.indexOf("=");
    return sign > 0 ? [[word.slice(0, sign), word.slice(sign + 1)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** A line as a record of some form. Throws a FlashError for what is none. */
export function recordOf<Content>(line: string, form: z.ZodType<Content>): Content {
  const parsed = form.safeParse(fieldsOf(line));
  if (parsed.success) return parsed.data;
  throw new FlashError(`the meter's answer is not to be read: ${printable(line).slice(0, SHOWN_MAX)} (ask again)`);
}

/** Whole numbers with commas between them. Throws a FlashError for what is none. */
export function numbersOf(text: string): number[] {
  const parts = text.split(",");
  if (parts.every((part) => DIGITS.test(part))) return parts.map(Number);
  throw new FlashError(`the meter's numbers are not to be read: ${printable(text).slice(0, SHOWN_MAX)} (ask again)`);
}

/** The event of a line "event=N utc_s=... code=... value=...". */
export function eventOf(line: string): Event {
  return recordOf(line.replace(/^event=/, "sequence="), EVENT);
}
