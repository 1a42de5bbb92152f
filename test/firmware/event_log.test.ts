import assert from "node:assert/strict";
import fc from "fast-check";
import type { Event } from "../../firmware/event_log";
import { createEventLog, EVENT_LOG_SIZE, eventAt, logEvent } from "../../firmware/event_log";

describe("event log", () => {
  it("keeps the last 32 events under sequence numbers without a gap, for any number of events", () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), (events) => {
        const log = createEventLog();
        for (let event = 1; event <= events; event++) logEvent(log, 1000 + event, `code_${event}`, event * 7);
        assert.equal(log.count, events);
        assert.equal(log.ring.length, Math.min(events, EVENT_LOG_SIZE));
        for (let sequence = -1; sequence <= events + 2; sequence++) {
          const kept = sequence >= 1 && sequence <= events && sequence > events - EVENT_LOG_SIZE;
          assert.deepEqual(
            eventAt(log, sequence),
            kept ? { sequence, utc_s: 1000 + sequence, code: `code_${sequence}`, value: sequence * 7 } : undefined,
          );
        }
      }),
    );
  });

  it("tells its listener each event once, in order", () => {
    const log = createEventLog();
    const told: Event[] = [];
    log.listener = (event) => told.push(event);
    for (let event = 1; event <= 50; event++) logEvent(log, 0, "x", event);
    assert.deepEqual(
      told.map((event) => event.sequence),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });
});
