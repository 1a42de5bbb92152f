/**
 * Display: which text stands in the eight characters, and when it is written again.
 *
 * Formatting a number costs more than charging a litre, so a running tap does not rewrite the text at once: it becomes
 * stale and is refreshed within REFRESH_MS, or at each second for a minute after a key was pressed.
 */
import type { Display } from "../../hal/display";
import { assert } from "../assert";

export const REFRESH_MS = 60000;
export const ATTENTION_REFRESH_MS = 1000;
export const ATTENTION_MS = 60000;
export const MESSAGE_MS = 5000;

export interface DisplayState {
  page: number;
  /** Stands before the page until `message_until_ms`. */
  message: string;
  message_until_ms: number;
  /** Messages that follow it, one after another. */
  queued: string[];
  /** A key was pressed lately. */
  attention_until_ms: number;
  /** Something shown may have changed and a refresh is due. */
  stale: boolean;
  /** What should be lit. */
  annunciators: string;
  /** What stands on the glass. */
  text: string;
  lit: string;
}

export function createDisplayState(): DisplayState {
  return {
    page: 0,
    message: "",
    message_until_ms: 0,
    queued: [],
    attention_until_ms: 0,
    stale: false,
    annunciators: "",
    text: "",
    lit: "",
  };
}

/** Puts the next of the messages that wait before the page; false when there is none. */
export function showQueued(state: DisplayState, now_ms: number): boolean {
  if (state.queued.length === 0) {
    return false;
  }
  showMessage(state, state.queued[0], now_ms);
  state.queued = state.queued.slice(1, state.queued.length);
  return true;
}

/** Puts a message before the page. */
export function showMessage(state: DisplayState, text: string, now_ms: number): void {
  assert(text.length <= 8, "a message has at most eight characters");
  state.message = text;
  state.message_until_ms = now_ms + MESSAGE_MS;
}

/** Writes to the glass what is not there yet. */
export function writeDisplay(state: DisplayState, display: Display, text: string): void {
  assert(text.length <= 8, "the display has eight characters");
  state.stale = false;
  const lit = state.annunciators;
  if (text !== state.text || lit !== state.lit) {
    state.text = text;
    state.lit = lit;
    display.show(text, lit);
  }
}

/** When a text that has become stale at `now_ms` is written again. */
export function refreshAt(state: DisplayState, now_ms: number): number {
  return now_ms + (now_ms < state.attention_until_ms ? ATTENTION_REFRESH_MS : REFRESH_MS);
}
