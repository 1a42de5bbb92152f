/**
 * Steps: what a line of the program does to the world (program.ts lists the verbs).
 */
import { assert } from "../../firmware/assert";
import { clearTamper, commission, lockRemotely, takeCredit, takeTariff } from "../../firmware/index";
import type { Meter } from "../../firmware/state";
import { drawAtOnce, followValve, jumpCount, setDeaf, setSensorFault } from "../twins/flow_sensor";
import { jumpClock, loseClock } from "../twins/clock";
import { pressKey } from "../twins/keypad";
import { wearOut } from "../twins/nvm_damage";
import { setBrownOut } from "../twins/power";
import { MODEM_STATES } from "../twins/radio";
import { typeLine } from "../twins/service_port";
import { setTamper } from "../twins/tamper";
import { setLying } from "../twins/valve";
import { readTariff } from "./beginning";
import { doCardStep } from "./cards";
import { createHousehold, openTap, stopHousehold } from "./demand";
import { cutPower, resetByWatchdog } from "./power_cut";
import { textField, writeLine } from "./trace";
import { isNumberField, viewField, viewNumber } from "./view";
import { byteList, wholeNumber, words } from "./words";
import type { World } from "./world";

const FIELDS_MAX = 20;
/** What only a meter can do (`request`). */
const REQUESTS = ["commission", "credit", "tariff", "lock", "clear_tamper"];

function traceResult(world: World, verb: string, result: string): void {
  if (world.trace.on) {
    writeLine(world.trace, "event", verb, textField("result", result));
  }
}

function request(world: World, meter: Meter, list: string[]): boolean {
  switch (list[1]) {
    case "commission":
      traceResult(world, list[1], commission(meter, wholeNumber(list[2])));
      return true;
    case "credit": {
      const credit = { sequence: wholeNumber(list[2]), amount_milli: wholeNumber(list[3]) };
      traceResult(world, list[1], takeCredit(meter, credit));
      return true;
    }
    case "tariff":
      traceResult(world, list[1], takeTariff(meter, readTariff(list, 2)));
      return true;
    case "lock":
      lockRemotely(meter, list[2] === "1");
      return true;
    case "clear_tamper":
      clearTamper(meter);
      return true;
    default:
      return false;
  }
}

function water(world: World, list: string[]): boolean {
  switch (list[1]) {
    case "flow":
      drawAtOnce(world.flow, wholeNumber(list[2]));
      return true;
    case "draw":
      openTap(world.queue, world.flow, wholeNumber(list[2]), world.queue.now_ms, wholeNumber(list[3]));
      return true;
    case "household":
      if (world.household !== undefined) {
        stopHousehold(world.household, world.queue);
        world.household = undefined;
      }
      if (list[2] === "1") {
        const local_start_s = world.start_utc_s + (world.settings.utc_offset_min + 1440) * 60;
        world.household = createHousehold(world.queue, world.flow, world.trace, world.seed, local_start_s);
      }
      return true;
    default:
      return false;
  }
}

function setValveFault(world: World, fault: string, value: number): void {
  const valve = world.valve;
  if (fault === "stuck") {
    valve.stuck = value === 1;
  } else if (fault === "slow") {
    valve.slow = value === 1;
  } else if (fault === "lying") {
    setLying(valve, value === 1);
  } else {
    assert(fault === "leak", "the valve has four faults");
    valve.leak_l_h = value;
    followValve(world.flow);
  }
}

function fault(world: World, list: string[]): boolean {
  const value = list.length > 3 ? list[3] : "";
  switch (list[1]) {
    case "tamper":
      assert(list[2] === "case" || list[2] === "magnet" || list[2] === "reader", "there are three tamper inputs");
      setTamper(
        world.tamper,
        world.trace,
        list[2] === "case" ? "case" : list[2] === "magnet" ? "magnet" : "reader",
        value === "1",
      );
      return true;
    case "sensor":
      setSensor(world, list[2], value);
      return true;
    case "valve":
      setValveFault(world, list[2], wholeNumber(value));
      return true;
    case "battery":
      world.power.supply_mv = wholeNumber(list[2]);
      return true;
    case "brown_out":
      setBrownOut(world.power, world.trace, list[2] === "1");
      return true;
    case "clock":
      setClock(world, list[2], wholeNumber(value));
      return true;
    default:
      return false;
  }
}

