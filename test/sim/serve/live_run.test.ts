/**
 * A live run against the same steps in a file: whatever is done, and whenever, the trace is the one of a run without a
 * page, byte for byte. Times and inputs are drawn; a failure names its seed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { compileScenario } from "../../../sim/scenario/compile";
import type { FlowRows } from "../../../sim/scenario/flow_csv";
import { timeText } from "../../../sim/scenario/times";
import { LiveRun, type LivePlan } from "../../../sim/serve/live_run";
import type { StepBody } from "../../../sim/serve/messages";
import { filePlan, firstPlan } from "../../../sim/serve/plans";
import { createTray } from "../../../sim/serve/tray";
import { traceSha256 } from "../../../sim/engines/trace";
import { runProgram } from "../../../sim/world/main";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";

const SCENARIOS = join(__dirname, "..", "..", "..", "sim", "scenarios");
const tray = createTray();

/** The trace of the steps in a file: as many lines as the live run has written. */
function traceOfFile(run: LiveRun): string[] {
  const end_ms = run.runToFree();
  const scenario = { ...run.plan.scenario, steps: run.doneSteps(), expect: [], end: timeText(end_ms) };
  const { flow } = run;
  const rows = flow?.epoch_s.filter((epoch_s) => (epoch_s - run.start_utc_s) * 1000 <= end_ms).length ?? 0;
  const cut = flow && { epoch_s: flow.epoch_s.slice(0, rows), flow_ml: flow.flow_ml.slice(0, rows) };
  const started = { ...scenario, start: run.start_utc_s === 0 ? null : run.start_utc_s };
  const program = compileScenario({ ...run.plan, scenario: started, flow: rows > 0 ? cut : undefined, trace: true });
  const lines = program[Symbol.iterator]();
  const trace: string[] = [];
  runProgram({
    read_line: () => lines.next().value as string | undefined,
    write_line: (line) => trace.push(line),
  });
  return trace.slice(0, run.book.count);
}

function assertSame(run: LiveRun, what: string): void {
  const trace = traceOfFile(run);
  assert.equal(trace.length, run.book.count, `${what}: as many lines`);
  assert.equal(traceSha256(trace), run.book.sha256(), `${what}: the same lines`);
}

const IN_VAIN: StepBody[] = [
  { keys: "##8" },
  { keys: "*" },
  { keys: "##9" },
  { tamper: { input: "magnet", active: true } },
  { tamper: { input: "magnet", active: false } },
  { valve: { stuck: true } },
  { valve: { stuck: false } },
  { valve: { leak_l_h: 60 } },
  { sensor: { cut: true } },
  { sensor: { cut: false } },
  { power_cut: { off_ms: 2500 } },
  { power_cut: { off_ms: 0 } },
  { battery_mv: 2800 },
  { battery_mv: 3600 },
  { household: true },
  { household: false },
  { clock: { jump_s: 3600 } },
  { draw: { flow_l_h: 3600, duration_s: 60 } },
  { flow: { volume_ml: 400 } },
  { service: "info" },
];

function insert(run: LiveRun, image: string, copy: boolean): void {
  const out: StepBody[] = run.world.card.uid.length > 0 ? [{ card: { out: true } }] : [];
  run.act([...out, { card: { in: { image, copy } } }]);
}

/** A flow CSV of its own time, which has nothing to do with the run's. */
function rowsAtRandom(random: (below: number) => number): FlowRows {
  const epoch_s = [1_000_000 + random(1000)];
  while (epoch_s.length < 30) epoch_s.push(epoch_s[epoch_s.length - 1] + 1 + random(20));
  return { epoch_s, flow_ml: epoch_s.map(() => random(800)) };
}

/** Does something at random; the tap most of the time, since it is what rewrites the steps. */
function actAtRandom(run: LiveRun, random: (below: number) => number, images: string[]): void {
  const kind = random(10);
  if (kind < 3) return run.turnTap([0, 0, 360, 3600, 1234, -200][random(6)]);
  if (kind < 5) return insert(run, images[random(images.length)], random(4) === 0);
  if (kind === 6 && random(4) === 0) return run.addFlow(rowsAtRandom(random));
  if (kind === 5 && run.world.card.uid.length > 0)
    return run.act([{ card: { pull_after: { bytes: random(900), done: false } } }]);
  run.act([IN_VAIN[random(IN_VAIN.length)]]);
}

