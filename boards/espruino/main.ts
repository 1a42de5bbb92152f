/// <reference path="./espruino.d.ts" />
/**
 * Espruino: a board's description becomes a Hal, and the Hal a meter. What the entry of an Espruino build calls: the
 * description, settings and tariff are object literals of that entry (board.ts says why).
 *
 * Order of the boot: first the valve's bridge is off and pulses are counted, then the memory and all the rest, then the
 * journal is recovered: recovery may take seconds, in which water runs.
 */
import type { Tariff } from "../../firmware/credit/tariff";
import type { BootResult } from "../../firmware/meter";
import { boot, start as startMeter } from "../../firmware/meter";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import type { Settings } from "../../firmware/settings";
import type { Hal } from "../../hal/hal";
import { absentRadio } from "../drivers/absent_parts";
import { createCheckedRandom } from "../drivers/checked_random";
import { createWatchdog } from "../drivers/watchdog";
import type { EspruinoBoard, EspruinoParts } from "./board";
import { createI2c } from "./buses";
import { createEngine, createHardwareWatchdog, createNativeCrypto, createServicePort, randomWord } from "./chip";
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
import { createTimer } from "./timer";

/** The technician's line. A board whose interpreter has no such object stops here: its description is wrong. */
function serialOf(name: "Serial1" | "USB" | "Bluetooth" | undefined): EspruinoSerial {
  if (name === "USB") {
    return USB;
  }
  return name === "Bluetooth" ? Bluetooth : Serial1;
}

/** All ports of a board. */
export function assemble(board: EspruinoBoard): Hal {
  const parts: EspruinoParts = board.parts === undefined ? {} : board.parts;
  const valve = makeValve(board, parts);
  const flow = makeFlow(board, parts);
  const wires = board.buses.i2c;
  const i2c = wires === undefined ? undefined : createI2c(wires);
  const supply = makeSupply(board, parts);
  return {
    flow: flow,
    valve: valve,
    clock: makeClock(parts, i2c),
    timer: createTimer(),
    power: supply.port,
    tamper: makeTamper(board),
    display: makeDisplay(board, parts, i2c),
    keypad: makeKeypad(parts, i2c),
    buzzer: makeBuzzer(board),
    service: createServicePort(serialOf(parts.service)),
    watchdog: createWatchdog(createHardwareWatchdog(board.chip), createTimer()),
    random: createCheckedRandom(randomWord),
    crypto: createNativeCrypto(),
    nvm: makeNvm(board, parts, i2c, supply),
    card: makeCardReader(parts, i2c),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
}

/** Makes a meter of a board and sets it going; what boot says when there is none. */
export function start(board: EspruinoBoard, settings: Settings, tariff: Tariff): BootResult {
  const booted = boot(assemble(board), settings, tariff, ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    startMeter(booted.meter);
  }
  return booted.result;
}
