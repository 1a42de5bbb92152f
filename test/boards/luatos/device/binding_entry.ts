/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The bindings at work inside Lua. A program line names a scene; what it saw is written to the trace, and the test on Node
 * knows what must stand there. What looks the same on another engine is in ../../binding_scenes.ts.
 */
import { createCheckedRandom } from "../../../../boards/drivers/checked_random";
import { filled } from "../../../../boards/drivers/guarded_nvm";
import { createQuadratureInput } from "../../../../boards/drivers/quadrature_input";
import { createTamperSwitches } from "../../../../boards/drivers/tamper_switches";
import { createWatchdog } from "../../../../boards/drivers/watchdog";
import { createI2c, createSpi } from "../../../../boards/luatos/buses";
import {
  createCrypto,
  createEngine,
  createHardwareWatchdog,
  nativeCrc32,
  randomWord,
} from "../../../../boards/luatos/chip";
import { createLine } from "../../../../boards/luatos/line";
import { analogPin, busyDelay, inputPin, outputPin, watchedPin } from "../../../../boards/luatos/pins";
import { createTimer, ring } from "../../../../boards/luatos/timer";
import { bytesText } from "../../../../firmware/card/bytes";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import { cryptoScene, HOUR_MS, i2cScene, timerScene, valveScene, w25qScene } from "../../binding_scenes";
import { numbers, yes } from "../../scene";
import { memory } from "./memory";

const FLOW_A = 20;
const FLOW_B = 21;
const CASE = 22;
const VALVE = { open: 24, close: 25, at_open: 26, at_closed: 27 };
const ONE_EDGE = 2;
/** More than numbers of 31 bits have for one timer. */
const ARMINGS = 524300;
const SPAN_MS = 1000;
const LF = String.fromCharCode(10);
const CTRL_C = String.fromCharCode(3, 3, 3);

function timers(host: Host): void {
  timerScene(host, hardware, createTimer, function (other, tell) {
    // The message of a timer that was armed anew meanwhile, and numbers of nobody's.
    let late = 0;
    hardware.on_timer = function (id) {
      late = id;
    };
    other.alarm(other.now_ms() + 10, tell("stopped", 0));
    hardware.pass(20);
    hardware.on_timer = ring;
    other.alarm(other.now_ms() + HOUR_MS, tell("one hour", 0));
    ring(late);
    ring(4095);
  });
}

function oftenArmed(host: Host): void {
  const timer = createTimer();
  let rang = 0;
  const count = function (): void {
    rang += 1;
  };
  for (let times = 0; times < ARMINGS; times++) {
    timer.alarm(timer.now_ms() + SPAN_MS, count);
  }
  hardware.pass(2 * SPAN_MS);
  host.write_line("rang " + decimal(rang));
}

function chip(host: Host): void {
  cryptoScene(host, createCrypto(), nativeCrc32);
  const engine = createEngine();
  const used = engine.memory_used();
  host.write_line("memory " + yes(used > 0) + numbers([engine.memory_size(), engine.take_faults().length]));
  host.write_line("drawn " + decimal(createCheckedRandom(randomWord).bytes(33).length));
  hardware.trng_fails = true;
  host.write_line("failed " + decimal(createCheckedRandom(randomWord).bytes(8).length));
}

function line(host: Host): void {
  let may_open = false;
  let heard = "";
  const bench = function (request: string): string {
    return "bench heard " + decimal(request.length);
  };
  const port = createLine(
    1,
    createTimer(),
    function () {
      return may_open;
    },
    bench,
  );
  port.on_receive(function (bytes) {
    heard = heard + bytesText(bytes);
  });
  const say = function (name: string, text: string): void {
    heard = "";
    hardware.written = "";
    hardware.hear(text);
    hardware.pass(10);
    const whole = hardware.written.indexOf(LF) >= 0 ? hardware.written.substring(0, hardware.written.length - 1) : "-";
    host.write_line(name + " " + decimal(heard.length) + " " + whole);
  };
  host.write_line("usb " + yes(hardware.repl_on));
  say("shut", "id" + CTRL_C + LF + "bench 1 who" + LF);
  may_open = true;
  say("two", "x" + CTRL_C.substring(0, 2) + "y" + CTRL_C.substring(0, 1) + LF + "bench 1 who" + LF);
  say("open", CTRL_C + "id" + LF + "bench 1 who" + LF);
  say("half", "bench 2");
  say("rest", " who" + LF);
  let long = "bench 3 ";
  while (long.length < 600) {
    long = long + "0";
  }
  say("long", long + LF);
  hardware.pass(HOUR_MS);
  say("later", "bench 4 who" + LF);
  hardware.written = "";
  host.write_line("write " + port.write([79, 75]) + " " + hardware.written);
  hardware.uart_room = 1;
  host.write_line("full " + port.write([79, 75]));
}

