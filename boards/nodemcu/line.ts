/// <reference path="./nodemcu.d.ts" />
/**
 * Line: the technician's line, which at the start is the interpreter's console, and then the firmware's service port;
 * drivers/console_request.ts says who gets it back.
 *
 * Port: service (line).
 */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";
import { createConsoleRequest } from "../drivers/console_request";

const CONSOLE_UART = 0;

/** The timer must be the line's own. */
export function createLine(timer: Timer, may_release: () => boolean): ServicePort {
  let listener = function (bytes: number[]): void {
    bytes.pop();
  };
  const takeLine = function (): void {
    uart.on("data", 0, hear, 0);
  };
  const heardIn = createConsoleRequest(timer, may_release, {
    give: function () {
      uart.on("data");
    },
    take: takeLine,
  });
  const hear = function (text: string): void {
    listener(heardIn(textBytes(text)));
  };
  takeLine();
  return {
    write: function (bytes) {
      uart.write(CONSOLE_UART, bytesText(bytes));
      return "ok";
    },
    on_receive: function (next) {
      listener = next;
    },
  };
}
