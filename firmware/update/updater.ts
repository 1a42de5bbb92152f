/**
 * Updater: firmware updates over the radio, a guest of the station (radio/guest.ts). What it goes through:
 *
 *   nothing       no update is under way
 *   collecting    a manifest was judged and is good (judgement.ts); fragments go into the spare slot (staging.ts)
 *   whole         all are held, and the image is hashed in steps, with pulses counted in between
 *   verified      it has the manifest's hash, and waits: for its start, and for a moment in which no water runs
 *   pending       the next boot tries it; the meter restarts by itself, RESTART_MS later, so that a telegram can say so
 *   trial         the new firmware runs, once: it must confirm itself within this run
 *   confirmed     it has counted for TRIAL_MS, its journal stores, and the register has every pulse of the sensor
 *   rolled_back   the run has ended without that, however; the old firmware runs again
 *
 * and then it begins again with nothing. Where it stands is in the slots, so a power cut at any moment is looked at by the
 * next boot (`look`). What the journal has of it is in one commit with the event that tells it: begun, pending, confirmed,
 * rolled back, refused; so each is logged once.
 *
 * While a trial runs nothing new is collected: the spare slot has the firmware to go back to.
 *
 * An update must read the journal that the old firmware has left, and leave one that the old firmware reads, until it
 * is confirmed: a new version of the commit may come only with a firmware that can write the old one too.
 */
import type { FirmwareSlots } from "../../hal/firmware_slots";
import { fullDigits, textBytes, wholeAt } from "../card/bytes";
import { sameBytes } from "../crypto/cmac";
import type { GuestJudgement } from "../radio/guest";
import type { RadioResult } from "../radio/radio_results";
import type { Station } from "../radio/radio_state";
import { groupOf } from "../radio/radio_state";
import { heldKeys } from "../radio/signed_judgement";
import { METER_DIGITS } from "../radio/signed_content";
import { STEP_HASHES } from "../radio/taking";
import { NEVER_MS } from "../schedule";
import { note } from "../state";
import { endTrial, look, restart, stepWaiting } from "./activation";
import { readUpdateFrame } from "./fragment";
import type { UpdateJudgement, UpdateRecipient } from "./judgement";
import { beginUpdateJudgement, stepUpdateJudgement } from "./judgement";
import type { Manifest } from "./manifest";
import { MANIFEST_FORMAT } from "./manifest";
import type { Preparation } from "./staging";
import { prepare, stepImageHash, stepPreparation, takeUpdateFragment, updateName } from "./staging";
import { readUpdateBooks } from "./update_books";
import type { UpdateSettings, Updater } from "./update_state";
import { LOOK_MS, STEP_PAUSE_MS, drop, enter, refuse, spoil, tell } from "./update_state";

/** Signatures that are verified in a day: each costs seconds of computing, and anybody can send one that is wrong. */
const VERIFICATIONS_MAX = 8;
const DAY_MS = 86400000;

const ACT_TELL = 0;
const ACT_ABANDON = 1;

/** Sets the updater's deadline in the station. */
function plan(updater: Updater): void {
  updater.station.guest.due_ms = Math.min(updater.judging_ms, updater.working_ms);
}

function manifestUnderWay(updater: Updater): Manifest | undefined {
  if (updater.staged !== undefined) {
    return updater.staged.manifest;
  }
  return updater.preparation === undefined ? undefined : updater.preparation.manifest;
}

function recipientOf(updater: Updater): UpdateRecipient {
  const station = updater.station;
  const books = station.meter.card.books;
  const settings = updater.settings;
  const under_way = manifestUnderWay(updater);
  const issued_utc_s = under_way === undefined ? 0 : under_way.issued_utc_s;
  return {
    utility: books.utility,
    region: books.region,
    meter_number: fullDigits(books.meter, METER_DIGITS),
    group: groupOf(station),
    board: settings.board,
    version: updater.books.version,
    issued_utc_s: Math.max(updater.books.issued_utc_s, issued_utc_s),
    keys: heldKeys(settings.update_key, settings.update_key_next, settings.update_key_revision),
    geometry: updater.slots.spare.geometry,
  };
}

