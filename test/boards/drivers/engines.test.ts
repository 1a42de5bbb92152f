/** The drivers and their chips are portable: the same bytes, counts and times on every engine. */
import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";

const PROGRAM = ["memories", "sensors", "valve", "people", "clock"];

describe("drivers: engines", () => {
  sameOnEngines({
    name: "drivers",
    program: PROGRAM,
    promise: "does the same",
    holds: (trace) => {
      for (const line of ["torn 1 254 85 255 255 255 255 255", "reed 40 ", "wheel 30 10", "typed 123456789*0#"]) {
        assert(
          trace.some((one) => one.startsWith(line)),
          `${line} is missing in ${trace.join("\n")}`,
        );
      }
      assert.equal(trace.at(-1), "leap day 1709251205");
    },
  });
});
