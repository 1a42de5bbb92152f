/** Promises of the whole meter, for random programs; a failure prints its seed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { DAY_S, blocks, START_UTC_S, tariff } from "./samples";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, running, SECOND_MS, tariffWords } from "./rig";

/** The meter of the promise: Q4 3125 l/h, a valve that travels 800 ms. */
const FLOW_MAX_L_H = 3125;
const VALVE_TRAVEL_MS = 800;

const flow_l_h = fc.integer({ min: 60, max: FLOW_MAX_L_H });
const price_milli = fc.oneof(fc.integer({ min: 1000, max: 500000 }), fc.integer({ min: 20000, max: 1000000000 }));

/** Litres that so much credit pays for: the last one takes the balance to zero or below. */
function litresFor(credit_milli: number, price: number): number {
  return Number((BigInt(credit_milli) * 1000n + BigInt(price) - 1n) / BigInt(price));
}

describe("meter, for random households", function () {
  it("has shut the valve within one litre of zero credit plus what policy grants", () => {
    const cases = fc.record({
      price: price_milli,
      litres: fc.integer({ min: 0, max: 60 }),
      over_milli: fc.nat({ max: 999 }),
      emergency_l: fc.integer({ min: 0, max: 20 }),
      lifeline_l: fc.integer({ min: 0, max: 20 }),
      pulses: fc.constantFrom(1, 10),
      draws: fc.array(fc.tuple(flow_l_h, fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 12 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ price, litres, over_milli, emergency_l, lifeline_l, pulses, draws, seed }) => {
        const opening_milli = Math.floor((litres * price) / 1000) + over_milli;
        const emergency_milli = Math.floor((emergency_l * price) / 1000);
        fc.pre(emergency_milli <= 1000000000);
        const rig = new Rig({
          opening_milli,
          seed,
          tariff: tariff({ prices_milli: [price] }),
          twins: { valve_travel_ms: VALVE_TRAVEL_MS },
          settings: {
            pulse_pulses: pulses,
            low_credit_milli: 1000000000,
            emergency_milli,
            lifeline: lifeline_l > 0 ? "daily_allowance" : "none",
            lifeline_daily_l: lifeline_l,
          },
        });
        rig.keys("##8").pass(3 * SECOND_MS);
        const granted_milli = rig.number("debt_milli");
        const granted_l = litresFor(opening_milli + granted_milli, price) + lifeline_l;
        let before_l = 0;
        for (const [flow, seconds] of draws) {
          rig.step(`draw ${flow} ${seconds * SECOND_MS}`).pass(seconds * SECOND_MS + 5 * SECOND_MS);
          assert.ok(rig.number("volume_l") >= before_l, "volume never decreases");
          before_l = rig.number("volume_l");
          assert.ok(rig.number("delivered_ml") <= (granted_l + 1) * 1000, "at most one litre more than was granted");
        }
        const lifeline = rig.number("lifeline_l");
        const charged = (BigInt(rig.number("volume_l") - lifeline) * BigInt(price)) / 1000n;
        assert.equal(BigInt(rig.number("charged_milli")), charged);
        if (rig.number("volume_l") >= granted_l) assert.equal(rig.see("valve"), "closed");
        else if (rig.number("balance_milli") > 0) assert.equal(rig.see("valve"), "open");
      }),
      { numRuns: 150 },
    );
  });

  it("charges each litre at the price that held when it was complete, when a tariff changes in the middle of a draw", () => {
    const cases = fc.record({
      flow: flow_l_h,
      change_s: fc.integer({ min: 20, max: 3000 }),
      phase_ms: fc.nat({ max: 999 }),
      prices: fc.tuple(price_milli, price_milli),
      pulses: fc.constantFrom(1, 10),
    });
    fc.assert(
      fc.property(cases, ({ flow, change_s, phase_ms, prices, pulses }) => {
        const rig = running({ tariff: tariff({ prices_milli: [prices[0]] }), settings: { pulse_pulses: pulses } });
        const start_utc_s = START_UTC_S + change_s;
        // Off the full second, so that the meter cannot know exactly when its clock will show the next one.
        rig.pass(phase_ms);
        rig.step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s, prices_milli: [prices[1]] }))}`);
        const begun_ms = rig.now_ms;
        rig.step(`draw ${flow} ${HOUR_MS}`).pass(HOUR_MS + MINUTE_MS);
        const litres = Array.from({ length: flow }, (_, litre) => {
          // The pulse comes in the first millisecond in which the litre is whole.
          const complete_ms = begun_ms + Math.ceil(((litre + 1) * HOUR_MS) / flow);
          return BigInt(prices[Math.floor(complete_ms / 1000) >= change_s ? 1 : 0]);
        });
        assert.equal(rig.number("volume_l"), flow);
        assert.equal(BigInt(rig.number("charged_milli")), litres.reduce((a, b) => a + b, 0n) / 1000n);
      }),
      { numRuns: 60 },
    );
  });

  it("never counts backward in its trace, and its trace holds every change of the books", () => {
    const steps = fc.array(
      fc.tuple(
        fc.constantFrom(
          ...["draw 3000 30000", "draw -600 20000", "flow 1500", "flow -2500", "sensor jump 5", "sensor jump 60000"],
          ...["sensor cut 1", "sensor cut 0", "sensor empty 1", "sensor empty 0", "key *", "key #", "key 8", "key 9"],
          ...["lock 1", "lock 0", "tamper case 1", "tamper case 0", "clear_tamper", "brown_out 1", "brown_out 0"],
          ...["battery 2500", "battery 3600", "valve stuck 1", "valve stuck 0", "valve lying 1", "valve lying 0"],
          ...["valve slow 1", "valve slow 0", "valve leak 20", "valve leak 0", "clock jump 90000", "clock jump -90000"],
          ...["clock lost 0", `clock set ${START_UTC_S + 2 * DAY_S}`, "service read", "service log", "household 1"],
          ...["household 0", "credit 1 5000", "credit 2 400000", "card in 04A1B2C3", "card out 0", "radio 2C44"],
        ),
        fc.integer({ min: 0, max: 4 * HOUR_MS }),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, fc.nat({ max: 100000 }), (course, opening_milli) => {
        const rig = new Rig({
          opening_milli,
          trace: true,
          tariff: blocks(
            [
              [5, 0],
              [50, 123457],
              [0, 250001],
            ],
            { standing_milli: 100 },
          ),
          settings: { emergency_milli: 50000, lifeline: "flow_limit", lifeline_open_s: 60, lifeline_period_s: 600 },
        });
        for (const [words, span_ms] of course) rig.step(words).pass(span_ms);
        rig.pass(HOUR_MS);
        const lines = rig.trace();
        let [volume_l, last_ms] = [0, 0];
        let balance_milli = 0;
        for (const line of lines) {
          assert.ok(line.t >= last_ms, "time never runs backward");
          last_ms = line.t;
          if (line.event === "books") {
            assert.ok((line["volume_l"] as number) >= volume_l, "volume never decreases");
            volume_l = line["volume_l"] as number;
            balance_milli = line["balance_milli"] as number;
          }
          if (line.port === "display") assert.ok((line["show"] as string).length <= 8);
        }
        assert.equal(volume_l, rig.number("volume_l"));
        assert.equal(balance_milli, rig.number("balance_milli"));
        const sum = rig.number("balance_milli") + rig.number("charged_milli");
        assert.equal(sum, rig.number("credited_milli") + rig.number("debt_milli"));
      }),
      { numRuns: 120 },
    );
  });

  it("delivers what it counts, to the litre, over days of a household", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rig = running({
          seed,
          tariff: blocks([
            [300, 0],
            [1000, 150000],
            [0, 333333],
          ]),
        });
        rig.step("household 1").pass(5 * DAY_MS);
        assert.equal(rig.number("volume_l"), Math.floor(rig.number("delivered_ml") / 1000));
        let cost = 0n;
        for (let litre = 0; litre < rig.number("volume_l"); litre++) {
          cost += litre < 300 ? 0n : litre < 1000 ? 150000n : 333333n;
        }
        assert.equal(BigInt(rig.number("charged_milli")), cost / 1000n);
      }),
      { numRuns: 15 },
    );
  });
});
