import assert from "node:assert/strict";
import fc from "fast-check";
import type { Queue, QueuedEvent } from "../../../sim/world/queue";
import { cancelEvent, createEvent, createQueue, scheduleEvent, takeHead } from "../../../sim/world/queue";

/** Runs everything and returns the names in order. */
function run(queue: Queue): void {
  for (let head = queue.head; head !== undefined; head = queue.head) {
    takeHead(queue, head);
    head.run();
  }
}

describe("event queue", () => {
  it("runs events in the order of their time, those of one time in the order in which they were scheduled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 })), (times) => {
        const queue = createQueue();
        const ran: number[][] = [];
        for (const [place, at_ms] of times.entries()) {
          const event = createEvent(() => {
            assert.equal(queue.now_ms, at_ms);
            ran.push([at_ms, place]);
          });
          scheduleEvent(queue, event, at_ms);
        }
        run(queue);
        const sorted = times.map((at_ms, place) => [at_ms, place]).sort(([a, i], [b, j]) => a - b || i - j);
        assert.deepEqual(ran, sorted);
      }),
    );
  });

  it("is the same as a sorted list for any row of schedulings, moves and cancellations", () => {
    const acts = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.option(fc.nat({ max: 9 }), { nil: undefined })));
    fc.assert(
      fc.property(acts, (row) => {
        const queue = createQueue();
        const ran: number[] = [];
        const events = [0, 1, 2, 3, 4].map((name): QueuedEvent => createEvent(() => ran.push(name)));
        let model: [number, number][] = [];
        for (const [name, at_ms] of row) {
          model = model.filter(([, other]) => other !== name);
          if (at_ms === undefined) cancelEvent(queue, events[name]);
          else {
            scheduleEvent(queue, events[name], at_ms);
            model.push([at_ms, name]);
          }
          assert.deepEqual(
            events.map((event) => event.queued),
            [0, 1, 2, 3, 4].map((other) => model.some(([, queued]) => queued === other)),
          );
        }
        run(queue);
        // Array.prototype.sort is stable: equal times keep the order in which they were scheduled.
        assert.deepEqual(
          ran,
          model.sort(([a], [b]) => a - b).map(([, name]) => name),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("lets an event schedule itself again while it runs, behind those of its time", () => {
    const queue = createQueue();
    const ran: string[] = [];
    let left = 3;
    const again: QueuedEvent = createEvent(() => {
      ran.push("again");
      left -= 1;
      if (left > 0) scheduleEvent(queue, again, queue.now_ms);
    });
    scheduleEvent(queue, again, 5);
    scheduleEvent(
      queue,
      createEvent(() => ran.push("other")),
      5,
    );
    run(queue);
    assert.deepEqual(ran, ["again", "other", "again", "again"]);
  });

  it("takes nothing into the past", () => {
    const queue = createQueue();
    queue.now_ms = 10;
    assert.throws(() =>
      scheduleEvent(
        queue,
        createEvent(() => assert.fail("must not run")),
        9,
      ),
    );
  });

  it("forgets nothing when an event that is not queued is cancelled", () => {
    const queue = createQueue();
    let ran = 0;
    scheduleEvent(
      queue,
      createEvent(() => ran++),
      1,
    );
    cancelEvent(
      queue,
      createEvent(() => assert.fail("must not run")),
    );
    run(queue);
    assert.equal(ran, 1);
  });
});
