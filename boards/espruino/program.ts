/// <reference path="./espruino.d.ts" />
/**
 * Program: what a build exports for one board (tools/build/entry.ts), called by the boot file and, where the console is
 * given, by `curbstop flash` and `provision`: firmware/program.ts on Espruino's Storage.
 *
 * On an interpreter of another board nothing is touched, and identity says "not_this_board".
 * Storage is safe enough for a nameplate: it is written once, nothing of it changes, and where Storage is lost the boot
 * file is lost with it.
 */
import type { Program } from "../../firmware/program";
import { createProgramOn } from "../../firmware/program";
import type { EspruinoBoard } from "./board";
import { nativeCrc32 } from "./chip";
import { assemble } from "./main";

const NAMEPLATE_FILE = "curbstop.set";
const RESTART_MS = 500;

export function createProgram(board: EspruinoBoard): Program {
  return createProgramOn({
    fits: function () {
      return process.env.BOARD === board.interpreter;
    },
    assemble: function () {
      return assemble(board);
    },
    crc32: nativeCrc32,
    stored: function () {
      return require("Storage").read(NAMEPLATE_FILE);
    },
    store: function (bytes) {
      require("Storage").write(NAMEPLATE_FILE, bytes);
    },
    forget: function () {
      require("Storage").erase(NAMEPLATE_FILE);
    },
    restart_soon: function () {
      setTimeout(load, RESTART_MS);
    },
  });
}
