import assert from "node:assert/strict";
import { compileScenario } from "../../../sim/scenario/compile";
import type { FlowRows } from "../../../sim/scenario/flow_csv";
import { scenarioSchema, type Scenario } from "../../../sim/scenario/schema";

type Input = Record<string, unknown>;

function scenarioOf(input: Input): Scenario {
  const tariff = { id: 3, blocks: [{ up_to_l: 50, price_milli: 0 }, { price_milli: 7 }] };
  return scenarioSchema.parse({ name: "n", description: "d", start: 1_551_654_000, tariff, end: 600, ...input });
}

/** The lines from `begin` on. */
function stepsOf(input: Input, flow?: FlowRows): string[] {
  const lines = [
    ...compileScenario({ scenario: scenarioOf(input), file: "x.json", flow, flow_file: "f.csv", trace: true }),
  ];
  return lines.slice(lines.findIndex((line) => line.startsWith("begin")));
}

function refusal(input: Input, flow?: FlowRows): RegExp {
  try {
    stepsOf(input, flow);
  } catch (error) {
    return new RegExp((error as Error).message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  }
  return /never/;
}

describe("program of a scenario", () => {
  it("begins with version, settings, holidays and tariff", () => {
    const meter = { friendly_hours: { holidays: ["2019-03-06"] }, lifeline: { kind: "daily_allowance", daily_l: 20 } };
    const lines = [...compileScenario({ scenario: scenarioOf({ meter }), file: "x.json", trace: false })];
    assert.equal(lines[0], "program 1");
    assert.ok(lines.includes("set dst_start_minute 120"));
    assert.ok(lines.includes("set lifeline daily_allowance"));
    assert.ok(lines.includes("set lifeline_daily_l 20"));
    assert.ok(lines.includes("holiday 17961"));
    assert.deepEqual(lines.slice(-4), [
      "tariff 3 0 0 50:0 0:7",
      "begin 1551654000 1 0",
      "0 commission 0",
      "600000 end",
    ]);
  });

  const verbs: [Input, string[]][] = [
    [{ credit: { sequence: 2, amount_milli: 5 } }, ["credit 2 5"]],
    [
      { tariff: { id: 4, start: "2019-03-04T12:00:00+01:00", standing_milli: 9, blocks: [{ price_milli: 1 }] } },
      ["tariff 4 1551697200 9 0:1"],
    ],
    [{ tariff: { id: 4, blocks: [{ price_milli: 1 }] } }, ["tariff 4 0 0 0:1"]],
    [{ lock: true }, ["lock 1"]],
    [{ clear_tamper: true }, ["clear_tamper"]],
    [{ flow: { volume_ml: -5 } }, ["flow -5"]],
    [{ draw: { flow_l_h: 600, duration_s: 60 } }, ["draw 600 60000"]],
    [{ household: false }, ["household 0"]],
    [{ keys: "##8" }, ["key #", "key #", "key 8"]],
    [{ tamper: { input: "magnet", active: true } }, ["tamper magnet 1"]],
    [{ sensor: { cut: true } }, ["sensor cut 1"]],
    [{ sensor: { jump_pulses: 200 } }, ["sensor jump 200"]],
    [{ sensor: { deaf: true } }, ["sensor deaf 1"]],
    [{ power_cut: { off_ms: 1500 } }, ["power_cut 1500"]],
    [{ watchdog_reset: { off_ms: 0 } }, ["watchdog_reset 0"]],
    [{ nvm: { wear: { sector: 3, operation: "erase" } } }, ["nvm wear 3 erase"]],
    [{ nvm: { low: true } }, ["nvm low 1"]],
    [{ nvm: { reads: "noisy" } }, ["nvm reads noisy"]],
    [{ valve: { stuck: false } }, ["valve stuck 0"]],
    [{ valve: { leak_l_h: 60 } }, ["valve leak 60"]],
    [{ battery_mv: 2900 }, ["battery 2900"]],
    [{ brown_out: true }, ["brown_out 1"]],
    [{ clock: { set: 1_551_654_001 } }, ["clock set 1551654001"]],
    [{ clock: { jump_s: -60 } }, ["clock jump -60"]],
    [{ clock: { lost: true } }, ["clock lost 0"]],
    [{ service: "read all" }, ["service read all"]],
    [{ card: { in: "04a1b2c3" } }, ["card in 04A1B2C3"]],
    [{ card: { out: true } }, ["card out 0"]],
    [{ card: { pull_after: { bytes: 40 } } }, ["card pull 40 0"]],
    [{ card: { pull_after: { bytes: 0, done: true } } }, ["card pull 0 1"]],
    [{ card: { spoil: true } }, ["card spoil 0"]],
    [{ card: { slow_ms: 90 } }, ["card slow 90"]],
    [{ radio: "2c44" }, ["radio 2C44"]],
    [{ expect: { field: "display", is: "    1.00" } }, ["expect display is ____1.00"]],
    [{ expect: { field: "month_l", min: -1, max: 2 } }, ["expect month_l min -1", "expect month_l max 2"]],
  ];
  for (const [verb, words] of verbs) {
    it(`has ${words.join(", ")}`, () => {
      const lines = stepsOf({ steps: [{ at: "00:01:00.500", ...verb }] });
      assert.deepEqual(
        lines.slice(2, -1),
        words.map((word) => `60500 ${word}`),
      );
    });
  }

  it("brings the memory of a card once, in short lines, a copy's anew, and writes out those that are no copies", () => {
    const card_images = new Map([
      ["a.card", new Array<number>(70).fill(0xa1)],
      ["b.card", [0xb2]],
    ]);
    const steps = [{ image: "a.card", copy: true }, { image: "a.card" }, { image: "b.card" }, { image: "a.card" }].map(
      (entering, index) => ({ at: index, card: { in: entering } }),
    );
    const compiled = (save_cards: boolean) => [
      ...compileScenario({ scenario: scenarioOf({ steps }), file: "x.json", trace: false, card_images, save_cards }),
    ];
    const lines = compiled(true);
    assert.ok(Math.max(...lines.map((line) => line.length)) < 160);
    const [part, rest] = [`card part ${"A1".repeat(64)}`, `card part ${"A1".repeat(6)}`];
    assert.deepEqual(lines.slice(lines.indexOf("0 commission 0") + 1), [
      ...[part, rest, "card make 0", "card show 0"].map((words) => `0 ${words}`),
      ...[part, rest, "card make 0", "card show 1"].map((words) => `1000 ${words}`),
      ...["card part B2", "card make 0", "card show 2"].map((words) => `2000 ${words}`),
      "3000 card show 1",
      "600000 card save 1",
      "600000 card save 2",
      "600000 end",
    ]);
    assert.deepEqual(
      compiled(false),
      lines.filter((line) => !line.includes(" card save ")),
    );
  });

  it("says what the meter's twins keep without power, and which memory it has", () => {
    const settings = (meter: Input): string[] =>
      [...compileScenario({ scenario: scenarioOf({ meter }), file: "x.json", trace: false })].filter((line) =>
        /^set (sensor_keeps|clock_keeps|nvm) /.test(line),
      );
    assert.deepEqual(settings({}), ["set sensor_keeps 0", "set clock_keeps 1", "set nvm nrf52-8x4k"]);
    const other = { sensor: { keeps: true }, clock_keeps: false, nvm: "fram-32k" };
    assert.deepEqual(settings(other), ["set sensor_keeps 1", "set clock_keeps 0", "set nvm fram-32k"]);
  });

  it("commissions by a step when it is told to", () => {
    const lines = stepsOf({ commissioned: false, steps: [{ at: 1, commission: { opening_milli: 5 } }] });
    assert.deepEqual(lines.slice(1), ["1000 commission 5", "600000 end"]);
  });

  it("merges flow and steps in time order, steps first, and starts an hour before the flow", () => {
    const flow = { epoch_s: [7200, 7201, 7210], flow_ml: [5, 6, 7] };
    const steps = [
      { at: 3600, lock: true },
      { at: 3605, lock: false },
    ];
    assert.deepEqual(stepsOf({ start: "flow", end: "flow", steps, expect: [{ field: "volume_l", is: 0 }] }, flow), [
      "begin 3600 1 1",
      "0 commission 0",
      "3600000 lock 1",
      "3600000 flow 5",
      "3601000 flow 6",
      "3605000 lock 0",
      "3610000 flow 7",
      "3611000 expect volume_l is 0",
      "3611000 end",
    ]);
  });

  it("refuses a flow and a scenario that do not fit", () => {
    const flow = { epoch_s: [1_551_654_010, 1_551_654_700], flow_ml: [5, 6] };
    assert.match(
      'x.json: start: "flow" needs a flow CSV (give one with --flow FILE)',
      refusal({ start: "flow", end: "flow" }),
    );
    assert.match('x.json: end: "flow" needs a flow CSV (give one with --flow FILE)', refusal({ end: "flow" }));
    assert.match("x.json: start: null cannot place the rows of a flow CSV in time", refusal({ start: null }, flow));
    assert.match(
      "f.csv:2: epoch_s: before the start of x.json, 1551654011 (got 1551654010)",
      refusal({ start: 1_551_654_011 }, flow),
    );
    assert.match("x.json: end: the flow goes on 100 s longer (its last row is at 1551654700)", refusal({}, flow));
    const steps = [{ at: 9000, lock: true }];
    assert.match("x.json: steps[0].at: after the end of the flow, 00:11:41", refusal({ end: "flow", steps }, flow));
  });
});
