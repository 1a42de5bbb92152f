import assert from "node:assert/strict";
import path from "node:path";
import { sameOnEngines } from "../../same_on_engines";

const ENTRY = path.join(__dirname, "engine_entry.ts");
/** A round for each letter, a boot for each line. */
const PROGRAM = ["aaaaaaaaaaa", "a", "aaaaaaaaaaaaaaaaaaaaaaa", "", "aa", "aaaaaaaaaaaa"];

describe("journal: engines", () => {
  sameOnEngines({
    entry: ENTRY,
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
