/// <reference path="./espruino.d.ts" />
/**
 * Modems of boards: a driver of firmware/modem on a serial line of the chip's.
 *
 * The modem has Serial1, or Serial2 where the technician's line is Serial1. A modem of another kind is one more constant
 * of boards/fitted.ts, one more settings record in firmware/radio_plate.ts, and one more branch of `makeModem`.
 *
 * The power key of a BG96 (pin `modem_power`, high at rest) is pressed by a pulse that the chip times, so that a busy
 * interpreter cannot make it longer: 500 ms switch every edition of the module on (its hardware design wants 100 ms, that
 * of its successor 500 ms), and are too short to switch off one that is on (650 ms). Without the pin `wake` does nothing.
 */
import type { Bg96Settings } from "../../firmware/modem/bg96";
import { createBg96 } from "../../firmware/modem/bg96";
import { bg96SettingsFault } from "../../firmware/modem/bg96_commands";
import { createIm871a, meterSettings } from "../../firmware/modem/im871a";
import { createRak3172 } from "../../firmware/modem/rak3172";
import type { ModemSettings } from "../../firmware/radio_plate";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Radio } from "../../hal/radio";
import { FITTED_BG96, FITTED_IM871A, FITTED_RAK3172 } from "../fitted";
import type { EspruinoBoard, EspruinoParts, EspruinoUart } from "./board";
import { createServicePort } from "./chip";
import { createTimer } from "./timer";

const POWER_KEY_MS = 500;

/** A chip whose interpreter has no such object stops here: its description is wrong. */
function createModemLine(wires: EspruinoUart, parts: EspruinoParts): ByteLine {
  const taken = parts.service === undefined || parts.service === "Serial1";
  const serial = taken ? Serial2 : Serial1;
  serial.setup(wires.rate_hz, { rx: wires.rx, tx: wires.tx });
  const port = createServicePort(serial);
  return {
    write: function (bytes) {
      port.write(bytes);
    },
    on_bytes: function (listener) {
      port.on_receive(listener);
    },
  };
}

function startBg96(line: ByteLine, settings: Bg96Settings, power_key: string | undefined): Radio {
  const modem = createBg96(line, createTimer(), settings);
  if (power_key !== undefined) {
    digitalWrite(power_key, 1);
    modem.wake = function () {
      digitalPulse(power_key, 0, POWER_KEY_MS);
    };
  }
  return modem.port;
}

/** Starts the board's modem; undefined where it has none that these settings are for. */
export function makeModem(board: EspruinoBoard, parts: EspruinoParts, settings: ModemSettings): Radio | undefined {
  const wires = board.buses.uart_modem;
  const wmbus = settings.wmbus;
  const lorawan = settings.lorawan;
  const bg96 = settings.bg96;
  if (wires === undefined) {
    return undefined;
  }
  if (FITTED_IM871A && parts.radio === "im871a" && wmbus !== undefined) {
    return createIm871a(createModemLine(wires, parts), createTimer(), meterSettings(wmbus.mode)).port;
  }
  if (FITTED_RAK3172 && parts.radio === "rak3172" && lorawan !== undefined) {
    return createRak3172(createModemLine(wires, parts), createTimer(), lorawan).port;
  }
  if (FITTED_BG96 && parts.radio === "bg96" && bg96 !== undefined && bg96SettingsFault(bg96) === "") {
    return startBg96(createModemLine(wires, parts), bg96, board.pins.modem_power);
  }
  return undefined;
}
