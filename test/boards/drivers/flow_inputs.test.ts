/** The flow sensor drivers: bounce, noise, a busy engine, a watch that was removed, a cable that was cut. */
import assert from "node:assert/strict";
import { passMs, waitUs } from "../../../sim/bus/bus_time";
import { bouncePin, setPin } from "../../../sim/bus/pins";
import { describePortContract } from "../../hal/contract";
import type { SensorRig } from "./sensor_rigs";
import { counterRig, DEBOUNCE_MS, flowBench, LOOK_MS, PHASE_MS, quadratureRig, reedRig } from "./sensor_rigs";

describePortContract("flow", "pulse input on a reed contact", () => flowBench(reedRig(), true));
describePortContract("flow", "quadrature input", () => flowBench(quadratureRig(), false));
describePortContract("flow", "hardware counter", () => flowBench(counterRig(), true));

function run(rig: SensorRig, pulses: number, backward = false): void {
  for (let count = 0; count < pulses; count++) rig.pulse(backward);
}

describe("the pulse input", () => {
  it("counts a bouncing contact once", () => {
    for (const bounces of [0, 1, 5, 12]) {
      const rig = reedRig({ bounces });
      run(rig, 20);
      assert.equal(rig.port.forward_count(), 20, `${bounces} bounces`);
    }
  });

  it("does not bill a spike, low or high, shorter than its debounce time", () => {
    const rig = reedRig();
    for (let spike = 0; spike < 50; spike++) {
      setPin(rig.pins[0], false);
      passMs(rig.time, DEBOUNCE_MS - 1);
      setPin(rig.pins[0], true);
      passMs(rig.time, 37);
    }
    assert.equal(rig.port.forward_count(), 0);
    setPin(rig.pins[0], false);
    passMs(rig.time, PHASE_MS);
    for (let spike = 0; spike < 50; spike++) {
      setPin(rig.pins[0], true);
      passMs(rig.time, DEBOUNCE_MS - 1);
      setPin(rig.pins[0], false);
      passMs(rig.time, 37);
    }
    assert.equal(rig.port.forward_count(), 1, "a contact that stays closed is one pulse");
  });

  it("goes by the time of the edges: a busy main loop loses and adds nothing", () => {
    const rig = reedRig();
    // While the engine computes, four pulses run; their edges wait in its queue.
    for (let pulse = 0; pulse < 4; pulse++) {
      for (const high of [false, true]) {
        setPin(rig.pins[0], high);
        waitUs(rig.time, PHASE_MS * 1000);
      }
    }
    passMs(rig.time, 0);
    assert.equal(rig.port.forward_count(), 4);
  });

  it("counts a contact that stays closed, without waiting for it to open", () => {
    const rig = reedRig();
    setPin(rig.pins[0], false);
    passMs(rig.time, 2 * LOOK_MS);
    assert.equal(rig.port.forward_count(), 1);
    passMs(rig.time, 3_600_000);
    assert.equal(rig.port.forward_count(), 1);
  });

  it("loses no pulse of a watch that was removed, and arms it anew", () => {
    const rig = reedRig();
    run(rig, 3);
    rig.pins[0].removed = true;
    run(rig, 100);
    assert.equal(rig.port.forward_count(), 103);
    assert.equal(rig.pins[0].removed, false);
    assert.equal(rig.rearmed(), 1);
  });

  it("loses no pulse when the watch is removed again and again, at any moment", () => {
    for (let at = 0; at < 2 * PHASE_MS; at += 7) {
      const rig = reedRig({ bounces: 2 });
      for (let pulse = 0; pulse < 30; pulse++) {
        passMs(rig.time, at);
        rig.pins[0].removed = true;
        rig.pulse(false);
      }
      assert.equal(rig.port.forward_count(), 30, `removed ${at} ms ahead`);
    }
  });

  it("loses no pulse of an edge that the engine has dropped", () => {
    const rig = reedRig();
    for (let pulse = 0; pulse < 50; pulse++) {
      rig.pins[0].dropped = pulse % 3;
      run(rig, 1);
    }
    passMs(rig.time, LOOK_MS);
    assert.equal(rig.port.forward_count(), 50);
  });

  it("goes on counting by its edges when the engine has lost its timer, and gets the timer back", () => {
    const rig = reedRig();
    rig.time.alarms = [];
    run(rig, 10);
    assert.equal(rig.port.forward_count(), 10);
    setPin(rig.loop, true);
    passMs(rig.time, 2 * LOOK_MS);
    assert.equal(rig.port.fault(), "cable_cut", "looks come again");
  });

  it("does not arm a watch anew that works", () => {
    const rig = reedRig({ bounces: 3 });
    run(rig, 200);
    passMs(rig.time, 86_400_000);
    assert.equal(rig.rearmed(), 0);
  });

  it("does not bill a contact twice that was closed when its cable was cut", () => {
    const rig = reedRig();
    setPin(rig.pins[0], false);
    passMs(rig.time, PHASE_MS);
    assert.equal(rig.port.forward_count(), 1);
    setPin(rig.loop, true);
    setPin(rig.pins[0], true);
    passMs(rig.time, 10_000);
    bouncePin(rig.time, rig.pins[0], false, 3, 300);
    setPin(rig.loop, false);
    passMs(rig.time, 1000);
    assert.equal(rig.port.forward_count(), 1);
    setPin(rig.pins[0], true);
    passMs(rig.time, PHASE_MS);
    run(rig, 1);
    assert.equal(rig.port.forward_count(), 2);
  });

  it("does not bill a contact that closed while its cable was cut", () => {
    const rig = reedRig();
    setPin(rig.loop, true);
    passMs(rig.time, 1000);
    setPin(rig.pins[0], false);
    passMs(rig.time, 1000);
    setPin(rig.loop, false);
    passMs(rig.time, 1000);
    assert.equal(rig.port.forward_count(), 0);
    setPin(rig.pins[0], true);
    passMs(rig.time, PHASE_MS);
    run(rig, 1);
    assert.equal(rig.port.forward_count(), 1);
  });

  it("counts no pulse for a contact that is closed at boot", () => {
    const rig = reedRig();
    setPin(rig.pins[0], false);
    passMs(rig.time, PHASE_MS);
    rig.off();
    rig.on();
    passMs(rig.time, 1000);
    assert.equal(rig.port.forward_count(), 0);
  });
});

