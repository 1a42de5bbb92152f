/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: a board that is nobody's is given a nameplate over its bench, shuts its valve, counts,
 * loses its power, boots again with its books on a W25Q, answers at its line, and becomes nobody's again.
 */
import { createCrypto, nativeCrc32 } from "../../../../boards/luatos/chip";
import { BENCH_PART_BYTES } from "../../../../firmware/bench";
import { hexText, textBytes } from "../../../../firmware/card/bytes";
import { nameplateBytes } from "../../../../firmware/nameplate";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { household, tariff } from "../../household";
import type { MeterBoard } from "../../meter_scene";
import { firstStart, giveSpoilt, pullPlug, shutAndCount, startAnew } from "../../meter_scene";
import { said, wordOf, yes } from "../../scene";
import { memory } from "./memory";
import { AT_CLOSED, AT_OPEN, CASE, CLOSE, FLOW_A, FLOW_B, powerUp } from "./meter_board";

const CTRL_C = String.fromCharCode(3, 3, 3);

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
