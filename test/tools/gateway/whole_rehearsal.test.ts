/**
 * A tariff to whole meters, all of them in one virtual time. 1,000 with a region's own key run under CURBSTOP_LONG=1, with
 * `curbstop radio rehearse` printed as people see it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hourAirtimeUs } from "../../../tools/gateway/plan";
import { rehearseWhole, type WholeRehearsal } from "../../../tools/gateway/whole_rehearsal";
import { answerOf } from "../captured_output";

const LONG = process.env["CURBSTOP_LONG"] === "1";
/** As long a signature as that of a region but for five hashes, under a key that is made in a moment. */
const QUICK = { tree_type: 10, ots_type: 8 };
const METERS = 50;
const LOSS = 0.2;
const HOUR_MS = 3_600_000;
/** A meter's verification in the simulator takes about half of it. */
const VERIFYING_MS = 8000;

async function rehearsed(order: { meters?: number; loss?: number; seed?: number }): Promise<WholeRehearsal> {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-rehearsal-"));
  try {
    return await rehearseWhole({ meters: METERS, loss: LOSS, seed: 3, signing: QUICK, ...order }, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe(`a tariff to ${METERS} whole meters with 20 % loss, in virtual time`, function () {
  let done: WholeRehearsal;
  before(async () => {
    done = await rehearsed({});
  });

  it("is in force in every meter, and the gateway knows", () => {
    assert.deepEqual([done.active, done.told], [METERS, METERS]);
  });

  it("not before the meters' window opens, and not much later", () => {
    assert.ok(done.all_active_ms > HOUR_MS - 10_000, `${done.all_active_ms} ms`);
    assert.equal(done.days, 1);
    assert.ok(done.all_active_ms < HOUR_MS + 60_000, `${done.all_active_ms} ms`);
  });

  it("takes at most twice the airtime of its fragments sent once, and nobody is above the law's limit", () => {
    const { airtime_us, plan, frames, hour_most_us, violations } = done;
    assert.equal(frames, plan.numbers.length);
    assert.equal(airtime_us, plan.airtime_us, "the channel has measured what the plan says");
    assert.ok(airtime_us <= 2 * plan.broadcast_minimum_us);
    assert.ok(hour_most_us <= hourAirtimeUs("C2"));
    assert.equal(violations, 0);
  });

  it("comes to those whom the first day has left over on the next ones", async () => {
    const worse = await rehearsed({ meters: 12, loss: 0.5 });
    assert.ok(worse.days > 1, "half of all frames is more than the gateway has planned for");
    assert.equal(worse.active, 12);
    assert.ok(worse.all_active_ms > 24 * HOUR_MS);
  });

  it("is the same from the same seed but for the hashes of the signature, and another from another", async () => {
    const small = { meters: 5, seed: 11 };
    const { all_active_ms, ...first } = await rehearsed(small);
    const { all_active_ms: again_ms, ...again } = await rehearsed(small);
    assert.deepEqual(again, first);
    assert.ok(Math.abs(again_ms - all_active_ms) < VERIFYING_MS);
    assert.notEqual((await rehearsed({ ...small, seed: 12 })).all_told_ms, first.all_told_ms);
  });

  it("is printed with the minimum beside what was used, for broadcast and for each meter by itself", async () => {
    const { exit_code, out, err } = await answerOf("radio", "rehearse", "--meters", "3", "--loss", "0");
    assert.deepEqual({ exit_code, err }, { exit_code: 0, err: "" });
    assert.match(out, /^3 whole meters, 0 % loss, C2, seed 1, virtual time/);
    assert.match(out, /in force +in 3 of 3 meters, 1 h 0 min/);
    assert.match(out, /broadcast +\d+ +[\d.]+ +\d+ +1\.\d\d/);
    assert.match(out, /unicast, by calculation +\d+ +[\d.]+ +\d+ +1\.00/);
  });
});

describe("a tariff to 1,000 whole meters with 20 % loss", function () {
  this.timeout(1_800_000);

  it("is in force in all of them, within twice the minimum of a broadcast", async function () {
    if (!LONG) this.skip();
    const { exit_code, out } = await answerOf("radio", "rehearse", "--meters", "1000", "--loss", "20", "--json");
    assert.equal(exit_code, 0);
    const { active, told, ratio, days } = JSON.parse(out) as WholeRehearsal & { ratio: number };
    assert.deepEqual({ active, told, days }, { active: 1000, told: 1000, days: 1 });
    assert.ok(ratio <= 2, `${ratio} times the minimum`);
  });
});
