/** Plans of a broadcast: they keep what they compute, and the rehearsal shows it over a lossy channel. */
import assert from "node:assert/strict";
import {
  bestPlan,
  chanceOfFewer,
  hourAirtimeUs,
  planWith,
  ratioOf,
  UNFINISHED_MOST,
} from "../../../tools/gateway/plan";
import { rehearse } from "../../../tools/gateway/rehearsal";
import { rehearseUpdate } from "../../../tools/gateway/update_rehearsal";
import { answerOf } from "../captured_output";

const SEEDS = [1, 2, 3];
const FIELD = { meters: 1000, loss: 0.2, mode: "C2" } as const;
const CONTENT = Array.from({ length: 1000 }, (_, index) => (index * 31 + 7) % 256);

describe("gateway: plan of a broadcast", () => {
  it("computes binomial chances", () => {
    assert.ok(Math.abs(chanceOfFewer(1, 3, 0.2) - 0.008) < 1e-12);
    assert.ok(Math.abs(chanceOfFewer(2, 3, 0.5) - 0.5) < 1e-12);
    assert.equal(chanceOfFewer(3, 3, 0), 0);
    assert.equal(chanceOfFewer(4, 3, 0), 1);
  });

  it("has as many frames as leave nobody over in the mean, and not one more", () => {
    for (const size of [32, 63, 125]) {
      const plan = planWith("code", 1000, size, FIELD);
      assert.ok(plan !== undefined && plan.unfinished <= UNFINISHED_MOST);
      assert.ok(1000 * chanceOfFewer(plan.count, plan.numbers.length - 1, 0.2) > UNFINISHED_MOST);
    }
  });

  it("without loss sends each fragment once", () => {
    const plan = bestPlan("passes", 1000, { ...FIELD, loss: 0 });
    assert.equal(ratioOf(plan), 1);
  });

  it("by the code stays within twice its fragments sent once, for a tariff of any length, and passes do not", () => {
    for (const length of [400, 900, 1000, 1600, 2048]) {
      assert.ok(ratioOf(bestPlan("code", length, FIELD)) <= 2, `${length} bytes`);
      assert.ok(ratioOf(bestPlan("passes", length, FIELD)) > 4, `${length} bytes`);
    }
  });
});

describe("gateway: a broadcast to 1,000 meters with 20 % loss, rehearsed", function () {
  const plan = bestPlan("code", CONTENT.length, FIELD);

  for (const seed of SEEDS)
    it(`all have it, within twice the minimum and the law, and the gateway knows (seed ${seed})`, () => {
      const done = rehearse(CONTENT, plan, FIELD, seed);
      assert.equal(done.had.at(-1), FIELD.meters);
      assert.equal(done.wrong, 0);
      assert.ok(Number.isFinite(done.all_told_ms), "all have told");
      const days = 3;
      assert.ok(done.days <= days, `${done.days} days`);
      const ratio = done.airtime_us / plan.broadcast_minimum_us;
      // A second day's few frames may come on top of the plan.
      assert.ok(ratio <= (done.days === 1 ? 2 : 2.5), `${ratio.toFixed(2)} times the minimum`);
      assert.equal(done.violations, 0);
      assert.ok(done.hour_most_us <= hourAirtimeUs(FIELD.mode));
    });

  it("is the same from the same seed", () => {
    const small = { ...FIELD, meters: 60 };
    assert.deepEqual(rehearse(CONTENT, plan, small, 9), rehearse(CONTENT, plan, small, 9));
  });

  it("those left over by heavier loss than planned have it after further days", () => {
    const worse = { ...FIELD, meters: 200, loss: 0.5 };
    const done = rehearse(CONTENT, plan, worse, 4);
    assert.ok(done.had[0] < 200, `${done.had[0]} on the first day`);
    assert.equal(done.had.at(-1), 200);
  });

  it("without the code the same frames leave most of the meters without the content", () => {
    const once = { ...plan, way: "passes" as const, numbers: plan.numbers.map((_, place) => place % plan.count) };
    const done = rehearse(CONTENT, once, { ...FIELD, meters: 300 }, 5);
    assert.ok(done.had[0] < 250, `${done.had[0]} of 300`);
    assert.ok(done.days > 1);
  });

  it("is printed as a table, with the minimum beside what was used", async () => {
    const { exit_code, out } = await answerOf("radio", "plan", "--meters", "50", "--bytes", "500", "--seed", "3");
    assert.equal(exit_code, 0);
    assert.match(out, /^500 bytes to 50 meters, 20 % loss, C2, seed 3; the law leaves 360000 ms an hour/);
    assert.match(out, /code +50 of 50/);
    assert.match(out, /unicast once ms/);
    const { results } = JSON.parse((await answerOf("radio", "plan", "--meters", "50", "--json")).out) as {
      results: { way: string; ratio: number; rehearsed: { violations: number } }[];
    };
    assert.deepEqual(
      results.map(({ way, rehearsed }) => [way, rehearsed.violations]),
      [
        ["code", 0],
        ["passes", 0],
      ],
    );
  });

  it("refuses what cannot be, in one line", async () => {
    for (const words of [
      ["--loss", "95"],
      ["--mode", "X9"],
      ["--bytes", "5"],
    ]) {
      const { exit_code, err } = await answerOf("radio", "plan", ...words);
      assert.equal(exit_code, 2);
      assert.equal(err.trimEnd().split("\n").length, 1);
    }
  });
});

