/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A modem at the end of a board's line: a board that is nobody's gets a nameplate with a radio, and starts its iM871A; then
 * a meter in service sends its telegram, and hears what the program brings (../../modem_scene.ts).
 */
import { wholeCrc32 } from "../../../../boards/nodemcu/chip";
import { assemble } from "../../../../boards/nodemcu/main";
import { createProgram } from "../../../../boards/nodemcu/program";
import { createTimer } from "../../../../boards/nodemcu/timer";
import { boot, start } from "../../../../firmware/meter";
import { COMMAND_TIMEOUT_MS, COMMAND_TRIES } from "../../../../firmware/modem/im871a";
import { nameplateBytes } from "../../../../firmware/nameplate";
import { attachRadioRoom } from "../../../../firmware/radio_room";
import { ENGINE_ARITHMETIC } from "../../../../firmware/self_check";
import type { Meter } from "../../../../firmware/state";
import type { Im871aModule } from "../../../../sim/hci/im871a_module";
import type { Host } from "../../../../sim/world/host";
import { createWmbusModule, overAir, plugIn, radioPart, serve } from "../../modem_scene";
import { memory } from "./memory";
import { BOARD, household, tariff } from "./meter_board";

/** The module has answered both requests of its start, or never will. */
const SETTLED_MS = 2 * COMMAND_TRIES * COMMAND_TIMEOUT_MS;

/** A power-up with an iM871A at the end of the line. */
function powerUp(host: Host, transfer: (bytes: string) => string): Im871aModule {
  power_up();
  hardware.transfer = transfer;
  hardware.analog = 2000;
  const plug = plugIn(host, createTimer, function (text) {
    hardware.from_modem(text);
  });
  hardware.to_modem = plug.to_modem;
  return createWmbusModule(plug.line, createTimer());
}

/** What a technician's line is answered with, from a word on. */
function said(request: string, word: string): string {
  hardware.written = "";
  hardware.hear(request + String.fromCharCode(10));
  hardware.pass(500);
  const text = hardware.written;
  return text.substring(text.indexOf(word), text.indexOf(String.fromCharCode(10)));
}

function bootMeter(part: string): Meter | undefined {
  const assembly = assemble(BOARD);
  const booted = boot(assembly.hal, household(), tariff(), ENGINE_ARITHMETIC);
  if (booted.meter !== undefined) {
    attachRadioRoom(booted.meter, part, assembly.aerial);
    start(booted.meter);
  }
  return booted.meter;
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), undefined);
  const transfer = memory();
  powerUp(host, transfer);
  const program = createProgram(BOARD);
  host.write_line("start " + program.start());
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: part }, wholeCrc32);
  host.write_line("given " + program.provision(plate));
  host.write_line("line " + hardware.modem_setup);
  hardware.pass(SETTLED_MS);
  host.write_line(said("id", "radio=") + " " + said("selftest", "radio="));
  const module = powerUp(host, transfer);
  const meter = bootMeter(part);
  hardware.pass(SETTLED_MS);
  if (meter !== undefined) {
    serve(host, overAir(module), meter, function (span_ms) {
      hardware.pass(span_ms);
    });
  }
}