/** Takes a manifest's judgement to its end. */
function conclude(updater: Updater, judgement: UpdateJudgement, now_ms: number): void {
  const manifest = judgement.manifest;
  const version = manifest === undefined ? 0 : manifest.version;
  updater.judgement = undefined;
  updater.judging_ms = NEVER_MS;
  if (judgement.result !== "verified" || manifest === undefined) {
    if (judgement.result !== "verified" && judgement.result !== "verifying" && judgement.result !== "not_for_this") {
      refuse(updater, judgement.result, version);
    }
    return;
  }
  updater.staged = undefined;
  updater.preparation = prepare(manifest, judgement.text);
  updater.working_ms = now_ms;
  note(updater.station.meter, "update_begun", version);
  enter(updater, "collecting", version);
}

/** Whether this manifest is the one under way, or the one that ran last: a carousel brings it again and again. */
function isKnown(updater: Updater, judgement: UpdateJudgement): boolean {
  const manifest = judgement.manifest;
  if (manifest === undefined) {
    return false;
  }
  if (updater.preparation !== undefined && updater.preparation.text === judgement.text) {
    return true;
  }
  const staged = updater.staged;
  const name = staged === undefined ? [] : updateName(updater.station.hash, textBytes(judgement.text));
  return (staged !== undefined && sameBytes(name, staged.name)) || manifest.issued_utc_s === updater.books.issued_utc_s;
}

/** Whether one more signature may be verified today. */
function mayVerify(updater: Updater, now_ms: number): boolean {
  if (now_ms >= updater.day_ms) {
    updater.day_ms = now_ms + DAY_MS;
    updater.verifications_left = VERIFICATIONS_MAX;
  }
  updater.verifications_left -= 1;
  return updater.verifications_left >= 0;
}

/** A whole content of the carousel: a manifest, or nothing of ours. */
function judge(updater: Updater, content: string, now_ms: number): GuestJudgement {
  if (content.charCodeAt(0) !== MANIFEST_FORMAT) {
    return "not_mine";
  }
  if (!updater.looked || updater.state === "trial" || updater.state === "pending" || updater.judgement !== undefined) {
    return "later";
  }
  const judgement = beginUpdateJudgement(updater.station.hash, recipientOf(updater), content);
  if (isKnown(updater, judgement)) {
    return "known";
  }
  if (judgement.result !== "verifying") {
    conclude(updater, judgement, now_ms);
  } else if (mayVerify(updater, now_ms)) {
    updater.judgement = judgement;
    updater.judging_ms = now_ms;
  } else {
    return "later";
  }
  plan(updater);
  return "known";
}

/** A frame to many: a fragment of this update, or nothing of ours. */
function take(updater: Updater, content: number[], now_ms: number): void {
  const staged = updater.staged;
  const fragment = readUpdateFrame(content);
  if (fragment === undefined || staged === undefined || staged.missing === 0) {
    return;
  }
  if (fragment.region !== staged.manifest.region || !sameBytes(fragment.name, staged.name)) {
    return;
  }
  const version = staged.manifest.version;
  const result = takeUpdateFragment(updater.slots, updater.station.hash, staged, fragment);
  if (result === "forged") {
    refuse(updater, "forged", version);
  } else if (result === "spoilt") {
    spoil(updater, version);
  } else if (staged.missing === 0) {
    enter(updater, "whole", version);
    updater.working_ms = now_ms;
  }
  plan(updater);
}

/** Makes room for an update, sector by sector. */
function stepPreparing(updater: Updater, preparation: Preparation, now_ms: number): void {
  const step = stepPreparation(updater.slots, updater.station.hash, preparation);
  if (step === "spoilt") {
    spoil(updater, preparation.manifest.version);
  } else if (step === "working" || step === "not_now") {
    updater.working_ms = now_ms + (step === "working" ? STEP_PAUSE_MS : LOOK_MS);
  } else {
    updater.preparation = undefined;
    updater.staged = step;
    updater.working_ms = NEVER_MS;
  }
}

