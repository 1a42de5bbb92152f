/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/** The parts that people meet, on the pins and buses that boards/luatos makes: the scenes of ../../part_scenes.ts. */
import { createI2c } from "../../../../boards/luatos/buses";
import { BENCH } from "../../../../boards/luatos/main";
import { analogPin } from "../../../../boards/luatos/pins";
import { ring } from "../../../../boards/luatos/timer";
import type { Host } from "../../../../sim/world/host";
import { runNamed } from "../../../named_programs";
import type { PartBench } from "../../part_scenes";
import { buzzerScene, cardScene, displayScene, keypadScene, supplyScene, tamperScene } from "../../part_scenes";

const CASE = 22;
const OTHER = 24;
const BUZZER = 1;

/** Messages of timers go where main.lua's loop takes them. */
function partBench(host: Host): PartBench<number> {
  hardware.on_timer = ring;
  return {
    host: host,
    world: hardware,
    bench: BENCH,
    device: createI2c({ id: 0, rate_hz: 400000 }),
    attach: function (address, answer) {
      hardware.attach(address, answer);
    },
  };
}

function tamper(host: Host): void {
  tamperScene(partBench(host), CASE, OTHER);
}

/** The module measures its own. */
function supply(host: Host): void {
  supplyScene(partBench(host), { input: analogPin("vbat"), divided: false, warning: undefined }, function (supply_mv) {
    hardware.supply_mv = supply_mv;
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
