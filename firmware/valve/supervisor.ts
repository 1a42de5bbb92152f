/**
 * Valve supervisor: brings the valve to where it should be, and makes sure that it got there.
 *
 *   boot, resting --(position is not the wanted one)--> moving --(travel time over, position right)--> resting
 *   moving --(wrong position)--> moving again, RETRIES_MAX times --> fault
 *   fault --(the wanted position changes, or an hour has passed)--> moving, one drive
 *
 * A fault is an alarm until a drive has moved the valve, or the valve is found at the end that it did not reach.
 *
 * The end switches are read after each drive and never assumed. Every 30 days an open valve is closed and opened once
 * while no water runs, so that it does not seize. A shut valve is not exercised: opening it would give water away.
 */
import type { Valve, ValveDirection, ValvePosition } from "../../hal/valve";
import { assert } from "../assert";

export const RETRIES_MAX = 3;
/** Added to the port's travel_max_ms before the position is read. */
export const SETTLE_MS = 100;
export const EXERCISE_MS = 2592000000;

export interface Supervisor {
  phase: "boot" | "resting" | "moving" | "fault";
  wanted: ValveDirection;
  /** Drives of this movement beyond the first. */
  retries: number;
  /** When the valve last reached an end. */
  moved_ms: number;
  exercising: boolean;
  /** The last drive failed for good towards `failed`, and nothing has shown since that the valve moves. */
  seized: boolean;
  failed: ValveDirection;
}

/** What has come of a call: the caller logs it and sets the deadline. */
export type SupervisorNews = "none" | "started" | "opened" | "shut" | "fault" | "still_fault";

export function createSupervisor(now_ms: number): Supervisor {
  return {
    phase: "boot",
    wanted: "close",
    retries: 0,
    moved_ms: now_ms,
    exercising: false,
    seized: false,
    failed: "close",
  };
}

function endOf(direction: ValveDirection): ValvePosition {
  return direction === "open" ? "open" : "closed";
}

function arrived(direction: ValveDirection): SupervisorNews {
  return direction === "open" ? "opened" : "shut";
}

/** How long to wait after "started" before `finishDrive`. */
export function driveTime(valve: Valve): number {
  return valve.travel_max_ms + SETTLE_MS;
}

function startDrive(supervisor: Supervisor, valve: Valve): SupervisorNews {
  supervisor.phase = "moving";
  // A busy port is still cutting an earlier drive; the deadline then counts as one attempt.
  valve.drive(supervisor.wanted);
  return "started";
}

/** The valve is at the wanted end without a drive. */
function found(supervisor: Supervisor): SupervisorNews {
  supervisor.phase = "resting";
  if (supervisor.wanted === supervisor.failed) {
    supervisor.seized = false;
  }
  return arrived(supervisor.wanted);
}

/** Drives of a valve that has failed have no retries: they would run the battery down, and the motor. */
function firstRetry(supervisor: Supervisor): number {
  return supervisor.seized ? RETRIES_MAX : 0;
}

/** An exercise closes the valve whatever is asked for. */
function wish(supervisor: Supervisor, open: boolean): ValveDirection {
  return open && !supervisor.exercising ? "open" : "close";
}

/** States where the valve should be; starts a drive when it is not there. */
export function wantValve(supervisor: Supervisor, valve: Valve, open: boolean): SupervisorNews {
  const wanted = wish(supervisor, open);
  if (supervisor.phase === "moving") {
    return "none";
  }
  const changed = wanted !== supervisor.wanted;
  supervisor.wanted = wanted;
  if (supervisor.phase === "fault" && !changed) {
    return "none";
  }
  if (valve.position() === endOf(wanted)) {
    return supervisor.phase === "resting" && !changed ? "none" : found(supervisor);
  }
  supervisor.retries = firstRetry(supervisor);
  return startDrive(supervisor, valve);
}

/**
 * Reads the position once the travel time is over; call it at the deadline that "started" asked for. A drive that has
 * not arrived is not repeated when `open` asks for the other end by now.
 */
export function finishDrive(supervisor: Supervisor, valve: Valve, now_ms: number, open: boolean): SupervisorNews {
  assert(supervisor.phase === "moving", "only a drive can finish");
  if (valve.position() === endOf(supervisor.wanted)) {
    supervisor.phase = "resting";
    supervisor.moved_ms = now_ms;
    supervisor.seized = false;
    return arrived(supervisor.wanted);
  }
  const wanted = wish(supervisor, open);
  if (wanted !== supervisor.wanted) {
    supervisor.wanted = wanted;
    supervisor.retries = firstRetry(supervisor);
    return startDrive(supervisor, valve);
  }
  if (supervisor.retries < RETRIES_MAX) {
    supervisor.retries += 1;
    return startDrive(supervisor, valve);
  }
  const known = supervisor.seized;
  supervisor.phase = "fault";
  supervisor.seized = true;
  supervisor.failed = supervisor.wanted;
  return known ? "still_fault" : "fault";
}

/** Each hour: tries again after a fault, and checks the ends of a valve at rest, which someone may have turned. */
export function checkValve(supervisor: Supervisor, valve: Valve): SupervisorNews {
  if (supervisor.phase === "moving") {
    return "none";
  }
  if (valve.position() === endOf(supervisor.wanted)) {
    return supervisor.phase === "resting" ? "none" : found(supervisor);
  }
  supervisor.retries = firstRetry(supervisor);
  return startDrive(supervisor, valve);
}

/** Ends an exercise, done or failed; the next one is due in 30 days. */
export function endExercise(supervisor: Supervisor, now_ms: number): void {
  supervisor.exercising = false;
  supervisor.moved_ms = now_ms;
}

/** Whether an open valve at rest has stood still for too long. */
export function exerciseDue(supervisor: Supervisor, now_ms: number): boolean {
  return (
    supervisor.phase === "resting" &&
    supervisor.wanted === "open" &&
    !supervisor.exercising &&
    now_ms - supervisor.moved_ms >= EXERCISE_MS
  );
}
