/// <reference path="./nodemcu.d.ts" />
/**
 * Line: the technician's line, which at the start is the interpreter's console, and then the firmware's service port.
 *
 * Whoever has the console can run anything, so the firmware takes the line away from it. Three Ctrl-C (code 3) in a row
 * ask for the console, as `curbstop flash` does; it is given while `may_release` says so, and taken back CONSOLE_SPAN_MS
 * later. A Ctrl-C is never part of a request.
 *
 * Port: service (line).
 */
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";

const CONSOLE_UART = 0;
const CTRL_C = 3;
const ASKED_AFTER = 3;
/** Long enough for an upload over a slow line. */
const CONSOLE_SPAN_MS = 1800000;

/** The timer must be the line's own. */
export function createLine(timer: Timer, may_release: () => boolean): ServicePort {
  let asked = 0;
  let listener = function (bytes: number[]): void {
    bytes.pop();
  };
  const hear = function (text: string): void {
    const heard: number[] = [];
    for (let index = 0; index < text.length; index++) {
      const byte = text.charCodeAt(index);
      asked = byte === CTRL_C ? asked + 1 : 0;
      if (byte !== CTRL_C) {
        heard.push(byte);
      } else if (asked >= ASKED_AFTER) {
        asked = 0;
        if (may_release()) {
          timer.alarm(timer.now_ms() + CONSOLE_SPAN_MS, takeLine);
          uart.on("data");
        }
      }
    }
    listener(heard);
  };
  const takeLine = function (): void {
    uart.on("data", 0, hear, 0);
  };
  takeLine();
  return {
    write: function (bytes) {
      let text = "";
      for (const byte of bytes) {
        text = text + String.fromCharCode(byte);
      }
      uart.write(CONSOLE_UART, text);
      return "ok";
    },
    on_receive: function (next) {
      listener = next;
    },
  };
}
