/// <reference path="./luatos.d.ts" />
/**
 * Program: what a build exports for one board (tools/build/entry.ts), called by main.lua: firmware/program.ts on LuatOS's
 * file system, with the bench (firmware/bench.ts) for `curbstop provision`.
 *
 * On another chip nothing is touched, and identity says "not_this_board".
 */
import { createBench } from "../../firmware/bench";
import { hexBytes, textBytes } from "../../firmware/card/bytes";
import type { Machine, Program } from "../../firmware/program";
import { createProgramOn } from "../../firmware/program";
import type { LuatosBoard } from "./board";
import { nativeCrc32, readFile, writeFile } from "./chip";
import { assemble } from "./main";
import { createTimer } from "./timer";

const NAMEPLATE_FILE = "/curbstop.set";
const RESTART_MS = 500;

function machineOf(board: LuatosBoard, bench: (request: string) => string): Machine {
  return {
    fits: function () {
      return rtos.bsp() === board.chip;
    },
    assemble: function () {
      return assemble(board, bench);
    },
    crc32: nativeCrc32,
    stored: function () {
      return readFile(NAMEPLATE_FILE);
    },
    store: function (bytes) {
      writeFile(NAMEPLATE_FILE, bytes);
    },
    forget: function () {
      os.remove(NAMEPLATE_FILE);
    },
    restart_soon: function () {
      const timer = createTimer();
      timer.alarm(timer.now_ms() + RESTART_MS, function () {
        rtos.reboot();
      });
    },
  };
}

export function createProgram(board: LuatosBoard): Program {
  let bench = function (request: string): string {
    return request;
  };
  const machine = machineOf(board, function (request) {
    return bench(request);
  });
  const program = createProgramOn(machine);
  bench = createBench(program, machine, {
    system: function () {
      return rtos.firmware();
    },
    chip: function () {
      return rtos.bsp();
    },
    serial: function () {
      return textBytes(mcu.unique_id());
    },
    sha256: function (bytes) {
      return hexBytes(crypto.sha256(bytes));
    },
  });
  return program;
}
