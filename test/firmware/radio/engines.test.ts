/** Telegrams are portable: the same bytes on every engine. */
import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";

const COUNTERS = ["0", "77", "2147483648", "4294967295"];

describe("radio: engines", () => {
  sameOnEngines({
    name: "radio",
    program: COUNTERS,
    promise: "makes and opens the same bytes",
    holds: (trace) => {
      assert.equal(trace.filter((line) => line === "same").length, COUNTERS.length, trace.join("\n"));
      assert.equal(trace.filter((line) => line === "wrong_mac").length, COUNTERS.length);
    },
  });
});
