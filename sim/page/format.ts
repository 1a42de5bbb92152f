/**
 * Numbers, money and times as people of the chosen language write them.
 */
import { locale } from "./texts";

const MILLI = 100_000;

export function whole(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** Two decimals, or all five where two would hide something. Money has no currency here: the utility's is unknown. */
export function money(amount_milli: number): string {
  const places = amount_milli % 1000 === 0 ? 2 : 5;
  const format = { minimumFractionDigits: places, maximumFractionDigits: places };
  return new Intl.NumberFormat(locale(), format).format(amount_milli / MILLI);
}

/** Milli-units of an amount as people of any of the languages write it: "2", "2.50", "2,50"; undefined when it is none. */
export function milli(text: string): number | undefined {
  const [, units, parts = ""] = /^\s*(\d{1,9})(?:[.,](\d{1,5}))?\s*$/.exec(text) ?? [];
  return units === undefined ? undefined : Number(units) * MILLI + Number(parts.padEnd(5, "0"));
}

/** Digits in groups of four, as they are keyed in. */
export function inFours(digits: string): string {
  return digits.replaceAll(/\d{4}(?=\d)/g, "$& ");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Virtual time from the start: "3 d 07:30:05". */
export function elapsed(t_ms: number): string {
  const seconds = Math.floor(t_ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days === 0 ? clock : `${days} d ${clock}`;
}

const UNITS = [
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** A short span in its largest unit: "2 sec", "1 hr". */
export function span(span_ms: number): string {
  const [unit, unit_ms] = UNITS.find(([, unit_ms]) => span_ms >= unit_ms) ?? UNITS[2];
  return new Intl.NumberFormat(locale(), { style: "unit", unit }).format(span_ms / unit_ms);
}

/** Local date and time on the meter's clock. */
export function meterClock(local_s: number): string {
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "UTC",
  }).format(new Date(local_s * 1000));
}

/** How many times faster than real time. */
export function pace(achieved: number): string {
  const digits = achieved < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(achieved)}×`;
}
