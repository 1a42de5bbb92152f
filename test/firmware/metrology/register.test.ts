import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addForward,
  addReverse,
  createRegister,
  PULSE_TERM_MAX,
  pulsesBetween,
} from "../../../firmware/metrology/register";
import { register, sensor } from "./fake_sensor";

const WRAP_MAX = 2 ** 32;

const term = fc.oneof(fc.constantFrom(1, 10, 1000, PULSE_TERM_MAX), fc.integer({ min: 1, max: PULSE_TERM_MAX }));
const run = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 65535 }),
  fc.integer({ min: WRAP_MAX - 1000, max: WRAP_MAX - 1 }),
);

/** Whole litres and the part of one that so many pulses make. */
function exact(pulses: bigint, pulse_litres: number, pulse_pulses: number): [bigint, bigint] {
  const parts = pulses * BigInt(pulse_litres);
  return [parts / BigInt(pulse_pulses), parts % BigInt(pulse_pulses)];
}

describe("register", () => {
  it("holds exactly what any number of pulses of any fraction makes, to the part of a litre", () => {
    fc.assert(
      fc.property(term, term, fc.array(run, { maxLength: 50 }), (pulse_litres, pulse_pulses, runs) => {
        const forward = register(pulse_litres, pulse_pulses);
        let pulses = 0n;
        let completed = 0;
        for (const step of runs) {
          const before_l = forward.volume_l;
          const litres = addForward(forward, step);
          assert.ok(litres >= 0 && forward.volume_l >= before_l, "volume never decreases");
          pulses += BigInt(step);
          completed += litres;
          const [volume_l, part] = exact(pulses, pulse_litres, pulse_pulses);
          if (volume_l > Number.MAX_SAFE_INTEGER) return; // More water than the oceans hold.
          assert.equal(BigInt(forward.volume_l), volume_l);
          assert.equal(BigInt(forward.part), part);
          assert.equal(completed, forward.volume_l);
        }
      }),
      { numRuns: 1000 },
    );
  });

  for (const [pulse_litres, pulse_pulses] of [
    [1, 1],
    [1, 10],
    [3, 7],
    [1000, 1],
    [99991, 100000],
    [1, 99989],
  ]) {
    it(`does not drift over 2^40 pulses of ${pulse_litres}/${pulse_pulses} litre`, () => {
      const forward = register(pulse_litres, pulse_pulses);
      let pulses = 0;
      for (let step = WRAP_MAX - 1; pulses < 2 ** 40; step = (step * 7 + 13) % WRAP_MAX) {
        const taken = Math.min(step, 2 ** 40 - pulses);
        addForward(forward, taken);
        pulses += taken;
      }
      const [volume_l, part] = exact(2n ** 40n, pulse_litres, pulse_pulses);
      assert.deepEqual([BigInt(forward.volume_l), BigInt(forward.part)], [volume_l, part]);
    });
  }

  it("counts one pulse at a time as it counts many at once", () => {
    fc.assert(
      fc.property(term, term, fc.integer({ min: 0, max: 3000 }), (pulse_litres, pulse_pulses, pulses) => {
        const single = register(pulse_litres, pulse_pulses);
        const whole = register(pulse_litres, pulse_pulses);
        for (let pulse = 0; pulse < pulses; pulse++) addForward(single, 1);
        addForward(whole, pulses);
        assert.deepEqual(single, whole);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps its products below 2^53 at the bounds of the settings", () => {
    const forward = register(PULSE_TERM_MAX, PULSE_TERM_MAX);
    forward.part = PULSE_TERM_MAX - 1;
    assert.equal(addForward(forward, WRAP_MAX - 1), WRAP_MAX - 1);
    assert.equal(forward.part, PULSE_TERM_MAX - 1);
    const odd = register(PULSE_TERM_MAX, PULSE_TERM_MAX - 1);
    odd.part = PULSE_TERM_MAX - 2;
    const parts = BigInt(PULSE_TERM_MAX - 2) + BigInt(WRAP_MAX - 1) * BigInt(PULSE_TERM_MAX);
    assert.ok(parts < 2n ** 53n);
    assert.equal(BigInt(addForward(odd, WRAP_MAX - 1)), parts / BigInt(PULSE_TERM_MAX - 1));
    assert.equal(BigInt(odd.part), parts % BigInt(PULSE_TERM_MAX - 1));
  });

  it("books reverse water apart and never takes it off what was counted", () => {
    fc.assert(
      fc.property(term, term, fc.array(fc.tuple(fc.boolean(), run)), (pulse_litres, pulse_pulses, runs) => {
        const both = register(pulse_litres, pulse_pulses);
        let [forward, reverse] = [0n, 0n];
        for (const [back, pulses] of runs) {
          if (back) addReverse(both, pulses);
          else addForward(both, pulses);
          if (back) reverse += BigInt(pulses);
          else forward += BigInt(pulses);
        }
        const [volume_l] = exact(forward, pulse_litres, pulse_pulses);
        const [reverse_l, reverse_part] = exact(reverse, pulse_litres, pulse_pulses);
        if (volume_l > Number.MAX_SAFE_INTEGER || reverse_l > Number.MAX_SAFE_INTEGER) return;
        assert.deepEqual(
          [BigInt(both.volume_l), BigInt(both.reverse_l), BigInt(both.reverse_part)],
          [volume_l, reverse_l, reverse_part],
        );
      }),
    );
  });

  it("takes no negative number of reverse pulses", () => {
    assert.throws(() => addReverse(register(1, 1), -1));
  });

  it("begins at the sensor's present counts: what ran before belongs to no one", () => {
    const fresh = createRegister(sensor(500, 7), 1, 1);
    assert.deepEqual([fresh.volume_l, fresh.reverse_l, fresh.forward_seen, fresh.reverse_seen], [0, 0, 500, 7]);
  });
});

describe("counter", () => {
  it("tells the pulses between two readings over any wrap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 256, max: WRAP_MAX }),
        fc.nat(),
        fc.nat({ max: WRAP_MAX - 1 }),
        (count_wrap, at, ran) => {
          const seen = at % count_wrap;
          const pulses = ran % count_wrap;
          assert.equal(pulsesBetween(seen, (seen + pulses) % count_wrap, count_wrap), pulses);
        },
      ),
    );
  });

  it("that stands still tells none", () => {
    assert.equal(pulsesBetween(65535, 65535, 65536), 0);
    assert.equal(pulsesBetween(65535, 0, 65536), 1);
  });
});
