/**
 * What every scene inside an engine needs: the world around the board, which the engine's stand-in for its hardware moves,
 * and words for what was seen of it. Portable code.
 */
import { decimal } from "../../firmware/text";

const LF = String.fromCharCode(10);
/** A board on Lua answers from its system's loop, which waits for messages. */
const ANSWER_MS = 500;

/** What all stand-ins offer alike; a pin is a number in Lua, a name on Espruino. */
export interface World<Pin> {
  /** Lets time pass: timers run at theirs. */
  pass: (span_ms: number) => void;
  /** The world sets an input; its watches are called when time passes. */
  set: (pin: Pin, level: number) => void;
  level: (pin: Pin) => number;
  /** Bytes on the technician's line, and what was written to it. */
  hear: (text: string) => void;
  written: string;
  restarts: number;
}

export function numbers(values: number[]): string {
  let text = "";
  for (const value of values) {
    text = text + " " + decimal(value);
  }
  return text;
}

export function yes(value: boolean): string {
  return value ? "yes" : "no";
}

/** The first line that the technician's line answers with. */
export function said<Pin>(world: World<Pin>, request: string): string {
  world.written = "";
  world.hear(request + LF);
  world.pass(ANSWER_MS);
  const text = world.written;
  return text.substring(0, text.indexOf(LF));
}

/** "name=..." of an answer. */
export function wordOf(text: string, name: string): string {
  const from = text.indexOf(name + "=");
  const rest = from < 0 ? "" : text.substring(from, text.length);
  const end = rest.indexOf(" ");
  return end < 0 ? rest : rest.substring(0, end);
}
