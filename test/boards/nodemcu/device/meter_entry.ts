/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: a board that is nobody's is given a nameplate, shuts its valve, counts, loses its power,
 * boots again with its books on a W25Q, answers at its line, and becomes nobody's again.
 */
import { wholeCrc32 } from "../../../../boards/nodemcu/chip";
import { createProgram } from "../../../../boards/nodemcu/program";
import { nameplateBytes } from "../../../../firmware/nameplate";
import type { Program } from "../../../../firmware/program";
import type { Host } from "../../../../sim/world/host";
import { AT_CLOSED, AT_OPEN, BOARD, CASE, CLOSE, FLOW, household, tariff } from "./meter_board";
import { memory } from "./memory";

/** The end switches follow the motor, a second behind it. */
function followMotor(): void {
  hardware.pass(200);
  if (hardware.level(CLOSE) === 1) {
    hardware.set(AT_OPEN, 1);
    hardware.pass(1000);
    hardware.set(AT_CLOSED, 0);
  }
  hardware.pass(3000);
}

function pulses(count: number): void {
  for (let pulse = 0; pulse < count; pulse++) {
    hardware.set(FLOW, 0);
    hardware.pass(100);
    hardware.set(FLOW, 1);
    hardware.pass(100);
  }
  hardware.pass(1000);
}

/** What the technician's line answers. */
function said(request: string): string {
  hardware.written = "";
  hardware.hear(request + String.fromCharCode(10));
  hardware.pass(500);
  const text = hardware.written;
  return text.substring(0, text.indexOf(String.fromCharCode(10)));
}

function powerUp(transfer: (bytes: string) => string): Program {
  power_up();
  hardware.transfer = transfer;
  hardware.analog = 2000;
  hardware.set(CASE, 0);
  hardware.set(AT_OPEN, 0);
  hardware.set(FLOW, 1);
  return createProgram(BOARD);
}

function wordOf(text: string, name: string): string {
  const from = text.indexOf(name + "=");
  const rest = from < 0 ? "" : text.substring(from, text.length);
  const end = rest.indexOf(" ");
  return end < 0 ? rest : rest.substring(0, end);
}

export function runProgram(host: Host): void {
  const transfer = memory();
  let program = powerUp(transfer);
  host.write_line("start " + program.start());
  host.write_line("line " + wordOf(said("id"), "meter"));
  const plate = nameplateBytes({ settings: household(), tariff: tariff(), radio: "" }, wholeCrc32);
  host.write_line("spoilt " + program.provision(plate.substring(0, plate.length - 1)));
  host.write_line("given " + program.provision(plate));
  followMotor();
  pulses(25);
  host.write_line(
    "counted " + wordOf(said("read"), "volume_l") + " closed " + (hardware.level(AT_CLOSED) === 0 ? "1" : "0"),
  );
  host.write_line("again " + program.provision(plate));
  // The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone.
  hardware.analog = 1450;
  hardware.pass(3000);
  program = powerUp(transfer);
  host.write_line("start " + program.start());
  hardware.pass(3000);
  host.write_line("after " + wordOf(said("read"), "volume_l") + " " + wordOf(program.identity(), "meter"));
  pulses(5);
  host.write_line("on " + wordOf(said("read"), "volume_l"));
  host.write_line("new books " + program.newBooks());
  hardware.pass(1000);
  host.write_line("restarts " + (hardware.restarts === 1 ? "once" : "not once"));
  program = powerUp(transfer);
  host.write_line("start " + program.start());
  host.write_line("whose " + wordOf(program.identity(), "meter"));
}
