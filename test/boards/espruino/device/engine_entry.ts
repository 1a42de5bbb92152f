/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The bindings at work inside the interpreter. A program line names a scene; what it saw is written to the trace, and
 * the test on Node knows what must stand there.
 */
import { createCheckedRandom } from "../../../../boards/drivers/checked_random";
import { createFramI2c } from "../../../../boards/drivers/fram";
import { createHbridgeValve } from "../../../../boards/drivers/hbridge_valve";
import { createMcuFlash } from "../../../../boards/drivers/mcu_flash";
import { createPulseInput } from "../../../../boards/drivers/pulse_input";
import { createW25q } from "../../../../boards/drivers/w25q";
import { createWatchdog } from "../../../../boards/drivers/watchdog";
import { createI2c, createSpi } from "../../../../boards/espruino/buses";
import {
  createEngine,
  createFlashPages,
  createHardwareWatchdog,
  createNativeCrypto,
  createNoise,
  createServicePort,
  nativeCrc32,
} from "../../../../boards/espruino/chip";
import { createLine } from "../../../../boards/espruino/line";
import { analogPin, busyDelay, inputPin, outputPin, watchedPin } from "../../../../boards/espruino/pins";
import { createTimer } from "../../../../boards/espruino/timer";
import { hexBytes, textBytes } from "../../../../firmware/card/bytes";
import { cmacFrom, cmacKey } from "../../../../firmware/crypto/cmac";
import { decimal } from "../../../../firmware/text";
import type { Nvm, NvmGeometry } from "../../../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../../../hal/nvm";
import { createBusTime } from "../../../../sim/bus/bus_time";
import { createMb85rc } from "../../../../sim/bus/fram_chips";
import { clockByHand, createI2cBus, readBus, writeBus } from "../../../../sim/bus/i2c_bus";
import { armCut, createW25qChip, restorePower } from "../../../../sim/bus/w25q_chip";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import { cryptoScene } from "../../binding_scenes";
import { numbers } from "../../scene";

const GEOMETRY: NvmGeometry = {
  size_bytes: 32768,
  sector_bytes: 4096,
  page_bytes: 256,
  word_bytes: 4,
  programs_per_erase: 2,
  erase_limit: 10000,
};
/** The Linux interpreter keeps 256 KiB of flash here, in a file. */
const FLASH_ADDRESS = 268435456;
const GUARD = {
  supply_good: function () {
    return true;
  },
  crc32: nativeCrc32,
};
const RUN = String.fromCharCode(1, 254, 85, 170, 0, 255, 15, 240);

function geometry(word_bytes: number, programs_per_erase: number): NvmGeometry {
  return {
    size_bytes: GEOMETRY.size_bytes,
    sector_bytes: GEOMETRY.sector_bytes,
    page_bytes: GEOMETRY.page_bytes,
    word_bytes: word_bytes,
    programs_per_erase: programs_per_erase,
    erase_limit: GEOMETRY.erase_limit,
  };
}

function listed(bytes: string): string {
  return numbers(textBytes(bytes));
}

/** What any memory must show, whatever is behind it. */
function memory(host: Host, nvm: Nvm): void {
  host.write_line("erase " + nvm.erase(1));
  host.write_line("blank" + listed(nvm.read(4096, 8)));
  host.write_line("program " + nvm.program(4096, RUN));
  host.write_line("read" + listed(nvm.read(4096, 12)));
  host.write_line("page " + decimal(nvm.read(4096, 4096).length));
  host.write_line("range " + nvm.program(4096 + 252, RUN) + " " + nvm.erase(8));
}

function flash(host: Host): void {
  const nvm = createMcuFlash(createFlashPages(GEOMETRY.sector_bytes), GEOMETRY, FLASH_ADDRESS + 131072, GUARD);
  memory(host, nvm);
  host.write_line("second " + nvm.program(4096, String.fromCharCode(0, 254, 85, 170)));
  host.write_line("third " + nvm.program(4096, String.fromCharCode(0, 0, 0, 0)));
  host.write_line("read" + listed(nvm.read(4096, 4)));
  host.write_line("crc " + decimal(nativeCrc32("123456789")));
}

function nor(host: Host): void {
  const chip = createW25qChip(createBusTime(), 16);
  hardware.exchange = function (out, count) {
    return chip.device.exchange(out, count);
  };
  const spi = createSpi({ sck: "SCK", miso: "MISO", mosi: "MOSI", cs: "CS", rate_hz: 8000000 });
  // The chip's time goes on while the driver waits.
  const delay = busyDelay();
  const waits = {
    wait_us: function (span_us: number) {
      chip.time.now_us += span_us;
      delay.wait_us(span_us);
    },
  };
  const nvm = createW25q(spi, waits, geometry(1, 2), GUARD);
  memory(host, nvm);
  armCut(chip, 3);
  nvm.program(4352, RUN);
  host.write_line("dead" + listed(nvm.read(4096, 8)));
  restorePower(chip);
  host.write_line("torn" + listed(nvm.read(4352, 8)));
  hardware.exchange = function (_out, count) {
    if (count > 0) {
      throw new Error("SPI Send Error");
    }
    return "";
  };
  host.write_line(
    "refused " + nvm.program(4608, RUN) + listed(nvm.read(4096, 8)) + " CS " + decimal(hardware.level("CS")),
  );
  hardware.exchange = function (out, count) {
    return chip.device.exchange(out, count);
  };
  host.write_line("after" + listed(nvm.read(4608, 2)) + " " + nvm.program(4608, RUN) + listed(nvm.read(4608, 8)));
}

