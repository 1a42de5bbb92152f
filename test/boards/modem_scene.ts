/**
 * A modem at the end of a board's line, for entries that run inside an engine: the emulator of an iM871A or a BG96, what
 * goes to it written down, the meter that gets a radio by its nameplate, and messages that arrive in that meter's windows.
 * Portable code.
 */
import { bytesText, hexBytes, hexText, textBytes } from "../../firmware/card/bytes";
import { boot, start } from "../../firmware/meter";
import type { Bg96Settings } from "../../firmware/modem/bg96";
import { COMMAND_TIMEOUT_MS, COMMAND_TRIES } from "../../firmware/modem/im871a";
import type { Crc32 } from "../../firmware/nameplate";
import { nameplateBytes } from "../../firmware/nameplate";
import type { Assembly, Program } from "../../firmware/program";
import { blankRadioPlate, radioPlateBytes } from "../../firmware/radio_plate";
import { attachRadioRoom } from "../../firmware/radio_room";
import type { ByteLine } from "../../firmware/reader/byte_line";
import { commission } from "../../firmware/requests";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import type { Meter } from "../../firmware/state";
import type { Timer } from "../../hal/timer";
import type { Im871aModule } from "../../sim/hci/im871a_module";
import { createIm871aModule, moduleHears } from "../../sim/hci/im871a_module";
import type { Host } from "../../sim/world/host";
import { household, tariff } from "./household";
import type { World } from "./scene";
import { said, wordOf } from "./scene";

/** An iM871A has answered both requests of its start, or never will. */
export const IM871A_SETTLED_MS = 2 * COMMAND_TRIES * COMMAND_TIMEOUT_MS;
/** Within the window behind a telegram, and from a message to the window behind its answer. */
const IN_WINDOW_MS = 2000;
const ANSWERED_MS = 6000;
const RSSI_DBM = -61;

/** What the BG96 of the meter in the entries is told. */
export const MOBILE: Bg96Settings = {
  apn: "iot.example",
  apn_authentication: "pap",
  apn_user: "meters",
  apn_password: "well",
  network: "nb_iot",
  host: "broker.example",
  port: 8883,
  tls: true,
  ca_file: "cacert.pem",
  client_id: "curbstop-00000017",
  user: "00000017",
  password: "water",
  up_topic: "curbstop/meter/00000017/up",
  down_topic: "curbstop/meter/00000017/down",
  broadcast_topic: "curbstop/meters/down",
  keepalive_s: 1200,
  edrx_s: 0,
  psm_period_s: 0,
  psm_active_s: 0,
  watch_ms: 600000,
};

/** Radio's part of a nameplate, for a meter that reports each hour: an iM871A's, or a BG96's. */
export function radioPart(master_key: string | undefined, mobile: Bg96Settings | undefined): string {
  const plate = blankRadioPlate();
  plate.station.interval_s = 3600;
  plate.station.master_key = master_key === undefined ? "" : master_key;
  plate.modem.wmbus = mobile === undefined ? { mode: "C" } : undefined;
  plate.modem.bg96 = mobile;
  return radioPlateBytes(plate);
}

export interface Plugged {
  /** The modem's end of it. */
  line: ByteLine;
  /** What the board writes to its line. */
  to_modem: (text: string) => void;
}

/** A board's line: `from_modem` brings bytes to it. */
export function plugIn(host: Host, make_timer: () => Timer, from_modem: (text: string) => void): Plugged {
  let hear = function (bytes: number[]): void {
    bytes.pop();
  };
  const line: ByteLine = {
    write: function (bytes: number[]): void {
      const text = bytesText(bytes);
      const timer = make_timer();
      // Not inside of the board's own write.
      timer.alarm(timer.now_ms(), function () {
        from_modem(text);
      });
    },
    on_bytes: function (listener: (bytes: number[]) => void): void {
      hear = listener;
    },
  };
  return {
    line: line,
    to_modem: function (text) {
      host.write_line("to modem " + hexText(textBytes(text)));
      hear(textBytes(text));
    },
  };
}

export function createWmbusModule(line: ByteLine, timer: Timer): Im871aModule {
  return createIm871aModule(line, timer, [1, 2, 3, 4], "C1");
}

/** What brings a content to an iM871A. */
export function overAir(module: Im871aModule): (content: number[]) => void {
  return function (content) {
    moduleHears(module, content, "C2", RSSI_DBM);
  };
}

/** A board that is nobody's is given a nameplate with this radio. */
export function provisionWith(host: Host, program: Program, part: string, crc32: Crc32): void {
  host.write_line("start " + program.start());
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: part }, crc32);
  host.write_line("given " + program.provision(plate));
}

/** Whether the meter has its radio, and the radio its module, as a technician is told. */
export function radioWords<Pin>(world: World<Pin>): string {
  return wordOf(said(world, "id"), "radio") + " " + wordOf(said(world, "selftest"), "radio");
}

/** A meter that runs with this radio. */
export function bootWith(assembly: Assembly, part: string): Meter | undefined {
  const booted = boot(assembly.hal, household(), tariff(), ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    attachRadioRoom(booted.meter, part, assembly.aerial);
    start(booted.meter);
  }
  return booted.meter;
}

/** Puts a meter into service, and brings it the program's contents, in hexadecimal, one a window. */
export function serve(
  host: Host,
  bring: (content: number[]) => void,
  meter: Meter,
  pass: (span_ms: number) => void,
): void {
  host.write_line("in service " + commission(meter, 100000));
  pass(IN_WINDOW_MS);
  let content = host.read_line();
  while (content !== undefined && content !== "end") {
    bring(hexBytes(content));
    pass(ANSWERED_MS);
    host.write_line("locked " + (meter.reasons.remote_lock ? "1" : "0"));
    content = host.read_line();
  }
}
