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

export interface NodemcuProgram extends Program {
  /** Ends the console before its time: the line is the firmware's, as after a restart, and nothing is lost. After `start`. */
  takeLine: () => void;
}

export function createProgram(board: NodemcuBoard): NodemcuProgram {
  // One record, filled at the start: another around it would take 400 bytes of a heap that is nearly full.
  const program: NodemcuProgram = createProgramOn({
    fits: function () {
      return node.chipmodel() === board.chip;
    },
    assemble: function () {
      const assembly = assemble(board);
      program.takeLine = assembly.take_line;
      return assembly;
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
  }) as NodemcuProgram;
  return program;
}
