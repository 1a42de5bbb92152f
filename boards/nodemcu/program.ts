/// <reference path="./nodemcu.d.ts" />
/**
 * Program: what a build exports for one board (tools/build/entry.ts), called by init.lua and, where the console is given,
 * by `curbstop flash`: firmware/program.ts on NodeMCU's file system.
 *
 * On another chip nothing is touched, and identity says "not_this_board".
 */
import type { Program } from "../../firmware/program";
import { createProgramOn } from "../../firmware/program";
import type { NodemcuBoard } from "./board";
import { readFile, wholeCrc32, writeFile } from "./chip";
import { assemble } from "./main";

const NAMEPLATE_FILE = "curbstop.set";
const RESTART_MS = 500;

export function createProgram(board: NodemcuBoard): Program {
  return createProgramOn({
    fits: function () {
      return node.chipmodel() === board.chip;
    },
    assemble: function () {
      return assemble(board);
    },
    crc32: wholeCrc32,
    stored: function () {
      return readFile(NAMEPLATE_FILE);
    },
    store: function (bytes) {
      writeFile(NAMEPLATE_FILE, bytes);
    },
    forget: function () {
      file.remove(NAMEPLATE_FILE);
    },
    restart_soon: function () {
      tmr.create().alarm(RESTART_MS, tmr.ALARM_SINGLE, function () {
        node.restart();
      });
    },
  });
}
