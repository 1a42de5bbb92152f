/** The reader driver and the emulator are portable: the same sessions, to the millisecond, on every engine. */
import assert from "node:assert/strict";
import path from "node:path";
import { sameOnEngines } from "../../same_on_engines";

const ENTRY = path.join(__dirname, "engine_entry.ts");
/** The byte that is lost, a session for each. */
const PROGRAM = ["9999", "20", "75", "110", "163"];

describe("reader: engines", () => {
  sameOnEngines({
    entry: ENTRY,
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
