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
import { memory } from "./memory";
import { BOARD } from "./meter_board";

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

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), undefined);
  const transfer = memory();
  powerUp(host, transfer);
  provisionWith(host, createProgram(BOARD), part, wholeCrc32);
  host.write_line("line " + hardware.modem_setup);
  hardware.pass(IM871A_SETTLED_MS);
  host.write_line(radioWords(hardware));
  const module = powerUp(host, transfer);
  const meter = bootWith(assemble(BOARD), part);
  hardware.pass(IM871A_SETTLED_MS);
  if (meter !== undefined) {
    serve(host, overAir(module), meter, function (span_ms) {
      hardware.pass(span_ms);
    });
  }
}
