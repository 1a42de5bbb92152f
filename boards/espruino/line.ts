/// <reference path="./espruino.d.ts" />
/**
 * Line: the technician's line, which at power-on is the interpreter's console, and then the firmware's service port;
 * drivers/console_request.ts says who gets it back.
 *
 * Port: service (line).
 */
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";
import { createConsoleRequest } from "../drivers/console_request";
import { createServicePort } from "./chip";

function takeLine(): void {
  // eslint-disable-next-line no-restricted-syntax -- Espruino's own word for "no console"; undefined is refused there
  E.setConsole(null, { force: true });
}

/** The timer must be the line's own. */
export function createLine(serial: EspruinoSerial, timer: Timer, may_release: () => boolean): ServicePort {
  const port = createServicePort(serial);
  const heardIn = createConsoleRequest(timer, may_release, {
    give: function () {
      E.setConsole(serial, { force: true });
    },
    take: takeLine,
  });
  let listener = function (bytes: number[]): void {
    bytes.pop();
  };
  port.on_receive(function (bytes) {
    listener(heardIn(bytes));
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