function fram(host: Host): void {
  const bus = createI2cBus(createBusTime());
  createMb85rc(bus, 80, 32768);
  hardware.i2c_write = function (address, out) {
    return writeBus(bus, address, out);
  };
  hardware.i2c_read = function (address, out, count) {
    return readBus(bus, address, out, count);
  };
  hardware.i2c_held = function () {
    return bus.stuck_clocks > 0;
  };
  hardware.i2c_clock = function () {
    return clockByHand(bus);
  };
  const i2c = createI2c({ scl: "SCL", sda: "SDA", rate_hz: 400000 });
  memory(host, createFramI2c(i2c(80), geometry(1, PROGRAMS_UNLIMITED), GUARD));
  bus.stuck_clocks = 9;
  const nvm = createFramI2c(i2c(80), geometry(1, PROGRAMS_UNLIMITED), GUARD);
  host.write_line("stuck" + listed(nvm.read(4096, 8)) + " " + decimal(bus.stuck_clocks));
  let asked = 0;
  hardware.i2c_write = function (address, out) {
    asked += 1;
    return writeBus(bus, address, out);
  };
  hardware.i2c_read = function (address, out, count) {
    asked += 1;
    return readBus(bus, address, out, count);
  };
  bus.stuck_clocks = 1000000;
  const dead = listed(nvm.read(4096, 8)) + " " + nvm.program(4608, RUN);
  const asked_dead = asked;
  bus.stuck_clocks = 0;
  host.write_line("held" + dead + " " + decimal(asked_dead) + listed(nvm.read(4096, 8)));
  const other = createFramI2c(i2c(81), geometry(1, PROGRAMS_UNLIMITED), GUARD);
  host.write_line("absent " + other.program(0, RUN) + listed(other.read(0, 8)));
}

function pulse(low_ms: number): void {
  hardware.set("FLOW", 0);
  hardware.pass(low_ms);
  hardware.set("FLOW", 1);
  hardware.pass(60);
}

function pulses(host: Host): void {
  const lines = { loop: undefined, empty: undefined };
  const input = createPulseInput(watchedPin("FLOW"), createTimer(), lines, { debounce_ms: 10, look_ms: 50 });
  const say = function (word: string): void {
    const watches = decimal(hardware.watches("FLOW"));
    host.write_line(word + " " + decimal(input.port.forward_count()) + " " + watches + " " + decimal(input.rearmed()));
  };
  let told = 0;
  input.port.on_change(function () {
    told += 1;
  });
  for (let count = 0; count < 5; count++) {
    pulse(60);
  }
  say("counted");
  pulse(5);
  say("spike");
  hardware.remove_watches("FLOW");
  for (let count = 0; count < 20; count++) {
    pulse(60);
  }
  say("removed");
  for (let count = 0; count < 3; count++) {
    hardware.set("FLOW", 0);
    hardware.busy(60);
    hardware.set("FLOW", 1);
    hardware.busy(60);
  }
  hardware.pass(100);
  say("busy");
  host.write_line("told " + decimal(told));
}

function valve(host: Host): void {
  const pins = {
    open_input: outputPin("IN1"),
    close_input: outputPin("IN2"),
    open_switch: inputPin("AT_OPEN"),
    closed_switch: inputPin("AT_CLOSED"),
  };
  hardware.set("AT_CLOSED", 0);
  const port = createHbridgeValve(pins, createTimer(), 2000, 100);
  const say = function (word: string): void {
    host.write_line(
      word + " " + port.position() + " " + decimal(hardware.level("IN1")) + " " + decimal(hardware.level("IN2")),
    );
  };
  say("boot");
  host.write_line("drive " + port.drive("open") + " " + port.drive("close"));
  hardware.set("AT_CLOSED", 1);
  hardware.pass(1990);
  say("jammed");
  hardware.pass(15);
  say("cut");
  port.drive("open");
  hardware.pass(500);
  hardware.set("AT_OPEN", 0);
  hardware.pass(80);
  say("seating");
  hardware.pass(60);
  say("open");
}

