/**
 * Activation of an update (updater.ts): from the image that is verified to the firmware that has confirmed itself, over a
 * restart, and what a boot finds of it.
 */
import { keepAtBrownOut } from "../keeping";
import { measure } from "../metering";
import { HOUR_MS } from "../metrology/flow";
import { NEVER_MS } from "../schedule";
import { note, validTime } from "../state";
import type { Manifest } from "./manifest";
import { MARK_CONFIRMED, MARK_PENDING, MARK_TRIED, markCopies, markSet, markTouched, readHead, setMark } from "./slot";
import type { Staged } from "./staging";
import { manifestIn, openStaged, setPending } from "./staging";
import type { Updater } from "./update_state";
import { LOOK_MS, drop, enter, spoil, store, tell } from "./update_state";

/** A new firmware that has counted for so long is kept: longer than the hourly work takes to come round once. */
export const TRIAL_MS = 3900000;
/** From pending to the restart. */
export const RESTART_MS = 60000;
/** Without a pulse for so long, none is lost in the second that a restart takes. */
const QUIET_MS = 300000;
/** Water that never stops does not hold up an update for ever. */
const QUIET_WAIT_MAX_MS = 86400000;

/** No drop is lost by a restart now: no water runs, and nobody is at the meter. */
function isQuiet(updater: Updater, now_ms: number): boolean {
  const meter = updater.station.meter;
  const waited = now_ms - updater.waits_ms >= QUIET_WAIT_MAX_MS;
  const runs = now_ms - meter.flow.last_pulse_ms < QUIET_MS;
  return (!runs || waited) && !meter.brown_out && !meter.hal.card.present();
}

/** A verified image waits for its start; then the next boot is to try it. */
export function stepWaiting(updater: Updater, staged: Staged, now_ms: number): void {
  const meter = updater.station.meter;
  const version = staged.manifest.version;
  const start_utc_s = staged.manifest.start_utc_s;
  updater.working_ms = now_ms + LOOK_MS;
  measure(meter, now_ms);
  if (start_utc_s > 0 && validTime(meter) < start_utc_s) {
    updater.waits_ms = now_ms;
    return;
  }
  if (!isQuiet(updater, now_ms)) {
    return;
  }
  if (!store(updater, "update_pending", version)) {
    updater.working_ms = now_ms + HOUR_MS;
  } else if (!setPending(updater.slots)) {
    spoil(updater, version);
  } else {
    enter(updater, "pending", version);
    updater.working_ms = now_ms + RESTART_MS;
  }
}

/** Everything is kept, and the boot code takes over. */
export function restart(updater: Updater, now_ms: number): void {
  const meter = updater.station.meter;
  updater.working_ms = now_ms + HOUR_MS;
  measure(meter, now_ms);
  keepAtBrownOut(meter);
  updater.slots.restart();
}

/** Writes into the books that this version runs and is confirmed. */
function keepConfirmed(updater: Updater, manifest: Manifest, now_ms: number): void {
  updater.books.version = manifest.version;
  updater.books.issued_utc_s = manifest.issued_utc_s;
  if (store(updater, "update_confirmed", manifest.version)) {
    enter(updater, "confirmed", manifest.version);
    updater.working_ms = NEVER_MS;
  } else {
    // The slot has it; the books follow as soon as they can be written.
    updater.looked = false;
    updater.working_ms = now_ms + HOUR_MS;
  }
}

/** The new firmware has run for TRIAL_MS: it is kept when the meter does what a meter must. */
export function endTrial(updater: Updater, now_ms: number): void {
  const meter = updater.station.meter;
  const manifest = manifestIn(updater.slots.running);
  measure(meter, now_ms);
  const counts = meter.register.forward_seen === meter.hal.flow.forward_count();
  if (
    manifest !== undefined &&
    meter.keeper.storage === "ok" &&
    counts &&
    setMark(updater.slots.running, MARK_CONFIRMED)
  ) {
    keepConfirmed(updater, manifest, now_ms);
  } else {
    restart(updater, now_ms);
  }
}

/** The spare slot has an image that was to run, and does not: it has been tried in vain, or the boot code did not take it. */
function lookAtPending(updater: Updater, manifest: Manifest | undefined, now_ms: number): void {
  const slots = updater.slots;
  const version = manifest === undefined ? 0 : manifest.version;
  const tried = markTouched(slots.spare, MARK_TRIED);
  if (!tried && markCopies(slots.spare, MARK_PENDING) < 2) {
    // A cut has torn the mark. What the boot code has not seen it shall see.
    updater.state = "pending";
    setPending(slots);
    updater.working_ms = now_ms + RESTART_MS;
    return;
  }
  const issued_utc_s = manifest === undefined ? updater.books.issued_utc_s : manifest.issued_utc_s;
  if (issued_utc_s > updater.books.issued_utc_s) {
    updater.books.issued_utc_s = issued_utc_s;
    if (!store(updater, tried ? "update_rolled_back" : "update_unbootable", version)) {
      updater.looked = false;
      updater.working_ms = now_ms + HOUR_MS;
      return;
    }
  }
  if (tried) {
    enter(updater, "rolled_back", version);
  } else {
    updater.state = "nothing";
    tell(updater, version, "unbootable");
  }
  // One that is confirmed was passed over, for a read that was disturbed: the next start may run it again.
  if (!markSet(slots.spare, MARK_CONFIRMED)) {
    drop(updater);
  }
}

/** What the spare slot holds of an update that has not run. */
function lookAtSpare(updater: Updater, now_ms: number): void {
  const slots = updater.slots;
  const head = readHead(slots.spare);
  if (head === undefined || head.by_cable || head.sequence <= slots.sequence) {
    return;
  }
  const manifest = manifestIn(slots.spare);
  if (markSet(slots.spare, MARK_PENDING)) {
    lookAtPending(updater, manifest, now_ms);
    return;
  }
  if (markTouched(slots.spare, MARK_TRIED)) {
    // Nobody has tried what is not pending: a cut has spoilt this.
    spoil(updater, manifest === undefined ? 0 : manifest.version);
    return;
  }
  updater.staged = openStaged(slots, updater.station.hash);
  if (updater.staged !== undefined) {
    const whole = updater.staged.missing === 0;
    enter(updater, whole ? "whole" : "collecting", updater.staged.manifest.version);
    updater.working_ms = whole ? now_ms : NEVER_MS;
  }
}

/** After a boot: where does it stand? */
export function look(updater: Updater, now_ms: number): void {
  const running = updater.slots.running;
  const head = readHead(running);
  const manifest = manifestIn(running);
  updater.looked = true;
  updater.working_ms = NEVER_MS;
  if (head !== undefined && !head.by_cable && manifest !== undefined) {
    if (!markSet(running, MARK_CONFIRMED)) {
      note(updater.station.meter, "update_trial", manifest.version);
      enter(updater, "trial", manifest.version);
      updater.working_ms = now_ms + TRIAL_MS;
      setMark(running, MARK_PENDING);
      return;
    }
    setMark(running, MARK_CONFIRMED);
    if (manifest.issued_utc_s > updater.books.issued_utc_s) {
      keepConfirmed(updater, manifest, now_ms);
      return;
    }
    updater.state = "confirmed";
  }
  lookAtSpare(updater, now_ms);
}
