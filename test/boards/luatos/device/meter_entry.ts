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
import { nameplateBytes } from "../../../../firmware/nameplate";
import type { Program } from "../../../../firmware/program";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { W25Q_GEOMETRY } from "../../binding_scenes";
import { household, tariff } from "../../household";
import type { MeterBoard } from "../../meter_scene";
import { firstStart, giveSpoilt, pullPlug, shutAndCount, startAnew } from "../../meter_scene";
import { said, wordOf, yes } from "../../scene";
import { memory } from "./memory";

const FLOW_A = 20;
const FLOW_B = 21;
const CASE = 22;
const OPEN = 24;
const CLOSE = 25;
const AT_OPEN = 26;
const AT_CLOSED = 27;
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
  geometry: W25Q_GEOMETRY,
  parts: {
    display: "hd44780",
    keypad: "expander",
    card: "pn532_i2c",
    supply_low_mv: 3500,
    supply_good_mv: 3600,
    supply_memory_mv: 3300,
  },
};

/** A litre: a turn of the wheel, forward: 00, 01, 11, 10 of channels A and B. */
function turn(): void {
  hardware.set(FLOW_B, 1);
  hardware.pass(50);
  hardware.set(FLOW_A, 1);
  hardware.pass(50);
  hardware.set(FLOW_B, 0);
  hardware.pass(50);
  hardware.set(FLOW_A, 0);
  hardware.pass(50);
}

/** What the technician's line answers. */
function answered(request: string): string {
  return said(hardware, request);
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

/** The board with its memory, which outlives a power cut. */
function meterBoard(): MeterBoard {
  const exchange = memory();
  return {
    world: () => hardware,
    close: CLOSE,
    at_open: AT_OPEN,
    at_closed: AT_CLOSED,
    power_up: function () {
      return powerUp(exchange);
    },
    litre: turn,
    dip: function () {
      hardware.supply_mv = 3400;
    },
  };
}

/** The case is opened: the bench may be asked for. */
function openCase(): void {
  hardware.set(CASE, 1);
  hardware.pass(2000);
}

/** The nameplate over the bench, part by part; what it answers to `provision`. */
function give(plate: string): string {
  for (let offset = 0; offset < plate.length; offset += BENCH_PART_BYTES) {
    const end = Math.min(offset + BENCH_PART_BYTES, plate.length);
    const part = hexText(textBytes(plate.substring(offset, end)));
    const answer = answered("bench 7 plate " + decimal(offset) + " " + part);
    if (answer !== "bench 7 " + decimal(end)) {
      return answer;
    }
  }
  return answered("bench 8 provision");
}

export function runProgram(host: Host): void {
  const board = meterBoard();
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: "" }, nativeCrc32);
  const first = firstStart(host, board);
  host.write_line("shut " + wordOf(answered(CTRL_C + "bench 1 stored"), "meter"));
  openCase();
  host.write_line("open " + answered(CTRL_C + "bench 1 stored"));
  host.write_line("who " + answered("bench 2 who"));
  giveSpoilt(host, first, plate);
  host.write_line("given " + give(plate));
  const digest = createCrypto().sha256;
  const wanted = digest === undefined ? "" : hexText(digest(textBytes(plate)));
  host.write_line("stored " + yes(answered("bench 3 stored") === "bench 3 " + wanted));
  hardware.set(CASE, 0);
  shutAndCount(host, board);
  host.write_line("again " + first.provision(plate) + ", " + answered("bench 4 provision").substring(0, 5));
  host.write_line("watchdog " + decimal(hardware.watchdog_ms));
  pullPlug(host, board);
  host.write_line("bench is shut again " + answered("bench 5 newbooks").substring(0, 5));
  openCase();
  host.write_line("new books " + answered(CTRL_C + "bench 6 newbooks"));
  startAnew(host, board);
}
