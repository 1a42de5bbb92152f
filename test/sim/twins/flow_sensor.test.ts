import assert from "node:assert/strict";
import fc from "fast-check";
import type { FlowSensorTwin } from "../../../sim/twins/flow_sensor";
import {
  changeDemand,
  createFlowSensorTwin,
  deliveredMl,
  drawAtOnce,
  followValve,
  jumpCount,
  setSensorFault,
} from "../../../sim/twins/flow_sensor";
import type { ValveTwin } from "../../../sim/twins/valve";
import { createValveTwin } from "../../../sim/twins/valve";
import { virtualTime } from "../../hal/twins";

interface Pipe {
  flow: FlowSensorTwin;
  valve: ValveTwin;
  pass: (span_ms: number) => void;
  now_ms: () => number;
}

/** A pipe with an open valve. */
function pipe(pulse_litres = 1, pulse_pulses = 1, count_wrap = 65536, survives_power_cut = false): Pipe {
  const { queue, trace, pass } = virtualTime();
  const valve = createValveTwin(queue, trace, 800);
  const water = { count_wrap, start_count: 0, pulse_litres, pulse_pulses, survives_power_cut };
  const flow = createFlowSensorTwin(queue, valve, water);
  valve.opened_ms = valve.travel_ms;
  followValve(flow);
  return { flow, valve, pass, now_ms: () => queue.now_ms };
}

describe("flow sensor twin", () => {
  it("pulses in the first millisecond in which a pulse's volume is together", () => {
    const { flow, pass, now_ms } = pipe();
    const at_ms: number[] = [];
    flow.port.on_change(() => at_ms.push(now_ms()));
    changeDemand(flow, 7000);
    pass(3000);
    assert.deepEqual(at_ms, [515, 1029, 1543, 2058, 2572]);
  });

  it("passes exactly what is asked for, for any draws and any pulse", () => {
    const draws = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 100000 })), {
      maxLength: 20,
    });
    const term = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(draws, term, term, (taps, litres, pulses) => {
        const { flow, pass } = pipe(litres, pulses);
        let quanta = 0n;
        for (const [flow_l_h, span_ms] of taps) {
          changeDemand(flow, flow_l_h);
          pass(span_ms);
          changeDemand(flow, -flow_l_h);
          pass(1000);
          quanta += BigInt(flow_l_h) * BigInt(span_ms);
        }
        const counted = (quanta * BigInt(pulses)) / (3600000n * BigInt(litres));
        assert.equal(BigInt(flow.port.forward_count()), counted % 65536n);
      }),
    );
  });

  it("adds up taps that are open together", () => {
    const { flow, pass } = pipe();
    changeDemand(flow, 600);
    pass(60000);
    changeDemand(flow, 1200);
    pass(60000);
    assert.equal(flow.port.forward_count(), 10 + 30);
    assert.equal(deliveredMl(flow, 1), 40000);
  });

  it("lets nothing through a closed valve but its leak, and nothing back", () => {
    const { flow, valve, pass } = pipe();
    changeDemand(flow, 600);
    valve.opened_ms = 0;
    followValve(flow);
    pass(600000);
    assert.equal(flow.port.forward_count(), 0);
    valve.leak_l_h = 60;
    followValve(flow);
    pass(600000);
    assert.equal(flow.port.forward_count(), 10);
    changeDemand(flow, -1200);
    drawAtOnce(flow, 5000);
    pass(600000);
    assert.deepEqual([flow.port.forward_count(), flow.port.reverse_count()], [10, 0]);
  });

  it("leaks no more than the taps ask for", () => {
    const { flow, valve, pass } = pipe();
    valve.opened_ms = 0;
    valve.leak_l_h = 600;
    followValve(flow);
    pass(600000);
    assert.equal(flow.port.forward_count(), 0);
    changeDemand(flow, 60);
    pass(600000);
    assert.equal(flow.port.forward_count(), 10);
  });

  it("counts backward flow apart", () => {
    const { flow, pass } = pipe();
    changeDemand(flow, -600);
    pass(60000);
    assert.deepEqual([flow.port.forward_count(), flow.port.reverse_count()], [0, 10]);
  });

  for (const fault of ["cut", "empty"] as const) {
    it(`counts nothing while ${fault}, delivers all the same, and goes on counting after it`, () => {
      const { flow, pass } = pipe();
      changeDemand(flow, 600);
      pass(60000);
      setSensorFault(flow, fault, true);
      assert.equal(fault === "cut" ? flow.port.fault() : flow.port.empty_pipe(), fault === "cut" ? "cable_cut" : true);
      pass(60000);
      assert.equal(flow.port.forward_count(), 10);
      setSensorFault(flow, fault, false);
      pass(60000);
      assert.deepEqual([flow.port.forward_count(), deliveredMl(flow, 1)], [20, 30000]);
    });
  }

  it("jumps by interference without water", () => {
    const { flow } = pipe();
    let told = 0;
    flow.port.on_change(() => told++);
    jumpCount(flow, 70000);
    assert.deepEqual([flow.port.forward_count(), deliveredMl(flow, 1), told], [70000 - 65536, 0, 1]);
    assert.throws(() => jumpCount(flow, 0));
  });

  it("passes a volume at once, with one call for all its pulses", () => {
    const { flow } = pipe(1, 10);
    let told = 0;
    flow.port.on_change(() => told++);
    drawAtOnce(flow, 950);
    assert.deepEqual([flow.port.forward_count(), told], [9, 1]);
    drawAtOnce(flow, 50);
    assert.deepEqual([flow.port.forward_count(), told], [10, 2]);
  });
});
