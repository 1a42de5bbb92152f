/**
 * The sample program: a small stand-in for the simulated world that uses every construct the portable subset relies
 * on. Each program line is a command; the trace is JSON lines.
 */
import type { Host } from "../../../../sim/world/host";
import { crc16, divideFloor, integerText } from "./integers";
import { createQueue, type Queue, type QueueEntry } from "./queue";

const LARGEST = 9007199254740991;
const PRIME = 1000003;

interface Account {
  balance_milli: number;
  state: "open" | "shut";
  note: string | undefined;
  readonly listeners: ((line: string) => void)[];
}

interface World {
  readonly host: Host;
  readonly queue: Queue;
  readonly account: Account;
  /** A function in a field, handed on from a parameter: no engine may slip a `this` into it. */
  readonly report: (name: string, value: number) => void;
}

/** Runs the program to its end. */
export function runProgram(host: Host): void {
  const world = createWorld(host);
  world.account.listeners.push((line) => host.write_line(line));
  for (let line = host.read_line(); line !== undefined; line = host.read_line()) {
    runLine(world, line);
  }
  emit(world, "end", world.queue.drain(1000));
}

function createWorld(host: Host): World {
  const account: Account = { balance_milli: 0, state: "shut", note: undefined, listeners: [] };
  const world: World = {
    host: host,
    queue: createQueue(1551394800000),
    account: account,
    report: (name, value) => emit(world, name, value),
  };
  return world;
}

function emit(world: World, name: string, value: number): void {
  const line = '{"at":' + integerText(world.queue.now_ms()) + ',"' + name + '":' + integerText(value) + "}";
  const listeners = world.account.listeners;
  for (let index = 0; index < listeners.length; index += 1) {
    listeners[index](line);
  }
}

function runLine(world: World, line: string): void {
  const space = line.indexOf(" ");
  const command = space < 0 ? line : line.substring(0, space);
  const count = space < 0 ? 0 : parseInteger(line, space + 1);
  switch (command) {
    case "integers":
      return integers(world, count);
    case "closures":
      return closures(world, count);
    case "strings":
      return strings(world, line);
    case "lists":
      return lists(world, count);
    case "records":
      return records(world, count);
    case "skip":
      return;
    case "throw":
      throw new Error("assertion failed: the sample was told to throw");
    case "bulk":
      return bulk(world, count);
    default:
      return emit(world, "unknown", line.length);
  }
}

function parseInteger(text: string, start: number): number {
  let value = 0;
  for (let index = start; index < text.length; index += 1) {
    value = value * 10 + (text.charCodeAt(index) - 48);
  }
  return value;
}

function integers(world: World, count: number): void {
  emit(world, "largest", LARGEST);
  emit(world, "negative", -LARGEST);
  emit(world, "literals", 2147483648 + 4294967296 + 1000000000000000 + 1000000);
  const down = divideFloor(-7, 3);
  emit(world, "floor", down.quotient);
  emit(world, "left", down.remainder);
  let value = 1;
  for (let index = 0; index < count; index += 1) {
    // Stays below 2^53: (10^6)^2 * 9.
    value = divideFloor(value * 9001 + index, PRIME * 100003).remainder;
  }
  emit(world, "sequence", value);
  emit(world, "crc", crc16([49, 50, 51, 52, 53, 54, 55, 56, 57]));
}

/** Copies of lists and of parts of them, which nothing that happens to the origin may change. */
function lists(world: World, count: number): void {
  const whole: number[] = [];
  for (let index = 0; index < count; index += 1) {
    whole.push(index % 256);
  }
  const copy = whole.slice(0, count);
  const part = whole.slice(2, count - 1);
  const beyond = whole.slice(count - 1, count + 5);
  const joined = part.concat(whole).concat([], beyond);
  whole[2] = 999;
  whole.pop();
  let sum = 0;
  for (let index = 0; index < joined.length; index += 1) {
    sum = (sum * 31 + joined[index]) % PRIME;
  }
  emit(world, "copied", copy[2] + copy.length);
  emit(world, "part", part.length);
  const names = ["open", "shut", "", "open"];
  emit(world, "found", names.indexOf("open") * 100 + names.indexOf("") * 10 + copy.indexOf(7));
  emit(world, "not_found", names.indexOf("ope") + names.slice(1, 3).indexOf("open") + copy.indexOf(256));
  emit(world, "none", whole.slice(3, 3).length + whole.slice(count + 1, count + 2).length);
  emit(world, "joined", joined.length);
  emit(world, "in_order", sum);
}

function closures(world: World, count: number): void {
  const order: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const mine = index;
    world.queue.after((count - index) * 1000, () => {
      order.push(mine);
      world.report("late", mine);
    });
  }
  const done = world.queue.drain(1000);
  emit(world, "done", done);
  let sum = 0;
  for (let index = 0; index < order.length; index += 1) sum += order[index] * (index + 1);
  emit(world, "order", sum);
}

function strings(world: World, line: string): void {
  let reversed = "";
  for (let index = line.length - 1; index >= 0; index -= 1) reversed += line.charAt(index);
  const joined = [reversed, 'a"b\\c', "tab\there"].join("|");
  let sum = 0;
  for (let index = 0; index < joined.length; index += 1) sum += joined.charCodeAt(index) * (index + 1);
  emit(world, "joined", sum);
  emit(world, "found", joined.indexOf("sgnirts"));
  emit(world, "missing", joined.indexOf("never"));
  emit(world, "order", joined < line ? 1 : 0);
}

function records(world: World, count: number): void {
  const entries: QueueEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const at_ms = divideFloor(index * 7919, 101).remainder;
    entries.push({ at_ms: at_ms, sequence: index, run: () => world.report("entry", at_ms) });
  }
  // On unique keys: no engine promises a stable sort.
  entries.sort((left, right) =>
    left.at_ms !== right.at_ms ? left.at_ms - right.at_ms : left.sequence - right.sequence,
  );
  for (let index = 0; index < entries.length; index += 1) entries[index].run();
  const account = world.account;
  account.balance_milli += count * 100000;
  account.state = account.balance_milli > 0 ? "open" : "shut";
  if (account.note === undefined) account.note = account.state;
  emit(world, "state_" + account.note, account.balance_milli);
}

function bulk(world: World, count: number): void {
  for (let index = 0; index < count; index += 1) emit(world, "bulk", index);
}
