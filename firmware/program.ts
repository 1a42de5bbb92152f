/**
 * Program: a board that is somebody's meter, or nobody's. What a build exports for one board, whatever its interpreter:
 *
 *   start       makes the ports, and boots the meter whose nameplate the board keeps; without one it says so
 *   identity    "firmware=... meter=... region=...", as the service port says it; without a meter "... meter=none" and why
 *   provision   takes a nameplate (nameplate.ts) while no meter runs, keeps it, and boots
 *   newBooks    erases the journal and the nameplate, and starts anew: the board is then nobody's
 *   setClock    sets the clock of the meter that runs, as who provisions it has the time
 *
 * A board without a nameplate counts nothing and leaves its valve where it is. A meter whose nameplate has a radio's part
 * gets its radio between boot and start (radio_room.ts); whatever is wrong with that, it starts.
 */
import type { Hal } from "../hal/hal";
import type { NvmResult } from "../hal/nvm";
import { assert } from "./assert";
import { layoutOf } from "./journal/layout";
import { boot, start as startMeter } from "./meter";
import { crossBoundary, measure } from "./metering";
import type { Crc32, Nameplate } from "./nameplate";
import { readNameplate } from "./nameplate";
import type { Aerial } from "./radio_room";
import { attachRadioRoom } from "./radio_room";
import { ROOM_RADIO } from "./rooms";
import { ENGINE_ARITHMETIC } from "./self_check";
import { answer, firmwareText } from "./service/read_out";
import type { Meter } from "./state";
import { UTC_MAX_S, UTC_MIN_S, note } from "./state";
import { settle } from "./supervision";
import { lineBytes } from "./text";

const LF = 10;

export interface Program {
  start(): string;
  identity(): string;
  provision(bytes: string): string;
  newBooks(): string;
  setClock(utc_s: number): string;
}

/** All ports of a board, and what it has for the radio. */
export interface Assembly {
  hal: Hal;
  aerial: Aerial;
}

/** What a program asks of its board and interpreter. */
export interface Machine {
  /** False on a board whose pins are other pins: nothing may be driven there. */
  fits(): boolean;
  assemble(): Assembly;
  crc32: Crc32;
  /** The nameplate's bytes, as they stand there now. */
  stored(): string | undefined;
  store(bytes: string): void;
  forget(): void;
  /** Starts the board anew, after what is being said has gone out. */
  restart_soon(): void;
}

/** Everything that is running on a board. */
interface Running {
  machine: Machine;
  assembly: Assembly | undefined;
  meter: Meter | undefined;
  /** Why there is no meter. */
  why: string;
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

function bootMeter(running: Running, assembly: Assembly, plate: Nameplate): void {
  const booted = boot(assembly.hal, plate.settings, plate.tariff, ENGINE_ARITHMETIC);
  running.why = booted.result + "=" + booted.detail;
  running.meter = booted.meter;
  if (booted.meter !== undefined) {
    if (ROOM_RADIO) {
      attachRadioRoom(booted.meter, plate.radio, assembly.aerial);
    }
    startMeter(booted.meter);
  }
}

function startProgram(running: Running): string {
  const machine = running.machine;
  if (!machine.fits()) {
    running.why = "not_this_board";
    return running.why;
  }
  const assembly = machine.assemble();
  running.assembly = assembly;
  answerForNone(running, assembly.hal);
  const bytes = machine.stored();
  const plate = bytes === undefined ? undefined : readNameplate(bytes, machine.crc32);
  if (plate === undefined) {
    running.why = "unprovisioned";
    assembly.hal.display.show("NO SET", "A");
  } else {
    bootMeter(running, assembly, plate);
  }
  return running.why;
}

function provision(running: Running, bytes: string): string {
  const machine = running.machine;
  const assembly = running.assembly;
  const plate = readNameplate(bytes, machine.crc32);
  if (running.meter !== undefined || assembly === undefined) {
    return "error a meter runs";
  }
  if (plate === undefined) {
    return "error no nameplate";
  }
  // Before the meter has books: a cut in between would leave books with keys that no nameplate on the board has.
  machine.store(bytes);
  const kept = machine.stored() === bytes;
  if (kept) {
    bootMeter(running, assembly, plate);
  }
  if (running.meter !== undefined) {
    return "ok";
  }
  machine.forget();
  return "error " + (kept ? running.why : "no room");
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
  const assembly = running.assembly;
  if (assembly === undefined) {
    return "error not started";
  }
  // The nameplate last: a cut in between leaves the board somebody's, never nobody's with somebody's books.
  const erased = eraseBooks(assembly.hal);
  running.machine.forget();
  running.machine.restart_soon();
  return erased ? "ok" : "error the memory is not erased";
}

/** Only who has the console comes here, and who has that could do worse. */
function setClock(running: Running, utc_s: number): string {
  const meter = running.meter;
  if (meter === undefined) {
    return "error no meter runs";
  }
  if (utc_s < UTC_MIN_S || utc_s > UTC_MAX_S || Math.floor(utc_s) !== utc_s) {
    return "error no such time";
  }
  const now_ms = meter.hal.timer.now_ms();
  // What has run through belongs to the time before.
  measure(meter, now_ms);
  meter.hal.clock.set(utc_s);
  note(meter, "clock_set", utc_s);
  crossBoundary(meter, now_ms);
  settle(meter, now_ms);
  return "ok";
}

export function createProgramOn(machine: Machine): Program {
  const running: Running = { machine: machine, assembly: undefined, meter: undefined, why: "not started" };
  return {
    start: function () {
      return startProgram(running);
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
    setClock: function (utc_s) {
      return setClock(running, utc_s);
    },
  };
}
