/// <reference path="./luatos.d.ts" />
/**
 * Line: the technician's line, a UART of the module: the firmware's service port and, on request, its bench.
 *
 * LuatOS has no console on a UART to commission a board over: the bench (firmware/bench.ts) is there in its place. The
 * one that some builds have on the module's USB would run anything for anybody, and is shut. The bench is asked for as a
 * console is elsewhere (drivers/console_request.ts), opened while `may_open` says so, and shut as long after. While it is
 * open and may be, lines that begin with its word go to it, and all others to the firmware.
 *
 * Port: service (line).
 */
import { BENCH_LINE_MAX, isBenchRequest } from "../../firmware/bench";
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { lineBytes } from "../../firmware/text";
import type { ServicePort } from "../../hal/service_port";
import type { Timer } from "../../hal/timer";
import { ASKED_AFTER, CONSOLE_SPAN_MS, CTRL_C } from "../drivers/console_request";

const RATE_HZ = 115200;
const DATA_BITS = 8;
const STOP_BITS = 1;
const LF = 10;

interface Line {
  id: number;
  timer: Timer;
  may_open: () => boolean;
  bench: (request: string) => string;
  listener: (bytes: number[]) => void;
  open: boolean;
  asked: number;
  /** Of a line, while the bench is open: what has come so far. */
  begun: number[];
}

function send(line: Line, bytes: number[]): "ok" | "full" {
  return uart.write(line.id, bytesText(bytes)) === bytes.length ? "ok" : "full";
}

function openBench(line: Line): void {
  line.open = true;
  line.begun = [];
  line.timer.alarm(line.timer.now_ms() + CONSOLE_SPAN_MS, function () {
    line.open = false;
  });
}

/** A whole line, or more than a request can be. */
function passOn(line: Line): void {
  const begun = line.begun;
  line.begun = [];
  const request = bytesText(begun.slice(0, begun.length - 1));
  if (begun[begun.length - 1] === LF && isBenchRequest(request) && line.may_open()) {
    send(line, lineBytes(line.bench(request)));
  } else {
    line.listener(begun);
  }
}

function hear(line: Line, bytes: number[]): void {
  const heard: number[] = [];
  for (const byte of bytes) {
    line.asked = byte === CTRL_C ? line.asked + 1 : 0;
    if (byte === CTRL_C) {
      if (line.asked >= ASKED_AFTER && line.may_open()) {
        openBench(line);
      }
    } else if (line.open) {
      line.begun.push(byte);
      if (byte === LF || line.begun.length > BENCH_LINE_MAX) {
        passOn(line);
      }
    } else {
      heard.push(byte);
    }
  }
  if (heard.length > 0) {
    line.listener(heard);
  }
}

/** The timer must be the line's own. */
export function createLine(
  id: number,
  timer: Timer,
  may_open: () => boolean,
  bench: (request: string) => string,
): ServicePort {
  const line: Line = {
    id: id,
    timer: timer,
    may_open: may_open,
    bench: bench,
    listener: function (bytes) {
      bytes.pop();
    },
    open: false,
    asked: 0,
    begun: [],
  };
  if (repl !== undefined) {
    repl.enable(false);
  }
  uart.setup(id, RATE_HZ, DATA_BITS, STOP_BITS, uart.NONE);
  uart.on(id, "receive", function (_id, length) {
    hear(line, textBytes(uart.read(id, length)));
  });
  return {
    write: function (bytes) {
      return send(line, bytes);
    },
    on_receive: function (next) {
      line.listener = next;
    },
  };
}
