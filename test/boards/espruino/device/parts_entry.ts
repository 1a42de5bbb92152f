/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The parts of a board at work inside the interpreter, on the pins and buses that boards/espruino makes. What another
 * engine has too is in ../../part_scenes.ts; here are those that only Espruino's boards can have.
 */
import { createHt1621 } from "../../../../boards/drivers/ht1621";
import { createDs3231, createPcf8563, createRtcClock } from "../../../../boards/drivers/rtc";
import { DS3231_ADDRESS, PCF8563_ADDRESS } from "../../../../boards/drivers/wiring/i2c_addresses";
import { wireQuadrature } from "../../../../boards/drivers/wiring/quadrature";
import { createBitLine, createI2c } from "../../../../boards/espruino/buses";
import { BENCH } from "../../../../boards/espruino/parts";
import { analogPin } from "../../../../boards/espruino/pins";
import type { Clock } from "../../../../hal/clock";
import { createBusTime, passMs } from "../../../../sim/bus/bus_time";
import { createHt1621Chip, glassLit } from "../../../../sim/bus/ht1621_chip";
import { createI2cBus } from "../../../../sim/bus/i2c_bus";
import { createDs3231Chip, createPcf8563Chip } from "../../../../sim/bus/rtc_chips";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import type { I2cAnswer, PartBench } from "../../part_scenes";
import { buzzerScene, cardScene, chipOn, displayScene, keypadScene, supplyScene, tamperScene } from "../../part_scenes";
import { numbers, yes } from "../../scene";

const STEP_MS = 30;
/** The driver looks at both channels every 100 ms. */
const SLOW_STEP_MS = 150;
const NEW_YEAR_S = 1798761595;

interface Attached {
  address: number;
  answer: I2cAnswer;
}

/** The board's I2C with the chips that a scene puts on it. */
function partBench(host: Host): PartBench<string> {
  const chips: Attached[] = [];
  const at = function (address: number): I2cAnswer | undefined {
    for (const chip of chips) {
      if (chip.address === address) {
        return chip.answer;
      }
    }
    return undefined;
  };
  hardware.i2c_write = function (address, out) {
    const answer = at(address);
    if (answer !== undefined) {
      answer(out, 0);
    }
    return answer !== undefined;
  };
  hardware.i2c_read = function (address, out, count) {
    const answer = at(address);
    return answer === undefined ? "" : answer(out, count);
  };
  return {
    host: host,
    world: hardware,
    bench: BENCH,
    device: createI2c({ scl: "SCL", sda: "SDA", rate_hz: 400000 }),
    attach: function (address, answer) {
      chips.push({ address: address, answer: answer });
    },
  };
}

function tamper(host: Host): void {
  tamperScene(partBench(host), "CASE", "OTHER");
}

/** Behind a divider by two, with a comparator that has nothing to say. */
function supply(host: Host): void {
  const sense = { input: analogPin("VBAT", "LINUX"), divided: true, warning: BENCH.optional_watched("LOW") };
  supplyScene(partBench(host), sense, function (supply_mv) {
    hardware.analog_mv = Math.floor(supply_mv / 2);
  });
}

function display(host: Host): void {
  displayScene(partBench(host));
}

function keypad(host: Host): void {
  keypadScene(partBench(host));
}

function buzzer(host: Host): void {
  buzzerScene(partBench(host), "BUZZER");
}

function card(host: Host): void {
  cardScene(partBench(host));
}

/** A glass on three wires, whose chip takes a bit when WR rises. */
function glass(host: Host): void {
  const chip = createHt1621Chip();
  hardware.wrote = function (pin, level) {
    if (pin === "LCD_CS") {
      chip.line.select(level === 0);
    } else if (pin === "LCD_WR" && level === 1) {
      chip.line.send(hardware.level("LCD_DATA"), 1);
    }
  };
  const port = createHt1621(createBitLine("LCD_CS", "LCD_WR", "LCD_DATA"));
  port.show("   -1.49", "VB");
  host.write_line("lit " + yes(glassLit(chip)) + numbers(chip.memory));
  port.show("BAL", "");
  host.write_line("lit " + yes(glassLit(chip)) + numbers(chip.memory));
}

/** A clock chip keeps the time over a boot, leap years and all. */
function clock(host: Host): void {
  const at = partBench(host);
  const bus = createI2cBus(createBusTime());
  createPcf8563Chip(bus);
  createDs3231Chip(bus);
  at.attach(PCF8563_ADDRESS, chipOn(bus, PCF8563_ADDRESS));
  at.attach(DS3231_ADDRESS, chipOn(bus, DS3231_ADDRESS));
  const boots: (() => Clock)[] = [
    function () {
      return createRtcClock(createPcf8563(at.device(PCF8563_ADDRESS)), at.bench.timer());
    },
    function () {
      return createRtcClock(createDs3231(at.device(DS3231_ADDRESS)), at.bench.timer());
    },
  ];
  for (const boot of boots) {
    host.write_line("unset" + numbers([boot().now_utc_s()]));
    boot().set(NEW_YEAR_S);
    hardware.pass(10000);
    passMs(bus.time, 10000);
    host.write_line("later" + numbers([boot().now_utc_s() - NEW_YEAR_S]));
  }
}

/** Water that runs forward, and back. */
function wheel(host: Host): void {
  const pins = { flow: "A", valve_open: "IN1", valve_close: "IN2" };
  hardware.set("A", 0);
  hardware.set("B", 0);
  const port = wireQuadrature(BENCH, pins, "B", {});
  const turn = function (first: string, second: string, step_ms: number): void {
    for (const level of [1, 0]) {
      hardware.set(first, level);
      hardware.pass(step_ms);
      hardware.set(second, level);
      hardware.pass(step_ms);
    }
  };
  for (let count = 0; count < 7; count++) {
    turn("B", "A", STEP_MS);
  }
  host.write_line("forward" + numbers([port.forward_count(), port.reverse_count()]));
  for (let count = 0; count < 3; count++) {
    turn("A", "B", STEP_MS);
  }
  hardware.remove_watches("A");
  turn("B", "A", SLOW_STEP_MS);
  host.write_line("back" + numbers([port.forward_count(), port.reverse_count()]));
}

export function runProgram(host: Host): void {
  runNamed(host, [
    { name: "tamper", run: tamper },
    { name: "supply", run: supply },
    { name: "display", run: display },
    { name: "keypad", run: keypad },
    { name: "buzzer", run: buzzer },
    { name: "card", run: card },
    { name: "glass", run: glass },
    { name: "clock", run: clock },
    { name: "wheel", run: wheel },
  ]);
}
