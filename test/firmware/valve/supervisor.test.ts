/** The valve supervisor alone, on a valve port that does what the test says. */
import assert from "node:assert/strict";
import sinon from "sinon";
import type { Valve, ValveDirection, ValvePosition } from "../../../hal/valve";
import type { Supervisor } from "../../../firmware/valve/supervisor";
import {
  checkValve,
  createSupervisor,
  driveTime,
  EXERCISE_MS,
  exerciseDue,
  finishDrive,
  RETRIES_MAX,
  SETTLE_MS,
  wantValve,
} from "../../../firmware/valve/supervisor";

interface FakeValve {
  port: Valve;
  drive: sinon.SinonStub<[ValveDirection], "started" | "busy">;
  at: (position: ValvePosition) => void;
}

function fakeValve(position: ValvePosition): FakeValve {
  let now = position;
  const drive = sinon.stub<[ValveDirection], "started" | "busy">().returns("started");
  return { port: { travel_max_ms: 2000, drive, position: () => now }, drive, at: (next) => (now = next) };
}

/** The deadline of a drive, while the wish is what it was. */
function finish(supervisor: Supervisor, valve: FakeValve, now_ms: number): string {
  return finishDrive(supervisor, valve.port, now_ms, supervisor.wanted === "open");
}

/** A supervisor whose valve rests where it is wanted. */
function resting(direction: ValveDirection): [Supervisor, FakeValve] {
  const valve = fakeValve(direction === "open" ? "open" : "closed");
  const supervisor = createSupervisor(0);
  wantValve(supervisor, valve.port, direction === "open");
  assert.equal(supervisor.phase, "resting");
  return [supervisor, valve];
}

/** A supervisor that has given up on opening. */
function faulty(): [Supervisor, FakeValve] {
  const [supervisor, valve] = resting("close");
  valve.at("between");
  wantValve(supervisor, valve.port, true);
  while (finish(supervisor, valve, 1000) === "started");
  assert.equal(supervisor.phase, "fault");
  valve.drive.resetHistory();
  return [supervisor, valve];
}

