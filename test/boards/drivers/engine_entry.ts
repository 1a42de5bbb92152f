/**
 * Drivers on their chips' twins, in portable code: a program line names a scene, and the trace tells what came of it.
 * The same on every engine, so a driver that was tried on Node is the one that runs on a board.
 */
import type { Delay } from "../../../boards/drivers/bus";
import { createFramI2c, createFramSpi } from "../../../boards/drivers/fram";
import { createHbridgeValve } from "../../../boards/drivers/hbridge_valve";
import { createHd44780 } from "../../../boards/drivers/hd44780";
import { createHt1621 } from "../../../boards/drivers/ht1621";
import { createMatrixKeypad } from "../../../boards/drivers/matrix_keypad";
import { createPulseInput } from "../../../boards/drivers/pulse_input";
import { createQuadratureInput } from "../../../boards/drivers/quadrature_input";
import { createPcf8563, createRtcClock } from "../../../boards/drivers/rtc";
import { createW25q } from "../../../boards/drivers/w25q";
import { decimal } from "../../../firmware/text";
import type { Nvm, NvmGeometry } from "../../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../../hal/nvm";
import type { BusTime } from "../../../sim/bus/bus_time";
import { createBusTime, createBusTimer, passMs, waitUs } from "../../../sim/bus/bus_time";
import { createFm25, createMb85rc } from "../../../sim/bus/fram_chips";
import { createHd44780Chip, rowOf } from "../../../sim/bus/hd44780_chip";
import { createHt1621Chip } from "../../../sim/bus/ht1621_chip";
import { createI2cBus, i2cDevice } from "../../../sim/bus/i2c_bus";
import { createKeyMatrix, setKey } from "../../../sim/bus/key_matrix";
import type { PinTwin } from "../../../sim/bus/pins";
import { bouncePin, createPin } from "../../../sim/bus/pins";
import { createPcf8563Chip } from "../../../sim/bus/rtc_chips";
import { createValveMotor } from "../../../sim/bus/valve_motor";
import { armCut, createW25qChip, restorePower } from "../../../sim/bus/w25q_chip";
import type { Host } from "../../../sim/world/host";

const RUN = String.fromCharCode(1, 254, 85, 170, 0, 255, 15, 240);
const GUARD = {
  supply_good: function () {
    return true;
  },
  crc32: undefined,
};

function geometry(programs_per_erase: number): NvmGeometry {
  return {
    size_bytes: 32768,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: programs_per_erase,
    erase_limit: 100000,
  };
}

function delayOf(time: BusTime): Delay {
  return {
    wait_us: function (span_us) {
      waitUs(time, span_us);
    },
  };
}

function listed(bytes: string): string {
  let text = "";
  for (let index = 0; index < bytes.length; index++) {
    text = text + " " + decimal(bytes.charCodeAt(index));
  }
  return text;
}

function exercise(host: Host, nvm: Nvm): void {
  host.write_line(nvm.erase(1) + " " + nvm.program(4100, RUN) + listed(nvm.read(4098, 12)));
  host.write_line(nvm.program(4100, RUN) + " " + nvm.program(4100, RUN) + " " + nvm.program(4350, RUN));
  host.write_line("read" + listed(nvm.read(32767, 2)) + " " + decimal(nvm.read(0, 4096).length));
}

function memories(host: Host): void {
  const time = createBusTime();
  const chip = createW25qChip(time, 16);
  const nor = createW25q(chip.device, delayOf(time), geometry(2), GUARD);
  exercise(host, nor);
  armCut(chip, 3);
  nor.program(8192, RUN);
  host.write_line("dead" + listed(nor.read(8192, 8)));
  restorePower(chip);
  host.write_line("torn" + listed(nor.read(8192, 8)) + " at " + decimal(time.now_us));
  const bus = createI2cBus(time);
  createMb85rc(bus, 80, 32768);
  const fram = createFramI2c(i2cDevice(bus, 80), geometry(PROGRAMS_UNLIMITED), GUARD);
  exercise(host, fram);
  bus.noise = 2;
  host.write_line("noise" + listed(fram.read(4100, 8)));
  exercise(host, createFramSpi(createFm25(time, 32768).device, geometry(PROGRAMS_UNLIMITED), GUARD));
}

