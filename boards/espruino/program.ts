/// <reference path="./espruino.d.ts" />
/**
 * Program: what a build exports for one board (tools/build/entry.ts), called by the boot file and, where the console is
 * given, by `curbstop flash` and `provision`:
 *
 *   start       makes the ports, and boots the meter whose nameplate Storage holds; without one it says so
 *   identity    "firmware=... meter=... region=...", as the service port says it; without a meter "... meter=none" and why
 *   provision   takes a nameplate (firmware/nameplate.ts) while no meter runs, keeps it, and boots
 *   newBooks    erases the journal and the nameplate, and starts anew: the board is then nobody's
 *
 * On an interpreter of another board nothing is touched, and identity says "not_this_board".
 * A board without a nameplate counts nothing and leaves its valve where it is. Storage is safe enough for a nameplate:
 * it is written once, nothing of it changes, and where Storage is lost the boot file is lost with it.
 */
import { assert } from "../../firmware/assert";
import { layoutOf } from "../../firmware/journal/layout";
import { boot, start as startMeter } from "../../firmware/meter";
import type { Nameplate } from "../../firmware/nameplate";
import { readNameplate } from "../../firmware/nameplate";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { answer, firmwareText } from "../../firmware/service/read_out";
import type { Meter } from "../../firmware/state";
import { lineBytes } from "../../firmware/text";
import type { Hal } from "../../hal/hal";
import type { NvmResult } from "../../hal/nvm";
import type { EspruinoBoard } from "./board";
import { nativeCrc32 } from "./chip";
import { assemble } from "./main";

const NAMEPLATE_FILE = "curbstop.set";
const LF = 10;
const RESTART_MS = 500;

/** Everything that is running on a board. */
interface Running {
  hal: Hal | undefined;
  meter: Meter | undefined;
  /** Why there is no meter. */
  why: string;
}

export interface Program {
  start(): string;
  identity(): string;
  provision(bytes: string): string;
  newBooks(): string;
}

function identityOf(running: Running): string {
  const meter = running.meter;
  return meter === undefined ? firmwareText() + " meter=none " + running.why : answer(meter, "id");
}

/** Without a meter every request has the same answer. */
function answerForNone(running: Running, hal: Hal): void {
  hal.service.on_receive(function (bytes) {
    if (bytes.indexOf(LF) >= 0) {
      hal.service.write(lineBytes(identityOf(running)));
    }
  });
}

function bootMeter(running: Running, hal: Hal, plate: Nameplate): void {
  const booted = boot(hal, plate.settings, plate.tariff, ENGINE_ARITHMETIC);
  running.why = booted.result + "=" + booted.detail;
  running.meter = booted.meter;
  if (booted.meter !== undefined) {
    startMeter(booted.meter);
  }
}

function storedNameplate(): Nameplate | undefined {
  const bytes = require("Storage").read(NAMEPLATE_FILE);
  return bytes === undefined ? undefined : readNameplate(bytes, nativeCrc32);
}

function startProgram(running: Running, hal: Hal): string {
  running.hal = hal;
  answerForNone(running, hal);
  const plate = storedNameplate();
  if (plate === undefined) {
    running.why = "unprovisioned";
    hal.display.show("NO SET", "A");
  } else {
    bootMeter(running, hal, plate);
  }
  return running.why;
}

function provision(running: Running, bytes: string): string {
  const hal = running.hal;
  const plate = readNameplate(bytes, nativeCrc32);
  if (running.meter !== undefined || hal === undefined) {
    return "error a meter runs";
  }
  if (plate === undefined) {
    return "error no nameplate";
  }
  // Before the meter has books: a cut in between would leave books with keys that no nameplate on the board has.
  const storage = require("Storage");
  storage.write(NAMEPLATE_FILE, bytes);
  const kept = storage.read(NAMEPLATE_FILE) === bytes;
  if (kept) {
    bootMeter(running, hal, plate);
  }
  if (running.meter !== undefined) {
    return "ok";
  }
  storage.erase(NAMEPLATE_FILE);
  return "error " + (kept ? running.why : "Storage is full");
}

function refused(): NvmResult {
  return "refused";
}

/** The meter that still runs must write nothing any more, or the blank memory would begin with half of its books. */
function eraseBooks(hal: Hal): boolean {
  const nvm = hal.nvm;
  const layout = layoutOf(nvm.geometry);
  assert(layout !== undefined, "a board's memory holds a journal");
  const sectors = layout === undefined ? 0 : layout.image_first;
  let erased = true;
  for (let sector = 0; sector < sectors; sector++) {
    erased = nvm.erase(sector) === "ok" && erased;
  }
  nvm.program = refused;
  nvm.erase = refused;
  return erased;
}

function newBooks(running: Running): string {
  const hal = running.hal;
  if (hal === undefined) {
    return "error not started";
  }
  // The nameplate last: a cut in between leaves the board somebody's, never nobody's with somebody's books.
  const erased = eraseBooks(hal);
  require("Storage").erase(NAMEPLATE_FILE);
  setTimeout(load, RESTART_MS);
  return erased ? "ok" : "error the memory is not erased";
}

export function createProgram(board: EspruinoBoard): Program {
  const running: Running = { hal: undefined, meter: undefined, why: "not started" };
  return {
    start: function () {
      if (process.env.BOARD !== board.interpreter) {
        // Its pins are other pins here: nothing may be driven.
        running.why = "not_this_board";
        return running.why;
      }
      return startProgram(running, assemble(board));
    },
    identity: function () {
      return identityOf(running);
    },
    provision: function (bytes) {
      return provision(running, bytes);
    },
    newBooks: function () {
      return newBooks(running);
    },
  };
}
