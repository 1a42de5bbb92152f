import assert from "node:assert/strict";
import fc from "fast-check";
import { createSchedule, NEVER_MS, nextDeadline, takeDue } from "../../firmware/schedule";

describe("schedule", () => {
  it("of a new meter waits for nothing", () => {
    assert.equal(nextDeadline(createSchedule()), NEVER_MS);
  });

  it("tells the earliest deadline of all its slots", () => {
    const slots = createSchedule().deadlines_ms.length;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: NEVER_MS }), { minLength: slots, maxLength: slots }), (deadlines_ms) => {
        assert.equal(nextDeadline({ deadlines_ms }), Math.min(...deadlines_ms));
      }),
    );
  });

  it("gives out a deadline once, when it has come and not before", () => {
    const schedule = createSchedule();
    for (let slot = 0; slot < schedule.deadlines_ms.length; slot++) {
      schedule.deadlines_ms[slot] = 100;
      assert.equal(takeDue(schedule, slot, 99), false);
      assert.equal(nextDeadline(schedule), 100);
      assert.equal(takeDue(schedule, slot, 100), true);
      assert.equal(takeDue(schedule, slot, 100), false);
      assert.equal(nextDeadline(schedule), NEVER_MS);
    }
  });
});
