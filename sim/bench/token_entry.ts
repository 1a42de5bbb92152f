/**
 * Token entry: a meter on which keys are pressed, for counting what a keyed-in token costs the meter and nothing else:
 * its memory is the engine's own, as in card_entry.ts (token_cost.ts makes the list and runs it).
 *
 * Lines, before those of a program (sim/world/program.ts) without steps:
 *   keys AT_MS KEYS            keys pressed at that time, one after another
 *   judge AT_MS COUNT DIGITS   the number is judged so often, and nothing is done
 *   decrypt AT_MS COUNT        so many blocks are deciphered under the meter's key
 *   commit AT_MS COUNT         so many commits of the whole state
 *   go
 */
import { assert } from "../../firmware/assert";
import { DUE_NOW } from "../../firmware/keeper";
import { keepChanges } from "../../firmware/keeping";
import type { Meter } from "../../firmware/state";
import { tokenMoment } from "../../firmware/token/acts";
import { decryptBlock } from "../../firmware/token/cipher";
import { judgeToken } from "../../firmware/token/judgement";
import type { Host } from "../world/host";
import { openWorld, runUntil } from "../world/main";
import { createEvent, scheduleEvent } from "../world/queue";
import { wholeNumber, words } from "../world/words";
import type { World } from "../world/world";
import type { NativeMemory } from "./card_entry";
import { exchangeMemory } from "./card_entry";

const FOREVER_MS = 4503599627370496;
const BLOCK: number[] = [1, 2, 3, 4, 5, 6, 7, 8];

function press(world: World, keys: string): void {
  for (let i = 0; i < keys.length; i++) {
    world.keypad.notify(keys.substring(i, i + 1));
  }
}

function decrypt(meter: Meter, count: number): void {
  const key = meter.tokens.state.books.sts;
  for (let i = 0; i < count; i++) {
    assert(key !== undefined && decryptBlock(key.algorithm, undefined, key.key, BLOCK).length > 0, "there is a key");
  }
}

function judge(meter: Meter, list: string[]): void {
  const count = wholeNumber(list[0]);
  const tokens = meter.tokens;
  const moment = tokenMoment(meter, meter.hal.timer.now_ms());
  for (let i = 0; i < count; i++) {
    judgeToken(tokens.terms, tokens.state, list[1], moment);
  }
}

function commit(meter: Meter, count: number): void {
  for (let i = 0; i < count; i++) {
    meter.keeper.due = DUE_NOW;
    keepChanges(meter);
  }
}

function act(world: World, meter: Meter, list: string[]): void {
  switch (list[0]) {
    case "keys":
      press(world, list[2]);
      break;
    case "judge":
      judge(meter, words(list[2], 2));
      break;
    case "decrypt":
      decrypt(meter, wholeNumber(list[2]));
      break;
    default:
      assert(list[0] === "commit", "there are four things to count");
      commit(meter, wholeNumber(list[2]));
  }
}

function actAt(world: World, meter: Meter, list: string[]): void {
  const event = createEvent(function () {
    act(world, meter, list);
  });
  scheduleEvent(world.queue, event, wholeNumber(list[1]));
}

/** Does what the lines say, with the engine's own memory, and writes the end line. */
export function runTokens(host: Host, memory: NativeMemory): void {
  const lists: string[][] = [];
  let line = host.read_line();
  while (line !== undefined && line !== "go") {
    lists.push(words(line, 3));
    line = host.read_line();
  }
  const world = openWorld(host);
  const meter = world.meter;
  assert(meter !== undefined, "the meter boots");
  if (meter === undefined) {
    return;
  }
  exchangeMemory(meter.hal.nvm, memory);
  for (const list of lists) {
    actAt(world, meter, list);
  }
  runUntil(world, FOREVER_MS);
}
