/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The bindings at work inside Lua. A program line names a scene; what it saw is written to the trace, and the test on Node
 * knows what must stand there. What looks the same on another engine is in ../../binding_scenes.ts.
 */
import { createCheckedRandom } from "../../../../boards/drivers/checked_random";
import { filled } from "../../../../boards/drivers/guarded_nvm";
import { createPulseCounter } from "../../../../boards/drivers/pulse_counter";
import { createWatchdog } from "../../../../boards/drivers/watchdog";
import { createI2c, createSpi } from "../../../../boards/nodemcu/buses";
import {
  createCounter,
  createCrypto,
  createEngine,
  createHardwareWatchdog,
  createNoise,
  wholeCrc32,
  writeFile,
} from "../../../../boards/nodemcu/chip";
import { createLine } from "../../../../boards/nodemcu/line";
import { analogPin, busyDelay, inputPin, outputPin, watchedPin } from "../../../../boards/nodemcu/pins";
import { createSlots } from "../../../../boards/nodemcu/slots";
import { createTimer } from "../../../../boards/nodemcu/timer";
import { textBytes } from "../../../../firmware/card/bytes";
import { decimal } from "../../../../firmware/text";
import type { Nvm } from "../../../../hal/nvm";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import { cryptoScene, HOUR_MS, i2cScene, timerScene, valveScene, w25qScene } from "../../binding_scenes";
import { numbers, yes } from "../../scene";
import { memory } from "./memory";

const FLOW = 34;
const CASE = 27;
const SLOT_BYTES = 16384;
const VALVE = { open: 25, close: 26, at_open: 36, at_closed: 39 };

function timers(host: Host): void {
  timerScene(host, hardware, createTimer, function () {
    return;
  });
}

function chip(host: Host): void {
  cryptoScene(host, createCrypto(), wholeCrc32);
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
  const made = createLine(createTimer(), function () {
    return open;
  });
  const port = made.port;
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
  made.take();
  hardware.hear("7");
  host.write_line("taken back" + numbers(heard) + " console " + yes(hardware.runs_input));
  hardware.hear(ctrl_c);
  host.write_line("again console " + yes(hardware.runs_input));
  hardware.pass(HOUR_MS);
  host.write_line("later console " + yes(hardware.runs_input));
  port.write([79, 75]);
  host.write_line("written " + hardware.written);
}

function buses(host: Host): void {
  i2cScene(host, createI2c({ scl: 22, sda: 21, rate_hz: 400000 }), function (address, chip_there) {
    hardware.attach(address, chip_there);
  });
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
  const bus = createSpi({ sck: 18, miso: 19, mosi: 23, cs: 5, rate_hz: 8000000 });
  w25qScene(host, bus, busyDelay(), undefined, function () {
    hardware.transfer = function (bytes) {
      return filled(255, bytes.length);
    };
  });
}

/** Reads as the bytes of these cells. */
function cellsOf(nvm: Nvm, address: number, length: number): string {
  return numbers(textBytes(nvm.read(address, length)));
}

function slots(host: Host): void {
  const guard = { supply_good: () => !hardware.radio_on, crc32: undefined };
  host.write_line("without a boot file " + yes(createSlots(guard) === undefined));
  curbstop_boot = { slot: "", sequence: 0, slot_bytes: SLOT_BYTES };
  host.write_line("without a firmware " + yes(createSlots(guard) === undefined));
  curbstop_boot = { slot: "curbstop.b", sequence: 7 };
  host.write_line("with an old boot file " + yes(createSlots(guard) === undefined));
  curbstop_boot = { slot: "curbstop.b", sequence: 7, slot_bytes: SLOT_BYTES };
  const port = createSlots(guard);
  if (port === undefined || port.spare_sha256 === undefined) {
    return;
  }
  const spare = port.spare;
  writeFile("curbstop.b", "--runs");
  host.write_line("absent " + decimal(port.sequence) + cellsOf(spare, 0, 2) + cellsOf(port.running, 0, 2));
  writeFile("curbstop.a", "--cable" + filled(65, 5000));
  host.write_line("cable " + cellsOf(spare, 5, 3) + " " + spare.erase(0) + cellsOf(spare, 4095, 3));
  host.write_line("end " + spare.erase(3) + cellsOf(spare, SLOT_BYTES - 1, 1) + " " + spare.program(12290, "Z"));
  host.write_line("gap " + cellsOf(spare, 12289, 3) + cellsOf(spare, 4095, 2));
  host.write_line("over " + spare.program(12288, "abcd") + spare.program(12290, "xy") + cellsOf(spare, 12287, 6));
  host.write_line(
    "first " + spare.program(0, "abc") + " " + spare.erase(3) + cellsOf(spare, 0, 4) + cellsOf(spare, 12288, 2),
  );
  host.write_line("range " + spare.program(255, "ab") + " " + spare.program(SLOT_BYTES, "a") + " " + spare.erase(4));
  host.write_line(
    "hash" + numbers(port.spare_sha256(0, 3).slice(0, 4)) + numbers(port.spare_sha256(1, 5000).slice(0, 4)),
  );
  hardware.radio_on = true;
  host.write_line("low " + spare.program(0, "a") + " " + spare.erase(0) + cellsOf(spare, 0, 1));
  hardware.radio_on = false;
  host.write_line("running" + cellsOf(port.running, 0, 7));
  port.restart();
  host.write_line("restarts" + numbers([hardware.restarts]));
}

function valve(host: Host): void {
  valveScene(host, hardware, VALVE, outputPin, inputPin, createTimer());
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
  runNamed(host, [
    { name: "timers", run: timers },
    { name: "chip", run: chip },
    { name: "line", run: line },
    { name: "cells", run: cells },
    { name: "slots", run: slots },
    { name: "valve", run: valve },
    { name: "buses", run: buses },
    { name: "pins", run: pins },
    { name: "watchdog", run: watchdog },
  ]);
}
