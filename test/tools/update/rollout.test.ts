import assert from "node:assert/strict";
import { UPDATE_FIRST, UPDATE_RESULTS, updateCode, type UpdateResult } from "../../../firmware/update/update_results";
import type { Push, PushState } from "../../../tools/gateway/entries";
import type { Heard } from "../../../tools/gateway/hearing";
import { progressEntry } from "../../../tools/gateway/rollout";

const NOW = new Date("2027-01-01T00:00:00Z");
const METER = "00000017";

function push(update_file: string | undefined): Push {
  return {
    number: 1,
    at: NOW.toISOString(),
    region: "600100",
    version: 2,
    content: "01",
    meters: [METER],
    update_file,
    states: new Map(),
    frames: 0,
    airtime_us: 0,
    stopped: false,
  };
}

function stateAfter(of: Push, code: number, version = 2, tariff = 1): PushState | undefined {
  const heard: Heard = {
    id: METER,
    fields: {},
    answers: [],
    verdict: { version, code },
    tariff,
    listens: true,
    counter: 1,
    key: [],
    is_clock_lost: false,
  };
  const entry = progressEntry(of, heard, NOW);
  return entry?.entry === "progress" ? entry.state : undefined;
}

describe("roll-out of an update", () => {
  it("is delivered while it is under way, active once it is confirmed, and refused with a reason otherwise", () => {
    const states: Partial<Record<UpdateResult, PushState>> = {
      nothing: "heard",
      collecting: "delivered",
      whole: "delivered",
      verified: "delivered",
      pending: "delivered",
      trial: "delivered",
      damaged: "delivered",
      confirmed: "active",
    };
    for (const result of UPDATE_RESULTS)
      assert.equal(stateAfter(push("a.update"), updateCode(result)), states[result] ?? "refused", result);
  });

  it("takes no word of another version or of a tariff for its own, and gives tariffs none of its own", () => {
    const update = push("a.update");
    assert.equal(stateAfter(update, updateCode("confirmed"), 3), "heard");
    assert.equal(stateAfter(update, 0, 2, 2), "heard", "the tariff in force has the number of the update");
    assert.equal(stateAfter(push(undefined), updateCode("bad_signature")), "heard");
  });

  it("codes are where telegrams have room for them", () => {
    assert.ok(UPDATE_FIRST + UPDATE_RESULTS.length <= 255);
    assert.equal(new Set(UPDATE_RESULTS).size, UPDATE_RESULTS.length);
  });
});
