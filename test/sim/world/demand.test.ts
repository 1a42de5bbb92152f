import assert from "node:assert/strict";
import { DAY_MS, HOUR_MS, Rig } from "../../firmware/rig";
import { START_UTC_S } from "../../firmware/samples";

interface Draw {
  t: number;
  kind: string;
  at_ms: number;
  flow_l_h: number;
  duration_ms: number;
}

/** The draws that a household of this seed plans in so many days. */
function draws(seed: number, days: number): Draw[] {
  const rig = new Rig({ seed, trace: true, opening_milli: 1e11 }).step("household 1").pass(days * DAY_MS);
  return rig.trace().filter((line) => line.event === "draw") as unknown as Draw[];
}

function yearOf(seed: number): Rig {
  return new Rig({ seed, opening_milli: 1e11 }).step("household 1").pass(365 * DAY_MS);
}

describe("household", function () {
  it("draws the same water for the same seed, and other water for another", () => {
    assert.deepEqual(draws(11, 7), draws(11, 7));
    assert.notDeepEqual(draws(11, 7), draws(12, 7));
  });

  it("uses 150 to 185 cubic metres a year, whatever the seed", () => {
    for (const seed of [0, 1, 2, 77, 123456789]) {
      const volume_l = yearOf(seed).number("volume_l");
      assert.ok(volume_l >= 150000 && volume_l <= 185000, `${volume_l} l with seed ${seed}`);
    }
  });

  it("has the same year twice, to the milli-unit and the last event", () => {
    const [first, second] = [yearOf(5), yearOf(5)];
    for (const field of ["volume_l", "balance_milli", "events", "delivered_ml", "leak_h", "burst_h"]) {
      assert.equal(first.see(field), second.see(field), field);
    }
    assert.deepEqual(first.meter.log.ring, second.meter.log.ring);
  });

  it("sleeps at night and is busiest in the morning", () => {
    const hours = new Array<number>(24).fill(0);
    for (const draw of draws(3, 60)) hours[Math.floor(draw.at_ms / HOUR_MS) % 24] += 1;
    const night = hours.slice(1, 5).reduce((a, b) => a + b);
    const morning = hours.slice(6, 10).reduce((a, b) => a + b);
    assert.ok(night * 8 < morning, `${night} draws from 1 to 5, ${morning} from 6 to 10`);
    assert.equal(START_UTC_S % 86400, 82800, "the run begins at local midnight, so hours are local");
    assert.ok(hours.indexOf(Math.max(...hours)) >= 6 && hours.indexOf(Math.max(...hours)) <= 8);
  });

  it("draws by tap, toilet, shower and machine as often and as long as each is used", () => {
    const days = 100;
    const all = draws(9, days);
    const a_day = (kind: string): number => all.filter((draw) => draw.kind === kind).length / days;
    for (const [kind, least, most] of [
      ["toilet", 19, 23],
      ["tap", 37, 43],
      ["shower", 2.4, 3.6],
      ["machine", 0.2, 0.7],
    ] as const) {
      assert.ok(a_day(kind) >= least && a_day(kind) <= most, `${kind}: ${a_day(kind)} a day`);
    }
    for (const { kind, flow_l_h, duration_ms, t, at_ms } of all) {
      assert.ok(flow_l_h >= 180 && flow_l_h <= 600 && duration_ms >= 8000 && duration_ms <= 480000, kind);
      assert.ok(at_ms >= t && at_ms < t + 900000);
    }
  });

  it("plans nothing more once it is switched off, and lets running taps end", () => {
    const rig = new Rig({ opening_milli: 1e11 }).step("household 1").pass(2 * DAY_MS);
    rig.step("household 0").pass(HOUR_MS);
    const volume_l = rig.number("volume_l");
    rig.pass(3 * DAY_MS);
    assert.equal(rig.number("volume_l"), volume_l);
  });
});
