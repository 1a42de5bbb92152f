/**
 * The parts that people meet, on an engine's bindings: wiring and drivers at work at the ends of the board's own pins and
 * buses, where twins of the chips are. Each scene writes what it saw to the trace; part_lines.ts knows what must stand
 * there, whatever the engine. Portable code.
 */
import type { I2cDevice } from "../../boards/drivers/bus";
import { createBuzzer } from "../../boards/drivers/buzzer";
import { createHd44780 } from "../../boards/drivers/hd44780";
import type { Bench } from "../../boards/drivers/wiring/bench";
import { wireCardReader } from "../../boards/drivers/wiring/card_reader";
import { DISPLAY_ADDRESS, KEYPAD_ADDRESS, PN532_ADDRESS } from "../../boards/drivers/wiring/i2c_addresses";
import { wireKeypad } from "../../boards/drivers/wiring/keypad";
import type { SupplySense } from "../../boards/drivers/wiring/supply";
import { wireSupply } from "../../boards/drivers/wiring/supply";
import { wireTamper } from "../../boards/drivers/wiring/tamper";
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { decimal } from "../../firmware/text";
import type { BuzzerPattern } from "../../hal/buzzer";
import type { BusTime } from "../../sim/bus/bus_time";
import { createBusTime, waitUs } from "../../sim/bus/bus_time";
import { createHd44780Chip, rowOf } from "../../sim/bus/hd44780_chip";
import type { I2cBus } from "../../sim/bus/i2c_bus";
import { createI2cBus, readBus, writeBus } from "../../sim/bus/i2c_bus";
import type { KeyMatrix } from "../../sim/bus/key_matrix";
import { createKeyMatrix, setKey } from "../../sim/bus/key_matrix";
import { setPin } from "../../sim/bus/pins";
import { createPn532Chip, insertCard, removeCard } from "../../sim/pn532/chip";
import { createI2cBus as createPn532Bus } from "../../sim/pn532/i2c_bus";
import type { Host } from "../../sim/world/host";
import type { World } from "./scene";
import { numbers, yes } from "./scene";

/** Longer than a start of a PN532, and than a look at a keypad that tells of no edge. */
const SETTLE_MS = 4000;
const KEY_MS = 300;
const LOUD_LOOK_MS = 20;
const LOUD_FOR_MS = 2000;
const LONG_SOUND_MS = 400;
const KEYS = 12;
const COLUMNS = 3;
const ROWS = 4;

/** What was written, and how many bytes are read behind it. */
export type I2cAnswer = (out: string, count: number) => string;

/** An engine's board, as far as a part needs it. */
export interface PartBench<Pin> {
  host: Host;
  world: World<Pin>;
  bench: Bench<Pin>;
  device: (address: number) => I2cDevice;
  /** Puts a chip on the bus. */
  attach: (address: number, answer: I2cAnswer) => void;
}

/** A chip of a bus of twins, at the end of the engine's. */
export function chipOn(bus: I2cBus, address: number): I2cAnswer {
  return function (out, count) {
    if (count > 0) {
      return readBus(bus, address, out, count);
    }
    writeBus(bus, address, out);
    return "";
  };
}

/** A case that is shut, touched, opened, and told of once each time. */
export function tamperScene<Pin>(at: PartBench<Pin>, case_pin: Pin, other: Pin): void {
  const { host, world } = at;
  const port = wireTamper(at.bench, {
    flow: other,
    valve_open: other,
    valve_close: other,
    tamper_case: case_pin,
  });
  let told = 0;
  const say = function (word: string): void {
    host.write_line(word + " " + yes(port.active("case")) + " " + yes(port.active("magnet")) + numbers([told]));
  };
  say("open at boot");
  port.on_change(function () {
    told += 1;
  });
  world.set(case_pin, 0);
  world.pass(1500);
  say("shut");
  world.set(case_pin, 1);
  world.pass(30);
  world.set(case_pin, 0);
  world.pass(1500);
  say("touched");
  world.set(case_pin, 1);
  world.pass(1500);
  say("opened");
}

/** A supply that sinks and comes back; `set_mv` sets it as the meter's own ends see it. */
export function supplyScene<Pin>(at: PartBench<Pin>, sense: SupplySense, set_mv: (supply_mv: number) => void): void {
  const { host, world } = at;
  const limits = { supply_low_mv: 3300, supply_good_mv: 3500, supply_memory_mv: 3000 };
  set_mv(3700);
  const supply = wireSupply(sense, at.bench.timer(), limits);
  let told = "";
  supply.port.on_brown_out(function (low) {
    told = told + (low ? " low" : " good");
  });
  for (const supply_mv of [3700, 3400, 3200, 3400, 2900, 3600]) {
    set_mv(supply_mv);
    world.pass(2500);
    const tenths = Math.floor((supply.port.supply_mv() + 50) / 100);
    host.write_line(decimal(tenths) + told + " memory " + yes(supply.supply_good()));
    told = "";
  }
}

