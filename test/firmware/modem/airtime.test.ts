/** Airtime and duty cycle, against figures and a rule that were not made here. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { airtimeUs, RADIO_MODES } from "../../../firmware/modem/airtime";
import { countAirtime, createDutyCycle, mayTransmit, mayTransmitAt } from "../../../firmware/modem/duty_cycle";

const SEED = 20_261_122;
const HOUR_MS = 3_600_000;

describe("modem: airtime", () => {
  it("of LoRa is that of Semtech's calculator: 60 bytes of payload in EU868", () => {
    assert.equal(Math.round(airtimeUs("SF7", 60) / 1000), 133);
    assert.equal(Math.round(airtimeUs("SF8", 60) / 1000), 236);
    assert.equal(Math.round(airtimeUs("SF9", 60) / 1000), 431);
    assert.equal(Math.round(airtimeUs("SF12", 51) / 1000), 2793);
  });

  it("of C1 is 10 us a bit, of T1 half as much again", () => {
    assert.equal(airtimeUs("C1", 100), 640 + 8000);
    assert.equal(airtimeUs("T1", 100), 520 + 12000);
    assert.equal(airtimeUs("C2", 100), 1280 + 16000);
  });

  it("grows with every byte in every mode", () => {
    for (const mode of RADIO_MODES)
      for (let bytes = 1; bytes < 200; bytes++) assert.ok(airtimeUs(mode, bytes + 10) > airtimeUs(mode, bytes));
  });
});

describe("modem: duty cycle", () => {
  it(`never lets more than the limit into any hour, whenever frames come (seed ${SEED})`, () => {
    const attempts = fc.array(fc.tuple(fc.integer({ min: 0, max: 400_000 }), fc.integer({ min: 1000, max: 900_000 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(attempts, (list) => {
        const duty = createDutyCycle(1, 0, 0);
        const sent: [number, number][] = [];
        let now_ms = 0;
        for (const [pause_ms, airtime_us] of list) {
          now_ms += pause_ms;
          if (!mayTransmit(duty, now_ms, airtime_us)) continue;
          countAirtime(duty, now_ms, airtime_us);
          sent.push([now_ms, airtime_us]);
        }
        for (const [from_ms] of sent) {
          const within = sent.filter(([at_ms]) => at_ms >= from_ms && at_ms < from_ms + HOUR_MS);
          assert.ok(within.reduce((sum, [, airtime_us]) => sum + airtime_us, 0) <= HOUR_MS);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it(`names the time from which a frame may be sent, and not an earlier one (seed ${SEED})`, () => {
    const used = fc.array(fc.tuple(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 1, max: 600_000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(used, fc.integer({ min: 1, max: HOUR_MS }), (list, airtime_us) => {
        const duty = createDutyCycle(1, 0, 300);
        let now_ms = 0;
        for (const [pause_ms, airtime] of list) {
          now_ms += pause_ms;
          if (mayTransmit(duty, now_ms, airtime)) countAirtime(duty, now_ms, airtime);
        }
        const at_ms = mayTransmitAt(duty, now_ms, airtime_us);
        assert.ok(at_ms >= now_ms && at_ms <= now_ms + 1.1 * HOUR_MS);
        if (at_ms > now_ms) assert.equal(mayTransmit(duty, at_ms - 1, airtime_us), false);
        assert.equal(mayTransmit(duty, at_ms, airtime_us), true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
