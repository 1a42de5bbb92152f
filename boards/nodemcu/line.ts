/// <reference path="./nodemcu.d.ts" />
/**
 * Line: the technician's line, which at the start is the interpreter's console, and then the firmware's service port;
 * drivers/console_request.ts says who gets it back, and `take` returns it before its time.
 *
 * `uart.start` is for other lines, says the reference; but since May 2024 what comes on the console reaches a callback by
 * way of a buffer that only `uart.start` makes (components/modules/uart.c), and without it the line would be deaf.
 *
 * Port: service (line).
 */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";
import { createConsoleRequest } from "../drivers/console_request";

const CONSOLE_UART = 0;

export interface Line {
  port: ServicePort;
  /** The line is the firmware's again. */
  take: () => void;
}

/** The timer must be the line's own. */
export function createLine(timer: Timer, may_release: () => boolean): Line {
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
  uart.start(CONSOLE_UART);
  takeLine();
  return {
    port: {
      write: function (bytes) {
        uart.write(CONSOLE_UART, bytesText(bytes));
        return "ok";
      },
      on_receive: function (next) {
        listener = next;
      },
    },
    take: takeLine,
  };
}
