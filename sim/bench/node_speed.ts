/**
 * Speed on Node: pulses a second through the whole meter, and the time of a household's year.
 *
 * A figure in seconds says as much about the machine as about the code, so a fixed loop of plain integer work is timed
 * in the same run: the ratio of the two is what can be compared between machines.
 */
import type { Engine } from "../engines/contract";
import { compileScenario } from "../scenario/compile";
import { scenarioSchema, type Scenario } from "../scenario/schema";

const RUNS = 3;
const YARDSTICK_TURNS = 50_000_000;
const FLOW_L_H = 100_000;
const DRAW_S = 180_000;
const CREDIT_MILLI = 1_000_000_000_000;

export interface Speed {
  /** Of the best run, which the machine disturbed least. */
  seconds: number;
  pulses: number;
}

const TARIFF = {
  id: 1,
  standing_milli: 10_007,
  blocks: [
    { up_to_l: 5000, price_milli: 120_011 },
    { up_to_l: 12_000, price_milli: 240_337 },
    { price_milli: 480_999 },
  ],
};

/** Five million litres through a pipe that never rests. */
const STREAM: Scenario = scenarioSchema.parse({
  name: "stream",
  description: "One draw of five million litres, a pulse a litre, with ample credit.",
  start: 1_551_394_800,
  meter: { q3_l_h: FLOW_L_H, burst_permille: 1000, flow_max_l_h: FLOW_L_H },
  tariff: TARIFF,
  opening_credit_milli: CREDIT_MILLI,
  steps: [{ at: 10, draw: { flow_l_h: FLOW_L_H, duration_s: DRAW_S } }],
  end: DRAW_S + 60,
});

const HOUSEHOLD_YEAR: Scenario = scenarioSchema.parse({
  name: "household year",
  description: "365 days of the built-in household with ample credit.",
  start: 1_546_297_200,
  tariff: TARIFF,
  opening_credit_milli: CREDIT_MILLI,
  household: true,
  end: "365d",
});

async function measure(engine: Engine, scenario: Scenario): Promise<Speed> {
  let seconds = Infinity;
  let pulses = 0;
  // The first run also loads and warms up, and is never the best.
  for (let run = 0; run < RUNS; run++) {
    let last = "";
    const program = compileScenario({ scenario, file: scenario.name, trace: false });
    const begun_ms = performance.now();
    await engine.run(program, (line) => (last = line));
    seconds = Math.min(seconds, (performance.now() - begun_ms) / 1000);
    pulses = (JSON.parse(last) as { volume_l: number }).volume_l;
  }
  return { seconds, pulses };
}

export function measureStream(engine: Engine): Promise<Speed> {
  return measure(engine, STREAM);
}

export function measureHouseholdYear(engine: Engine): Promise<Speed> {
  return measure(engine, HOUSEHOLD_YEAR);
}

/** Turns a second of a fixed integer loop; best of three. */
export function measureYardstick(): number {
  let seconds = Infinity;
  let value = 1;
  for (let run = 0; run < RUNS; run++) {
    const begun_ms = performance.now();
    for (let turn = 0; turn < YARDSTICK_TURNS; turn++) value = (value * 48_271) % 2_147_483_647;
    seconds = Math.min(seconds, (performance.now() - begun_ms) / 1000);
  }
  // The value is used, or the engine would be free to drop the loop.
  return value === 0 ? 0 : Math.round(YARDSTICK_TURNS / seconds);
}
