/// <reference path="./espruino.d.ts" />
/**
 * The parts of a board: each port's driver, chosen by the board's description, on Espruino's pins and buses. What a
 * board does not have gets a port that says so (drivers/absent_parts.ts).
 */
import { assert } from "../../firmware/assert";
import { createI2cLine } from "../../firmware/reader/pn532_i2c";
import { createPn532 } from "../../firmware/reader/pn532";
import type { Buzzer } from "../../hal/buzzer";
import type { CardReader } from "../../hal/card_reader";
import type { Clock } from "../../hal/clock";
import type { Display } from "../../hal/display";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Keypad } from "../../hal/keypad";
import type { Nvm } from "../../hal/nvm";
import type { Tamper, TamperInput } from "../../hal/tamper";
import type { Valve } from "../../hal/valve";
import { absentBuzzer, absentCardReader, absentDisplay, absentKeypad, timerClock } from "../drivers/absent_parts";
import type { I2cDevice } from "../drivers/bus";
import { createBuzzer } from "../drivers/buzzer";
import { createExpanderPins } from "../drivers/expander_pins";
import { createFramI2c, createFramSpi } from "../drivers/fram";
import type { NvmGuard } from "../drivers/guarded_nvm";
import { createHbridgeValve } from "../drivers/hbridge_valve";
import { createHd44780 } from "../drivers/hd44780";
import { createHt1621 } from "../drivers/ht1621";
import { createMatrixKeypad } from "../drivers/matrix_keypad";
import { createMcuFlash } from "../drivers/mcu_flash";
import { createPulseInput } from "../drivers/pulse_input";
import { createQuadratureInput } from "../drivers/quadrature_input";
import { createDs3231, createPcf8563, createRtcClock } from "../drivers/rtc";
import type { Supply } from "../drivers/supply";
import { createSupply } from "../drivers/supply";
import type { TamperSwitch } from "../drivers/tamper_switches";
import { createTamperSwitches } from "../drivers/tamper_switches";
import { createW25q } from "../drivers/w25q";
import {
  FITTED_BUZZER,
  FITTED_DS3231,
  FITTED_FRAM_I2C,
  FITTED_FRAM_SPI,
  FITTED_HD44780,
  FITTED_HT1621,
  FITTED_KEYPAD,
  FITTED_MCU_FLASH,
  FITTED_PCF8563,
  FITTED_PN532,
  FITTED_PULSE_INPUT,
  FITTED_QUADRATURE,
  FITTED_SPI_NOR,
  FITTED_TAMPER,
} from "../fitted";
import type { EspruinoBoard, EspruinoParts } from "./board";
import { createBitLine, createSpi } from "./buses";
import { createFlashPages, nativeCrc32 } from "./chip";
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
const FRAM_ADDRESS = 0x50;
const DISPLAY_ADDRESS = 0x27;
const KEYPAD_ADDRESS = 0x20;
const PCF8563_ADDRESS = 0x51;
const DS3231_ADDRESS = 0x68;
const PN532_ADDRESS = 0x24;
/** A mains board without a divider: never low. */
const SUPPLY_UNKNOWN_MV = 20000;

export type MakeI2c = ((address: number) => I2cDevice) | undefined;

/** A part that the description names and the build has no driver for. */
const NO_DRIVER = "this build has no driver for a part that the board's description names";

function or(value: number | undefined, otherwise: number): number {
  return value === undefined ? otherwise : value;
}

/** A device of a board that must have the bus for it. */
function deviceAt(i2c: MakeI2c, address: number): I2cDevice {
  assert(i2c !== undefined, "a board with an I2C part names its I2C bus");
  return i2c === undefined ? { write: () => false, read: () => "" } : i2c(address);
}

export function makeFlow(board: EspruinoBoard, parts: EspruinoParts): FlowSensor {
  const pins = board.pins;
  const lines = { loop: optionalInput(pins.flow_loop), empty: optionalInput(pins.flow_empty) };
  const look_ms = or(parts.look_ms, LOOK_MS);
  const second = pins.flow_direction;
  if (FITTED_QUADRATURE && second !== undefined) {
    return createQuadratureInput(watchedPin(pins.flow), watchedPin(second), createTimer(), lines, look_ms).port;
  }
  const settings = { debounce_ms: or(parts.debounce_ms, DEBOUNCE_MS), look_ms: look_ms };
  if (FITTED_PULSE_INPUT && second === undefined) {
    return createPulseInput(watchedPin(pins.flow), createTimer(), lines, settings).port;
  }
  throw new Error(NO_DRIVER);
}

export function makeValve(board: EspruinoBoard, parts: EspruinoParts): Valve {
  const pins = {
    open_input: outputPin(board.pins.valve_open),
    close_input: outputPin(board.pins.valve_close),
    open_switch: optionalInput(board.pins.valve_is_open),
    closed_switch: optionalInput(board.pins.valve_is_closed),
  };
  const travel_max_ms = or(parts.valve_travel_max_ms, VALVE_TRAVEL_MAX_MS);
  return createHbridgeValve(pins, createTimer(), travel_max_ms, or(parts.valve_seat_ms, VALVE_SEAT_MS));
}