function session(plan: LivePlan, seed: number): LiveRun {
  const numbers = createRandomNumbers(seed);
  const random = (below: number): number => randomBelow(numbers, below);
  const images = [...tray.images.keys()].sort();
  const run = new LiveRun(plan);
  let snapshot = { steps: run.allSteps(), tap: -1, now_ms: 0, flow: run.flow };
  for (let turn = 0; turn < 40 && run.now_ms + 200_000 < run.end_ms; turn++) {
    run.runTo(run.now_ms + (random(2) === 0 ? random(120) * 1000 : random(5000)));
    // Right before something happens is where a step could come in the wrong order.
    if (random(2) === 0) run.runTo(Math.min(run.nextEventMs() - 1, run.now_ms + 60_000));
    if (random(12) === 0) run.restore(snapshot.steps, snapshot.tap, snapshot.now_ms, snapshot.flow);
    else if (random(6) === 0)
      snapshot = { steps: run.allSteps(), tap: run.tapIndex(), now_ms: run.now_ms, flow: run.flow };
    else actAtRandom(run, random, images);
  }
  return run;
}

describe("a live run", () => {
  it("gives the trace that its steps give in a file, whatever is done and when", function () {
    for (let seed = 1; seed <= 25; seed++) assertSame(session(firstPlan(tray), seed), `seed ${seed}`);
  });

  for (const name of ["cards.json", "replay-shutoff.json", "fast-pulses.json", "power-cuts.json"]) {
    it(`gives it too when it begins with ${name}`, async function () {
      const plan = await filePlan(join(SCENARIOS, name), tray);
      for (let seed = 1; seed <= 5; seed++) assertSame(session(plan, seed), `${name}, seed ${seed}`);
    });
  }

  it("finds a difference where there is one", () => {
    const run = session(firstPlan(tray), 3);
    run.book.take('{"t":0,"event":"nothing"}');
    assert.throws(() => assertSame(run, "a line too many"));
  });

  it("opens a tap until it is closed, and writes one draw of the whole time", () => {
    const run = new LiveRun(firstPlan(tray));
    run.runTo(10_000);
    run.turnTap(600);
    run.runTo(70_500);
    assert.equal(run.world.flow.demand_l_h, 600);
    run.turnTap(0);
    run.runTo(72_000);
    assert.equal(run.world.flow.demand_l_h, 0);
    assert.deepEqual(run.doneSteps().at(-1), { at: "00:00:10.001", draw: { flow_l_h: 600, duration_s: 61 } });
  });

  it("draws a flow CSV from the next second on, its rows as far apart as in the file", () => {
    const run = new LiveRun(firstPlan(tray));
    run.runTo(10_500);
    run.addFlow({ epoch_s: [5000, 5001, 5060], flow_ml: [1000, 2000, 3000] });
    const before = run.world.meter!.register.volume_l;
    run.runTo(11_000);
    assert.equal(run.world.meter!.register.volume_l, before + 1);
    run.runTo(12_000);
    assert.equal(run.world.meter!.register.volume_l, before + 3);
    run.runTo(70_999);
    assert.equal(run.world.meter!.register.volume_l, before + 3);
    run.runTo(71_000);
    assert.equal(run.world.meter!.register.volume_l, before + 6);
    // Two files at once draw together.
    run.addFlow({ epoch_s: [7, 9], flow_ml: [1000, 1000] });
    run.addFlow({ epoch_s: [7], flow_ml: [4000] });
    run.runTo(80_000);
    assert.equal(run.world.meter!.register.volume_l, before + 12);
    assertSame(run, "with its flow");
  });

  it("takes no flow that goes on beyond its end, and goes on without it", async () => {
    const run = new LiveRun(await filePlan(join(SCENARIOS, "emergency.json"), tray));
    run.runTo(5000);
    const { count } = run.book;
    const whole = { epoch_s: [1, 100 * 86_400], flow_ml: [1, 1] };
    assert.throws(() => run.addFlow(whole), /end: the flow goes on \d+ s longer/);
    assert.equal(run.book.count, count);
    run.runTo(run.end_ms);
    assert.equal(run.ended, true);
  });

  it("knows a card as the meter has left it", () => {
    const run = new LiveRun(firstPlan(tray));
    const image = "tray/household.card";
    run.runTo(10_000);
    const fresh = run.cardImage(image);
    assert.deepEqual(fresh, tray.images.get(image));
    insert(run, image, true);
    run.runTo(20_000);
    assert.deepEqual(run.cardImage(image), fresh, "what a copy was told");
    insert(run, image, false);
    run.runTo(30_000);
    assert.notDeepEqual(run.cardImage(image), fresh, "a read-back is on it");
    assert.equal(run.cardImage("no-such.card"), undefined);
  });

  it("does nothing any more when it has come to its end", async () => {
    const run = new LiveRun(await filePlan(join(SCENARIOS, "emergency.json"), tray));
    run.runTo(run.end_ms);
    assert.equal(run.ended, true);
    assert.equal(
      run.book.expectations.every(({ met }) => met),
      true,
    );
    assert.throws(() => run.act([{ keys: "*" }]), /has come to its end/);
  });
});
