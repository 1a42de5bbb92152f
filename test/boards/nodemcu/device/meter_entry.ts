/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: a board that is nobody's is given a nameplate, shuts its valve, counts, loses its power,
 * boots again with its books on a W25Q, answers at its line, and becomes nobody's again.
 */
import type { NodemcuBoard } from "../../../../boards/nodemcu/board";
import { wholeCrc32 } from "../../../../boards/nodemcu/chip";
import { createProgram } from "../../../../boards/nodemcu/program";
import type { Tariff } from "../../../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../../../firmware/credit/tariff";
import { nameplateBytes } from "../../../../firmware/nameplate";
import type { Program } from "../../../../firmware/program";
import type { Settings } from "../../../../firmware/settings";
import { blankSettings } from "../../../../firmware/settings";
import type { Host } from "../../../../sim/world/host";
import { memory } from "./memory";

const FLOW = 34;
const OPEN = 25;
const CLOSE = 26;
const AT_OPEN = 36;
const AT_CLOSED = 39;
const CASE = 27;

/** As lua-esp32 has it. */
const BOARD: NodemcuBoard = {
  chip: "esp32",
  pins: {
    flow: FLOW,
    valve_open: OPEN,
    valve_close: CLOSE,
    valve_is_open: AT_OPEN,
    valve_is_closed: AT_CLOSED,
    tamper_case: CASE,
    supply_adc: 33,
    buzzer: 32,
  },
  i2c: { scl: 22, sda: 21, rate_hz: 400000 },
  spi: { sck: 18, miso: 19, mosi: 23, cs: 5, rate_hz: 8000000 },
  geometry: {
    size_bytes: 4194304,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: 32,
    erase_limit: 100000,
  },
  parts: { display: "hd44780", keypad: "expander", card: "pn532_i2c" },
};

function household(): Settings {
  const settings = blankSettings();
  settings.meter_number = "600100000000000017";
  settings.region = "600100";
  settings.pulse_litres = 1;
  settings.pulse_pulses = 1;
  settings.q3_l_h = 25000;
  settings.burst_permille = 1000;
  settings.flow_max_l_h = 62500;
  settings.low_credit_milli = 200000;
  return settings;
}

function tariff(): Tariff {
  return { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000] };
}

/** The end switches follow the motor, a second behind it. */
function followMotor(): void {
  hardware.pass(200);
  if (hardware.level(CLOSE) === 1) {
    hardware.set(AT_OPEN, 1);
    hardware.pass(1000);
    hardware.set(AT_CLOSED, 0);
  }
  hardware.pass(3000);
}

function pulses(count: number): void {
  for (let pulse = 0; pulse < count; pulse++) {
    hardware.set(FLOW, 0);
    hardware.pass(100);
    hardware.set(FLOW, 1);
    hardware.pass(100);
  }
  hardware.pass(1000);
}

/** What the technician's line answers. */
function said(request: string): string {
  hardware.written = "";
  hardware.hear(request + String.fromCharCode(10));
  hardware.pass(500);
  const text = hardware.written;
  return text.substring(0, text.indexOf(String.fromCharCode(10)));
}

function powerUp(transfer: (bytes: string) => string): Program {
  power_up();
  hardware.transfer = transfer;
  hardware.analog = 2000;
  hardware.set(CASE, 0);
  hardware.set(AT_OPEN, 0);
  hardware.set(FLOW, 1);
  return createProgram(BOARD);
}

function wordOf(text: string, name: string): string {
  const from = text.indexOf(name + "=");
  const rest = from < 0 ? "" : text.substring(from, text.length);
  const end = rest.indexOf(" ");
  return end < 0 ? rest : rest.substring(0, end);
}

export function runProgram(host: Host): void {
  const transfer = memory();
  let program = powerUp(transfer);
  host.write_line("start " + program.start());
  host.write_line("line " + wordOf(said("id"), "meter"));
  const plate = nameplateBytes({ settings: household(), tariff: tariff() }, wholeCrc32);
  host.write_line("spoilt " + program.provision(plate.substring(0, plate.length - 1)));
  host.write_line("given " + program.provision(plate));
  followMotor();
  pulses(25);
  host.write_line(
    "counted " + wordOf(said("read"), "volume_l") + " closed " + (hardware.level(AT_CLOSED) === 0 ? "1" : "0"),
  );
  host.write_line("again " + program.provision(plate));
  // The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone.
  hardware.analog = 1450;
  hardware.pass(3000);
  program = powerUp(transfer);
  host.write_line("start " + program.start());
  hardware.pass(3000);
  host.write_line("after " + wordOf(said("read"), "volume_l") + " " + wordOf(program.identity(), "meter"));
  pulses(5);
  host.write_line("on " + wordOf(said("read"), "volume_l"));
  host.write_line("new books " + program.newBooks());
  hardware.pass(1000);
  host.write_line("restarts " + (hardware.restarts === 1 ? "once" : "not once"));
  program = powerUp(transfer);
  host.write_line("start " + program.start());
  host.write_line("whose " + wordOf(program.identity(), "meter"));
}
