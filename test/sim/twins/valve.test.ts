import assert from "node:assert/strict";
import type { VirtualTime } from "../../hal/twins";
import { virtualTime } from "../../hal/twins";
import type { ValveTwin } from "../../../sim/twins/valve";
import { createValveTwin, setLying, truePosition } from "../../../sim/twins/valve";

const TRAVEL_MS = 800;

function bench(): { valve: ValveTwin; time: VirtualTime; drive: (direction: "open" | "close") => void } {
  const time = virtualTime();
  const valve = createValveTwin(time.queue, time.trace, TRAVEL_MS);
  return {
    valve,
    time,
    drive: (direction) => {
      assert.equal(valve.port.drive(direction), "started");
      time.pass(valve.port.travel_max_ms);
    },
  };
}

describe("valve twin", () => {
  it("takes its travel time from end to end", () => {
    const { valve, time } = bench();
    valve.port.drive("open");
    time.pass(TRAVEL_MS - 1);
    assert.equal(valve.port.position(), "closed");
    time.pass(1);
    assert.equal(valve.port.position(), "open");
  });

  it("stuck: runs its motor and stays where it is, in either direction", () => {
    const { valve, drive } = bench();
    valve.stuck = true;
    drive("open");
    assert.equal(valve.port.position(), "closed");
    valve.stuck = false;
    drive("open");
    valve.stuck = true;
    drive("close");
    assert.equal(valve.port.position(), "open");
  });

  it("stuck: has its motor cut after travel_max_ms", () => {
    const { valve, time } = bench();
    valve.stuck = true;
    valve.port.drive("open");
    time.pass(valve.port.travel_max_ms - 1);
    assert.equal(valve.port.drive("open"), "busy");
    time.pass(1);
    assert.equal(valve.port.drive("open"), "started");
  });

  it("slow: needs three drives, and is between its ends after the first two", () => {
    const { valve, drive } = bench();
    valve.slow = true;
    for (const direction of ["open", "close"] as const) {
      drive(direction);
      assert.equal(valve.port.position(), "between");
      drive(direction);
      assert.equal(valve.port.position(), "between");
      drive(direction);
      assert.equal(valve.port.position(), direction === "open" ? "open" : "closed");
    }
  });

  it("lying: repeats what its switches said when the fault began, wherever it really is", () => {
    const { valve, drive } = bench();
    setLying(valve, true);
    drive("open");
    assert.deepEqual([valve.port.position(), truePosition(valve)], ["closed", "open"]);
    setLying(valve, false);
    assert.equal(valve.port.position(), "open");
  });

  it("tells the pipe when it has come to stand", () => {
    const { valve, drive } = bench();
    let moved = 0;
    valve.on_move = () => moved++;
    drive("open");
    assert.equal(moved, 1);
  });

  it("traces each drive, refused ones too, and where it came to stand", () => {
    const { valve, time } = bench();
    valve.port.drive("open");
    valve.port.drive("close");
    time.pass(TRAVEL_MS);
    assert.deepEqual(time.lines, [
      '{"t":0,"port":"valve","drive":"open"}',
      '{"t":0,"port":"valve","drive":"close"}',
      '{"t":800,"port":"valve","position":"open"}',
    ]);
  });
});
