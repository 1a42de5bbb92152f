/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The bindings at work inside Lua. A program line names a scene; what it saw is written to the trace, and the test on Node
 * knows what must stand there.
 */
import { createCheckedRandom } from "../../../../boards/drivers/checked_random";
import { filled } from "../../../../boards/drivers/guarded_nvm";
import { createHbridgeValve } from "../../../../boards/drivers/hbridge_valve";
import { createPulseCounter } from "../../../../boards/drivers/pulse_counter";
import { createW25q } from "../../../../boards/drivers/w25q";
import { createWatchdog } from "../../../../boards/drivers/watchdog";
import { createI2c, createSpi } from "../../../../boards/nodemcu/buses";
import {
  createCounter,
  createCrypto,
  createEngine,
  createHardwareWatchdog,
  createNoise,
  wholeCrc32,
} from "../../../../boards/nodemcu/chip";
import { createLine } from "../../../../boards/nodemcu/line";
import { analogPin, busyDelay, inputPin, outputPin, watchedPin } from "../../../../boards/nodemcu/pins";
import { createTimer } from "../../../../boards/nodemcu/timer";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { memory } from "./memory";

const FLOW = 34;
const CASE = 27;
const OPEN = 25;
const CLOSE = 26;
const AT_OPEN = 36;
const AT_CLOSED = 39;
const HOUR_MS = 3600000;

function bytesOf(text: string): number[] {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    bytes.push(text.charCodeAt(index));
  }
  return bytes;
}

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
  const ring = function (name: string, due_ms: number): () => void {
    return function () {
      early = early || timer.now_ms() < due_ms;
      host.write_line("alarm " + name + " " + decimal(Math.floor((timer.now_ms() - from_ms) / 1000)));
    };
  };
  timer.alarm(from_ms + 1000, ring("replaced", from_ms + 1000));
  timer.alarm(from_ms + 5 * HOUR_MS, ring("five hours", from_ms + 5 * HOUR_MS));
  other.alarm(from_ms + 2000, ring("two seconds", from_ms + 2000));
  hardware.pass(3000);
  other.alarm(from_ms, ring("past", from_ms));
  hardware.pass(1000);
  hardware.pass(6 * HOUR_MS);
  host.write_line("early " + yes(early));
}

function chip(host: Host): void {
  const crypto_port = createCrypto();
  const sha256 = crypto_port.sha256;
  host.write_line("sha256" + numbers(sha256 === undefined ? [] : sha256(bytesOf("abc")).slice(0, 4)));
  const key: number[] = [];
  const block: number[] = [];
  const zeros: number[] = [];
  for (let place = 0; place < 16; place++) {
    key.push(place);
    block.push(place * 17);
    zeros.push(0);
  }
  const shut = crypto_port.aes_cbc_encrypt(key, zeros, block);
  host.write_line("aes" + numbers(shut.slice(0, 4)));
  host.write_line("back" + numbers(crypto_port.aes_cbc_decrypt(key, zeros, shut).slice(0, 3)));
  host.write_line("crc " + decimal(wholeCrc32("123456789")));
  const engine = createEngine();
  const used = engine.memory_used();
  host.write_line("memory " + yes(used > 0 && engine.memory_size() > used && engine.take_faults().length === 0));
  const random = createCheckedRandom(createNoise());
  host.write_line("radio " + yes(hardware.radio_on));
  const drawn = random.bytes(32);
  host.write_line("drawn " + decimal(drawn.length) + " radio " + yes(hardware.radio_on));
}

function line(host: Host): void {
  let open = false;
  let heard: number[] = [];
  const port = createLine(createTimer(), function () {
    return open;
  });
  port.on_receive(function (bytes) {
    heard = heard.concat(bytes);
  });
  const ctrl_c = String.fromCharCode(3, 3, 3);
  host.write_line("taken " + yes(!hardware.runs_input));
  hardware.hear("id" + ctrl_c);
  host.write_line("heard" + numbers(heard) + " console " + yes(hardware.runs_input));
  open = true;
  hardware.hear(ctrl_c);
  host.write_line("open console " + yes(hardware.runs_input));
  hardware.pass(HOUR_MS);
  host.write_line("later console " + yes(hardware.runs_input));
  port.write([79, 75]);
  host.write_line("written " + hardware.written);
}

