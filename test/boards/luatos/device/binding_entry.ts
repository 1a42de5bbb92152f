/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The bindings at work inside Lua. A program line names a scene; what it saw is written to the trace, and the test on Node
 * knows what must stand there.
 */
import { createCheckedRandom } from "../../../../boards/drivers/checked_random";
import { createHbridgeValve } from "../../../../boards/drivers/hbridge_valve";
import { createQuadratureInput } from "../../../../boards/drivers/quadrature_input";
import { createTamperSwitches } from "../../../../boards/drivers/tamper_switches";
import { createW25q } from "../../../../boards/drivers/w25q";
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
import { bytesText, textBytes } from "../../../../firmware/card/bytes";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { memory } from "./memory";

const FLOW_A = 20;
const FLOW_B = 21;
const CASE = 22;
const OPEN = 24;
const CLOSE = 25;
const AT_OPEN = 26;
const AT_CLOSED = 27;
const ONE_EDGE = 2;
const HOUR_MS = 3600000;
const LF = String.fromCharCode(10);
const CTRL_C = String.fromCharCode(3, 3, 3);

function numbers(values: number[]): string {
  let text = "";
  for (const value of values) {
    text = text + " " + decimal(value);
  }
  return text;
}

function yes(value: boolean): string {
  return value ? "yes" : "no";
}

function timers(host: Host): void {
  const timer = createTimer();
  const other = createTimer();
  const from_ms = timer.now_ms();
  let early = false;
  const told = function (name: string, due_ms: number): () => void {
    return function () {
      early = early || timer.now_ms() < due_ms;
      host.write_line("alarm " + name + " " + decimal(Math.floor((timer.now_ms() - from_ms) / 1000)));
    };
  };
  timer.alarm(from_ms + 1000, told("replaced", from_ms + 1000));
  timer.alarm(from_ms + 5 * HOUR_MS, told("five hours", from_ms + 5 * HOUR_MS));
  other.alarm(from_ms + 2000, told("two seconds", from_ms + 2000));
  hardware.pass(3000);
  other.alarm(from_ms, told("past", from_ms));
  hardware.pass(1000);
  // The message of a timer that was armed anew meanwhile, and numbers of nobody's.
  let late = 0;
  hardware.on_timer = function (id) {
    late = id;
  };
  other.alarm(timer.now_ms() + 10, told("stopped", 0));
  hardware.pass(20);
  hardware.on_timer = ring;
  other.alarm(timer.now_ms() + HOUR_MS, told("one hour", 0));
  ring(late);
  ring(4095);
  hardware.pass(6 * HOUR_MS);
  host.write_line("early " + yes(early));
}

function chip(host: Host): void {
  const crypto_port = createCrypto();
  const sha256 = crypto_port.sha256;
  host.write_line("sha256" + numbers(sha256 === undefined ? [] : sha256(textBytes("abc")).slice(0, 4)));
  const key: number[] = [];
  const blocks: number[] = [];
  const zeros: number[] = [];
  for (let place = 0; place < 32; place++) {
    blocks.push((place * 17) % 256);
    if (place < 16) {
      key.push(place);
      zeros.push(0);
    }
  }
  const shut = crypto_port.aes_cbc_encrypt(key, zeros, blocks);
  host.write_line("aes" + numbers(shut.slice(28, 32)) + " of " + decimal(shut.length));
  const back = crypto_port.aes_cbc_decrypt(key, zeros, shut);
  host.write_line("back " + yes(bytesText(back) === bytesText(blocks)));
  host.write_line("none" + numbers([crypto_port.aes_cbc_encrypt(key, zeros, []).length]));
  host.write_line("crc " + decimal(nativeCrc32("123456789")));
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
  const device = createI2c({ id: 0, rate_hz: 400000 });
  host.write_line("absent " + yes(device(0x50).write("ab")) + numbers([device(0x50).read("a", 2).length]));
  host.write_line("alone" + numbers([device(0x50).read("", 2).length]));
  let last = "";
  hardware.attach(0x50, function (out, count) {
    last = out;
    return "xyz".substring(0, count);
  });
  host.write_line("there " + yes(device(0x50).write("ab")) + " " + last);
  host.write_line("read " + device(0x50).read("c", 2) + " " + last);
  host.write_line("bare " + device(0x50).read("", 3) + " " + decimal(last.length));
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
  const geometry = {
    size_bytes: 4194304,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: 32,
    erase_limit: 100000,
  };
  const guard = { supply_good: () => true, crc32: nativeCrc32 };
  const nvm = createW25q(createSpi({ id: 0, cs: 8, rate_hz: 8000000 }), busyDelay(), geometry, guard);
  const run = String.fromCharCode(1, 254, 85, 0, 255, 16);
  host.write_line("program " + nvm.program(8191, "ab") + numbers(textBytes(nvm.read(8190, 2))));
  host.write_line("bytes " + nvm.program(4096, run) + numbers(textBytes(nvm.read(4096, 7))));
  host.write_line("long " + decimal(nvm.read(0, 3000).length));
  host.write_line("erase " + nvm.erase(1) + numbers(textBytes(nvm.read(4096, 2))));
  hardware.exchange = function (_out, count) {
    let ones = "";
    while (ones.length < count) {
      ones = ones + String.fromCharCode(255);
    }
    return ones;
  };
  host.write_line("absent " + nvm.program(0, "a"));
}

function valve(host: Host): void {
  hardware.set(AT_OPEN, 0);
  const bridge = {
    open_input: outputPin(OPEN),
    close_input: outputPin(CLOSE),
    open_switch: inputPin(AT_OPEN),
    closed_switch: inputPin(AT_CLOSED),
  };
  const port = createHbridgeValve(bridge, createTimer(), 2000, 100);
  const driven = function (): string {
    return numbers([hardware.level(OPEN), hardware.level(CLOSE)]);
  };
  host.write_line(port.position() + " " + port.drive("close") + driven());
  hardware.pass(300);
  hardware.set(AT_OPEN, 1);
  hardware.pass(300);
  host.write_line(port.position());
  hardware.set(AT_CLOSED, 0);
  hardware.pass(500);
  host.write_line(port.position() + driven());
  port.drive("open");
  hardware.pass(3000);
  host.write_line("cut" + driven());
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
  const scene = host.read_line();
  const scenes: { name: string; play: (host: Host) => void }[] = [
    { name: "timers", play: timers },
    { name: "chip", play: chip },
    { name: "line", play: line },
    { name: "cells", play: cells },
    { name: "valve", play: valve },
    { name: "buses", play: buses },
    { name: "flow", play: flow },
    { name: "pins", play: pins },
    { name: "tamper", play: tamper },
    { name: "watchdog", play: watchdog },
  ];
  hardware.on_timer = ring;
  for (const one of scenes) {
    if (one.name === scene) {
      one.play(host);
    }
  }
}
