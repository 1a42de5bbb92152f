/// <reference path="./espruino.d.ts" />
/**
 * Modems of boards: a driver of firmware/modem on a serial line of the chip's.
 *
 * The modem has Serial1, or Serial2 where the technician's line is Serial1. A modem of another kind is one more constant
 * of boards/fitted.ts, one more settings record in firmware/radio_plate.ts, and one more branch of `makeModem`.
 */
import { createIm871a, meterSettings } from "../../firmware/modem/im871a";
import { createRak3172 } from "../../firmware/modem/rak3172";
import type { ModemSettings } from "../../firmware/radio_plate";
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Radio } from "../../hal/radio";
import { FITTED_IM871A, FITTED_RAK3172 } from "../fitted";
import type { EspruinoBoard, EspruinoParts, EspruinoUart } from "./board";
import { createServicePort } from "./chip";
import { createTimer } from "./timer";

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

/** Starts the board's modem; undefined where it has none that these settings are for. */
export function makeModem(board: EspruinoBoard, parts: EspruinoParts, settings: ModemSettings): Radio | undefined {
  const wires = board.buses.uart_modem;
  const wmbus = settings.wmbus;
  const lorawan = settings.lorawan;
  if (wires === undefined) {
    return undefined;
  }
  if (FITTED_IM871A && parts.radio === "im871a" && wmbus !== undefined) {
    return createIm871a(createModemLine(wires, parts), createTimer(), meterSettings(wmbus.mode)).port;
  }
  if (FITTED_RAK3172 && parts.radio === "rak3172" && lorawan !== undefined) {
    return createRak3172(createModemLine(wires, parts), createTimer(), lorawan).port;
  }
  return undefined;
}
