/// <reference path="./luatos.d.ts" />
/**
 * LuatOS: a board's description becomes a Hal (program.ts makes a meter of it).
 *
 * Order of the boot: first the valve's bridge is off and pulses are counted, then the memory and all the rest, then the
 * journal is recovered: recovery may take seconds, in which water runs.
 *
 * The module's own clock is not the meter's: its modem sets it to whatever the network says, and by this clock tariffs
 * change. So the time is the timer's, set by a card or a signed message, and unknown after a restart.
 */
import type { Assembly } from "../../firmware/program";
import type { Hal } from "../../hal/hal";
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
import type { Supply } from "../drivers/supply";
import { createW25q } from "../drivers/w25q";
import { createWatchdog } from "../drivers/watchdog";
import type { Bench } from "../drivers/wiring/bench";
import { or } from "../drivers/wiring/bench";
import { wireCardReader } from "../drivers/wiring/card_reader";
import { DISPLAY_ADDRESS, KEYPAD_ADDRESS, PN532_ADDRESS } from "../drivers/wiring/i2c_addresses";
import { wireKeypad } from "../drivers/wiring/keypad";
import { wirePulses } from "../drivers/wiring/pulses";
import { wireQuadrature } from "../drivers/wiring/quadrature";
import { wireSupply } from "../drivers/wiring/supply";
import { wireTamper } from "../drivers/wiring/tamper";
import { wireValve } from "../drivers/wiring/valve";
import type { LuatosBoard } from "./board";
import { createI2c, createSpi } from "./buses";
import { createCrypto, createEngine, createHardwareWatchdog, nativeCrc32, randomWord } from "./chip";
import { createLine } from "./line";
import { makeModem } from "./modem";
import { analogPin, busyDelay, optionalInput, optionalWatched, outputPin, watchedPin } from "./pins";
import { createSlots } from "./slots";
import { createTimer } from "./timer";

/** mcu.hardfault: a crash of the system below restarts the module. */
const CRASH_RESTARTS = 1;

export const BENCH: Bench<number> = {
  output: outputPin,
  watched: watchedPin,
  optional_input: optionalInput,
  optional_watched: optionalWatched,
  timer: createTimer,
  delay: busyDelay,
};

/** The module measures its own supply whole; at a channel of the converter there is a divider. */
function makeSupply(board: LuatosBoard): Supply {
  const supply = board.supply;
  const input = supply === undefined ? undefined : analogPin(supply);
  return wireSupply({ input: input, divided: supply !== "vbat", warning: undefined }, createTimer(), board.parts);
}

/** All ports of a board; `bench` answers who has the line and an open case. */
export function assemble(board: LuatosBoard, bench: (request: string) => string): Assembly {
  const pins = board.pins;
  const parts = board.parts;
  mcu.hardfault(CRASH_RESTARTS);
  const valve = wireValve(BENCH, pins, parts);
  const second = pins.flow_direction;
  const flow = second === undefined ? wirePulses(BENCH, pins, parts) : wireQuadrature(BENCH, pins, second, parts);
  const device = createI2c(board.i2c);
  const supply = makeSupply(board);
  const tamper = wireTamper(BENCH, pins);
  const may_open = function (): boolean {
    return pins.tamper_case === undefined || tamper.active("case");
  };
  const display_at = or(parts.display_i2c_address, DISPLAY_ADDRESS);
  const keypad_at = or(parts.keypad_i2c_address, KEYPAD_ADDRESS);
  const memory_bus = createSpi(board.spi);
  const guard = { supply_good: supply.supply_good, crc32: nativeCrc32 };
  const hal: Hal = {
    flow: flow,
    valve: valve,
    clock: timerClock(createTimer()),
    timer: createTimer(),
    power: supply.port,
    tamper: tamper,
    display: parts.display === "none" ? absentDisplay() : createHd44780(device(display_at), busyDelay(), true),
    keypad: parts.keypad === "none" ? absentKeypad() : wireKeypad(BENCH, device(keypad_at)),
    buzzer: pins.buzzer === undefined ? absentBuzzer() : createBuzzer(outputPin(pins.buzzer), createTimer()),
    service: createLine(board.uart, createTimer(), may_open, bench),
    watchdog: createWatchdog(createHardwareWatchdog(), createTimer()),
    random: createCheckedRandom(randomWord),
    crypto: createCrypto(),
    nvm: createW25q(memory_bus, busyDelay(), board.geometry, guard),
    card: parts.card === "none" ? absentCardReader() : wireCardReader(BENCH, device(PN532_ADDRESS)),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
  return {
    hal: hal,
    aerial: {
      board: board.name,
      modem: function (settings) {
        return makeModem(parts, settings);
      },
      slots: function () {
        return createSlots(board, memory_bus, busyDelay(), guard);
      },
    },
  };
}