function setSensor(world: World, fault: string, value: string): void {
  if (fault === "jump") {
    jumpCount(world.flow, wholeNumber(value));
  } else if (fault === "deaf") {
    setDeaf(world.flow, value === "1");
  } else {
    setSensorFault(world.flow, fault === "empty" ? "empty" : "cut", value === "1");
  }
}

function setMemory(world: World, list: string[]): void {
  const nvm = world.nvm;
  const value = list[3];
  if (list[2] === "wear") {
    const sector = wholeNumber(value);
    assert(sector < nvm.sectors.length, "a sector that wears is one of the part's");
    wearOut(nvm, sector, list[4] === "erase" ? "erase" : "program");
  } else if (list[2] === "low") {
    nvm.supply_low = value === "1";
  } else {
    assert(list[2] === "reads", "a memory wears, its supply is low, or its reads fail");
    nvm.low_reads = value === "noisy" ? "noisy" : value === "empty" ? "empty" : "right";
  }
}

function power(world: World, list: string[]): boolean {
  switch (list[1]) {
    case "nvm":
      setMemory(world, list);
      return true;
    case "power_cut":
    case "watchdog_reset":
      if (!world.powered) {
        traceResult(world, list[1], "off");
      } else if (list[1] === "power_cut") {
        cutPower(world, wholeNumber(list[2]));
      } else {
        resetByWatchdog(world, wholeNumber(list[2]));
      }
      return true;
    default:
      return false;
  }
}

/** Requests to a meter that is off. */
function inVain(world: World, verb: string): boolean {
  for (const request_verb of REQUESTS) {
    if (verb === request_verb) {
      traceResult(world, verb, "off");
      return true;
    }
  }
  return false;
}

function setClock(world: World, how: string, value: number): void {
  if (how === "set") {
    world.clock.port.set(value);
  } else if (how === "jump") {
    jumpClock(world.clock, value);
  } else {
    assert(how === "lost", "a clock is set, jumps or is lost");
    loseClock(world.clock);
  }
}

function expect(world: World, list: string[]): void {
  const field = list[2];
  const got = viewField(world, field);
  let met = got === list[4];
  if (list[3] !== "is") {
    assert(isNumberField(field), "only numbers have bounds");
    const bound = wholeNumber(list[4]);
    met = list[3] === "min" ? viewNumber(world, field) >= bound : viewNumber(world, field) <= bound;
  }
  const wanted = textField("field", field) + textField("op", list[3]) + textField("want", list[4]);
  writeLine(world.trace, "event", "expect", wanted + textField("got", got) + ',"met":' + (met ? "true" : "false"));
}

function device(world: World, line: string, list: string[]): boolean {
  switch (list[1]) {
    case "key":
      pressKey(world.keypad, world.trace, list[2]);
      return true;
    case "service":
      typeLine(world.service, world.trace, words(line, 3)[2]);
      return true;
    case "card":
      doCardStep(world.cards, world.card, world.trace, list);
      return true;
    case "radio":
      world.radio.arrive(byteList(list[2]));
      return true;
    case "modem":
      assert(MODEM_STATES.indexOf(list[2]) >= 0, "a modem has four states");
      world.radio.state = list[2];
      return true;
    case "expect":
      expect(world, list);
      return true;
    default:
      return false;
  }
}

/** Does what a step's line says. */
export function doStep(world: World, line: string): void {
  const list = words(line, FIELDS_MAX);
  // The commonest step by far: a replay has one for each second with flow.
  const known = water(world, list) || fault(world, list) || device(world, line, list) || power(world, list);
  if (known || (!world.powered && inVain(world, list[1]))) {
    return;
  }
  const meter = world.meter;
  assert(meter !== undefined, "requests need a meter that has booted");
  assert(meter !== undefined && request(world, meter, list), "a program has only verbs that exist");
}