function chip(host: Host): void {
  const crypto = createNativeCrypto();
  cryptoScene(host, crypto, nativeCrc32);
  // A board's own CMAC, over parts of blocks too.
  const initial: number[] = [];
  const data: number[] = [];
  for (let index = 0; index < 32; index++) {
    data.push((index * 7) % 256);
    if (index < 16) {
      initial.push(255 - index);
    }
  }
  const mac_key = cmacKey(crypto, hexBytes("2B7E151628AED2A6ABF7158809CF4F3C"));
  for (let length = 0; length <= data.length; length += 8) {
    host.write_line("cmac" + numbers(cmacFrom(mac_key, initial, data.slice(0, length))));
  }
  const random = createCheckedRandom(createNoise("LINUX"));
  host.write_line("random " + decimal(random.bytes(256).length) + " " + decimal(random.bytes(1).length));
  const engine = createEngine();
  hardware.error_flags = ["FIFO_FULL", "CALLBACK", "MEMORY_BUSY", "UART_OVERFLOW"];
  const faults = engine.take_faults();
  host.write_line("faults " + faults[0] + " " + faults[1] + " " + decimal(faults.length));
  host.write_line("again " + decimal(engine.take_faults().length));
  const sound = engine.memory_used() > 0 && engine.memory_used() <= engine.memory_size();
  host.write_line("memory " + (sound ? "sound" : "not sound"));
  host.write_line("supply " + decimal(analogPin("VBAT", "LINUX").millivolts()));
  const service = createServicePort(Serial1);
  service.on_receive(function (bytes) {
    service.write(bytes);
  });
  hardware.hear("id " + String.fromCharCode(0, 255));
  host.write_line("service" + listed(hardware.written));
}

/** An ESP32: its interpreter has no reference voltage and no noise of its own. */
function esp32(host: Host): void {
  hardware.make_esp32();
  const supply = analogPin("D33", "ESP32");
  for (const reading of [0, 0.5, 1]) {
    hardware.analog_mv = reading * 3300;
    host.write_line("supply " + decimal(supply.millivolts()));
  }
  const random = createCheckedRandom(createNoise("ESP32"));
  host.write_line("random" + numbers(random.bytes(6)));
}

/** The technician's line: requests reach the firmware, three Ctrl-C in a row the console, while that is allowed. */
function line(host: Host): void {
  let open = false;
  const port = createLine(Serial1, createTimer(), function () {
    return open;
  });
  const say = function (word: string): void {
    host.write_line(word + " " + (hardware.console === Serial1 ? "console" : "firmware"));
  };
  port.on_receive(function (bytes) {
    port.write(bytes);
  });
  say("begun");
  hardware.hear("id" + String.fromCharCode(3, 3, 10));
  host.write_line("heard" + listed(hardware.written));
  hardware.hear(String.fromCharCode(3, 3, 3));
  say("shut");
  open = true;
  hardware.hear(String.fromCharCode(3, 3) + "a" + String.fromCharCode(3));
  say("apart");
  hardware.hear(String.fromCharCode(3));
  hardware.hear(String.fromCharCode(3));
  say("open");
  hardware.pass(1799000);
  say("still");
  hardware.pass(2000);
  say("later");
}

function watchdog(host: Host): void {
  const port = createWatchdog(createHardwareWatchdog("LINUX"), createTimer());
  port.start(60000);
  host.write_line(
    "period " + decimal(Math.floor(hardware.watchdog_s * 1000)) + " " + (port.caused_reset() ? "1" : "0"),
  );
  hardware.pass(59000);
  port.kick();
  hardware.pass(59000);
  const before = hardware.kicks;
  hardware.pass(1900);
  host.write_line("kicked " + (hardware.kicks > 50 ? "often" : "seldom"));
  hardware.pass(600000);
  host.write_line("stopped " + (hardware.kicks - before <= 2 ? "yes" : "no"));
}

function timer(host: Host): void {
  const port = createTimer();
  const begun_ms = port.now_ms();
  const say = function (word: string): () => void {
    return function () {
      const at_ms = port.now_ms() - begun_ms;
      // Each look at the clock takes some microseconds.
      host.write_line(word + " " + decimal(Math.floor((at_ms + 5) / 10) * 10));
    };
  };
  port.alarm(begun_ms + 500, say("replaced"));
  port.alarm(begun_ms + 1000, say("alarm"));
  hardware.pass(999);
  host.write_line("not yet");
  hardware.pass(5000);
  port.alarm(begun_ms, say("past"));
  host.write_line("later");
  hardware.pass(1);
}

export function runProgram(host: Host): void {
  runNamed(host, [
    { name: "flash", run: flash },
    { name: "nor", run: nor },
    { name: "fram", run: fram },
    { name: "pulses", run: pulses },
    { name: "valve", run: valve },
    { name: "chip", run: chip },
    { name: "esp32", run: esp32 },
    { name: "line", run: line },
    { name: "watchdog", run: watchdog },
    { name: "timer", run: timer },
  ]);
}
