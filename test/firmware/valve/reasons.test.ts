import assert from "node:assert/strict";
import type { ShutReasons } from "../../../firmware/valve/reasons";
import { anyReason, createShutReasons, describeReasons, reasonBits } from "../../../firmware/valve/reasons";

const NAMES = [
  "no_credit",
  "remote_lock",
  "tamper",
  "customer_lock",
  "battery",
  "not_commissioned",
  "storage",
  "flow_limit",
] as const;

describe("reasons for the valve to be shut", () => {
  it("let it open in exactly one of their 256 combinations: when none holds", () => {
    for (let bits = 0; bits < 256; bits++) {
      const held = NAMES.filter((_, bit) => (bits & (1 << bit)) !== 0);
      const reasons = Object.fromEntries(NAMES.map((name) => [name, held.includes(name)])) as unknown as ShutReasons;
      assert.equal(anyReason(reasons), bits !== 0);
      assert.equal(reasonBits(reasons), bits);
      assert.equal(describeReasons(reasons), held.length === 0 ? "-" : held.join("+"));
    }
  });

  it("are, on a new meter, that it is not commissioned", () => {
    assert.equal(describeReasons(createShutReasons()), "not_commissioned");
  });
});
