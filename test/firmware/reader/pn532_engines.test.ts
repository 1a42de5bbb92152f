/** The reader driver and the emulator are portable: the same sessions, to the millisecond, on every engine. */
import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";

/** The byte that is lost, a session for each. */
const PROGRAM = ["9999", "20", "75", "110", "163"];

describe("reader: engines", () => {
  sameOnEngines({
    name: "reader",
    program: PROGRAM,
    promise: "gives the same answers at the same times",
    holds: (trace) => {
      assert(
        trace.some((line) => line.endsWith(" ok 5 144 145 0")),
        trace.join("\n"),
      );
    },
  });
});
