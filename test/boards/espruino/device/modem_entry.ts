/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A modem at the end of a board's line: a board that is nobody's gets a nameplate with a radio, and starts its iM871A; then
 * a meter in service sends its telegram, and hears what the program brings (../../modem_scene.ts).
 */
import type { EspruinoBoard } from "../../../../boards/espruino/board";
import { nativeCrc32 } from "../../../../boards/espruino/chip";
import { assemble } from "../../../../boards/espruino/main";
import { createProgram } from "../../../../boards/espruino/program";
import { createTimer } from "../../../../boards/espruino/timer";
import { boot, start } from "../../../../firmware/meter";
import { COMMAND_TIMEOUT_MS, COMMAND_TRIES } from "../../../../firmware/modem/im871a";
import { nameplateBytes } from "../../../../firmware/nameplate";
import { attachRadioRoom } from "../../../../firmware/radio_room";
import { ENGINE_ARITHMETIC } from "../../../../firmware/self_check";
import type { Meter } from "../../../../firmware/state";
import type { Im871aModule } from "../../../../sim/hci/im871a_module";
import type { Host } from "../../../../sim/world/host";
import { createWmbusModule, overAir, plugIn, radioPart, serve } from "../../modem_scene";
import { board, household, tariff } from "./meter_board";

const LOOK_MS = 5000;
/** The module has answered both requests of its start, or never will. */
const SETTLED_MS = 2 * COMMAND_TRIES * COMMAND_TIMEOUT_MS;

function boardWithModem(): EspruinoBoard {
  const made = board(LOOK_MS);
  made.buses.uart_modem = { rx: "D16", tx: "D17", rate_hz: 57600 };
  if (made.parts !== undefined) {
    made.parts.radio = "im871a";
  }
  return made;
}

function plugged(host: Host): Im871aModule {
  const plug = plugIn(host, createTimer, function (text) {
    hardware.from_modem(text);
  });
  hardware.to_modem = plug.to_modem;
  return createWmbusModule(plug.line, createTimer());
}

/** The last word of what a technician's line is answered with. */
function lastWord(request: string): string {
  hardware.written = "";
  hardware.hear(request + String.fromCharCode(10));
  const line = hardware.written.substring(0, hardware.written.length - 1);
  return line.substring(line.lastIndexOf(" ") + 1, line.length);
}

/** A board that is given its nameplate, as provisioning does it. */
function provision(host: Host, part: string): void {
  const program = createProgram(boardWithModem());
  plugged(host);
  host.write_line("start " + program.start());
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: part }, nativeCrc32);
  host.write_line("given " + program.provision(plate));
  host.write_line("line " + hardware.modem_setup);
  hardware.pass(SETTLED_MS);
  host.write_line(lastWord("id") + " " + lastWord("selftest"));
  host.write_line("new books " + program.newBooks());
  hardware.power_cut();
}

function bootMeter(part: string): Meter | undefined {
  const assembly = assemble(boardWithModem());
  const booted = boot(assembly.hal, household(), tariff(), ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    attachRadioRoom(booted.meter, part, assembly.aerial);
    start(booted.meter);
  }
  return booted.meter;
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), undefined);
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  provision(host, part);
  const module = plugged(host);
  const meter = bootMeter(part);
  hardware.pass(SETTLED_MS);
  if (meter !== undefined) {
    serve(host, overAir(module), meter, function (span_ms) {
      hardware.pass(span_ms);
    });
  }
}
