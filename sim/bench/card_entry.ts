/**
 * Card entry: a meter and recorded cards, for counting what a session costs the meter and nothing else: the card's part
 * is read from a list, and AES and memory are the engine's own (card_session.ts makes the list and runs it).
 *
 * Lines, before those of a program (sim/world/program.ts) without steps:
 *   cards SHOWN                how many of the sessions that follow the meter sees; the others take place without it: what
 *                              stands for the reader runs, and asks itself
 *   session AT_MS UIDHEX       a card enters at that time, and leaves LEAVES_MS later
 *   answer DELAY_MS HEX        its next answer
 *   go
 */
import { assert } from "../../firmware/assert";
import type { CardReader } from "../../hal/card_reader";
import type { Crypto } from "../../hal/crypto";
import type { Nvm } from "../../hal/nvm";
import type { Host } from "../world/host";
import { openWorld, runUntil } from "../world/main";
import { createEvent, scheduleEvent } from "../world/queue";
import { numberField, textField } from "../world/trace";
import { byteList, wholeNumber, words } from "../world/words";
import type { World } from "../world/world";

export const LEAVES_MS = 3000;
const COPY_BYTES = 64;
const FOREVER_MS = 4503599627370496;

interface Answer {
  delay_ms: number;
  bytes: number[];
}

interface Session {
  at_ms: number;
  uid: number[];
  answers: Answer[];
  seen: boolean;
}

function readSessions(host: Host): Session[] {
  const sessions: Session[] = [];
  let shown = 0;
  let line = host.read_line();
  while (line !== undefined && line !== "go") {
    const list = words(line, 3);
    if (list[0] === "cards") {
      shown = wholeNumber(list[1]);
    } else if (list[0] === "session") {
      sessions.push({ at_ms: wholeNumber(list[1]), uid: byteList(list[2]), answers: [], seen: true });
    } else {
      assert(list[0] === "answer", "a session has answers");
      sessions[sessions.length - 1].answers.push({ delay_ms: wholeNumber(list[1]), bytes: byteList(list[2]) });
    }
    line = host.read_line();
  }
  for (let place = 0; place < sessions.length; place++) {
    sessions[place].seen = place < shown;
  }
  return sessions;
}

type Done = (result: "ok" | "removed" | "timeout", answer: number[]) => void;

const NOTHING: number[] = [];

/** Commands without a meter, as many as there are answers. */
function askAlone(port: CardReader, commands: number): void {
  let left = commands;
  function ask(): void {
    if (left > 0) {
      left -= 1;
      port.transmit(NOTHING, 0, ask);
    }
  }
  ask();
}

/** A card is there, and the reader answers what was recorded. What else comes due meanwhile happens in its time. */
function replay(world: World, session: Session): void {
  const port: CardReader = world.card.port;
  const queue = world.queue;
  let waiting: Done | undefined;
  port.transmit = function (_command, _timeout_ms, done) {
    waiting = done;
    return "started";
  };
  if (session.seen) {
    world.card.uid = session.uid;
    world.card.exchange.notify();
  } else {
    askAlone(port, session.answers.length);
  }
  for (const answer of session.answers) {
    const done: Done | undefined = waiting;
    assert(done !== undefined, "a session asks as much as was recorded");
    waiting = undefined;
    const at_ms = queue.now_ms + answer.delay_ms;
    if (queue.head !== undefined && queue.head.at_ms <= at_ms) {
      runUntil(world, at_ms);
    }
    queue.now_ms = at_ms;
    if (done !== undefined) {
      done("ok", answer.bytes);
    }
  }
  assert(waiting === undefined, "a session asks no more than was recorded");
}

function showAt(world: World, session: Session): void {
  const enters = createEvent(function () {
    replay(world, session);
  });
  const leaves = createEvent(function () {
    world.card.uid = [];
    world.card.exchange.notify();
  });
  scheduleEvent(world.queue, enters, session.at_ms);
  scheduleEvent(world.queue, leaves, session.at_ms + LEAVES_MS);
}

/** AES as an engine has it. */
export type NativeCrypto = Pick<Crypto, "aes_cbc_encrypt" | "aes_cbc_decrypt" | "aes_cmac">;

/** Memory as an engine has it: bytes in, bytes out, no faults. */
export type NativeMemory = Pick<Nvm, "read" | "program" | "erase" | "crc32">;

/** From here on the meter's memory is the engine's own, with what is in the twin. */
export function exchangeMemory(port: Nvm, memory: NativeMemory): void {
  const nvm: { -readonly [member in keyof Nvm]: Nvm[member] } = port;
  const geometry = nvm.geometry;
  for (let address = 0; address < geometry.size_bytes; address += COPY_BYTES) {
    memory.program(address, nvm.read(address, COPY_BYTES));
  }
  nvm.read = memory.read;
  nvm.program = memory.program;
  nvm.erase = memory.erase;
  nvm.crc32 = memory.crc32;
}

/** Up to the end of the last session: it stands before all that comes later in the time of its last answer. */
function runSessions(world: World, host: Host, sessions: Session[]): void {
  runUntil(world, sessions[sessions.length - 1].at_ms);
  const card = world.meter === undefined ? undefined : world.meter.card;
  assert(card !== undefined, "the meter is there");
  if (card !== undefined) {
    host.write_line(
      "{" +
        textField("card", card.last_result).substring(1, 99) +
        numberField("voucher_sequence", card.books.sequence) +
        "}",
    );
  }
}

/** Runs the sessions, or without any the whole program, with the engine's own AES and memory. */
export function runCards(host: Host, native: NativeCrypto, memory: NativeMemory): void {
  const sessions = readSessions(host);
  const world = openWorld(host);
  const meter = world.meter;
  assert(meter !== undefined, "the meter boots");
  if (meter === undefined) {
    return;
  }
  const crypto: { -readonly [member in keyof Crypto]: Crypto[member] } = meter.hal.crypto;
  crypto.aes_cbc_encrypt = native.aes_cbc_encrypt;
  crypto.aes_cbc_decrypt = native.aes_cbc_decrypt;
  if (native.aes_cmac !== undefined) {
    crypto.aes_cmac = native.aes_cmac;
  }
  exchangeMemory(meter.hal.nvm, memory);
  for (const session of sessions) {
    showAt(world, session);
  }
  if (sessions.length > 0) {
    runSessions(world, host, sessions);
  } else {
    runUntil(world, FOREVER_MS);
  }
}
