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
import type { Im871aModule } from "../../../../sim/hci/im871a_module";
import type { Host } from "../../../../sim/world/host";
import {
  bootWith,
  createWmbusModule,
  IM871A_SETTLED_MS,
  overAir,
  plugIn,
  provisionWith,
  radioPart,
  radioWords,
  serve,
} from "../../modem_scene";
import { board } from "./meter_board";

const LOOK_MS = 5000;

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

/** A board that is given its nameplate, as provisioning does it. */
function provision(host: Host, part: string): void {
  const program = createProgram(boardWithModem());
  plugged(host);
  provisionWith(host, program, part, nativeCrc32);
  host.write_line("line " + hardware.modem_setup);
  hardware.pass(IM871A_SETTLED_MS);
  host.write_line(radioWords(hardware));
  host.write_line("new books " + program.newBooks());
  hardware.power_cut();
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), undefined);
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  provision(host, part);
  const module = plugged(host);
  const meter = bootWith(assemble(boardWithModem()), part);
  hardware.pass(IM871A_SETTLED_MS);
  if (meter !== undefined) {
    serve(host, overAir(module), meter, function (span_ms) {
      hardware.pass(span_ms);
    });
  }
}
