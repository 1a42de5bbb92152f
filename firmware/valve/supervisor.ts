/**
 * Valve supervisor: brings the valve to where it should be, and makes sure that it got there.
 *
 *   boot, resting --(position is not the wanted one)--> moving --(travel time over, position right)--> resting
 *   moving --(wrong position)--> moving again, RETRIES_MAX times --> fault
 *   fault --(the wanted position changes, or an hour has passed)--> moving
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
}

/** What has come of a call: the caller logs it and sets the deadline. */
export type SupervisorNews = "none" | "started" | "opened" | "shut" | "fault";

export function createSupervisor(now_ms: number): Supervisor {
  return { phase: "boot", wanted: "close", retries: 0, moved_ms: now_ms, exercising: false };
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

/** States where the valve should be; starts a drive when it is not there. */
export function wantValve(supervisor: Supervisor, valve: Valve, open: boolean): SupervisorNews {
  const wanted = open && !supervisor.exercising ? "open" : "close";
  if (supervisor.phase === "moving") {
    return "none";
  }
  const changed = wanted !== supervisor.wanted;
  supervisor.wanted = wanted;
  if (supervisor.phase === "fault" && !changed) {
    return "none";
  }
  if (valve.position() === endOf(wanted)) {
    const known = supervisor.phase === "resting" && !changed;
    supervisor.phase = "resting";
    return known ? "none" : arrived(wanted);
  }
  supervisor.retries = 0;
  return startDrive(supervisor, valve);
}

/** Reads the position once the travel time is over; call it at the deadline that "started" asked for. */
export function finishDrive(supervisor: Supervisor, valve: Valve, now_ms: number): SupervisorNews {
  assert(supervisor.phase === "moving", "only a drive can finish");
  if (valve.position() === endOf(supervisor.wanted)) {
    supervisor.phase = "resting";
    supervisor.moved_ms = now_ms;
    return arrived(supervisor.wanted);
  }
  if (supervisor.retries < RETRIES_MAX) {
    supervisor.retries += 1;
    return startDrive(supervisor, valve);
  }
  supervisor.phase = "fault";
  return "fault";
}

/** Each hour: tries again after a fault, and checks the ends of a valve at rest, which someone may have turned. */
export function checkValve(supervisor: Supervisor, valve: Valve): SupervisorNews {
  if (supervisor.phase === "moving") {
    return "none";
  }
  if (valve.position() === endOf(supervisor.wanted)) {
    const mended = supervisor.phase === "fault";
    supervisor.phase = "resting";
    return mended ? arrived(supervisor.wanted) : "none";
  }
  // A fault has used up its retries: one more drive an hour is enough, and spares the battery.
  supervisor.retries = supervisor.phase === "fault" ? RETRIES_MAX : 0;
  return startDrive(supervisor, valve);
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
