import assert from "node:assert/strict";
import fc from "fast-check";
import { closeWindow, createFlow, FLOW_MAX_L_H, flowNow, HOUR_MS, possible } from "../../../firmware/metrology/flow";
import { PULSE_TERM_MAX } from "../../../firmware/metrology/register";
import { register } from "./fake_sensor";

const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = 900000;

/** A flow whose windows hold what 6250 l/h bring in litre pulses. */
const flowAt = (now_ms: number) => createFlow(now_ms, register(1, 1), 6250);

describe("flow", () => {
  it("is the volume of a window over its time", () => {
    const flow = flowAt(1000);
    flow.window_left -= 4;
    closeWindow(flow, 31000, 1, register(1, 1));
    assert.equal(flow.flow_l_h, 600);
    assert.deepEqual([flow.window_left, flow.window_start_ms], [flow.window_max, 31000]);
    flow.window_left -= 24;
    closeWindow(flow, 61000, 1, register(1, 10));
    assert.equal(flow.flow_l_h, 300);
    closeWindow(flow, 91000, 0, register(1, 10));
    assert.equal(flow.flow_l_h, 0);
  });

  it("needs a window that lasts", () => {
    assert.throws(() => closeWindow(flowAt(5), 5, 1, register(1, 1)));
  });

  it("falls with the silence after the last pulse, to 0 after an hour", () => {
    const flow = { ...flowAt(0), flow_l_h: 600 };
    for (const [silent_ms, l_h] of [
      [0, 600],
      [6000, 600],
      [12000, 300],
      [36000, 100],
      [HOUR_MS - 1, 1],
      [HOUR_MS, 0],
      [DAY_MS, 0],
    ]) {
      assert.equal(flowNow(flow, silent_ms, register(1, 1)), l_h, `after ${silent_ms} ms`);
    }
  });

  it("never rises while no pulse comes", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: FLOW_MAX_L_H }),
        fc.integer({ min: 1, max: PULSE_TERM_MAX }),
        fc.integer({ min: 1, max: PULSE_TERM_MAX }),
        fc.array(fc.nat({ max: 2 * HOUR_MS }), { minLength: 2 }),
        (flow_l_h, litres, pulses, times) => {
          const flow = { ...flowAt(0), flow_l_h };
          const rates = times.sort((a, b) => a - b).map((at_ms) => flowNow(flow, at_ms, register(litres, pulses)));
          rates.reduce((before, rate) => (assert.ok(rate <= before), rate), flow_l_h);
        },
      ),
    );
  });

  it("keeps its products below 2^53 at the bounds of the settings", () => {
    const term = fc.constantFrom(1, 7, 99991, PULSE_TERM_MAX);
    const span = fc.integer({ min: 1, max: 40 * DAY_MS });
    fc.assert(
      fc.property(term, term, span, fc.constantFrom(1, 6250, FLOW_MAX_L_H), (litres, pulses, span_ms, most_l_h) => {
        // The most pulses that are still believed in this time.
        const looked_ms = BigInt(Math.min(span_ms, QUARTER_MS) + 30000);
        const most_l = (BigInt(most_l_h) * looked_ms) / BigInt(HOUR_MS) + 1n;
        const most = Number((most_l * BigInt(pulses)) / BigInt(litres)) + 1;
        if (most >= 2 ** 32) return;
        const flow = flowAt(0);
        const pipe = register(litres, pulses);
        assert.equal(possible(flow, span_ms, most, pipe, most_l_h), true);
        assert.equal(possible(flow, span_ms, most + 1, pipe, most_l_h), false);

        closeWindow(flow, span_ms, most, pipe);
        const window_ml = (BigInt(most) * BigInt(litres) * 1000n) / BigInt(pulses);
        assert.equal(BigInt(flow.flow_l_h), (window_ml * 3600n) / BigInt(span_ms));
      }),
      { numRuns: 500 },
    );
  });
});

describe("what a rate says about the sensor", () => {
  it("gives a window the pulses of the largest flow, and one", () => {
    for (const [litres, pulses, flow_max_l_h, most] of [
      [1, 1, 6250, 53],
      [1, 10, 6250, 521],
      [10, 1, 6250, 6],
      [1, PULSE_TERM_MAX, FLOW_MAX_L_H, 83333301],
    ]) {
      assert.equal(createFlow(0, register(litres, pulses), flow_max_l_h).window_left, most);
    }
  });

  it("lets one pulse pass whatever its volume", () => {
    assert.equal(possible(flowAt(0), 0, 1, register(1000, 1), 6250), true);
  });

  it("believes a burst of a window's worth, and no more at once", () => {
    // 6250 l/h for 30 s are 52 l, and one litre of grace.
    const flow = flowAt(0);
    assert.equal(possible(flow, 0, 54, register(1, 1), 6250), true);
    assert.equal(possible(flow, 0, 55, register(1, 1), 6250), false);
  });

  it("believes what the time since the last pulse has room for, but looks back a quarter of an hour at most", () => {
    const flow = flowAt(0);
    // 6250 l/h for 90 s are 156 l, for 930 s 1614 l; with one litre and one pulse of grace.
    assert.equal(possible(flow, 60000, 158, register(1, 1), 6250), true);
    assert.equal(possible(flow, 60000, 159, register(1, 1), 6250), false);
    for (const span_ms of [QUARTER_MS, HOUR_MS, 30 * DAY_MS]) {
      assert.equal(possible(flow, span_ms, 1616, register(1, 1), 6250), true);
      assert.equal(possible(flow, span_ms, 1617, register(1, 1), 6250), false);
    }
  });
});
