/// <reference path="./nodemcu.d.ts" />
/**
 * Modem of a board: the iM871A on UART 2 of the chip's three. UART 0 is the console.
 *
 * A modem of another kind is one more word in board.ts and tools/build/entry.ts, one more settings record in
 * firmware/radio_plate.ts, and one more branch of `makeModem`.
 */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { createIm871a, meterSettings } from "../../firmware/modem/im871a";
import type { ModemSettings } from "../../firmware/radio_plate";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Radio } from "../../hal/radio";
import type { NodemcuBoard, NodemcuUartWires } from "./board";
import { createTimer } from "./timer";

const MODEM_UART = 2;
const DATA_BITS = 8;

function createModemLine(wires: NodemcuUartWires): ByteLine {
  const pins = { tx: wires.tx, rx: wires.rx };
  uart.setup(MODEM_UART, wires.rate_hz, DATA_BITS, uart.PARITY_NONE, uart.STOPBITS_1, pins);
  uart.start(MODEM_UART);
  return {
    write: function (bytes) {
      uart.write(MODEM_UART, bytesText(bytes));
    },
    on_bytes: function (listener) {
      uart.on(MODEM_UART, "data", 0, function (text) {
        listener(textBytes(text));
      });
    },
  };
}

/** Starts the board's modem; undefined where it has none that these settings are for. */
export function makeModem(board: NodemcuBoard, settings: ModemSettings): Radio | undefined {
  const wires = board.uart_modem;
  const wmbus = settings.wmbus;
  if (wires === undefined || wmbus === undefined || board.parts.radio !== "im871a") {
    return undefined;
  }
  return createIm871a(createModemLine(wires), createTimer(), meterSettings(wmbus.mode)).port;
}
