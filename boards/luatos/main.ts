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
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { createPn532 } from "../../firmware/reader/pn532";
import { createI2cLine } from "../../firmware/reader/pn532_i2c";
import type { CardReader } from "../../hal/card_reader";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Assembly } from "../../firmware/program";
import type { Hal } from "../../hal/hal";
import type { Keypad } from "../../hal/keypad";
import type { Tamper, TamperInput } from "../../hal/tamper";
import type { Valve } from "../../hal/valve";
import {
  absentBuzzer,
  absentCardReader,
  absentDisplay,
  absentKeypad,
  absentRadio,
  timerClock,
} from "../drivers/absent_parts";
import type { I2cDevice } from "../drivers/bus";
import { createBuzzer } from "../drivers/buzzer";
import { createCheckedRandom } from "../drivers/checked_random";
import { createExpanderPins } from "../drivers/expander_pins";
import { createHbridgeValve } from "../drivers/hbridge_valve";
import { createHd44780 } from "../drivers/hd44780";
import { createMatrixKeypad } from "../drivers/matrix_keypad";
import { createPulseInput } from "../drivers/pulse_input";
import { createQuadratureInput } from "../drivers/quadrature_input";
import type { Supply } from "../drivers/supply";
import { createSupply } from "../drivers/supply";
import type { TamperSwitch } from "../drivers/tamper_switches";
import { createTamperSwitches } from "../drivers/tamper_switches";
import { createW25q } from "../drivers/w25q";
import { createWatchdog } from "../drivers/watchdog";
import type { LuatosBoard } from "./board";
import { createI2c, createSpi } from "./buses";
import { createCrypto, createEngine, createHardwareWatchdog, nativeCrc32, randomWord } from "./chip";
import { createLine } from "./line";
import { analogPin, busyDelay, optionalInput, outputPin, watchedPin } from "./pins";
import { createTimer } from "./timer";

/** Defaults of what a description may leave out. */
const DEBOUNCE_MS = 10;
const LOOK_MS = 100;
const VALVE_TRAVEL_MAX_MS = 8000;
const VALVE_SEAT_MS = 200;
const SUPPLY_MULTIPLY = 2;
const SUPPLY_DIVIDE = 1;
const SUPPLY_LOW_MV = 2900;
const SUPPLY_GOOD_MV = 3100;
const SUPPLY_MEMORY_MV = 2600;
const SUPPLY_LOOK_MS = 1000;
const DISPLAY_ADDRESS = 0x27;
const KEYPAD_ADDRESS = 0x20;
const PN532_ADDRESS = 0x24;
/** A mains board without a divider: never low. */
const SUPPLY_UNKNOWN_MV = 20000;
/** mcu.hardfault: a crash of the system below restarts the module. */
const CRASH_RESTARTS = 1;

function or(value: number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : value;
}

function makeFlow(board: LuatosBoard): FlowSensor {
  const pins = board.pins;
  const lines = { loop: optionalInput(pins.flow_loop), empty: optionalInput(pins.flow_empty) };
  const look_ms = or(board.parts.look_ms, LOOK_MS);
  if (pins.flow_direction !== undefined) {
    const second = watchedPin(pins.flow_direction);
    return createQuadratureInput(watchedPin(pins.flow), second, createTimer(), lines, look_ms).port;
  }
  const settings = { debounce_ms: or(board.parts.debounce_ms, DEBOUNCE_MS), look_ms: look_ms };
  return createPulseInput(watchedPin(pins.flow), createTimer(), lines, settings).port;
}

function makeValve(board: LuatosBoard): Valve {
  const pins = board.pins;
  const bridge = {
    open_input: outputPin(pins.valve_open),
    close_input: outputPin(pins.valve_close),
    open_switch: optionalInput(pins.valve_is_open),
    closed_switch: optionalInput(pins.valve_is_closed),
  };
  const travel_max_ms = or(board.parts.valve_travel_max_ms, VALVE_TRAVEL_MAX_MS);
  return createHbridgeValve(bridge, createTimer(), travel_max_ms, or(board.parts.valve_seat_ms, VALVE_SEAT_MS));
}

