/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: a board that is nobody's is given a nameplate over its bench, shuts its valve, counts,
 * loses its power, boots again with its books on a W25Q, answers at its line, and becomes nobody's again.
 */
import type { LuatosBoard } from "../../../../boards/luatos/board";
import { createCrypto, nativeCrc32 } from "../../../../boards/luatos/chip";
import { createProgram } from "../../../../boards/luatos/program";
import { ring } from "../../../../boards/luatos/timer";
import { BENCH_PART_BYTES } from "../../../../firmware/bench";
import { hexText, textBytes } from "../../../../firmware/card/bytes";
import type { Tariff } from "../../../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../../../firmware/credit/tariff";
import { nameplateBytes } from "../../../../firmware/nameplate";
import type { Program } from "../../../../firmware/program";
import type { Settings } from "../../../../firmware/settings";
import { blankSettings } from "../../../../firmware/settings";
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
const LF = String.fromCharCode(10);
const CTRL_C = String.fromCharCode(3, 3, 3);

/** As lua-luatos has it. */
const BOARD: LuatosBoard = {
  name: "test",
  chip: "EC618",
  pins: {
    flow: FLOW_A,
    flow_direction: FLOW_B,
    valve_open: OPEN,
    valve_close: CLOSE,
    valve_is_open: AT_OPEN,
    valve_is_closed: AT_CLOSED,
    tamper_case: CASE,
    buzzer: 1,
  },
  supply: "vbat",
  uart: 1,
  i2c: { id: 0, rate_hz: 400000 },
  spi: { id: 0, cs: 8, rate_hz: 8000000 },
  geometry: {
    size_bytes: 4194304,
    sector_bytes: 4096,
    page_bytes: 256,
    word_bytes: 1,
    programs_per_erase: 32,
    erase_limit: 100000,
  },
  parts: {
    display: "hd44780",
    keypad: "expander",
    card: "pn532_i2c",
    supply_low_mv: 3500,
    supply_good_mv: 3600,
    supply_memory_mv: 3300,
  },
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

/** Turns of the wheel, forward: 00, 01, 11, 10 of channels A and B. */
function pulses(count: number): void {
  for (let pulse = 0; pulse < count; pulse++) {
    hardware.set(FLOW_B, 1);
    hardware.pass(50);
    hardware.set(FLOW_A, 1);
    hardware.pass(50);
    hardware.set(FLOW_B, 0);
    hardware.pass(50);
    hardware.set(FLOW_A, 0);
    hardware.pass(50);
  }
  hardware.pass(1000);
}

/** What the technician's line answers. */
function said(request: string): string {
  hardware.written = "";
  hardware.hear(request + LF);
  hardware.pass(500);
  const text = hardware.written;
  return text.substring(0, text.indexOf(LF));
}

function powerUp(exchange: (out: string, count: number) => string): Program {
  power_up();
  hardware.on_timer = ring;
  hardware.exchange = exchange;
  hardware.set(CASE, 0);
  hardware.set(AT_OPEN, 0);
  hardware.set(FLOW_A, 0);
  hardware.set(FLOW_B, 0);
  return createProgram(BOARD);
}

function wordOf(text: string, name: string): string {
  const from = text.indexOf(name + "=");
  const rest = from < 0 ? "" : text.substring(from, text.length);
  const end = rest.indexOf(" ");
  return end < 0 ? rest : rest.substring(0, end);
}

/** The nameplate over the bench, part by part; what it answers to `provision`. */
function give(plate: string): string {
  for (let offset = 0; offset < plate.length; offset += BENCH_PART_BYTES) {
    const end = Math.min(offset + BENCH_PART_BYTES, plate.length);
    const part = hexText(textBytes(plate.substring(offset, end)));
    const answer = said("bench 7 plate " + decimal(offset) + " " + part);
    if (answer !== "bench 7 " + decimal(end)) {
      return answer;
    }
  }
  return said("bench 8 provision");
}

export function runProgram(host: Host): void {
  const exchange = memory();
  let program = powerUp(exchange);
  host.write_line("start " + program.start());
  host.write_line("line " + wordOf(said("id"), "meter"));
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: "" }, nativeCrc32);
  host.write_line("shut " + wordOf(said(CTRL_C + "bench 1 stored"), "meter"));
  // The case is opened.
  hardware.set(CASE, 1);
  hardware.pass(2000);
  host.write_line("open " + said(CTRL_C + "bench 1 stored"));
  host.write_line("who " + said("bench 2 who"));
  host.write_line("spoilt " + program.provision(plate.substring(0, plate.length - 1)));
  host.write_line("given " + give(plate));
  const digest = createCrypto().sha256;
  const wanted = digest === undefined ? "" : hexText(digest(textBytes(plate)));
  host.write_line("stored " + (said("bench 3 stored") === "bench 3 " + wanted ? "yes" : "no"));
  hardware.set(CASE, 0);
  followMotor();
  pulses(25);
  host.write_line(
    "counted " + wordOf(said("read"), "volume_l") + " closed " + (hardware.level(AT_CLOSED) === 0 ? "1" : "0"),
  );
  host.write_line("again " + program.provision(plate) + ", " + said("bench 4 provision").substring(0, 5));
  host.write_line("watchdog " + decimal(hardware.watchdog_ms));
  // The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone.
  hardware.supply_mv = 3400;
  hardware.pass(3000);
  program = powerUp(exchange);
  host.write_line("start " + program.start());
  hardware.pass(3000);
  host.write_line("after " + wordOf(said("read"), "volume_l") + " " + wordOf(program.identity(), "meter"));
  pulses(5);
  host.write_line("on " + wordOf(said("read"), "volume_l"));
  host.write_line("bench is shut again " + said("bench 5 newbooks").substring(0, 5));
  hardware.set(CASE, 1);
  hardware.pass(2000);
  host.write_line("new books " + said(CTRL_C + "bench 6 newbooks"));
  hardware.pass(1000);
  host.write_line("restarts " + (hardware.restarts === 1 ? "once" : "not once"));
  program = powerUp(exchange);
  host.write_line("start " + program.start());
  host.write_line("whose " + wordOf(program.identity(), "meter"));
}
