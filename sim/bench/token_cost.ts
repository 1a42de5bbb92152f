/**
 * A keyed-in token on Espruino: the instructions that the meter spends on it, as differences of runs of one meter
 * (token_entry.ts) with the memory and the CRC-32 of a board's native modules.
 *
 *   typing       twenty digits, shown in their groups
 *   taken        the "#" behind them: judged, committed, told, the valve and the display looked at
 *   decryption   one MISTY1 decryption with its key schedule, which is in `taken` and in `judged`
 *   judged       the judgement alone
 *   commit       one commit of the whole state, which is in `taken`
 */
import { join } from "node:path";
import { bundleEspruino, HOST_PROPERTIES } from "../bundle/espruino";
import { ROOT } from "../bundle/project";
import { findOnPath } from "../engines/child";
import { espruinoMissing, findEspruino } from "../engines/espruino";
import { compileScenario } from "../scenario/compile";
import { scenarioSchema, type Scenario } from "../scenario/schema";
import { driverOf } from "./card_session";
import { countInstructions, type Measured } from "./espruino_cost";

const TOKEN_ENTRY = join(ROOT, "sim", "bench", "token_entry.ts");
const KEY = "f94b6ed353c3bfdb113e2d3a7ea3c41d";
const START_UTC_S = 1_772_406_000;
const END_S = 60;
const COUNT = 4;

function scenarioOf(steps: unknown[]): Scenario {
  return scenarioSchema.parse({
    name: "token",
    description: "A meter with tokens.",
    start: START_UTC_S,
    meter: { tokens: { key: KEY, first_tid: 6_300_000 } },
    tariff: { id: 1, blocks: [{ price_milli: 1_000_000 }] },
    opening_credit_milli: 1_000_000,
    steps,
    end: END_S,
  });
}

function programOf(steps: unknown[]): string[] {
  return [...compileScenario({ scenario: scenarioOf(steps), file: "bench", trace: false })];
}

/** Two tokens with their "#", as the compiler makes them. */
function tokens(): [string, string] {
  const steps = [1, 2].map((at) => ({ at, token: { credit: 1000 * at } }));
  const keys = programOf(steps).flatMap((line) => /^\d+ key (.)$/.exec(line)?.[1] ?? []);
  return [keys.slice(0, keys.length / 2).join(""), keys.slice(keys.length / 2).join("")];
}

const NATIVE_DRIVER = `
(function () {
  var file = E.openFile("program.txt", "r"), text = file.read(PROGRAM_BYTES), position = 0;
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
    curbstop.runTokens({ read_line: read_line, write_line: write_line }, memory);
    print("@Rok");
  } catch (fault) {
    print("@R" + fault);
  }
  quit();
})();
`;

export interface TokenCost {
  readonly typing: number;
  readonly taken: number;
  readonly decryption: number;
  readonly judged: number;
  readonly commit: number;
}

/** What a token costs a meter that has taken one before. */
export async function tokenCost(): Promise<Measured<TokenCost>> {
  const [espruino, valgrind] = [findEspruino(), findOnPath("valgrind")];
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  if (valgrind === undefined) return { reason: "valgrind is not on PATH (apt-get install valgrind)" };
  const reserved_properties = [...HOST_PROPERTIES, "read", "program", "erase", "crc32"];
  const { code } = await bundleEspruino(TOKEN_ENTRY, { reserved_properties });
  const [first, second] = tokens();
  const count = async (result: string, ...acts: string[]): Promise<number> => {
    const lines = [`keys 20000 ${first}`, ...acts, "go", ...programOf([])];
    const text = lines.map((line) => `${line}\n`).join("");
    const script = `${code}\n${driverOf(NATIVE_DRIVER, text)}`;
    const { instructions, last_line } = await countInstructions(valgrind, espruino, script, text);
    const end = JSON.parse(last_line) as { token: string; credited_milli: number };
    if (`${end.token} ${end.credited_milli}` !== result) throw new Error(`the token went otherwise: ${last_line}`);
    return instructions;
  };
  const once = "accepted 1001000";
  const digits = second.slice(0, -1);
  const [nothing, typed] = await Promise.all([count(once), count(once, `keys 40000 ${digits}`)]);
  const taken = await count("accepted 1003000", `keys 40000 ${second}`);
  const each = async (act: (number: number) => string): Promise<number> => {
    const [few, more] = await Promise.all([count(once, act(1)), count(once, act(1 + COUNT))]);
    return Math.round((more - few) / COUNT);
  };
  return {
    value: {
      typing: typed - nothing,
      taken: taken - typed,
      decryption: await each((number) => `decrypt 40000 ${number}`),
      judged: await each((number) => `judge 40000 ${number} ${digits}`),
      commit: await each((number) => `commit 40000 ${number}`),
    },
  };
}
