/**
 * Words that the page has for the same things (sim/page/texts): a card is called the same wherever it lies.
 */
import { timeText } from "../../sim/scenario/times";
import { en, type Key } from "../../sim/page/texts/en";

export type { Key };

/** A text of the catalogue; `{0}`, `{1}` are replaced by the values. */
export function say(key: Key, ...values: (string | number)[]): string {
  return en[key].replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
}

/** The text of a name that the firmware gives, or the name where there is none. */
export function named(prefix: string, name: string): string {
  const key = `${prefix}_${name}`;
  return Object.hasOwn(en, key) ? say(key as Key) : name.replaceAll("_", " ");
}

/** A span that is whole in one unit: "2 s", "1 h". */
export function spanText(span_ms: number): string {
  if (span_ms % 3_600_000 === 0) return `${span_ms / 3_600_000} h`;
  return span_ms % 60_000 === 0 ? `${span_ms / 60_000} min` : `${span_ms / 1000} s`;
}

/** Virtual time from the start, in whole seconds. */
export function elapsedText(time_ms: number): string {
  return timeText(Math.floor(time_ms / 1000) * 1000);
}
