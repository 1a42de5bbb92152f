/** Programs: what stops a run, and that a run is a function of its program alone. */
import assert from "node:assert/strict";
import { runProgram } from "../../../sim/world/main";
import { NUMBER_FIELDS, TEXT_FIELDS, TOKEN_FIELDS } from "../../../sim/world/view";

const SET = [
  "meter_number 600100000000000017",
  "region 600100",
  "q3_l_h 2500",
  "burst_permille 300",
  "flow_max_l_h 6250",
  "low_credit_milli 200000",
  "battery_empty_mv 3000",
].map((words) => `set ${words}`);

function run(steps: string[], trace = 1, beginning = SET): string[] {
  const program = ["program 1", ...beginning, "tariff 1 0 0 100:0 0:150000", `begin 1551654000 1 ${trace}`, ...steps];
  const lines: string[] = [];
  runProgram({ read_line: () => program.shift(), write_line: (line) => lines.push(line) });
  return lines;
}

describe("program", () => {
  it("gives the same trace each time", () => {
    const steps = ["0 commission 5000000", "0 household 1", "86400000 expect volume_l min 1", "172800000 end"];
    assert.deepEqual(run(steps), run(steps));
  });

  it("ends with every field of the view, and those of tokens where the meter takes tokens", () => {
    const every = ["t", "event", ...NUMBER_FIELDS, ...TEXT_FIELDS];
    const end = (beginning: string[]): string[] =>
      Object.keys(JSON.parse(run(["0 end"], 1, beginning).at(-1)!) as object);
    assert.deepEqual(end([...SET, "set token_key 00112233445566778899aabbccddeeff"]), every);
    assert.deepEqual(
      end(SET),
      every.filter((name) => !TOKEN_FIELDS.includes(name)),
    );
  });

  it("without its trace says only what was expected and how it ended", () => {
    const steps = ["0 commission 500", "5000 draw 600 60000", "70000 expect volume_l is 10", "80000 end"];
    const events = run(steps, 0).map((line) => (JSON.parse(line) as { event: string }).event);
    assert.deepEqual(events, ["expect", "end"]);
  });

  it("tells of each expectation what was wanted, what was got, and whether that is met", () => {
    const steps = ["0 commission 500", "5000 draw 600 60000"];
    for (const [words, got, met] of [
      ["volume_l is 10", "10", true],
      ["volume_l is 11", "10", false],
      ["volume_l min 10", "10", true],
      ["volume_l min 11", "10", false],
      ["volume_l max 10", "10", true],
      ["volume_l max 9", "10", false],
      ["valve is open", "open", true],
      ["display is ____0.00", "____0.00", true],
      ["shut_by is no_credit", "-", false],
    ] as const) {
      const line = run([...steps, `70000 expect ${words}`, "80000 end"], 0)[0];
      const [field, op, want] = words.split(" ");
      assert.deepEqual(JSON.parse(line), { t: 70000, event: "expect", field, op, want, got, met });
    }
  });

  it("runs steps of the same time in their order", () => {
    const steps = ["0 commission 500", "5000 lock 1", "5000 lock 0", "5000 expect shut_by is -", "9000 end"];
    assert.match(run(steps, 0)[0], /"met":true/);
  });

  for (const [what, steps] of [
    ["a step that goes back in time", ["5000 lock 1", "4000 lock 0", "9000 end"]],
    ["a verb that does not exist", ["0 dance 1", "1 end"]],
    ["a fault of the valve that does not exist", ["0 valve tired 1", "1 end"]],
    ["a field that does not exist", ["0 expect colour is red", "1 end"]],
    ["a card that was not made", ["0 card show 0", "1 end"]],
    ["a card whose image is none", ["0 card part 00", "0 card make 0", "1 end"]],
    ["something that no card does", ["0 card dance 0", "1 end"]],
    ["a bound on a text", ["0 expect valve min 1", "1 end"]],
    ["a number that is none", ["0 draw lots 5", "1 end"]],
    ["no end", ["0 lock 1"]],
  ] as const) {
    it(`stops at ${what}`, () => {
      assert.throws(() => run([...steps]));
    });
  }

  it("stops at a setting that does not exist, and at another version", () => {
    assert.throws(() => run(["0 end"], 0, [...SET, "set colour 5"]));
    const other = ["program 2"];
    assert.throws(() => {
      runProgram({ read_line: () => other.shift(), write_line: () => undefined });
    });
  });

  it("goes on without a meter when the boot was refused, and says why", () => {
    const last = JSON.parse(run(["0 end"], 0, SET.slice(1)).at(-1)!) as Record<string, unknown>;
    assert.deepEqual([last["boot"], last["display"], last["volume_l"]], ["settings:meter_number", "ERR_SET", 0]);
  });
});