describe("valve supervisor", () => {
  it("reports after boot where the valve stands when it stands right, without moving it", () => {
    for (const [position, open, news] of [
      ["closed", false, "shut"],
      ["open", true, "opened"],
    ] as const) {
      const valve = fakeValve(position);
      const supervisor = createSupervisor(0);
      assert.equal(wantValve(supervisor, valve.port, open), news);
      assert.equal(wantValve(supervisor, valve.port, open), "none", "and only once");
      sinon.assert.notCalled(valve.drive);
    }
  });

  it("brings the valve after boot from anywhere to where it is wanted", () => {
    for (const position of ["open", "between", "unknown"] as const) {
      const valve = fakeValve(position);
      const supervisor = createSupervisor(0);
      assert.equal(wantValve(supervisor, valve.port, false), "started");
      sinon.assert.calledOnceWithExactly(valve.drive, "close");
    }
  });

  it("waits for the travel and then some before it reads the position", () => {
    assert.equal(driveTime(fakeValve("open").port), 2000 + SETTLE_MS);
  });

  it("reports the end only when the switch says so, and keeps when that was", () => {
    const [supervisor, valve] = resting("close");
    assert.equal(wantValve(supervisor, valve.port, true), "started");
    valve.at("open");
    assert.equal(wantValve(supervisor, valve.port, true), "none", "not before the deadline");
    assert.equal(finish(supervisor, valve, 5000), "opened");
    assert.deepEqual([supervisor.phase, supervisor.moved_ms], ["resting", 5000]);
  });

  it("does not disturb a drive when the wish changes, and follows the new wish after it", () => {
    const [supervisor, valve] = resting("close");
    wantValve(supervisor, valve.port, true);
    assert.equal(wantValve(supervisor, valve.port, false), "none");
    sinon.assert.calledOnceWithExactly(valve.drive, "open");
    valve.at("open");
    assert.equal(finish(supervisor, valve, 5000), "opened");
    assert.equal(wantValve(supervisor, valve.port, false), "started");
    assert.equal(valve.drive.lastCall.args[0], "close");
  });

  it("tries three times more, then reports a fault and rests the motor", () => {
    const [supervisor, valve] = resting("close");
    wantValve(supervisor, valve.port, true);
    for (let retry = 1; retry <= RETRIES_MAX; retry++) {
      assert.equal(finish(supervisor, valve, retry * 2100), "started");
    }
    assert.equal(finish(supervisor, valve, 9000), "fault");
    sinon.assert.callCount(valve.drive, 1 + RETRIES_MAX);
    for (let times = 0; times < 5; times++) assert.equal(wantValve(supervisor, valve.port, true), "none");
    sinon.assert.callCount(valve.drive, 1 + RETRIES_MAX);
  });

  it("takes a valve that arrives on a retry", () => {
    const [supervisor, valve] = resting("close");
    wantValve(supervisor, valve.port, true);
    valve.at("between");
    assert.equal(finish(supervisor, valve, 2100), "started");
    valve.at("open");
    assert.equal(finish(supervisor, valve, 4200), "opened");
  });

  it("drives once an hour after a fault, not three times, and reports the fault only once", () => {
    const [supervisor, valve] = faulty();
    for (let hour = 1; hour <= 3; hour++) {
      assert.equal(checkValve(supervisor, valve.port), "started");
      assert.equal(finish(supervisor, valve, hour * 3600000), "still_fault");
      sinon.assert.callCount(valve.drive, hour);
    }
  });

  it("leaves the fault when the hourly drive succeeds", () => {
    const [supervisor, valve] = faulty();
    checkValve(supervisor, valve.port);
    valve.at("open");
    assert.equal(finish(supervisor, valve, 3600000), "opened");
    assert.equal(supervisor.phase, "resting");
  });

  it("leaves the fault, and says so, when the switch is found right without a drive", () => {
    const [supervisor, valve] = faulty();
    valve.at("open");
    assert.equal(checkValve(supervisor, valve.port), "opened");
    assert.equal(supervisor.phase, "resting");
    sinon.assert.notCalled(valve.drive);
  });

  it("drives once, not four times, for each new wish after a fault, and stays an alarm until something moves", () => {
    const [supervisor, valve] = faulty();
    for (const open of [false, true, false]) {
      valve.drive.resetHistory();
      assert.equal(wantValve(supervisor, valve.port, open), "started");
      assert.equal(finish(supervisor, valve, 5000), "still_fault");
      sinon.assert.calledOnceWithExactly(valve.drive, open ? "open" : "close");
      assert.ok(supervisor.seized);
    }
    wantValve(supervisor, valve.port, true);
    valve.at("open");
    assert.equal(finish(supervisor, valve, 6000), "opened");
    assert.ok(!supervisor.seized);
  });

  it("stays an alarm when the valve stands at the end that it did not fail to reach", () => {
    const [supervisor, valve] = resting("open");
    wantValve(supervisor, valve.port, false);
    while (finish(supervisor, valve, 1000) === "started");
    assert.equal(wantValve(supervisor, valve.port, true), "opened");
    assert.ok(supervisor.seized, "standing open shows nothing of closing");
  });

  it("does not repeat a drive that has failed when the other end is wanted by then", () => {
    const [supervisor, valve] = resting("close");
    valve.at("between");
    wantValve(supervisor, valve.port, true);
    assert.equal(finishDrive(supervisor, valve.port, 2100, false), "started");
    assert.deepEqual([valve.drive.lastCall.args[0], supervisor.retries], ["close", 0]);
  });

  it("counts a busy port as an attempt and reads the position all the same", () => {
    const [supervisor, valve] = resting("close");
    valve.drive.returns("busy");
    assert.equal(wantValve(supervisor, valve.port, true), "started");
    for (let retry = 1; retry <= RETRIES_MAX; retry++) {
      assert.equal(finish(supervisor, valve, retry), "started");
    }
    assert.equal(finish(supervisor, valve, 9), "fault");
  });

  it("ends in a fault when a lying switch goes on saying closed, and in the opposite one when it says open", () => {
    for (const direction of ["close", "open"] as const) {
      const [supervisor, valve] = resting(direction);
      wantValve(supervisor, valve.port, direction === "close");
      let news = "started";
      while (news === "started") news = finish(supervisor, valve, 1);
      assert.equal(news, "fault");
    }
  });

  it("brings a valve back that someone has turned by hand", () => {
    for (const [direction, position] of [
      ["close", "open"],
      ["close", "between"],
      ["open", "closed"],
    ] as const) {
      const [supervisor, valve] = resting(direction);
      valve.at(position);
      assert.equal(checkValve(supervisor, valve.port), "started");
      sinon.assert.calledOnceWithExactly(valve.drive, direction);
      assert.equal(supervisor.retries, 0);
    }
  });

  it("leaves a valve alone that rests where it is wanted, or is under way", () => {
    const [supervisor, valve] = resting("open");
    assert.equal(checkValve(supervisor, valve.port), "none");
    wantValve(supervisor, valve.port, false);
    valve.drive.resetHistory();
    assert.equal(checkValve(supervisor, valve.port), "none");
    sinon.assert.notCalled(valve.drive);
  });

  it("finds an exercise due after 30 days open at rest, and never for a shut, moving, faulty or exercising valve", () => {
    const [open] = resting("open");
    assert.equal(exerciseDue(open, EXERCISE_MS - 1), false);
    assert.equal(exerciseDue(open, EXERCISE_MS), true);
    assert.equal(exerciseDue({ ...open, exercising: true }, EXERCISE_MS), false);
    assert.equal(exerciseDue({ ...open, phase: "moving" }, EXERCISE_MS), false);
    assert.equal(exerciseDue({ ...open, phase: "boot" }, EXERCISE_MS), false);
    const [shut] = resting("close");
    assert.equal(exerciseDue(shut, 100 * EXERCISE_MS), false);
    const [fault] = faulty();
    assert.equal(exerciseDue(fault, 100 * EXERCISE_MS), false);
  });

  it("closes for an exercise and opens again after it", () => {
    const [supervisor, valve] = resting("open");
    supervisor.exercising = true;
    assert.equal(wantValve(supervisor, valve.port, true), "started");
    sinon.assert.calledOnceWithExactly(valve.drive, "close");
    valve.at("closed");
    assert.equal(finish(supervisor, valve, EXERCISE_MS), "shut");
    supervisor.exercising = false;
    assert.equal(wantValve(supervisor, valve.port, true), "started");
    valve.at("open");
    assert.equal(finish(supervisor, valve, EXERCISE_MS + 2100), "opened");
    assert.equal(exerciseDue(supervisor, EXERCISE_MS + 2100), false);
  });

  it("finishes only what it has started", () => {
    const [supervisor, valve] = resting("open");
    assert.throws(() => finish(supervisor, valve, 1));
  });
});