/** The module measures its own supply whole; at a channel of the converter there is a divider. */
function makeSupply(board: LuatosBoard): Supply {
  const parts = board.parts;
  const supply = board.supply;
  const divided = supply !== undefined && supply !== "vbat";
  const settings = {
    multiply: divided ? or(parts.supply_multiply, SUPPLY_MULTIPLY) : 1,
    divide: divided ? or(parts.supply_divide, SUPPLY_DIVIDE) : 1,
    low_mv: or(parts.supply_low_mv, SUPPLY_LOW_MV),
    good_mv: or(parts.supply_good_mv, SUPPLY_GOOD_MV),
    memory_mv: or(parts.supply_memory_mv, SUPPLY_MEMORY_MV),
    look_ms: SUPPLY_LOOK_MS,
  };
  const input = supply === undefined ? { millivolts: () => SUPPLY_UNKNOWN_MV } : analogPin(supply);
  return createSupply(input, undefined, createTimer(), settings);
}

function makeTamper(board: LuatosBoard): Tamper {
  const switches: TamperSwitch[] = [];
  const add = function (input: TamperInput, pin: number | undefined): void {
    if (pin !== undefined) {
      // A contact to ground that opens, as a case or a reed sensor does.
      switches.push({ input: input, pin: watchedPin(pin), active_high: true });
    }
  };
  add("case", board.pins.tamper_case);
  add("magnet", board.pins.tamper_magnet);
  add("reader", board.pins.tamper_reader);
  return createTamperSwitches(switches, createTimer());
}

/** On an expander: pins 0 to 3 are the rows, 4 to 6 the columns. */
function makeKeypad(device: I2cDevice): Keypad {
  const pins = createExpanderPins(device);
  const rows = [pins[0], pins[1], pins[2], pins[3]];
  return createMatrixKeypad(rows, [pins[4], pins[5], pins[6]], createTimer(), busyDelay());
}

/** The PN532 on I2C; its line and its driver have a timer each. */
function makeCardReader(device: I2cDevice): CardReader {
  const wire = {
    write: function (bytes: number[]): void {
      device.write(bytesText(bytes));
    },
    read: function (count: number): number[] {
      return textBytes(device.read("", count));
    },
  };
  return createPn532(createI2cLine(wire, createTimer()), createTimer()).port;
}

/** All ports of a board; `bench` answers who has the line and an open case. */
export function assemble(board: LuatosBoard, bench: (request: string) => string): Assembly {
  const pins = board.pins;
  const parts = board.parts;
  mcu.hardfault(CRASH_RESTARTS);
  const valve = makeValve(board);
  const flow = makeFlow(board);
  const device = createI2c(board.i2c);
  const supply = makeSupply(board);
  const tamper = makeTamper(board);
  const may_open = function (): boolean {
    return pins.tamper_case === undefined || tamper.active("case");
  };
  const display_at = or(parts.display_i2c_address, DISPLAY_ADDRESS);
  const keypad_at = or(parts.keypad_i2c_address, KEYPAD_ADDRESS);
  const guard = { supply_good: supply.supply_good, crc32: nativeCrc32 };
  const hal: Hal = {
    flow: flow,
    valve: valve,
    clock: timerClock(createTimer()),
    timer: createTimer(),
    power: supply.port,
    tamper: tamper,
    display: parts.display === "none" ? absentDisplay() : createHd44780(device(display_at), busyDelay(), true),
    keypad: parts.keypad === "none" ? absentKeypad() : makeKeypad(device(keypad_at)),
    buzzer: pins.buzzer === undefined ? absentBuzzer() : createBuzzer(outputPin(pins.buzzer), createTimer()),
    service: createLine(board.uart, createTimer(), may_open, bench),
    watchdog: createWatchdog(createHardwareWatchdog(), createTimer()),
    random: createCheckedRandom(randomWord),
    crypto: createCrypto(),
    nvm: createW25q(createSpi(board.spi), busyDelay(), board.geometry, guard),
    card: parts.card === "none" ? absentCardReader() : makeCardReader(device(PN532_ADDRESS)),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
  return {
    hal: hal,
    // The module's own modem has no driver yet.
    aerial: {
      board: board.name,
      modem: function () {
        return undefined;
      },
      slots: function () {
        return undefined;
      },
    },
  };
}