function move(time: BusTime, pin: PinTwin, high: boolean): void {
  bouncePin(time, pin, high, 3, 400);
  passMs(time, 60);
}

function sensors(host: Host): void {
  const time = createBusTime();
  const lines = { loop: undefined, empty: undefined };
  const reed = createPin(time, true);
  const pulses = createPulseInput(reed.port, createBusTimer(time), lines, { debounce_ms: 10, look_ms: 50 });
  const a = createPin(time, false);
  const b = createPin(time, false);
  const wheel = createQuadratureInput(a.port, b.port, createBusTimer(time), lines, 20);
  for (let turn = 0; turn < 40; turn++) {
    reed.removed = reed.removed || turn % 10 === 5;
    move(time, reed, false);
    move(time, reed, true);
    move(time, turn < 30 ? b : a, true);
    move(time, turn < 30 ? a : b, true);
    move(time, turn < 30 ? b : a, false);
    move(time, turn < 30 ? a : b, false);
  }
  host.write_line("reed " + decimal(pulses.port.forward_count()) + " " + decimal(pulses.rearmed()));
  host.write_line("wheel " + decimal(wheel.port.forward_count()) + " " + decimal(wheel.port.reverse_count()));
}

function valve(host: Host): void {
  const time = createBusTime();
  const motor = createValveMotor(time, 800);
  const pins = {
    open_input: motor.open_input.port,
    close_input: motor.close_input.port,
    open_switch: motor.open_switch,
    closed_switch: motor.closed_switch,
  };
  const port = createHbridgeValve(pins, createBusTimer(time), 2000, 100);
  const seen = function (): void {
    host.write_line(port.position() + " " + decimal(motor.ran_us) + " " + decimal(motor.shorted_us));
  };
  port.drive("open");
  passMs(time, 400);
  seen();
  passMs(time, 2000);
  seen();
  motor.jammed = true;
  port.drive("close");
  passMs(time, 5000);
  seen();
}

function people(host: Host): void {
  const time = createBusTime();
  const matrix = createKeyMatrix(time, 4, 3);
  const rows = [matrix.rows[0].port, matrix.rows[1].port, matrix.rows[2].port, matrix.rows[3].port];
  const columns = [matrix.columns[0].port, matrix.columns[1].port, matrix.columns[2].port];
  let typed = "";
  createMatrixKeypad(rows, columns, createBusTimer(time), delayOf(time)).on_key(function (key) {
    typed = typed + key;
  });
  for (let key = 0; key < 12; key++) {
    setKey(matrix, key, true);
    passMs(time, 80);
    setKey(matrix, key, false);
    passMs(time, 80);
  }
  host.write_line("typed " + typed);
  const glass = createHt1621Chip();
  const display = createHt1621(glass.line);
  display.show("   -1.49", "VB");
  display.show("BAL 8@%~", "A");
  let nibbles = "";
  for (const nibble of glass.memory) {
    nibbles = nibbles + " " + decimal(nibble);
  }
  host.write_line("glass" + nibbles);
  const bus = createI2cBus(time);
  const lcd = createHd44780Chip(bus, 39);
  createHd44780(i2cDevice(bus, 39), delayOf(time), true).show("12.34 m3", "LT");
  host.write_line("rows " + rowOf(lcd, 0, 8) + "|" + rowOf(lcd, 1, 6) + "|" + decimal(lcd.lost));
}

function clock(host: Host): void {
  const bus = createI2cBus(createBusTime());
  createPcf8563Chip(bus);
  const boot = function (): number {
    return createRtcClock(createPcf8563(i2cDevice(bus, 81)), createBusTimer(bus.time)).now_utc_s();
  };
  host.write_line("lost " + decimal(boot()));
  createRtcClock(createPcf8563(i2cDevice(bus, 81)), createBusTimer(bus.time)).set(1709251195);
  passMs(bus.time, 10000);
  host.write_line("leap day " + decimal(boot()));
}

export function runProgram(host: Host): void {
  let line = host.read_line();
  while (line !== undefined) {
    if (line === "memories") {
      memories(host);
    } else if (line === "sensors") {
      sensors(host);
    } else if (line === "valve") {
      valve(host);
    } else if (line === "people") {
      people(host);
    } else if (line === "clock") {
      clock(host);
    }
    line = host.read_line();
  }
}
