/**
 * A top-up on Espruino: its time in the air at 106 kbit/s, and the instructions that the meter spends on it.
 *
 * The cards of sim/scenarios/cards are held up to a meter on Node and what they say is written down; the same meter then
 * runs on Espruino against the list (card_entry.ts), with the interpreter's native AES as on a board with
 * require("crypto").AES, its native CRC-32, and a memory that is copied to and from natively, as its module Flash does.
 * Two runs differ in whether the meter sees the second card: session, commit, display and all, from the card's arrival
 * to its message and the beep. What stands for the reader runs in both and so is taken off, as is the PN532 driver, which
 * is not there: it moves bytes between port and bus. The card comes when the meter has been in service for more than an
 * hour, with its work for the next card done (firmware/card/prepared.ts).
 *
 * The Linux interpreter keeps its variables in blocks that it searches (RESIZABLE_JSVARS, "slow, and linux-only"): a
 * board's, with a table of fixed size, needs a tenth less.
 */
import { join } from "node:path";
import { hexText } from "../../firmware/card/bytes";
import type { CardReader } from "../../hal/card_reader";
import { bundleEspruino, HOST_PROPERTIES } from "../bundle/espruino";
import { ROOT } from "../bundle/project";
import { loadCard } from "../card/image_file";
import { exchangeTimeUs } from "../desfire/time";
import { findOnPath } from "../engines/child";
import { espruinoMissing, findEspruino } from "../engines/espruino";
import { compileScenario } from "../scenario/compile";
import { scenarioSchema } from "../scenario/schema";
import { createCryptoTwin } from "../twins/crypto";
import { NVM_DEFAULT, nvmGeometry } from "../twins/nvm_parts";
import { createRandomTwin } from "../twins/random";
import { openWorld, runUntil } from "../world/main";
import { createEvent, scheduleEvent } from "../world/queue";
import type { World } from "../world/world";
import { LEAVES_MS } from "./card_entry";
import { countInstructions, type CountedRun, type Measured } from "./espruino_cost";

const CARDS = join(ROOT, "sim", "scenarios", "cards");
const CARD_ENTRY = join(ROOT, "sim", "bench", "card_entry.ts");
const TRANSPORT_KEY = "000102030405060708090a0b0c0d0e0f";
const COMMISSIONING_AT_MS = 10_000;
/** After the first hour in service, whose work has made ahead what a card needs. */
const TOP_UP_AT_MS = 5_500_000;
const END_S = 5501;

interface RecordedSession {
  readonly at_ms: number;
  readonly lines: readonly string[];
  /** Both ways, with the card's own work (sim/desfire/time.ts). */
  readonly card_time_us: number;
}

function program(): string[] {
  const scenario = scenarioSchema.parse({
    name: "card",
    description: "A meter without steps.",
    start: 1_551_654_000,
    meter: { transport_key: TRANSPORT_KEY },
    tariff: { id: 1, blocks: [{ price_milli: 1000 }] },
    commissioned: false,
    end: END_S,
  });
  return [...compileScenario({ scenario, file: "bench", trace: false })];
}

/** Holds a card of the scenarios up, and writes down what it says. */
function record(world: World, name: string, at_ms: number): RecordedSession {
  const card = loadCard(join(CARDS, name), createCryptoTwin(), createRandomTwin(at_ms));
  if (card === undefined) throw new Error(`${name} is not in ${CARDS}`);
  const lines = [`session ${at_ms} ${hexText(card.uid)}`];
  let card_time_us = 0;
  const port: CardReader = world.card.port;
  const transmit = port.transmit.bind(port);
  port.transmit = (command, timeout_ms, done) => {
    const begun_ms = world.queue.now_ms;
    return transmit(command, timeout_ms, (result, answer) => {
      lines.push(`answer ${world.queue.now_ms - begun_ms} ${hexText(answer)}`);
      card_time_us += exchangeTimeUs(command, answer.length);
      done(result, answer);
    });
  };
  const event = (offset_ms: number, run: () => void) => scheduleEvent(world.queue, createEvent(run), at_ms + offset_ms);
  event(0, () => world.card.insert_card(card));
  event(LEAVES_MS, () => world.card.remove());
  runUntil(world, at_ms + LEAVES_MS);
  port.transmit = transmit;
  return { at_ms, lines, card_time_us };
}

/** A commissioning and a top-up as they go on Node. */
function recordSessions(): [RecordedSession, RecordedSession] {
  const lines = program();
  const world = openWorld({ read_line: () => lines.shift(), write_line: () => undefined });
  const sessions: [RecordedSession, RecordedSession] = [
    record(world, "commissioning.card", COMMISSIONING_AT_MS),
    record(world, "household.card", TOP_UP_AT_MS),
  ];
  if (world.meter?.card.last_result !== "accepted") throw new Error("the top-up of the bench is not accepted");
  return sessions;
}

