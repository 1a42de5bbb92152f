/**
 * Entry of a leak run. The first and only line of its program:
 *
 *   leak EVENTS KEEP     fills what fills up, lives through EVENTS events, settles and measures. KEEP n: leaks on
 *                        purpose, one record every n events; 0: not
 *
 * It writes the line `memory` where it measures, which the host answers for by writing the engine's figure, and last
 * `lived EVENTS events, PULSES pulses, LOGGED logged`. One run measures once, because the simulated flash is no memory
 * of the meter and is thrown away before.
 */
import { assert } from "../../../firmware/assert";
import { decimal } from "../../../firmware/text";
import type { Host } from "../host";
import { openWorld, runUntil } from "../main";
import type { RandomNumbers } from "../random_numbers";
import { createRandomNumbers } from "../random_numbers";
import { wholeNumber, words } from "../words";
import type { Step } from "./events";
import { eventSteps, fillingSteps, settlingSteps } from "./events";

/** Later than any leak run ends (2^52 ms). */
const FOREVER_MS = 4503599627370496;
const BEGINNING: string[] = [
  "program 1",
  "set meter_number 600100000000000017",
  "set region 600100",
  "set q3_l_h 2500",
  "set burst_permille 300",
  "set flow_max_l_h 6250",
  "set utc_offset_min 60",
  "set low_credit_milli 200000",
  "set emergency_milli 100000",
  "set battery_empty_mv 3000",
  "set tamper_shuts 1",
  "tariff 1 0 10007 5000:120011 12000:240337 0:480999",
  "begin 1551654000 1 0",
  "0 commission 10000000",
];

interface Run {
  host: Host;
  random: RandomNumbers;
  events: number;
  keep: number;
  /** Lines of the beginning that were handed out, and steps of what is under way. */
  begun: number;
  steps: Step[];
  done: number;
  at_ms: number;
  lived: number;
  settled: boolean;
  /** Called in the state that is measured. */
  measure: () => void;
  kept: Step[];
}

/** The steps of the next event, or those after all events. */
function refill(run: Run): void {
  run.done = 0;
  if (run.settled) {
    run.measure();
    run.steps = [{ wait_ms: 0, words: "end" }];
    return;
  }
  if (run.lived === run.events) {
    run.settled = true;
    run.steps = settlingSteps();
    return;
  }
  run.lived += 1;
  run.steps = eventSteps(run.random, run.lived);
  if (run.keep > 0 && run.lived % run.keep === 0) {
    run.kept.push(run.steps[0]);
  }
}

function nextLine(run: Run): string | undefined {
  if (run.begun < BEGINNING.length) {
    run.begun += 1;
    return BEGINNING[run.begun - 1];
  }
  if (run.done === run.steps.length) {
    refill(run);
  }
  const step = run.steps[run.done];
  run.done += 1;
  run.at_ms += step.wait_ms;
  return decimal(run.at_ms) + " " + step.words;
}

function readRun(host: Host): Run {
  const line = host.read_line();
  const list = words(line === undefined ? "" : line, 3);
  assert(list.length === 3 && list[0] === "leak", "a leak run has a number of events and what it keeps");
  return {
    host: host,
    random: createRandomNumbers(1),
    events: wholeNumber(list[1]),
    keep: wholeNumber(list[2]),
    begun: 0,
    steps: fillingSteps(),
    done: 0,
    at_ms: 0,
    lived: 0,
    settled: false,
    measure: function () {
      return;
    },
    kept: [],
  };
}

export function runProgram(host: Host): void {
  const run = readRun(host);
  const world = openWorld({
    read_line: function () {
      return nextLine(run);
    },
    write_line: function (line) {
      host.write_line(line);
    },
  });
  run.measure = function () {
    world.nvm.sectors = [];
    host.write_line("memory");
  };
  runUntil(world, FOREVER_MS);
  const meter = world.meter;
  assert(world.ended && meter !== undefined, "a leak run comes to its end");
  const logged = meter === undefined ? 0 : meter.log.count;
  const pulses = decimal(world.flow.counted_pulses) + " pulses, ";
  host.write_line("lived " + decimal(run.lived) + " events, " + pulses + decimal(logged) + " logged");
}
