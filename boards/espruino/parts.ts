/// <reference path="./espruino.d.ts" />
/**
 * The parts of a board: each port's driver, chosen by the board's description, on Espruino's pins and buses. What a
 * board does not have gets a port that says so (drivers/absent_parts.ts).
 */
import { assert } from "../../firmware/assert";
import type { Buzzer } from "../../hal/buzzer";
import type { CardReader } from "../../hal/card_reader";
import type { Clock } from "../../hal/clock";
import type { Display } from "../../hal/display";
import type { FlowSensor } from "../../hal/flow_sensor";
import type { Keypad } from "../../hal/keypad";
import type { Nvm } from "../../hal/nvm";
import type { Tamper } from "../../hal/tamper";
import type { Valve } from "../../hal/valve";
import { absentBuzzer, absentCardReader, absentDisplay, absentKeypad, timerClock } from "../drivers/absent_parts";
import type { I2cDevice } from "../drivers/bus";
import { createBuzzer } from "../drivers/buzzer";
import { createFramI2c, createFramSpi } from "../drivers/fram";
import type { NvmGuard } from "../drivers/guarded_nvm";
import { createHd44780 } from "../drivers/hd44780";
import { createHt1621 } from "../drivers/ht1621";
import { createMcuFlash } from "../drivers/mcu_flash";
import { createDs3231, createPcf8563, createRtcClock } from "../drivers/rtc";
import type { Supply } from "../drivers/supply";
import { createW25q } from "../drivers/w25q";
import type { Bench } from "../drivers/wiring/bench";
import { or } from "../drivers/wiring/bench";
import { wireCardReader } from "../drivers/wiring/card_reader";
import {
  DISPLAY_ADDRESS,
  DS3231_ADDRESS,
  FRAM_ADDRESS,
  KEYPAD_ADDRESS,
  PCF8563_ADDRESS,
  PN532_ADDRESS,
} from "../drivers/wiring/i2c_addresses";
import { wireKeypad } from "../drivers/wiring/keypad";
import { wirePulses } from "../drivers/wiring/pulses";
import { wireQuadrature } from "../drivers/wiring/quadrature";
import { wireSupply } from "../drivers/wiring/supply";
import { wireTamper } from "../drivers/wiring/tamper";
import { wireValve } from "../drivers/wiring/valve";
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
import { analogPin, busyDelay, optionalInput, optionalWatched, outputPin, watchedPin } from "./pins";
import { createTimer } from "./timer";

export type MakeI2c = ((address: number) => I2cDevice) | undefined;

/** A part that the description names and the build has no driver for. */
const NO_DRIVER = "this build has no driver for a part that the board's description names";

export const BENCH: Bench<string> = {
  output: outputPin,
  watched: watchedPin,
  optional_input: optionalInput,
  optional_watched: optionalWatched,
  timer: createTimer,
  delay: busyDelay,
};

/** A device of a board that must have the bus for it. */
function deviceAt(i2c: MakeI2c, address: number): I2cDevice {
  assert(i2c !== undefined, "a board with an I2C part names its I2C bus");
  return i2c === undefined ? { write: () => false, read: () => "" } : i2c(address);
}

export function makeFlow(board: EspruinoBoard, parts: EspruinoParts): FlowSensor {
  const second = board.pins.flow_direction;
  if (FITTED_QUADRATURE && second !== undefined) {
    return wireQuadrature(BENCH, board.pins, second, parts);
  }
  if (FITTED_PULSE_INPUT && second === undefined) {
    return wirePulses(BENCH, board.pins, parts);
  }
  throw new Error(NO_DRIVER);
}

export function makeValve(board: EspruinoBoard, parts: EspruinoParts): Valve {
  return wireValve(BENCH, board.pins, parts);
}

export function makeSupply(board: EspruinoBoard, parts: EspruinoParts): Supply {
  const adc = board.pins.supply_adc;
  const sense = {
    input: adc === undefined ? undefined : analogPin(adc, board.chip),
    divided: true,
    warning: optionalWatched(board.pins.supply_warning),
  };
  return wireSupply(sense, createTimer(), parts);
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
  return FITTED_TAMPER ? wireTamper(BENCH, board.pins) : neverTampered();
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

export function makeKeypad(parts: EspruinoParts, i2c: MakeI2c): Keypad {
  if (!FITTED_KEYPAD || parts.keypad !== "expander") {
    assert(parts.keypad === undefined || parts.keypad === "none", NO_DRIVER);
    return absentKeypad();
  }
  return wireKeypad(BENCH, deviceAt(i2c, or(parts.keypad_i2c_address, KEYPAD_ADDRESS)));
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

export function makeCardReader(parts: EspruinoParts, i2c: MakeI2c): CardReader {
  if (!FITTED_PN532 || parts.card !== "pn532_i2c") {
    assert(parts.card === undefined || parts.card === "none", NO_DRIVER);
    return absentCardReader();
  }
  return wireCardReader(BENCH, deviceAt(i2c, PN532_ADDRESS));
}
