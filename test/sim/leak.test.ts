/**
 * A meter uses no more memory after 10,000 events than after 1,000, measured on the real engines by their own count.
 * What fills up is full before the first event (sim/world/leak): event log, info codes, months of history.
 * LuaJIT lives that long in every run; the slower engines, which run the same code, live shorter lives unless
 * CURBSTOP_LONG=1: what would leak there alone is the engine's own, and shows in each event.
 */
import assert from "node:assert/strict";
import type { EngineName } from "../../sim/engines/contract";
import { MEMORY_ENGINES, memoryInUse, memoryMissing } from "../../sim/engines/memory";
import { runProgram } from "../../sim/world/leak/main";
import { ENTRY } from "../same_on_engines";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const EVENTS = 10_000;
interface Life {
  readonly warm_up: number;
  readonly events: number;
}
const WHOLE_LIFE: Life = { warm_up: 1_000, events: EVENTS };
const SHORT_LIFE: Life = { warm_up: 1_000, events: 2_500 };
/** Until 400 events the text of the history's hours grows (see slackOf); three hundred take Espruino four seconds. */
const ESPRUINO_LIFE: Life = { warm_up: 400, events: 700 };
const LIMIT_MS = 2_400_000;

/**
 * What two healthy meters may differ by. The hours of the history are a text of up to 220 characters, which the meter
 * keeps until it fills a block; on Espruino a large number takes a variable of its own, a small one lies in its name;
 * wasmoon's border keeps a few hundred bytes more or less. A byte in four events would be more than this, in a short life
 * two bytes in each.
 */
const slackOf = (name: EngineName): number => (name === "espruino" ? 32 : 2048);

function lifeOf(name: EngineName): Life {
  if (LONG || name === "luajit") return WHOLE_LIFE;
  return name === "espruino" ? ESPRUINO_LIFE : SHORT_LIFE;
}

const unitOf = (name: EngineName): string => (name === "espruino" ? "JsVars" : "bytes");

const lives = new Map<string, string[]>();

/** What the same life looks like on Node, which lives it once for all engines. */
function livedOnNode(program: string): string[] {
  const known = lives.get(program);
  if (known !== undefined) return known;
  const lines: string[] = [];
  runProgram({ read_line: () => program, write_line: (line) => lines.push(line) });
  const life = lines.filter((line) => line !== "memory");
  lives.set(program, life);
  return life;
}

/** Memory at the end of a life, which must be the life that Node lives. */
async function memoryAfter(name: EngineName, events: number, keep: number): Promise<number> {
  const program = `leak ${events} ${keep}`;
  const { memory, lines } = await memoryInUse(name, ENTRY, ["leak", program]);
  assert.deepEqual(lines, livedOnNode(program));
  assert.equal(memory.length, 1);
  return memory[0];
}

describe("memory", function () {
  this.timeout(LIMIT_MS);
  const after_warm_up = new Map<EngineName, number>();

  it("is measured over a life with all that happens to a meter", () => {
    const [end, lived] = livedOnNode(`leak ${EVENTS} 0`);
    const days = (JSON.parse(end) as { t: number }).t / 86400000;
    const [, events, pulses, logged] = /^lived (\d+) events, (\d+) pulses, (\d+) logged$/.exec(lived) ?? [];
    assert.equal(Number(events), EVENTS);
    assert.ok(Number(pulses) > EVENTS, `${pulses} pulses`);
    assert.ok(Number(logged) > 3000, `${logged} events in the log`);
    // Four boundaries an hour.
    assert.ok(days * 96 > 4000, `${days} days`);
  });

  for (const name of MEMORY_ENGINES) {
    const missing = memoryMissing(name);
    const { warm_up, events } = lifeOf(name);
    const promises = [
      `of a meter on ${name} is no more after ${events} events than after ${warm_up}`,
      `on ${name} shows a leak of a hundred records`,
    ];
    if (missing !== undefined) {
      for (const promise of promises) it(`${promise} (${missing})`);
      continue;
    }

    it(promises[0], async function () {
      const before = await memoryAfter(name, warm_up, 0);
      const after = await memoryAfter(name, events, 0);
      after_warm_up.set(name, before);
      this.test!.title += ` (${before} and ${after} ${unitOf(name)})`;
      assert.ok(after <= before + slackOf(name), `${before} ${unitOf(name)} before, ${after} after`);
    });

    it(promises[1], async () => {
      const before = after_warm_up.get(name) ?? (await memoryAfter(name, warm_up, 0));
      const after = await memoryAfter(name, 100, 1);
      assert.ok(after > before + slackOf(name), `${before} ${unitOf(name)} before, ${after} after`);
    });
  }
});