export function makeSupply(board: EspruinoBoard, parts: EspruinoParts): Supply {
  const pins = board.pins;
  const adc = pins.supply_adc;
  const warning = pins.supply_warning;
  const settings = {
    multiply: adc === undefined ? 1 : or(parts.supply_multiply, SUPPLY_MULTIPLY),
    divide: adc === undefined ? 1 : or(parts.supply_divide, SUPPLY_DIVIDE),
    low_mv: or(parts.supply_low_mv, SUPPLY_LOW_MV),
    good_mv: or(parts.supply_good_mv, SUPPLY_GOOD_MV),
    memory_mv: or(parts.supply_memory_mv, SUPPLY_MEMORY_MV),
    look_ms: SUPPLY_LOOK_MS,
  };
  const pin = adc === undefined ? { millivolts: () => SUPPLY_UNKNOWN_MV } : analogPin(adc);
  return createSupply(pin, warning === undefined ? undefined : watchedPin(warning), createTimer(), settings);
}

export function makeNvm(board: EspruinoBoard, parts: EspruinoParts, i2c: MakeI2c, supply: Supply): Nvm {
  const nvm = board.nvm;
  const spi = board.buses.spi;
  const guard: NvmGuard = { supply_good: supply.supply_good, crc32: nativeCrc32 };
  if (FITTED_MCU_FLASH && nvm.type === "mcu_flash" && nvm.address !== undefined) {
    return createMcuFlash(createFlashPages(nvm.geometry.sector_bytes), nvm.geometry, nvm.address, guard);
  }
  if (FITTED_FRAM_SPI && nvm.type === "fram" && nvm.bus === "spi" && spi !== undefined) {
    return createFramSpi(createSpi(spi), nvm.geometry, guard);
  }
  if (FITTED_SPI_NOR && nvm.type === "spi_nor" && spi !== undefined) {
    return createW25q(createSpi(spi), busyDelay(), nvm.geometry, guard);
  }
  if (FITTED_FRAM_I2C && nvm.type === "fram" && nvm.bus === "i2c") {
    return createFramI2c(deviceAt(i2c, or(parts.nvm_i2c_address, FRAM_ADDRESS)), nvm.geometry, guard);
  }
  throw new Error(NO_DRIVER);
}

function addSwitch(switches: TamperSwitch[], input: TamperInput, pin: string | undefined): void {
  if (pin !== undefined) {
    // A contact to ground that opens, as a case or a reed sensor does.
    switches.push({ input: input, pin: watchedPin(pin), active_high: true });
  }
}

function neverTampered(): Tamper {
  return {
    active: function () {
      return false;
    },
    on_change: function () {
      return;
    },
  };
}

export function makeTamper(board: EspruinoBoard): Tamper {
  if (!FITTED_TAMPER) {
    return neverTampered();
  }
  const switches: TamperSwitch[] = [];
  addSwitch(switches, "case", board.pins.tamper_case);
  addSwitch(switches, "magnet", board.pins.tamper_magnet);
  addSwitch(switches, "reader", board.pins.tamper_reader);
  return createTamperSwitches(switches, createTimer());
}

export function makeDisplay(board: EspruinoBoard, parts: EspruinoParts, i2c: MakeI2c): Display {
  const pins = board.pins;
  const cs = pins.lcd_cs;
  const wr = pins.lcd_wr;
  const data = pins.lcd_data;
  if (FITTED_HD44780 && parts.display === "hd44780") {
    return createHd44780(deviceAt(i2c, or(parts.display_i2c_address, DISPLAY_ADDRESS)), busyDelay(), true);
  }
  if (FITTED_HT1621 && parts.display === "ht1621" && cs !== undefined && wr !== undefined && data !== undefined) {
    return createHt1621(createBitLine(cs, wr, data));
  }
  assert(parts.display === undefined || parts.display === "none", NO_DRIVER);
  return absentDisplay();
}

/** On an expander: pins 0 to 3 are the rows, 4 to 6 the columns. */
export function makeKeypad(parts: EspruinoParts, i2c: MakeI2c): Keypad {
  if (!FITTED_KEYPAD || parts.keypad !== "expander") {
    assert(parts.keypad === undefined || parts.keypad === "none", NO_DRIVER);
    return absentKeypad();
  }
  const pins = createExpanderPins(deviceAt(i2c, or(parts.keypad_i2c_address, KEYPAD_ADDRESS)));
  return createMatrixKeypad(
    [pins[0], pins[1], pins[2], pins[3]],
    [pins[4], pins[5], pins[6]],
    createTimer(),
    busyDelay(),
  );
}

export function makeBuzzer(board: EspruinoBoard): Buzzer {
  const pin = board.pins.buzzer;
  return FITTED_BUZZER && pin !== undefined ? createBuzzer(outputPin(pin), createTimer()) : absentBuzzer();
}

export function makeClock(parts: EspruinoParts, i2c: MakeI2c): Clock {
  if (FITTED_PCF8563 && parts.rtc === "pcf8563") {
    return createRtcClock(createPcf8563(deviceAt(i2c, PCF8563_ADDRESS)), createTimer());
  }
  if (FITTED_DS3231 && parts.rtc === "ds3231") {
    return createRtcClock(createDs3231(deviceAt(i2c, DS3231_ADDRESS)), createTimer());
  }
  assert(parts.rtc === undefined || parts.rtc === "none", NO_DRIVER);
  return timerClock(createTimer());
}

/** The PN532 on I2C; its line and its driver have a timer each. */
export function makeCardReader(parts: EspruinoParts, i2c: MakeI2c): CardReader {
  if (!FITTED_PN532 || parts.card !== "pn532_i2c") {
    assert(parts.card === undefined || parts.card === "none", NO_DRIVER);
    return absentCardReader();
  }
  const device = deviceAt(i2c, PN532_ADDRESS);
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