function buses(host: Host): void {
  const device = createI2c({ scl: 22, sda: 21, rate_hz: 400000 });
  host.write_line("absent " + yes(device(0x50).write("ab")) + numbers([device(0x50).read("a", 2).length]));
  let last = "";
  hardware.attach(0x50, function (out, count) {
    last = out;
    return "xyz".substring(0, count);
  });
  host.write_line("there " + yes(device(0x50).write("ab")) + " " + last);
  host.write_line("read " + device(0x50).read("c", 2) + " " + last);
}

function pins(host: Host): void {
  const counter = createPulseCounter(createCounter(FLOW), createTimer(), { loop: undefined, empty: undefined }, 100);
  const pin = watchedPin(CASE);
  const seen: number[] = [];
  pin.watch(function (high) {
    seen.push(high ? 1 : 0);
  });
  hardware.set(CASE, 0);
  hardware.set(CASE, 1);
  hardware.pass(10);
  host.write_line("edges" + numbers(seen));
  hardware.set(FLOW, 0);
  for (let pulse = 0; pulse < 40000; pulse++) {
    hardware.set(FLOW, 1);
    hardware.set(FLOW, 0);
    if (pulse % 500 === 0) {
      hardware.pass(200);
    }
  }
  hardware.pass(200);
  host.write_line("pulses " + decimal(counter.forward_count()));
  hardware.analog = 4095;
  host.write_line("volts " + decimal(analogPin(33).millivolts()));
  const before_us = hardware.now_us();
  busyDelay().wait_us(500);
  host.write_line("waited " + yes(hardware.now_us() - before_us >= 500 && hardware.now_us() - before_us < 600));
  busyDelay().wait_us(2000);
  host.write_line("idled " + decimal(hardware.idled));
}

function cells(host: Host): void {
  hardware.transfer = memory();
  const geometry = {
    size_bytes: 4194304,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: 32,
    erase_limit: 100000,
  };
  const guard = { supply_good: () => true, crc32: undefined };
  const nvm = createW25q(
    createSpi({ sck: 18, miso: 19, mosi: 23, cs: 5, rate_hz: 8000000 }),
    busyDelay(),
    geometry,
    guard,
  );
  const run = String.fromCharCode(1, 254, 85, 0, 255, 16);
  host.write_line("program " + nvm.program(8191, "ab") + numbers(bytesOf(nvm.read(8190, 2))));
  host.write_line("bytes " + nvm.program(4096, run) + numbers(bytesOf(nvm.read(4096, 7))));
  host.write_line("long " + decimal(nvm.read(0, 3000).length));
  host.write_line("erase " + nvm.erase(1) + numbers(bytesOf(nvm.read(4096, 2))));
  hardware.transfer = function (bytes) {
    return filled(255, bytes.length);
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
  host.write_line(port.position() + " " + port.drive("close") + numbers([hardware.level(OPEN), hardware.level(CLOSE)]));
  hardware.pass(300);
  hardware.set(AT_OPEN, 1);
  hardware.pass(300);
  host.write_line(port.position());
  hardware.set(AT_CLOSED, 0);
  hardware.pass(500);
  host.write_line(port.position() + numbers([hardware.level(OPEN), hardware.level(CLOSE)]));
  port.drive("open");
  hardware.pass(3000);
  host.write_line("cut" + numbers([hardware.level(OPEN), hardware.level(CLOSE)]));
}

function watchdog(host: Host): void {
  const port = createWatchdog(createHardwareWatchdog(createTimer()), createTimer());
  port.start(60000);
  for (let minute = 0; minute < 5; minute++) {
    hardware.pass(50000);
    port.kick();
  }
  host.write_line("kicked" + numbers([hardware.restarts]) + " caused " + yes(port.caused_reset()));
  hardware.pass(60000);
  host.write_line("kept" + numbers([hardware.restarts]));
  hardware.pass(9000);
  hardware.boot_reason = 4;
  const next = createHardwareWatchdog(createTimer());
  host.write_line("silent" + numbers([hardware.restarts]) + " caused " + yes(next.caused_reset()));
}

export function runProgram(host: Host): void {
  const scene = host.read_line();
  if (scene === "timers") {
    timers(host);
  } else if (scene === "chip") {
    chip(host);
  } else if (scene === "line") {
    line(host);
  } else if (scene === "cells") {
    cells(host);
  } else if (scene === "valve") {
    valve(host);
  } else if (scene === "buses") {
    buses(host);
  } else if (scene === "watchdog") {
    watchdog(host);
  } else {
    pins(host);
  }
}
