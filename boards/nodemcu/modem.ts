/// <reference path="./nodemcu.d.ts" />
/**
 * Modem of a board: an iM871A or a BG96 on UART 2 of the chip's three. UART 0 is the console.
 *
 * A modem of another kind is one more word in board.ts and tools/build/entry.ts, one more settings record in
 * firmware/radio_plate.ts, and one more branch of `makeModem`.
 *
 * The power key of a BG96 (pin `modem_power`, high at rest) is pressed for 500 ms: they switch every edition of the module
 * on, and are too short to switch off one that is on (650 ms; boards/espruino/modem.ts says from where). Nothing here times
 * a pulse, and a timer is late while the engine is busy: so it waits, half a second in which the chip counts the pulses of
 * the flow sensor and everything else is late. Without the pin `wake` does nothing.
 */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import type { Bg96Settings } from "../../firmware/modem/bg96";
import { createBg96 } from "../../firmware/modem/bg96";
import { bg96SettingsFault } from "../../firmware/modem/bg96_commands";
import { createIm871a, meterSettings } from "../../firmware/modem/im871a";
import type { ModemSettings } from "../../firmware/radio_plate";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Radio } from "../../hal/radio";
import type { NodemcuBoard, NodemcuUartWires } from "./board";
import { busyDelay, restingHigh } from "./pins";
import { createTimer } from "./timer";

const MODEM_UART = 2;
const DATA_BITS = 8;
const POWER_KEY_US = 500000;

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

function startBg96(line: ByteLine, settings: Bg96Settings, power_key: number | undefined): Radio {
  const modem = createBg96(line, createTimer(), settings);
  if (power_key !== undefined) {
    const key = restingHigh(power_key);
    const delay = busyDelay();
    modem.wake = function () {
      key.set(false);
      delay.wait_us(POWER_KEY_US);
      key.set(true);
    };
  }
  return modem.port;
}

/** Starts the board's modem; undefined where it has none that these settings are for. */
export function makeModem(board: NodemcuBoard, settings: ModemSettings): Radio | undefined {
  const wires = board.uart_modem;
  const wmbus = settings.wmbus;
  const bg96 = settings.bg96;
  if (wires === undefined) {
    return undefined;
  }
  if (board.parts.radio === "im871a" && wmbus !== undefined) {
    return createIm871a(createModemLine(wires), createTimer(), meterSettings(wmbus.mode)).port;
  }
  if (board.parts.radio === "bg96" && bg96 !== undefined && bg96SettingsFault(bg96) === "") {
    return startBg96(createModemLine(wires), bg96, board.pins.modem_power);
  }
  return undefined;
}
