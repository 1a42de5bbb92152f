/** A board's boot: the valve safe and water counted before anything is checked or loaded, and a bound for the rest. */
import assert from "node:assert/strict";
import { layoutOf } from "../../../firmware/journal/layout";
import { readHeader } from "../../../firmware/journal/record";
import { openJournal } from "../../../firmware/journal/journal";
import type { Nvm } from "../../../hal/nvm";
import type { BenchRow } from "../../../sim/bench/benches";
import { withinBudget } from "../../../sim/bench/benches";
import { findOnPath } from "../../../sim/engines/child";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { boardNames, readBoard } from "../../../tools/build/board_file";
import { bootCosts, bootRows, countingCost } from "../../../tools/build/boot_cost";
import { notCounted } from "../../../tools/build/boot_stand_in";
import { JOURNALS, makeJournals, type JournalName } from "../../../tools/build/boot_journals";
import { answerOf } from "../captured_output";

const BOARD = readBoard("espruino-rak5010");
const BOARDS = boardNames()
  .map(readBoard)
  .filter((board) => notCounted(board) === undefined);
/** The whole boot takes callgrind two minutes. */
const LONG = process.env["CURBSTOP_LONG"] === "1";

/** A memory that only reads. */
function memoryOf(image: string): Nvm {
  const refused = (): "refused" => "refused";
  const read = (address: number, length: number): string => image.slice(address, address + length);
  return { geometry: BOARD.nvm.geometry, read, program: refused, erase: refused, crc32: undefined };
}

describe("journals that a boot may find", () => {
  const { images } = makeJournals(BOARD.nvm.geometry);
  const layout = layoutOf(BOARD.nvm.geometry);
  const found = (name: JournalName) => openJournal(memoryOf(images[name]));

  it("are blank, or hold books, in the board's own geometry", () => {
    assert.deepEqual(
      JOURNALS.map((name) => found(name)?.found),
      ["blank", "commit", "commit", "commit"],
    );
    const bytes = (layout?.image_first ?? 0) * BOARD.nvm.geometry.sector_bytes;
    assert.ok(bytes > 0);
    for (const name of JOURNALS) assert.equal(images[name].length, bytes, name);
  });

  it("are full where they are called so: something stands in every sector but the one erased ahead", () => {
    assert.ok(layout !== undefined);
    const starts = Array.from({ length: layout.image_first }, (_, sector) => sector * layout.sector_blocks);
    const written = (name: JournalName) =>
      starts.filter((block) => readHeader(memoryOf(images[name]), layout, block) !== undefined).length;
    assert.ok(written("full") >= starts.length - 1);
    assert.ok(written("usual") < written("full"));
  });

  it("when torn, give the oldest commit there is, after all newer ones were read", () => {
    const reads = { full: 0, torn: 0 };
    const sequences = (["full", "torn"] as const).map((name) => {
      const memory = memoryOf(images[name]);
      const journal = openJournal({
        ...memory,
        read: (address, length) => {
          reads[name] += 1;
          return memory.read(address, length);
        },
      });
      return journal?.ring.sequence ?? 0;
    });
    assert.ok(sequences[1] < sequences[0]);
    assert.ok(reads.torn > reads.full + 10, `${reads.full} and ${reads.torn} reads`);
  });
});

describe("curbstop bench --boot", function () {
  const cannot_count = espruinoMissing() !== undefined || findOnPath("valgrind") === undefined;

  it("has the valve safe and water counted within 5,000,000 instructions, before the slots are looked at", async function () {
    if (cannot_count) return this.skip();
    for (const board of BOARDS) {
      const cost = await countingCost(board);
      assert.ok("value" in cost, JSON.stringify(cost));
      // A boot file that does nothing at all would be cheap.
      assert.ok(cost.value > 10_000 && cost.value <= 5_000_000, `${board.name}: ${cost.value} instructions`);
    }
  });

  it("counts the board's whole program, and finds its recovery within its journal's bound", async function () {
    if (cannot_count || !LONG) return this.skip();
    const costs = await bootCosts(BOARD, ["full"], () => undefined);
    assert.ok("value" in costs, JSON.stringify(costs));
    const [{ counting, loaded, ports, recovered }] = costs.value;
    assert.ok(counting > 10_000 && counting <= 5_000_000, `${counting} instructions until water is counted`);
    // A bundle that was not loaded, or a journal that was not read, would be cheap.
    assert.ok(loaded > 1_000_000 && ports > 100_000 && recovered > 1_000_000, JSON.stringify(costs.value));
    const rows = bootRows(BOARD, costs);
    assert.deepEqual(
      rows.map(withinBudget).filter((within) => within === false),
      [],
    );
  });

  it("says over when counting begins too late, or a recovery is longer than its journal allows", () => {
    const layout = layoutOf(BOARD.nvm.geometry);
    const blocks = layout === undefined ? 0 : layout.image_first * layout.sector_blocks;
    const cost = {
      journal: "full",
      counting: 5_000_001,
      loaded: 1,
      ports: 1,
      recovered: blocks * 2_000_000 + 1,
    } as const;
    const rows = bootRows(BOARD, { value: [cost] });
    const over = rows.filter((row) => withinBudget(row) === false).map(({ name }) => name);
    assert.deepEqual(over, [
      "espruino-rak5010, boot until valve safe and counting",
      "espruino-rak5010, then recovery, full journal",
    ]);
  });

  it("says why there are no figures where they cannot be counted", async () => {
    const { ESPRUINO } = process.env;
    process.env["ESPRUINO"] = "/no/such/interpreter";
    try {
      const { exit_code, out, err } = await answerOf("bench", "--boot", "espruino-rak5010", "--json");
      assert.deepEqual([exit_code, err], [0, ""]);
      const rows = JSON.parse(out) as BenchRow[];
      assert.equal(rows.length, 8);
      for (const { pending, value } of rows) {
        assert.match(pending ?? "", /names \/no\/such\/interpreter, which is no program/);
        assert.equal(value, undefined);
      }
    } finally {
      if (ESPRUINO === undefined) delete process.env["ESPRUINO"];
      else process.env["ESPRUINO"] = ESPRUINO;
    }
    const lua = await answerOf("bench", "--boot", "lua-esp32", "--json");
    assert.match((JSON.parse(lua.out) as BenchRow[])[0].pending ?? "", /lua-esp32 is no Espruino board/);
    const none = await answerOf("bench", "--boot", "abacus");
    assert.equal(none.exit_code, 2);
  });
});
