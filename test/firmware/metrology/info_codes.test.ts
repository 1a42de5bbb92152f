import assert from "node:assert/strict";
import fc from "fast-check";
import type { InfoCodes } from "../../../firmware/metrology/info_codes";
import {
  activeHours,
  beginHour,
  BURST_MS,
  CODE_BURST,
  CODE_DRY,
  CODE_LEAK,
  CODE_REVERSE,
  CODES,
  createInfoCodes,
  DAYS_KEPT,
  endHour,
  judgeBurst,
  LEAK_MS,
  leaking,
  setCode,
} from "../../../firmware/metrology/info_codes";

const HOUR_MS = 3600000;

/** An hour ends and the next begins, without anything judged between. */
function passHour(codes: InfoCodes): void {
  endHour(codes);
  beginHour(codes);
}

describe("info codes: BURST", () => {
  it("comes after 30 minutes above the limit and goes with the first window at or below it", () => {
    const codes = createInfoCodes(750);
    let on_ms = -1;
    for (let at_ms = 30000; on_ms < 0 && at_ms <= 2 * BURST_MS; at_ms += 30000) {
      if (judgeBurst(codes, 751, at_ms - 30000, at_ms)) on_ms = at_ms;
    }
    assert.equal(on_ms, BURST_MS);
    assert.equal(codes.active[CODE_BURST], true);
    assert.equal(judgeBurst(codes, 751, on_ms, on_ms + 30000), false);
    assert.equal(judgeBurst(codes, 750, on_ms + 30000, on_ms + 60000), true);
    assert.equal(codes.active[CODE_BURST], false);
  });

  it("begins to count anew after a window at the limit", () => {
    const codes = createInfoCodes(750);
    judgeBurst(codes, 2000, 0, BURST_MS - 1);
    judgeBurst(codes, 750, BURST_MS - 1, BURST_MS);
    judgeBurst(codes, 2000, BURST_MS, 2 * BURST_MS - 1);
    assert.equal(codes.active[CODE_BURST], false);
    assert.equal(judgeBurst(codes, 2000, 2 * BURST_MS - 1, 2 * BURST_MS), true);
  });

  it("needs a window that lasts", () => {
    assert.throws(() => judgeBurst(createInfoCodes(750), 1, 5, 5));
  });
});

describe("info codes: LEAK", () => {
  it("holds when the last hour without flow is a day past", () => {
    assert.equal(leaking(0, LEAK_MS - 1, LEAK_MS - 1), false);
    assert.equal(leaking(0, LEAK_MS, LEAK_MS), true);
  });

  it("ends with an hour without flow", () => {
    const last_ms = 3 * LEAK_MS;
    assert.equal(leaking(0, last_ms, last_ms + HOUR_MS - 1), true);
    assert.equal(leaking(0, last_ms, last_ms + HOUR_MS), false);
  });
});

describe("info codes: a change", () => {
  it("is told once", () => {
    const codes = createInfoCodes(1);
    for (let code = 0; code < CODES.length; code++) {
      assert.equal(setCode(codes, code, false), false);
      assert.equal(setCode(codes, code, true), true);
      assert.equal(setCode(codes, code, true), false);
      assert.equal(setCode(codes, code, false), true);
    }
  });
});

describe("info codes: active hours", () => {
  it("count an hour once, however often and however short the code was active in it", () => {
    const codes = createInfoCodes(1);
    for (let times = 0; times < 5; times++) {
      setCode(codes, CODE_DRY, true);
      setCode(codes, CODE_DRY, false);
    }
    passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 1);
    passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 1);
  });

  it("count every hour in which a code stays active", () => {
    const codes = createInfoCodes(1);
    setCode(codes, CODE_LEAK, true);
    for (let hour = 0; hour < 50; hour++) passHour(codes);
    assert.equal(activeHours(codes, CODE_LEAK), 50);
    assert.equal(activeHours(codes, CODE_BURST), 0);
  });

  it("of REVERSE do not count the quiet hour in which the code is still shown", () => {
    const codes = createInfoCodes(1);
    setCode(codes, CODE_REVERSE, true);
    passHour(codes);
    passHour(codes);
    assert.equal(activeHours(codes, CODE_REVERSE), 1);
  });

  it("are forgotten after 30 days, a day at a time", () => {
    const codes = createInfoCodes(1);
    setCode(codes, CODE_DRY, true);
    for (let hour = 0; hour < 48; hour++) passHour(codes);
    setCode(codes, CODE_DRY, false);
    // The flag is still seen in the hour that begins now.
    passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 49);
    for (let hour = 49; hour < DAYS_KEPT * 24; hour++) passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 25, "the first day has gone");
    for (let hour = 0; hour < 24; hour++) passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 1, "the second day has gone");
    for (let hour = 0; hour < 24; hour++) passHour(codes);
    assert.equal(activeHours(codes, CODE_DRY), 0);
  });

  it("of all codes are kept apart, for any course of hours", () => {
    const hours = fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), { maxLength: 2000 });
    fc.assert(
      fc.property(hours, (course) => {
        const codes = createInfoCodes(1);
        for (const seen of course) {
          codes.seen = [...seen];
          endHour(codes);
        }
        // The day under way and the 29 before it.
        const kept = course.slice(Math.max(0, (Math.floor(course.length / 24) - DAYS_KEPT + 1) * 24));
        for (let code = 0; code < CODES.length; code++) {
          assert.equal(activeHours(codes, code), kept.filter((seen) => seen[code]).length, CODES[code]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