describe("the quadrature input", () => {
  it("counts nothing for a wheel that trembles about an edge, at each of them", () => {
    for (let ahead = 0; ahead < 4; ahead++) {
      const rig = quadratureRig();
      const [a, b] = rig.pins;
      const place: [boolean, boolean][] = [
        [false, false],
        [false, true],
        [true, true],
        [true, false],
      ];
      for (let step = 1; step <= ahead; step++) {
        setPin(a, place[step][0]);
        setPin(b, place[step][1]);
        passMs(rig.time, PHASE_MS);
      }
      for (let times = 0; times < 500; times++) {
        const [a_high, b_high] = place[(ahead + (times % 2)) % 4];
        setPin(a, a_high);
        setPin(b, b_high);
        passMs(rig.time, 1);
      }
      const counts = [rig.port.forward_count(), rig.port.reverse_count()];
      assert.ok(counts[0] <= 1 && counts[1] <= 1, counts.join(" "));
    }
  });

  it("keeps both directions apart over thousands of turns", () => {
    const rig = quadratureRig();
    let [forward, reverse] = [0, 0];
    for (let turn = 0; turn < 500; turn++) {
      const pulses = 1 + (turn % 5);
      run(rig, pulses, turn % 2 === 1);
      if (turn % 2 === 1) reverse += pulses;
      else forward += pulses;
    }
    assert.deepEqual([rig.port.forward_count(), rig.port.reverse_count()], [forward, reverse]);
  });

  it("loses no pulse of watches that were removed, one or both, and arms them anew", () => {
    for (const channels of [[0], [1], [0, 1]]) {
      const rig = quadratureRig();
      for (const channel of channels) rig.pins[channel].removed = true;
      run(rig, 50);
      assert.equal(rig.port.forward_count(), 50);
      assert.deepEqual(
        rig.pins.map(({ removed }) => removed),
        [false, false],
        `channels ${channels.join(" ")}`,
      );
    }
  });

  it("goes on in the direction of flow when one step was missed", () => {
    for (const backward of [false, true]) {
      const rig = quadratureRig();
      run(rig, 2, backward);
      for (let pulse = 0; pulse < 20; pulse++) {
        rig.pins[pulse % 2].dropped = 1;
        run(rig, 1, backward);
      }
      passMs(rig.time, LOOK_MS);
      assert.deepEqual([rig.port.forward_count(), rig.port.reverse_count()], backward ? [0, 22] : [22, 0]);
    }
  });
});

describe("the quadrature input, with looks slower than its steps", () => {
  it("makes good a step between two looks, in the direction of the last one", () => {
    for (const backward of [false, true]) {
      const rig = quadratureRig(100);
      run(rig, 2, backward);
      for (let pulse = 0; pulse < 20; pulse++) {
        for (const pin of rig.pins) pin.removed = true;
        run(rig, 1, backward);
      }
      passMs(rig.time, 1000);
      assert.deepEqual([rig.port.forward_count(), rig.port.reverse_count()], backward ? [0, 22] : [22, 0]);
    }
  });
});

describe("the hardware counter", () => {
  it("adds what it has counted across its own wrap", () => {
    const rig = counterRig();
    run(rig, 1000);
    assert.equal(rig.port.forward_count(), 1000);
  });

  it("goes on from what a counter shows that was cleared", () => {
    const rig = counterRig();
    run(rig, 200);
    rig.counter.count = 3;
    passMs(rig.time, LOOK_MS);
    assert.equal(rig.port.forward_count(), 203);
  });
});