describe("gateway: an update to many meters, rehearsed", () => {
  const order = { image_bytes: 20_000, field: { ...FIELD, meters: 200 }, window_ms: 60_000, seed: 1 };

  it("without loss takes a turn, and a second one for what comes before the manifest is verified", () => {
    const done = rehearseUpdate({ ...order, field: { ...order.field, loss: 0 } });
    assert.deepEqual(done.had, [0, 200]);
    assert.equal(done.airtime_us, 2 * done.turn_us);
    assert.equal(done.frames, 2 * done.turn_frames);
  });

  it("with 20 % loss comes to all in as many days as the last fragment of the last meter needs, within the law", () => {
    const { days, had, hour_most_us, turn_frames } = rehearseUpdate(order);
    assert.equal(had.at(-1), 200);
    assert.ok(days >= 4 && days <= 1 + Math.ceil(Math.log((200 * turn_frames) / 0.01) / Math.log(5)), `${days} days`);
    assert.ok(hour_most_us <= hourAirtimeUs(FIELD.mode));
  });

  it("of 103 KB comes to 1,000 meters in ten days: its manifest does not cost them another one", () => {
    const { days, airtime_us, turn_us, had } = rehearseUpdate({ ...order, image_bytes: 105_472, field: FIELD });
    assert.deepEqual([days, had.at(-1)], [10, 1000]);
    assert.equal(airtime_us, 10 * turn_us);
  });

  it("in a window shorter than a turn goes on where the last one has ended, and takes more days", () => {
    const { turn_us, days, frames, turn_frames } = rehearseUpdate(order);
    const short = rehearseUpdate({ ...order, window_ms: Math.ceil(turn_us / 2000) });
    assert.equal(short.had.at(-1), 200);
    assert.ok(short.days > 2 * (days - 2));
    assert.ok(short.frames < frames + 2 * turn_frames);
  });

  it("is printed with airtime and days", async () => {
    const { exit_code, out } = await answerOf("radio", "plan", "--bytes", "20000", "--meters", "50");
    assert.equal(exit_code, 0);
    assert.match(out, /^an update of 20000 bytes to 50 meters, 20 % loss, C2, a window of 60 s a day, seed 1\n/);
    assert.match(out, /have it +50 of 50 after \d+ days/);
    assert.match(out, /airtime +\d+ ms, [\d.]+ ms a meter/);
  });
});
