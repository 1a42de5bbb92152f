/** Drivers and emulators are portable: the same frames at the same milliseconds on every engine. */
import assert from "node:assert/strict";
import { sameOnEngines } from "../../same_on_engines";

/** The byte that is lost, on each way. */
const PROGRAM = ["9999", "16", "27"];

const counted = (first: number, count: number): string =>
  Array.from({ length: count }, (_, place) => first + place).join(" ");

describe("modem: engines", () => {
  sameOnEngines({
    name: "modem",
    program: PROGRAM,
    promise: "does the same at the same times",
    holds: (trace) => {
      for (const wanted of [
        "result sent",
        "result failed",
        "up 1 1 2 3",
        "heard -77 4 5",
        ` 2 8 ${counted(100, 49)}`,
        ` 2 9 ${counted(149, 11)}`,
        `heard -78 ${counted(100, 60)}`,
        "heard -73 12 13",
        "own heard -73 14 15",
        "own result failed",
        "own published m/1/up 48 56",
      ])
        assert(
          trace.some((line) => line.endsWith(wanted)),
          `${wanted}\n${trace.join("\n")}`,
        );
    },
  });
});
