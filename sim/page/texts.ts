/**
 * Texts of the page by key, in the language that the person has chosen or the browser asks for.
 *
 * Every language has every key: the compiler refuses a catalogue in which one is missing, and test/sim/page compares
 * them. What the firmware itself writes (the glass, codes of events, lines of the trace) is shown as it is.
 */
import { en, type Catalogue, type Key } from "./texts/en";
import { fi } from "./texts/fi";
import { fr } from "./texts/fr";
import { it } from "./texts/it";
import { ru } from "./texts/ru";
import { changed } from "./store";

export type { Key };

export const CATALOGUES = { en, it, ru, fi, fr } as const satisfies Record<string, Catalogue>;
export type Language = keyof typeof CATALOGUES;
export const LANGUAGES = Object.keys(CATALOGUES) as Language[];
const KEPT = "curbstop.language";

function isLanguage(text: string): text is Language {
  return Object.hasOwn(CATALOGUES, text);
}

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEPT) ?? "", ...navigator.languages.map((name) => name.slice(0, 2))];
  return wanted.find(isLanguage) ?? "en";
}

let chosen: Language | undefined;

export function language(): Language {
  chosen ??= firstLanguage();
  return chosen;
}

/** The chosen language as the person's country writes it, where the browser knows. */
export function locale(): string {
  return navigator.languages.find((name) => name.slice(0, 2) === language()) ?? language();
}

export function setLanguage(name: string): void {
  if (!isLanguage(name)) return;
  chosen = name;
  localStorage.setItem(KEPT, name);
  document.documentElement.lang = name;
  changed();
}

/** A text; `{0}`, `{1}` are replaced by the values. */
export function t(key: Key, ...values: (string | number)[]): string {
  return CATALOGUES[language()][key].replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
}

/** The text of a name that the firmware gives (a reason, a result of a card), or the name where there is none. */
export function named(prefix: string, name: string): string {
  const key = `${prefix}_${name}`;
  return Object.hasOwn(en, key) ? t(key as Key) : name.replaceAll("_", " ");
}
