/// <reference path="./espruino.d.ts" />
/**
 * Line: the technician's line, which at power-on is the interpreter's console, and then the firmware's service port.
 *
 * Whoever has the console can run anything, so the firmware takes the line away from it. Three Ctrl-C (code 3) in a row
 * ask for the console, as `curbstop flash` does; it is given while `may_release` says so, and taken back CONSOLE_SPAN_MS
 * later. A Ctrl-C is never part of a request.
 *
 * Port: service (line).
 */
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";
import { createServicePort } from "./chip";

const CTRL_C = 3;
const ASKED_AFTER = 3;
/** Long enough for an upload over a slow line. */
const CONSOLE_SPAN_MS = 1800000;

function takeLine(): void {
  // eslint-disable-next-line no-restricted-syntax -- Espruino's own word for "no console"; undefined is refused there
  E.setConsole(null, { force: true });
}

/** The timer must be the line's own. */
export function createLine(serial: EspruinoSerial, timer: Timer, may_release: () => boolean): ServicePort {
  const port = createServicePort(serial);
  let asked = 0;
  let listener = function (bytes: number[]): void {
    bytes.pop();
  };
  port.on_receive(function (bytes) {
    const heard: number[] = [];
    for (const byte of bytes) {
      asked = byte === CTRL_C ? asked + 1 : 0;
      if (byte !== CTRL_C) {
        heard.push(byte);
      } else if (asked >= ASKED_AFTER) {
        asked = 0;
        if (may_release()) {
          timer.alarm(timer.now_ms() + CONSOLE_SPAN_MS, takeLine);
          E.setConsole(serial, { force: true });
        }
      }
    }
    listener(heard);
  });
  takeLine();
  return {
    write: function (bytes) {
      return port.write(bytes);
    },
    on_receive: function (next) {
      listener = next;
    },
  };
}