/** Time of a top-up's card by calculation. */
export function topUpCardTimeUs(): number {
  return recordSessions()[1].card_time_us;
}

/** What a board's driver is (boards/espruino/chip.ts): AES by the interpreter, plain arrays on both sides; and texts to
 * and from memory. */
const NATIVE_DRIVER = `
(function () {
  var aes = require("crypto").AES;
  var file = E.openFile("program.txt", "r"), text = file.read(PROGRAM_BYTES), position = 0;
  var native = {
    aes_cbc_encrypt: function (key, initial, data) {
      return new Uint8Array(aes.encrypt(data, key, { iv: initial, mode: "CBC" })).slice();
    },
    aes_cbc_decrypt: function (key, initial, data) {
      return new Uint8Array(aes.decrypt(data, key, { iv: initial, mode: "CBC" })).slice();
    },
    aes_cmac: function (key, whole, padded) {
      var key_bytes = new Uint8Array(key);
      var whole_words = new Uint32Array(new Uint8Array(whole).buffer);
      var padded_words = new Uint32Array(new Uint8Array(padded).buffer);
      return function (initial, message) {
        var length = message.length, size = length > 0 ? (length + 15) & 65520 : 16, mask = whole_words;
        var blocks = new Uint8Array(size), words = new Uint32Array(blocks.buffer, size - 16, 4);
        blocks.set(message);
        if (length < size) { blocks[length] = 128; mask = padded_words; }
        words[0] ^= mask[0];
        words[1] ^= mask[1];
        words[2] ^= mask[2];
        words[3] ^= mask[3];
        return new Uint8Array(aes.encrypt(blocks, key_bytes, { iv: initial, mode: "CBC" }), size - 16);
      };
    }
  };
  var bytes = new Uint8Array(MEMORY_BYTES), buffer = bytes.buffer;
  var memory = {
    read: function (address, length) { return E.toString(new Uint8Array(buffer, address, length)); },
    program: function (address, text) { bytes.set(text, address); return "ok"; },
    erase: function (sector) { bytes.fill(255, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES); return "ok"; },
    crc32: E.CRC32
  };
  function read_line() {
    var end = text.indexOf("\\n", position), line = text.substring(position, end);
    position = end + 1;
    return line;
  }
  function write_line(line) { print("@T" + line); }
  try {
    curbstop.runCards({ read_line: read_line, write_line: write_line }, native, memory);
    print("@Rok");
  } catch (fault) {
    print("@R" + fault);
  }
  quit();
})();
`;

/** A driver's text with the sizes of the program and of the meter's memory. */
export function driverOf(driver: string, program_text: string): string {
  const { size_bytes, sector_bytes } = nvmGeometry(NVM_DEFAULT);
  return driver
    .replace("PROGRAM_BYTES", String(program_text.length))
    .replace("MEMORY_BYTES", String(size_bytes))
    .replaceAll("SECTOR_BYTES", String(sector_bytes));
}

/** Counts a run of card_entry.ts with the interpreter's own AES and memory; the lines are those that it reads. */
export async function meterCounter(): Promise<Measured<(lines: readonly string[]) => Promise<CountedRun>>> {
  const [espruino, valgrind] = [findEspruino(), findOnPath("valgrind")];
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  if (valgrind === undefined) return { reason: "valgrind is not on PATH (apt-get install valgrind)" };
  const reserved_properties = [
    ...HOST_PROPERTIES,
    "aes_cbc_encrypt",
    "aes_cbc_decrypt",
    "aes_cmac",
    "read",
    "program",
    "erase",
    "crc32",
  ];
  // Assertions with numbers, as in every bundle for a board (tools/build/bundle.ts).
  const { code } = await bundleEspruino(CARD_ENTRY, { reserved_properties, number_messages: true });
  const value = (lines: readonly string[]): Promise<CountedRun> => {
    const text = lines.map((line) => `${line}\n`).join("");
    return countInstructions(valgrind, espruino, `${code}\n${driverOf(NATIVE_DRIVER, text)}`, text);
  };
  return { value };
}

/** Instructions of a top-up on the meter. */
export async function topUpInstructions(): Promise<Measured<number>> {
  const counter = await meterCounter();
  if (!("value" in counter)) return counter;
  const recorded = recordSessions().flatMap(({ lines }) => lines);
  const count = async (shown: number): Promise<number> => {
    const lines = [`cards ${shown}`, ...recorded, "go", ...program()];
    const { instructions, last_line } = await counter.value(lines);
    const end = JSON.parse(last_line) as { card: string; voucher_sequence: number };
    if (end.card !== "accepted" || end.voucher_sequence !== shown - 1) {
      throw new Error(`the cards of the bench went otherwise on Espruino: ${last_line}`);
    }
    return instructions;
  };
  const [without, with_top_up] = await Promise.all([count(1), count(2)]);
  return { value: with_top_up - without };
}
