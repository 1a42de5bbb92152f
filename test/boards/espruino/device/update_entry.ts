/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * An update over the air on the bindings: the firmware's own updater writes into the interpreter's flash, from frames that
 * the program brings, a hexadecimal text each; then the meter boots as the new firmware would, and confirms.
 */
import { filled } from "../../../../boards/drivers/guarded_nvm";
import { assemble } from "../../../../boards/espruino/main";
import { hexBytes } from "../../../../firmware/card/bytes";
import { boot, start } from "../../../../firmware/meter";
import { blankRadioPlate, radioPlateBytes } from "../../../../firmware/radio_plate";
import { attachRadioRoom } from "../../../../firmware/radio_room";
import { commission } from "../../../../firmware/requests";
import { ENGINE_ARITHMETIC } from "../../../../firmware/self_check";
import type { Meter } from "../../../../firmware/state";
import { decimal } from "../../../../firmware/text";
import { MARK_CONFIRMED, MARK_PENDING, MARK_TRIED, markSet, setMark } from "../../../../firmware/update/slot";
import type { FirmwareSlots } from "../../../../hal/firmware_slots";
import type { Radio } from "../../../../hal/radio";
import type { Host } from "../../../../sim/world/host";
import { household, tariff } from "../../household";
import { board } from "./meter_board";

/** Both slots lie in one file of Storage here, on whole pages; the journal lies behind Storage's used part. */
const FLASH_FIRST = 268435456;
const SLOT_BYTES = 32768;
const FILE_BYTES = 4096 + 2 * SLOT_BYTES;
/** Hours pass here, in which no water runs. */
const LOOK_MS = 30000;
const FRAME_PAUSE_MS = 50;
const VERIFIED_MS = 60000;
const RESTARTED_MS = 660000;
const TRIAL_PASSED_MS = 3960000;

interface Running {
  meter: Meter;
  slots: FirmwareSlots;
  hear: (frame: number[]) => void;
}

function slotAt(place: number): EspruinoSlot {
  const first = 4096 + place * SLOT_BYTES;
  return { file: "slots", from: first - 32, address: FLASH_FIRST + first, size_bytes: SLOT_BYTES };
}

/** What the boot file would say. */
function bootFileSays(slot: number, sequence: number): void {
  curbstop_boot = { slot: slot, sequence: sequence, slots: [slotAt(0), slotAt(1)] };
}

/** Radio's part of a nameplate, for a meter that takes updates under this key. */
function radioPart(update_key: string): string {
  const plate = blankRadioPlate();
  plate.station.interval_s = 3600;
  plate.station.master_key = "000102030405060708090a0b0c0d0e0f";
  plate.update_key = update_key;
  return radioPlateBytes(plate);
}

/** A modem whose air is this program. */
function airModem(on_frame: Radio["on_frame"]): Radio {
  return {
    frame_max_bytes: 255,
    send: function (frame, done) {
      done(frame.length > 0 ? "sent" : "failed");
      return "started";
    },
    listen: function (window_ms) {
      return window_ms;
    },
    on_frame: on_frame,
  };
}

function bootMeter(host: Host, update_key: string): Running | undefined {
  const running: { hear: (frame: number[], rssi_dbm: number) => void; slots: FirmwareSlots | undefined } = {
    hear: function (frame) {
      frame.pop();
    },
    slots: undefined,
  };
  const assembly = assemble(board(LOOK_MS));
  const booted = boot(assembly.hal, household(), tariff(), ENGINE_ARITHMETIC);
  const meter = booted.meter;
  if (meter === undefined) {
    host.write_line("no meter " + booted.result + " " + booted.detail);
    return undefined;
  }
  attachRadioRoom(meter, radioPart(update_key), {
    board: assembly.aerial.board,
    modem: function () {
      return airModem(function (listener) {
        running.hear = listener;
      });
    },
    slots: function () {
      running.slots = assembly.aerial.slots();
      return running.slots;
    },
  });
  const slots = running.slots;
  if (slots === undefined) {
    host.write_line("no slots" + meter.annex.told);
    return undefined;
  }
  start(meter);
  return {
    meter: meter,
    slots: slots,
    hear: function (frame) {
      running.hear(frame, -60);
    },
  };
}

/** The codes of updates in the log, with their versions. */
function say(host: Host, meter: Meter): void {
  for (const event of meter.log.ring) {
    if (event.code.indexOf("update_") === 0) {
      host.write_line(event.code + " " + decimal(event.value));
    }
  }
}

function hearAll(host: Host, running: Running): void {
  let line = host.read_line();
  while (line !== undefined && line !== "end") {
    if (line === "pause") {
      hardware.pass(VERIFIED_MS);
    } else {
      running.hear(hexBytes(line));
      hardware.pass(FRAME_PAUSE_MS);
    }
    line = host.read_line();
  }
}

export function runProgram(host: Host): void {
  const update_key = host.read_line();
  require("Storage").write("slots", filled(255, 4), 0, FILE_BYTES);
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  bootFileSays(0, 1);
  const old = update_key === undefined ? undefined : bootMeter(host, update_key);
  if (old === undefined || update_key === undefined) {
    return;
  }
  commission(old.meter, 100000);
  old.meter.card.books.utility = 7;
  hardware.pass(10000);
  hearAll(host, old);
  hardware.pass(RESTARTED_MS);
  say(host, old.meter);
  host.write_line("restarts " + decimal(hardware.restarts));
  host.write_line("pending " + (markSet(old.slots.spare, MARK_PENDING) ? "1" : "0"));
  hardware.power_cut();
  // The boot file, in a nutshell.
  setMark(old.slots.spare, MARK_TRIED);
  bootFileSays(1, 2);
  const fresh = bootMeter(host, update_key);
  if (fresh === undefined) {
    return;
  }
  hardware.pass(TRIAL_PASSED_MS);
  say(host, fresh.meter);
  host.write_line("confirmed " + (markSet(fresh.slots.running, MARK_CONFIRMED) ? "1" : "0"));
}
