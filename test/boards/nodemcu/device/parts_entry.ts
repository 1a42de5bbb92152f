/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/** The parts that people meet, on the pins and buses that boards/nodemcu makes: the scenes of ../../part_scenes.ts. */
import { createI2c } from "../../../../boards/nodemcu/buses";
import { BENCH } from "../../../../boards/nodemcu/main";
import { analogPin } from "../../../../boards/nodemcu/pins";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import type { PartBench } from "../../part_scenes";
import { buzzerScene, cardScene, displayScene, keypadScene, supplyScene, tamperScene } from "../../part_scenes";

const CASE = 27;
const OTHER = 25;
const BUZZER = 32;
/** What a reading of 0 stands for, and how much more a full one. */
const ZERO_MV = 142;
const SPAN_MV = 3299;
const TOP = 4095;

function partBench(host: Host): PartBench<number> {
  return {
    host: host,
    world: hardware,
    bench: BENCH,
    device: createI2c({ scl: 22, sda: 21, rate_hz: 400000 }),
    attach: function (address, answer) {
      hardware.attach(address, answer);
    },
  };
}

function tamper(host: Host): void {
  tamperScene(partBench(host), CASE, OTHER);
}

/** Behind a divider by two; the converter tells 0 for 142 mV, 4095 for 3441. */
function supply(host: Host): void {
  supplyScene(partBench(host), { input: analogPin(33), divided: true, warning: undefined }, function (supply_mv) {
    hardware.analog = Math.floor(((supply_mv - 2 * ZERO_MV) * TOP) / (2 * SPAN_MV)) + 1;
  });
}

function display(host: Host): void {
  displayScene(partBench(host));
}

function keypad(host: Host): void {
  keypadScene(partBench(host));
}

function buzzer(host: Host): void {
  buzzerScene(partBench(host), BUZZER);
}

function card(host: Host): void {
  cardScene(partBench(host));
}

export function runProgram(host: Host): void {
  runNamed(host, [
    { name: "tamper", run: tamper },
    { name: "supply", run: supply },
    { name: "display", run: display },
    { name: "keypad", run: keypad },
    { name: "buzzer", run: buzzer },
    { name: "card", run: card },
  ]);
}
