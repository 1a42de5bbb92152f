import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";

/** A round for each letter, a boot for each line. */
const PROGRAM = ["aaaaaaaaaaa", "a", "aaaaaaaaaaaaaaaaaaaaaaa", "", "aa", "aaaaaaaaaaaa"];

describe("journal: engines", () => {
  sameOnEngines({
    name: "journal",
    program: PROGRAM,
    promise: "leaves the same bytes on flash and finds the same",
    holds: (trace) => {
      assert(
        trace.some((line) => line.startsWith("commit 37 ")),
        trace.join("\n"),
      );
    },
  });
});
