/** 20,000 mutated cases; CURBSTOP_LONG=1 makes a million. The long run is `npm run fuzz:cards`. */
import assert from "node:assert/strict";
import { drawsOf } from "../../../sim/card_fuzz/draws";
import { createFuzz, runCase, runRange } from "../../../sim/card_fuzz/run";
import { cmacOfBlocks } from "../../../sim/card_fuzz/truth";
import { cmac } from "../../../firmware/crypto/cmac";
import { crypto } from "../../../sim/card_torture/made_cards";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const CASES = LONG ? 1_000_000 : 20_000;
const LIMIT_MS = 3_600_000;

describe("fuzz of cards", function () {
  this.timeout(LIMIT_MS);

  it(`${CASES} mutated answers and cards: no crash, no false credit, no change on refusal`, () => {
    const result = runRange(2, 0, CASES);
    assert.deepEqual(result.faults, []);
    assert.equal(result.violations, 0);
    assert.equal(result.cases, CASES);
    assert.ok(result.good_sessions > CASES / 50, "nothing was taken: the fuzz looks at nothing");
    assert.ok(result.refused_images > 0);
  });

  it("a case is the same alone and in its range", () => {
    const whole = runRange(3, 0, 200);
    let good = 0;
    for (let number = 0; number < 200; number += 50) good += runRange(3, number, 50).good_sessions;
    assert.equal(good, whole.good_sessions);
  });

  it("a genuine card that answers in the place of a spoiled one is believed, and that is no fault", () => {
    const fuzz = createFuzz(11);
    runCase(fuzz, 191_303);
    assert.deepEqual({ good: fuzz.good, faults: fuzz.faults }, { good: 1, faults: [] });
  });

  it("neighbouring cases draw other numbers", () => {
    const states = new Set(Array.from({ length: 10_000 }, (_, number) => drawsOf(1, number).state));
    assert.ok(states.size > 9_990);
  });

  it("the judge's CMAC is the firmware's, by other means", () => {
    const key = Array.from({ length: 16 }, (_, i) => 11 * i);
    const bytes = Array.from({ length: 48 }, (_, i) => 5 * i);
    assert.deepEqual([...cmacOfBlocks(key, bytes)], cmac(crypto, key, bytes));
  });
});
