/// <reference path="./espruino.d.ts" />
/**
 * Espruino: a board's description becomes a Hal (program.ts makes a meter of it).
 *
 * Order of the boot: first the valve's bridge is off and pulses are counted, then the memory and all the rest, then the
 * journal is recovered: recovery may take seconds, in which water runs.
 */
import type { Assembly } from "../../firmware/program";
import { ROOM_RADIO } from "../../firmware/rooms";
import type { Tamper } from "../../hal/tamper";
import { absentRadio } from "../drivers/absent_parts";
import { createCheckedRandom } from "../drivers/checked_random";
import { createWatchdog } from "../drivers/watchdog";
import type { EspruinoBoard, EspruinoParts } from "./board";
import { createI2c } from "./buses";
import { createEngine, createHardwareWatchdog, createNativeCrypto, createNoise, nativeCrc32 } from "./chip";
import { createLine } from "./line";
import { makeModem } from "./modem";
import {
  makeBuzzer,
  makeCardReader,
  makeClock,
  makeDisplay,
  makeFlow,
  makeKeypad,
  makeNvm,
  makeSupply,
  makeTamper,
  makeValve,
} from "./parts";
import { createSlots } from "./slots";
import { createTimer } from "./timer";

/** The technician's line. A board whose interpreter has no such object stops here: its description is wrong. */
function serialOf(name: "Serial1" | "USB" | "Bluetooth" | undefined): EspruinoSerial {
  if (name === "USB") {
    return USB;
  }
  return name === "Bluetooth" ? Bluetooth : Serial1;
}

/**
 * Whether whoever is at the line may have the console: with a case switch when the case is open, without one at the end
 * of a wire, which is behind the seal, but never over the air.
 */
function consoleRule(board: EspruinoBoard, parts: EspruinoParts, tamper: Tamper): () => boolean {
  const over_wire = parts.service !== "Bluetooth";
  const has_switch = board.pins.tamper_case !== undefined;
  return function () {
    return has_switch ? tamper.active("case") : over_wire;
  };
}

/** All ports of a board. Its modem is started when a meter has settings for it; until then the radio is none. */
export function assemble(board: EspruinoBoard): Assembly {
  const parts: EspruinoParts = board.parts === undefined ? {} : board.parts;
  const valve = makeValve(board, parts);
  const flow = makeFlow(board, parts);
  const wires = board.buses.i2c;
  const i2c = wires === undefined ? undefined : createI2c(wires);
  const supply = makeSupply(board, parts);
  const tamper = makeTamper(board);
  const hal = {
    flow: flow,
    valve: valve,
    clock: makeClock(parts, i2c),
    timer: createTimer(),
    power: supply.port,
    tamper: tamper,
    display: makeDisplay(board, parts, i2c),
    keypad: makeKeypad(parts, i2c),
    buzzer: makeBuzzer(board),
    service: createLine(serialOf(parts.service), createTimer(), consoleRule(board, parts, tamper)),
    watchdog: createWatchdog(createHardwareWatchdog(board.chip), createTimer()),
    random: createCheckedRandom(createNoise(board.chip)),
    crypto: createNativeCrypto(),
    nvm: makeNvm(board, parts, i2c, supply),
    card: makeCardReader(parts, i2c),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
  return {
    hal: hal,
    aerial: {
      board: board.name,
      modem: function (settings) {
        return ROOM_RADIO ? makeModem(board, parts, settings) : undefined;
      },
      slots: function () {
        return ROOM_RADIO ? createSlots({ supply_good: supply.supply_good, crc32: nativeCrc32 }) : undefined;
      },
    },
  };
}