/** Characters behind an expander: the twin loses what comes while it is busy. */
export function displayScene<Pin>(at: PartBench<Pin>): void {
  const time = createBusTime();
  const bus = createI2cBus(time);
  const chip = createHd44780Chip(bus, DISPLAY_ADDRESS);
  at.attach(DISPLAY_ADDRESS, chipOn(bus, DISPLAY_ADDRESS));
  const port = createHd44780(at.device(DISPLAY_ADDRESS), waitingFor(at.bench, time), true);
  port.show("12.34 m3", "LT");
  at.host.write_line(rowOf(chip, 0, 8) + "|" + rowOf(chip, 1, 6) + "|" + numbers([chip.lost]));
  port.show("OFF", "");
  at.host.write_line(rowOf(chip, 0, 8) + "|" + rowOf(chip, 1, 6) + "|" + numbers([chip.lost]));
}

/** The board's own waiting, in which a chip's time passes too. */
function waitingFor<Pin>(bench: Bench<Pin>, time: BusTime): { wait_us: (span_us: number) => void } {
  const delay = bench.delay();
  return {
    wait_us: function (span_us) {
      waitUs(time, span_us);
      delay.wait_us(span_us);
    },
  };
}

/** A PCF8574 with the rows of a key matrix at its pins 0 to 3, the columns at 4 to 6. */
function expanderOf(matrix: KeyMatrix): I2cAnswer {
  return function (out, count) {
    let written = out.length > 0 ? out.charCodeAt(out.length - 1) : -1;
    for (let row = 0; row < ROWS && written >= 0; row++) {
      setPin(matrix.rows[row], written % 2 === 1);
      written = Math.floor(written / 2);
    }
    if (count === 0) {
      return "";
    }
    let levels = 128;
    let weight = 1;
    for (let pin = 0; pin < ROWS + COLUMNS; pin++) {
      const is_high = pin < ROWS ? matrix.rows[pin].level : matrix.columns[pin - ROWS].level;
      levels += is_high ? weight : 0;
      weight = weight * 2;
    }
    return String.fromCharCode(levels);
  };
}

/** Every key once, and two at once, which are none. */
export function keypadScene<Pin>(at: PartBench<Pin>): void {
  const matrix = createKeyMatrix(createBusTime(), ROWS, COLUMNS);
  at.attach(KEYPAD_ADDRESS, expanderOf(matrix));
  let typed = "";
  wireKeypad(at.bench, at.device(KEYPAD_ADDRESS)).on_key(function (key) {
    typed = typed + key;
  });
  const press = function (keys: number[]): void {
    for (const is_down of [true, false]) {
      for (const key of keys) {
        setKey(matrix, key, is_down);
      }
      at.world.pass(KEY_MS);
    }
  };
  for (let key = 0; key < KEYS; key++) {
    press([key]);
  }
  press([0, 1]);
  press([4]);
  at.host.write_line("typed " + typed);
}

/** How often each pattern sounds, and whether one sounds long. */
export function buzzerScene<Pin>(at: PartBench<Pin>, pin: Pin): void {
  const port = createBuzzer(at.bench.output(pin), at.bench.timer());
  const patterns: BuzzerPattern[] = ["good", "bad", "warning"];
  at.host.write_line("silent" + numbers([at.world.level(pin)]));
  for (const pattern of patterns) {
    port.beep(pattern);
    let sounds = 0;
    let before = 0;
    let loud_ms = 0;
    for (let spent_ms = 0; spent_ms < LOUD_FOR_MS; spent_ms += LOUD_LOOK_MS) {
      const level = at.world.level(pin);
      sounds += level > before ? 1 : 0;
      loud_ms += level * LOUD_LOOK_MS;
      before = level;
      at.world.pass(LOUD_LOOK_MS);
    }
    at.host.write_line(pattern + numbers([sounds]) + " long " + yes(loud_ms > LONG_SOUND_MS) + numbers([before]));
  }
}

/** A card that is found, answers, is pulled, and is not there any more. */
export function cardScene<Pin>(at: PartBench<Pin>): void {
  const { host, world } = at;
  const bus = createPn532Bus();
  const chip = createPn532Chip(bus.line, at.bench.timer());
  at.attach(PN532_ADDRESS, function (out, count) {
    if (out.length > 0) {
      bus.device.write(textBytes(out));
    }
    return count > 0 ? bytesText(bus.device.read(count)) : "";
  });
  const port = wireCardReader(at.bench, at.device(PN532_ADDRESS));
  let told = 0;
  port.on_change(function () {
    told += 1;
  });
  const ask = function (command: number[]): void {
    const taken = port.transmit(command, 1000, function (result, answer) {
      host.write_line(result + numbers(answer));
    });
    host.write_line(taken);
    world.pass(SETTLE_MS);
  };
  world.pass(SETTLE_MS);
  host.write_line("field" + numbers(port.uid()) + " " + yes(port.present()));
  insertCard(chip, {
    uid: [4, 161, 178, 195, 212, 229, 246],
    respond: function (apdu) {
      return [apdu.length, apdu[0], 145, 0];
    },
    field_lost: function () {
      return;
    },
  });
  world.pass(SETTLE_MS);
  host.write_line("field" + numbers(port.uid()) + " " + yes(port.present()));
  ask([144, 96, 0, 0, 0]);
  removeCard(chip);
  ask([144, 175, 0]);
  host.write_line("field" + numbers(port.uid()) + " " + yes(port.present()) + numbers([told]));
}
