/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: it boots from a board's description with its journal in the interpreter's own flash,
 * counts, loses its power, and boots again.
 */
import { assemble } from "../../../../boards/espruino/main";
import { boot, start } from "../../../../firmware/meter";
import { ENGINE_ARITHMETIC } from "../../../../firmware/self_check";
import type { Meter } from "../../../../firmware/state";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";
import { household, tariff } from "../../household";
import { followMotor, reedPulse } from "../../meter_scene";
import { board } from "./meter_board";

function bootMeter(host: Host): Meter | undefined {
  const booted = boot(assemble(board(50)).hal, household(), tariff(), ENGINE_ARITHMETIC);
  host.write_line("boot " + booted.result + " " + booted.detail);
  if (booted.meter !== undefined) {
    start(booted.meter);
  }
  return booted.meter;
}

function pulses(count: number): void {
  for (let pulse = 0; pulse < count; pulse++) {
    reedPulse(hardware, "FLOW");
  }
}

function say(host: Host, word: string, meter: Meter): void {
  host.write_line(word + " " + decimal(meter.register.volume_l) + " " + meter.hal.valve.position());
}

export function runProgram(host: Host): void {
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  const first = bootMeter(host);
  if (first === undefined) {
    return;
  }
  followMotor(hardware, "IN2", "AT_OPEN", "AT_CLOSED");
  say(host, "booted", first);
  pulses(25);
  hardware.remove_watches("FLOW");
  pulses(10);
  say(host, "counted", first);
  // The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone.
  hardware.analog_mv = 1400;
  hardware.pass(2000);
  hardware.power_cut();
  hardware.analog_mv = 1650;
  const second = bootMeter(host);
  if (second !== undefined) {
    say(host, "again", second);
    pulses(5);
    say(host, "on", second);
  }
}
