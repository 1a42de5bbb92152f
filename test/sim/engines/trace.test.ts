import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { firstDifference, TraceHash, traceSha256 } from "../../../sim/engines/trace";

describe("trace", () => {
  it("hashes the lines as a file would hold them", () => {
    const expected = createHash("sha256").update("a\nbc\n").digest("hex");
    assert.equal(traceSha256(["a", "bc"]), expected);
    const hash = new TraceHash();
    hash.add("a");
    hash.add("bc");
    assert.equal(hash.count(), 2);
    assert.equal(hash.hex(), expected);
  });

  it("finds no difference between equal traces, empty ones included", () => {
    assert.equal(firstDifference([], []), undefined);
    assert.equal(firstDifference(["a", "b"], ["a", "b"]), undefined);
  });

  it("names the first differing line of each and its number", () => {
    assert.deepEqual(firstDifference(["a", "b", "c"], ["a", "x", "y"]), { line_number: 2, left: "b", right: "x" });
  });

  it("names the end of the shorter trace", () => {
    assert.deepEqual(firstDifference(["a"], ["a", "b"]), { line_number: 2, left: undefined, right: "b" });
    assert.deepEqual(firstDifference(["a", ""], ["a"]), { line_number: 2, left: "", right: undefined });
  });
});
