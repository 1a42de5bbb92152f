/** The model of the battery: its lines add up, and each follows from what it says. */
import assert from "node:assert/strict";
import type { BatteryCounts } from "../../../sim/bench/battery_counts";
import {
  batteryLife,
  batteryLines,
  CELL_MAH,
  LIFE_LEAST_YEARS,
  LISTENING_S,
  lineMahAYear,
  type BatteryLine,
} from "../../../sim/bench/battery";
import { batteryText, benchBattery } from "../../../tools/actions/bench_battery";
import { CapturedOutput } from "../../tools/captured_output";

const COUNTS: BatteryCounts = {
  litre: 600_000,
  idle_hour: 20_000_000,
  telegram_hour: 70_000_000,
  top_up: 65_000_000,
  signed_message: 600_000_000,
  top_up_card_us: 90_000,
  telegram_bytes: 132,
};
const lineOf = (lines: readonly BatteryLine[], what: string): BatteryLine => {
  const line = lines.find((one) => one.what === what);
  assert.ok(line !== undefined, what);
  return line;
};

describe("the model of the battery", () => {
  const lines = batteryLines(COUNTS);

  it("turns currents and times into mAh a year as one does by hand", () => {
    // 27 uA, 8766 hours; 24 windows of 3 s with 22 mA; 400 litres of 600,000 instructions at 32 million a second, 6.3 mA.
    assert.ok(Math.abs(lineMahAYear(lineOf(lines, "memory standing by")) - 236.7) < 0.1);
    assert.ok(Math.abs(lineMahAYear(lineOf(lines, "windows behind telegrams")) - 160.7) < 0.1);
    assert.ok(Math.abs(lineMahAYear(lineOf(lines, "litres counted and charged")) - 4.79) < 0.05);
    assert.ok(Math.abs(lineMahAYear(lineOf(lines, "self-discharge of the cell")) - 190) < 0.1);
  });

  it("adds up, names what draws most, and finds the window that would use the cell up in twelve years", () => {
    const { mah_a_year, years, most, listening_most_s } = batteryLife(lines);
    assert.ok(Math.abs(mah_a_year - lines.reduce((sum, line) => sum + lineMahAYear(line), 0)) < 1e-9);
    assert.ok(Math.abs(years * mah_a_year - CELL_MAH) < 1e-6);
    assert.equal(lineMahAYear(most), Math.max(...lines.map(lineMahAYear)));
    const longest = batteryLife(batteryLines(COUNTS, listening_most_s), listening_most_s);
    assert.ok(longest.years >= LIFE_LEAST_YEARS);
    assert.ok(batteryLife(batteryLines(COUNTS, listening_most_s + 1), listening_most_s + 1).years < LIFE_LEAST_YEARS);
    assert.equal(longest.listening_most_s, listening_most_s);
  });

  it("gets shorter with everything that is counted, and with a longer window", () => {
    const years = (counts: BatteryCounts, listening_s = LISTENING_S) =>
      batteryLife(batteryLines(counts, listening_s), listening_s).years;
    for (const name of Object.keys(COUNTS) as (keyof BatteryCounts)[])
      assert.ok(years({ ...COUNTS, [name]: 100 * COUNTS[name] }) < years(COUNTS), name);
    assert.ok(years(COUNTS, 600) < years(COUNTS));
  });

  it("says so when it is too short, and which line eats it", () => {
    const text = batteryText({ ...COUNTS, telegram_hour: 1e11 });
    assert.match(text, /at least 12 years: too short; most is drawn by: telegrams made/);
    assert.match(text, /no daily window at all would still not bring 12 years/);
    assert.match(batteryText(COUNTS), /at least 12 years: ok/);
    for (const { what, source } of lines) assert.ok(text.includes(what) && source.length > 5, what);
  });

  it("is printed from what was counted, and says why when nothing could be", async () => {
    const output = new CapturedOutput();
    const context = { output, exit_code: 0 } as Parameters<typeof benchBattery>[1];
    await benchBattery(true, context, () => Promise.resolve({ value: COUNTS }));
    const said = JSON.parse(output.out_text) as { counts: BatteryCounts; years: number; within_budget: boolean };
    assert.deepEqual(said.counts, COUNTS);
    assert.equal(said.years, batteryLife(lines).years);
    assert.equal(said.within_budget, said.years >= 12);
    output.out_text = "";
    await benchBattery(false, context, () => Promise.resolve({ reason: "valgrind is not on PATH" }));
    assert.equal(output.out_text, "the model is pending: valgrind is not on PATH\n");
  });
});
