/** 20,000 mutated cases; CURBSTOP_LONG=1 makes a million. The long run is `npm run fuzz:radio -- --cases 5000000`. */
import assert from "node:assert/strict";
import { fuzzRadio } from "../../../sim/radio_fuzz/run";

const LONG = process.env["CURBSTOP_LONG"] === "1";
const CASES = LONG ? 1_000_000 : 20_000;
const LIMIT_MS = 3_600_000;

describe("fuzz of the radio", function () {
  this.timeout(LIMIT_MS);

  it(`${CASES} mutated frames, fragments and messages: no crash, no change without authenticity`, () => {
    const result = fuzzRadio(1, CASES);
    assert.deepEqual(result.faults, []);
    assert.equal(result.violations, 0);
    assert.equal(result.cases, CASES);
    assert.ok(result.credits_taken >= CASES / 102, "nothing was taken: the fuzz looks at nothing");
    for (const name of ["frame", "text", "fragment", "content", "replay", "noise"]) {
      assert.ok((result.by_name[name] ?? 0) > CASES / 1000, name);
    }
  });
});
