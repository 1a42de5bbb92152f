/// <reference path="./nodemcu.d.ts" />
/**
 * NodeMCU: a board's description becomes a Hal (program.ts makes a meter of it).
 *
 * Order of the boot: first the valve's bridge is off and pulses are counted, then the memory and all the rest, then the
 * journal is recovered: recovery may take seconds, in which water runs.
 */
import type { Assembly } from "../../firmware/program";
import { ROOM_RADIO } from "../../firmware/rooms";
import {
  absentBuzzer,
  absentCardReader,
  absentDisplay,
  absentKeypad,
  absentRadio,
  timerClock,
} from "../drivers/absent_parts";
import { createBuzzer } from "../drivers/buzzer";
import { createCheckedRandom } from "../drivers/checked_random";
import { createHd44780 } from "../drivers/hd44780";
import { createPulseCounter } from "../drivers/pulse_counter";
import { createW25q } from "../drivers/w25q";
import { createWatchdog } from "../drivers/watchdog";
import type { Bench } from "../drivers/wiring/bench";
import { or } from "../drivers/wiring/bench";
import { wireCardReader } from "../drivers/wiring/card_reader";
import { DISPLAY_ADDRESS, KEYPAD_ADDRESS, PN532_ADDRESS } from "../drivers/wiring/i2c_addresses";
import { wireKeypad } from "../drivers/wiring/keypad";
import { lookMs, wireSensorLines } from "../drivers/wiring/sensor_lines";
import { wireSupply } from "../drivers/wiring/supply";
import { wireTamper } from "../drivers/wiring/tamper";
import { wireValve } from "../drivers/wiring/valve";
import type { NodemcuBoard } from "./board";
import { createI2c, createSpi } from "./buses";
import { createCounter, createCrypto, createEngine, createHardwareWatchdog, createNoise } from "./chip";
import { createLine } from "./line";
import { makeModem } from "./modem";
import { analogPin, busyDelay, optionalInput, optionalWatched, outputPin, watchedPin } from "./pins";
import { createSlots } from "./slots";
import { createTimer } from "./timer";

export const BENCH: Bench<number> = {
  output: outputPin,
  watched: watchedPin,
  optional_input: optionalInput,
  optional_watched: optionalWatched,
  timer: createTimer,
  delay: busyDelay,
};

export interface NodemcuAssembly extends Assembly {
  /** The technician's line is the firmware's again, and no longer the console. */
  take_line: () => void;
}

/**
 * All ports of a board. Its modem is started when a meter has settings for it; until then the radio is none.
 */
export function assemble(board: NodemcuBoard): NodemcuAssembly {
  const pins = board.pins;
  const parts = board.parts;
  const valve = wireValve(BENCH, pins, parts);
  const lines = wireSensorLines(BENCH, pins);
  const flow = createPulseCounter(createCounter(pins.flow), createTimer(), lines, lookMs(parts));
  const device = createI2c(board.i2c);
  const adc = pins.supply_adc;
  const divider = adc === undefined ? undefined : analogPin(adc);
  const supply = wireSupply({ input: divider, divided: true, warning: undefined }, createTimer(), parts);
  const tamper = wireTamper(BENCH, pins);
  const may_release = function (): boolean {
    return pins.tamper_case === undefined || tamper.active("case");
  };
  const display_at = or(parts.display_i2c_address, DISPLAY_ADDRESS);
  const keypad_at = or(parts.keypad_i2c_address, KEYPAD_ADDRESS);
  const line = createLine(createTimer(), may_release);
  const guard = { supply_good: supply.supply_good, crc32: undefined };
  const hal = {
    flow: flow,
    valve: valve,
    clock: timerClock(createTimer()),
    timer: createTimer(),
    power: supply.port,
    tamper: tamper,
    display: parts.display === "none" ? absentDisplay() : createHd44780(device(display_at), busyDelay(), true),
    keypad: parts.keypad === "none" ? absentKeypad() : wireKeypad(BENCH, device(keypad_at)),
    buzzer: pins.buzzer === undefined ? absentBuzzer() : createBuzzer(outputPin(pins.buzzer), createTimer()),
    service: line.port,
    watchdog: createWatchdog(createHardwareWatchdog(createTimer()), createTimer()),
    random: createCheckedRandom(createNoise()),
    crypto: createCrypto(),
    nvm: createW25q(createSpi(board.spi), busyDelay(), board.geometry, guard),
    card: parts.card === "none" ? absentCardReader() : wireCardReader(BENCH, device(PN532_ADDRESS)),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
  return {
    hal: hal,
    take_line: line.take,
    aerial: {
      board: board.name,
      modem: function (settings) {
        return makeModem(board, settings);
      },
      slots: function () {
        return ROOM_RADIO ? createSlots(guard) : undefined;
      },
    },
  };
}
