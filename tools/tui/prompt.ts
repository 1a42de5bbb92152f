/**
 * Prompt: a line that is typed, from its end only; more than its limit is not taken.
 */
import type { Press } from "../terminal";

export interface Prompt {
  label: string;
  text: string;
  text_max: number;
}

/** The line after a key; what ends it is the caller's. */
export function typed(prompt: Prompt, { key, is_character }: Press): Prompt {
  const { text, text_max } = prompt;
  if (key === "backspace") return { ...prompt, text: text.slice(0, -1) };
  if (key === "ctrl-u") return { ...prompt, text: "" };
  return is_character && text.length < text_max ? { ...prompt, text: text + key } : prompt;
}

/** As much of its end as there is room for, with a mark where the next character comes. */
export function promptText({ label, text }: Prompt, width: number): string {
  const room = Math.max(1, width - label.length - 4);
  const shown = text.length <= room ? text : `…${text.slice(1 - room)}`;
  return `${label}: ${shown}▏`;
}