function work(updater: Updater, now_ms: number): void {
  const staged = updater.staged;
  if (!updater.looked) {
    look(updater, now_ms);
  } else if (updater.preparation !== undefined) {
    stepPreparing(updater, updater.preparation, now_ms);
  } else if (updater.state === "trial") {
    endTrial(updater, now_ms);
  } else if (updater.state === "pending") {
    restart(updater, now_ms);
  } else if (staged === undefined || staged.missing > 0) {
    updater.working_ms = NEVER_MS;
  } else if (updater.state === "verified") {
    stepWaiting(updater, staged, now_ms);
  } else {
    const result = stepImageHash(updater.slots, staged);
    updater.working_ms = now_ms + STEP_PAUSE_MS;
    if (result === "bad") {
      spoil(updater, staged.manifest.version);
    } else if (result === "good") {
      enter(updater, "verified", staged.manifest.version);
      updater.waits_ms = now_ms;
    }
  }
}

function onDue(updater: Updater, now_ms: number): void {
  const judgement = updater.judgement;
  if (judgement !== undefined && updater.judging_ms <= now_ms) {
    stepUpdateJudgement(judgement, STEP_HASHES);
    updater.judging_ms = now_ms + STEP_PAUSE_MS;
    if (judgement.result !== "verifying") {
      conclude(updater, judgement, now_ms);
    }
  }
  if (updater.working_ms <= now_ms) {
    work(updater, now_ms);
  }
  plan(updater);
}

/** A message "update" to this meter: its answer. */
function ask(updater: Updater, body: number[]): RadioResult {
  if (body.length === 1 && body[0] === ACT_TELL) {
    return "accepted";
  }
  if (body.length !== 5 || body[0] !== ACT_ABANDON) {
    return "malformed";
  }
  const manifest = manifestUnderWay(updater);
  const is_same = manifest !== undefined && manifest.version === wholeAt(body, 1, 4);
  return is_same && updater.state !== "pending" ? "accepted" : "refused";
}

/** What such a message does, once its answer is in the journal. */
function act(updater: Updater, body: number[]): void {
  const manifest = manifestUnderWay(updater);
  if (body[0] === ACT_TELL) {
    const version = manifest === undefined ? updater.books.version : manifest.version;
    tell(updater, version, updater.state);
  } else if (manifest !== undefined) {
    note(updater.station.meter, "update_abandoned", manifest.version);
    drop(updater);
    enter(updater, "abandoned", manifest.version);
    plan(updater);
  }
}

/**
 * Makes the updater the guest of a station that is not attached yet; false when the radio's books have something of it that
 * this firmware does not read, and then there are no updates.
 */
export function attachUpdater(station: Station, slots: FirmwareSlots, settings: UpdateSettings): boolean {
  const books = readUpdateBooks(station.books.update);
  if (books === undefined) {
    return false;
  }
  const updater: Updater = {
    station: station,
    slots: slots,
    settings: settings,
    books: books,
    state: "nothing",
    judgement: undefined,
    preparation: undefined,
    staged: undefined,
    judging_ms: NEVER_MS,
    working_ms: station.meter.hal.timer.now_ms(),
    waits_ms: 0,
    day_ms: 0,
    verifications_left: 0,
    looked: false,
  };
  station.guest = {
    due_ms: updater.working_ms,
    on_due: function (now_ms) {
      onDue(updater, now_ms);
    },
    take: function (content, now_ms) {
      take(updater, content, now_ms);
    },
    judge: function (content, now_ms) {
      return judge(updater, content, now_ms);
    },
    ask: function (body) {
      return ask(updater, body);
    },
    act: function (body) {
      act(updater, body);
    },
  };
  return true;
}
