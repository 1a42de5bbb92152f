/**
 * Entry of the simulated world: reads a program, runs it in virtual time, writes the trace. The same on every engine.
 */
import { assert } from "../../firmware/assert";
import { readBeginning } from "./beginning";
import type { Host } from "./host";
import { createEvent, scheduleEvent, takeHead } from "./queue";
import { doStep } from "./steps";
import { writeLine } from "./trace";
import { viewFields } from "./view";
import type { World } from "./world";
import { createWorld, traceBooks } from "./world";
import { wholeNumber } from "./words";

export { viewField } from "./view";

/** Puts the next line of the program into the queue. */
function readStep(world: World): void {
  const line = world.host.read_line();
  assert(line !== undefined, "a program has an end");
  if (line === undefined) {
    return;
  }
  const space = line.indexOf(" ");
  const at_ms = wholeNumber(line.substring(0, space));
  assert(at_ms >= world.queue.now_ms, "the steps of a program come in the order of time");
  world.step_line = line;
  scheduleEvent(world.queue, world.step, at_ms);
}

function runStep(world: World): void {
  const line = world.step_line;
  if (line.substring(line.length - 4, line.length) === " end") {
    writeLine(world.trace, "event", "end", viewFields(world));
    world.ended = true;
    // With nothing left to happen, the run stops by itself.
    world.queue.head = undefined;
    return;
  }
  doStep(world, line);
  readStep(world);
}

/** Reads a program's beginning and boots its meter; nothing has run yet. */
export function openWorld(host: Host): World {
  const beginning = readBeginning(host);
  const world = createWorld(beginning);
  world.step = createEvent(function () {
    runStep(world);
  });
  readStep(world);
  return world;
}

/** Runs until a virtual time; false when the program has ended. */
export function runUntil(world: World, until_ms: number): boolean {
  const queue = world.queue;
  const traced = world.trace.on;
  let event = queue.head;
  while (event !== undefined && event.at_ms <= until_ms) {
    takeHead(queue, event);
    event.run();
    if (traced) {
      traceBooks(world);
    }
    event = queue.head;
  }
  return !world.ended;
}

/** Later than any program ends (2^52 ms). */
const FOREVER_MS = 4503599627370496;

/** Runs a whole program. */
export function runProgram(host: Host): void {
  const world = openWorld(host);
  runUntil(world, FOREVER_MS);
  assert(world.ended, "a program ends with its end line");
}
