/**
 * Trace: one JSON object a line, `{"t":MILLISECONDS,"port":NAME,...}` or `{"t":...,"event":NAME,...}`.
 *
 * Lines are put together here, not by the engine's JSON, so that they are the same on every engine.
 */
import { decimal } from "../../firmware/text";
import type { Host } from "./host";
import type { Queue } from "./queue";

export interface Trace {
  on: boolean;
  host: Host;
  queue: Queue;
}

const PRINTABLE_FROM = 32;
const PRINTABLE_TO = 126;

/** A text as a JSON string; what is not printable ASCII becomes "?". */
export function quoted(text: string): string {
  let line = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const character = text.substring(i, i + 1);
    if (code < PRINTABLE_FROM || code > PRINTABLE_TO) {
      line = line + "?";
    } else if (character === '"' || character === "\\") {
      line = line + "\\" + character;
    } else {
      line = line + character;
    }
  }
  return '"' + line + '"';
}

/** `,"name":value` with a text. */
export function textField(name: string, value: string): string {
  return ',"' + name + '":' + quoted(value);
}

/** `,"name":value` with a whole number. */
export function numberField(name: string, value: number): string {
  return ',"' + name + '":' + decimal(value);
}

/**
 * Writes a line; `kind` is "port" or "event", `fields` are made by the functions above. Callers look at `on` first:
 * putting the fields together costs more than the firmware's own work.
 */
export function writeLine(trace: Trace, kind: string, name: string, fields: string): void {
  trace.host.write_line('{"t":' + decimal(trace.queue.now_ms) + textField(kind, name) + fields + "}");
}