function buses(host: Host): void {
  i2cScene(host, createI2c({ id: 0, rate_hz: 400000 }), function (address, chip_there) {
    hardware.attach(address, chip_there);
  });
}

/** One step of the wheel: a channel takes a level. */
function step(pin: number, level: number): void {
  hardware.set(pin, level);
  hardware.pass(30);
}

function flow(host: Host): void {
  hardware.set(FLOW_A, 0);
  hardware.set(FLOW_B, 0);
  const lines = { loop: undefined, empty: undefined };
  const wheel = createQuadratureInput(watchedPin(FLOW_A), watchedPin(FLOW_B), createTimer(), lines, 20);
  for (let turn = 0; turn < 40; turn++) {
    // The system may lose an edge when its queue is full: the driver's look finds the level.
    hardware.deaf[FLOW_A] = turn % 10 === 5;
    const forward = turn < 30;
    step(forward ? FLOW_B : FLOW_A, 1);
    step(forward ? FLOW_A : FLOW_B, 1);
    step(forward ? FLOW_B : FLOW_A, 0);
    step(forward ? FLOW_A : FLOW_B, 0);
  }
  host.write_line("wheel" + numbers([wheel.port.forward_count(), wheel.port.reverse_count()]));
}

function pins(host: Host): void {
  const both = watchedPin(CASE);
  const rising = watchedPin(ONE_EDGE);
  let told = "";
  both.watch(function (high) {
    told = told + (high ? "H" : "L");
  });
  rising.watch(function (high) {
    told = told + (high ? "h" : "l");
  });
  for (let turn = 0; turn < 2; turn++) {
    hardware.set(CASE, 0);
    hardware.set(ONE_EDGE, 0);
    hardware.pass(10);
    hardware.set(CASE, 1);
    hardware.set(ONE_EDGE, 1);
    hardware.pass(10);
  }
  host.write_line("edges " + told);
  const before_us = hardware.now_us();
  busyDelay().wait_us(500);
  host.write_line("waited " + yes(hardware.now_us() - before_us >= 500 && hardware.now_us() - before_us < 600));
  const supply = analogPin("vbat");
  hardware.supply_mv = 3712;
  hardware.adc_fails = 2;
  host.write_line("supply" + numbers([supply.millivolts(), analogPin(1).millivolts()]));
  hardware.adc_fails = 3;
  host.write_line("fails" + numbers([supply.millivolts()]));
}

/** A contact on a pin that is told one kind of edge: opening is told, closing is found. */
function tamper(host: Host): void {
  hardware.set(ONE_EDGE, 0);
  const port = createTamperSwitches([{ input: "magnet", pin: watchedPin(ONE_EDGE), active_high: true }], createTimer());
  hardware.pass(5000);
  hardware.set(ONE_EDGE, 1);
  hardware.pass(400);
  const opened = port.active("magnet");
  hardware.set(ONE_EDGE, 0);
  hardware.pass(2000);
  host.write_line("tamper " + yes(opened) + " " + yes(port.active("magnet")));
}

function cells(host: Host): void {
  hardware.exchange = memory();
  const bus = createSpi({ id: 0, cs: 8, rate_hz: 8000000 });
  w25qScene(host, bus, busyDelay(), nativeCrc32, function () {
    hardware.exchange = function (_out, count) {
      return filled(255, count);
    };
  });
}

function valve(host: Host): void {
  valveScene(host, hardware, VALVE, outputPin, inputPin, createTimer());
}

function watchdog(host: Host): void {
  const port = createWatchdog(createHardwareWatchdog(), createTimer());
  port.start(60000);
  host.write_line("period" + numbers([hardware.watchdog_ms]));
  for (let minute = 0; minute < 5; minute++) {
    hardware.pass(50000);
    port.kick();
  }
  const often = hardware.fed;
  hardware.pass(60000);
  const last = hardware.fed;
  hardware.pass(HOUR_MS);
  host.write_line("fed " + yes(often > 60) + " stopped " + yes(hardware.fed === last) + " " + yes(port.caused_reset()));
  hardware.reset_reason = 8;
  host.write_line("caused " + yes(createHardwareWatchdog().caused_reset()));
}

export function runProgram(host: Host): void {
  hardware.on_timer = ring;
  runNamed(host, [
    { name: "timers", run: timers },
    { name: "often armed", run: oftenArmed },
    { name: "chip", run: chip },
    { name: "line", run: line },
    { name: "cells", run: cells },
    { name: "valve", run: valve },
    { name: "buses", run: buses },
    { name: "flow", run: flow },
    { name: "pins", run: pins },
    { name: "tamper", run: tamper },
    { name: "watchdog", run: watchdog },
  ]);
}
