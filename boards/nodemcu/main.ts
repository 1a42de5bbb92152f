/// <reference path="./nodemcu.d.ts" />
/**
 * NodeMCU: a board's description becomes a Hal (program.ts makes a meter of it).
 *
 * Order of the boot: first the valve's bridge is off and pulses are counted, then the memory and all the rest, then the
 * journal is recovered: recovery may take seconds, in which water runs.
 */
import type { Assembly } from "../../firmware/program";
import { createPn532 } from "../../firmware/reader/pn532";
import { createI2cLine } from "../../firmware/reader/pn532_i2c";
import type { CardReader } from "../../hal/card_reader";
import type { Keypad } from "../../hal/keypad";
import type { Tamper, TamperInput } from "../../hal/tamper";
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
import { createPulseCounter } from "../drivers/pulse_counter";
import type { Supply } from "../drivers/supply";
import { createSupply } from "../drivers/supply";
import type { TamperSwitch } from "../drivers/tamper_switches";
import { createTamperSwitches } from "../drivers/tamper_switches";
import { createW25q } from "../drivers/w25q";
import { createWatchdog } from "../drivers/watchdog";
import type { NodemcuBoard } from "./board";
import { createI2c, createSpi } from "./buses";
import { createCounter, createCrypto, createEngine, createHardwareWatchdog, createNoise } from "./chip";
import { createLine } from "./line";
import { makeModem } from "./modem";
import { analogPin, busyDelay, optionalInput, outputPin, watchedPin } from "./pins";
import { createTimer } from "./timer";

/** Defaults of what a description may leave out. */
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

type MakeDevice = (address: number) => I2cDevice;

function or(value: number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : value;
}

function makeSupply(board: NodemcuBoard): Supply {
  const parts = board.parts;
  const pin = board.pins.supply_adc;
  const settings = {
    multiply: pin === undefined ? 1 : or(parts.supply_multiply, SUPPLY_MULTIPLY),
    divide: pin === undefined ? 1 : or(parts.supply_divide, SUPPLY_DIVIDE),
    low_mv: or(parts.supply_low_mv, SUPPLY_LOW_MV),
    good_mv: or(parts.supply_good_mv, SUPPLY_GOOD_MV),
    memory_mv: or(parts.supply_memory_mv, SUPPLY_MEMORY_MV),
    look_ms: SUPPLY_LOOK_MS,
  };
  const input = pin === undefined ? { millivolts: () => SUPPLY_UNKNOWN_MV } : analogPin(pin);
  return createSupply(input, undefined, createTimer(), settings);
}

function makeTamper(board: NodemcuBoard): Tamper {
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
function makeKeypad(board: NodemcuBoard, device: MakeDevice): Keypad {
  const pins = createExpanderPins(device(or(board.parts.keypad_i2c_address, KEYPAD_ADDRESS)));
  const rows = [pins[0], pins[1], pins[2], pins[3]];
  return createMatrixKeypad(rows, [pins[4], pins[5], pins[6]], createTimer(), busyDelay());
}

/** The PN532 on I2C; its line and its driver have a timer each. */
function makeCardReader(device: I2cDevice): CardReader {
  const wire = {
    write: function (bytes: number[]): void {
      let text = "";
      for (const byte of bytes) {
        text = text + String.fromCharCode(byte);
      }
      device.write(text);
    },
    read: function (count: number): number[] {
      const text = device.read("", count);
      const bytes: number[] = [];
      for (let index = 0; index < text.length; index++) {
        bytes.push(text.charCodeAt(index));
      }
      return bytes;
    },
  };
  return createPn532(createI2cLine(wire, createTimer()), createTimer()).port;
}

/**
 * All ports of a board. Its modem is started when a meter has settings for it; until then the radio is none. Updates by
 * radio have no place here: the firmware is a file, and NodeMCU has no memory of slots to write.
 */
export function assemble(board: NodemcuBoard): Assembly {
  const pins = board.pins;
  const parts = board.parts;
  const bridge = {
    open_input: outputPin(pins.valve_open),
    close_input: outputPin(pins.valve_close),
    open_switch: optionalInput(pins.valve_is_open),
    closed_switch: optionalInput(pins.valve_is_closed),
  };
  const travel_max_ms = or(parts.valve_travel_max_ms, VALVE_TRAVEL_MAX_MS);
  const valve = createHbridgeValve(bridge, createTimer(), travel_max_ms, or(parts.valve_seat_ms, VALVE_SEAT_MS));
  const lines = { loop: optionalInput(pins.flow_loop), empty: optionalInput(pins.flow_empty) };
  const flow = createPulseCounter(createCounter(pins.flow), createTimer(), lines, or(parts.look_ms, LOOK_MS));
  const device = createI2c(board.i2c);
  const supply = makeSupply(board);
  const tamper = makeTamper(board);
  const may_release = function (): boolean {
    return pins.tamper_case === undefined || tamper.active("case");
  };
  const display_at = or(parts.display_i2c_address, DISPLAY_ADDRESS);
  const guard = { supply_good: supply.supply_good, crc32: undefined };
  const hal = {
    flow: flow,
    valve: valve,
    clock: timerClock(createTimer()),
    timer: createTimer(),
    power: supply.port,
    tamper: tamper,
    display: parts.display === "none" ? absentDisplay() : createHd44780(device(display_at), busyDelay(), true),
    keypad: parts.keypad === "none" ? absentKeypad() : makeKeypad(board, device),
    buzzer: pins.buzzer === undefined ? absentBuzzer() : createBuzzer(outputPin(pins.buzzer), createTimer()),
    service: createLine(createTimer(), may_release),
    watchdog: createWatchdog(createHardwareWatchdog(createTimer()), createTimer()),
    random: createCheckedRandom(createNoise()),
    crypto: createCrypto(),
    nvm: createW25q(createSpi(board.spi), busyDelay(), board.geometry, guard),
    card: parts.card === "none" ? absentCardReader() : makeCardReader(device(PN532_ADDRESS)),
    radio: absentRadio(createTimer()),
    engine: createEngine(),
  };
  return {
    hal: hal,
    aerial: {
      board: board.name,
      modem: function (settings) {
        return makeModem(board, settings);
      },
      slots: function () {
        return undefined;
      },
    },
  };
}
