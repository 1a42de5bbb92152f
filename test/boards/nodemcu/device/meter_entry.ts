/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: a board that is nobody's is given a nameplate, shuts its valve, counts, loses its power,
 * boots again with its books on a W25Q, answers at its line, and becomes nobody's again.
 */
import { wholeCrc32 } from "../../../../boards/nodemcu/chip";
import { createProgram } from "../../../../boards/nodemcu/program";
import { nameplateBytes } from "../../../../firmware/nameplate";
import type { Program } from "../../../../firmware/program";
import type { Host } from "../../../../sim/world/host";
import { household, tariff } from "../../household";
import type { MeterBoard } from "../../meter_scene";
import { firstStart, giveSpoilt, pullPlug, reedPulse, shutAndCount, startAnew } from "../../meter_scene";
import { memory } from "./memory";
import { AT_CLOSED, AT_OPEN, BOARD, CASE, CLOSE, FLOW } from "./meter_board";

function powerUp(transfer: (bytes: string) => string): Program {
  power_up();
  hardware.transfer = transfer;
  hardware.analog = 2000;
  hardware.set(CASE, 0);
  hardware.set(AT_OPEN, 0);
  hardware.set(FLOW, 1);
  return createProgram(BOARD);
}

/** The board with its memory, which outlives a power cut. */
function meterBoard(): MeterBoard {
  const transfer = memory();
  return {
    world: () => hardware,
    close: CLOSE,
    at_open: AT_OPEN,
    at_closed: AT_CLOSED,
    power_up: function () {
      return powerUp(transfer);
    },
    litre: function () {
      reedPulse(hardware, FLOW);
    },
    dip: function () {
      // 2.8 V at the divider: low, and enough for the memory.
      hardware.analog = 1561;
    },
  };
}

export function runProgram(host: Host): void {
  const board = meterBoard();
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: "" }, wholeCrc32);
  const first = firstStart(host, board);
  giveSpoilt(host, first, plate);
  host.write_line("given " + first.provision(plate));
  shutAndCount(host, board);
  host.write_line("again " + first.provision(plate));
  const second = pullPlug(host, board);
  host.write_line("new books " + second.newBooks());
  startAnew(host, board);
}
