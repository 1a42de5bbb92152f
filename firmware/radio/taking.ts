/**
 * Taking: a signed content from its fragments to the commit that makes it the meter's own.
 *
 *   gathered          carousel/collection.ts; region and name are looked at before any memory is given to it
 *   put together      lost fragments from parity, in steps of one, with pulses counted in between
 *   judged            signed_judgement.ts; the signature in steps of STEP_HASHES hashes, with pulses counted in between
 *   taken             tariff, rules and their versions, in one commit; what starts at once is in force with it
 *   told              the verdict is in the next telegram, refusals are in the event log
 *
 * A content that was judged is not gathered again while its name is remembered: a carousel brings it every day. What
 * could not be stored is forgotten, so that the carousel brings it once more.
 */
import { fullDigits } from "../card/bytes";
import { collect, isCollected, stepCollected, takeCollected } from "../carousel/collection";
import { readFragment } from "../carousel/fragments";
import { acceptTariff } from "../credit/billing_time";
import { sameBytes } from "../crypto/cmac";
import { readyForTariff, stateBefore, storeTariff } from "../keeping";
import { crossBoundary, measure } from "../metering";
import { NEVER_MS } from "../schedule";
import { note } from "../state";
import { radioCode, signedCode } from "./radio_results";
import type { Station } from "./radio_state";
import { groupOf, keepBooks, reloadBooks } from "./radio_state";
import type { Recipient, SignedResult } from "./signed_judgement";
import { beginJudgement, heldKeys, stepJudgement } from "./signed_judgement";
import { METER_DIGITS, PART_NAMES } from "./signed_content";
import type { SignedContent } from "./signed_content";

/** Hashes between two looks at the sensor: a hash in the interpreter takes a small board a quarter of a second. */
export const STEP_HASHES = 16;
const STEP_PAUSE_MS = 20;
const NAMES_KEPT = 4;

function versionsOf(station: Station): number[] {
  const account = station.meter.account;
  const versions = station.books.versions.slice(1, PART_NAMES.length);
  const newest = account.pending === undefined ? account.tariff : account.pending;
  return [newest.id].concat(versions);
}

function recipientOf(station: Station): Recipient {
  const books = station.meter.card.books;
  const settings = station.settings;
  return {
    utility: books.utility,
    region: books.region,
    meter_number: fullDigits(books.meter, METER_DIGITS),
    group: groupOf(station),
    keys: heldKeys(settings.region_key, settings.region_key_next, settings.region_key_revision),
    versions: versionsOf(station),
  };
}

/** Logs a refusal, one a window: a flood of them must not push everything else out of the log. */
export function noteRefusal(station: Station, code: string, value: number): void {
  if (!station.refusal_noted) {
    station.refusal_noted = true;
    note(station.meter, code, value);
  }
}

/** A content that need not be gathered again. */
function rememberJudged(station: Station, name: number[]): void {
  station.judged.push(name);
  if (station.judged.length > NAMES_KEPT) {
    station.judged = station.judged.slice(1, station.judged.length);
  }
}

function isJudged(station: Station, name: number[]): boolean {
  for (const known of station.judged) {
    if (sameBytes(known, name)) {
      return true;
    }
  }
  return false;
}

/** Ends a judgement that has come to its answer. */
function conclude(station: Station, result: SignedResult, content: SignedContent | undefined): void {
  const version = content === undefined ? 0 : content.version;
  station.judgement = undefined;
  station.step_ms = NEVER_MS;
  rememberJudged(station, station.judged_name);
  if (result === "good") {
    return;
  }
  if (result !== "not_for_this") {
    station.verdict = { version: version, code: signedCode(result) };
    noteRefusal(station, "signed_" + result, version);
  }
}

/** Puts the new parts beside the tariff into the books, to wait for their start. */
function putRules(station: Station, content: SignedContent, parts: string[]): void {
  const books = station.books;
  const pending = books.pending;
  if (parts.indexOf("friendly") >= 0) {
    pending.friendly = content.friendly;
    pending.starts_utc_s[0] = content.start_utc_s;
  }
  if (parts.indexOf("holidays") >= 0) {
    pending.holidays = content.holidays;
    pending.starts_utc_s[1] = content.start_utc_s;
  }
  if (parts.indexOf("lifeline") >= 0) {
    pending.lifeline = content.lifeline;
    pending.starts_utc_s[2] = content.start_utc_s;
  }
  if (parts.indexOf("emergency") >= 0) {
    pending.emergency_milli = content.emergency_milli;
    pending.starts_utc_s[3] = content.start_utc_s;
  }
  for (let i = 1; i < PART_NAMES.length; i++) {
    if (parts.indexOf(PART_NAMES[i]) >= 0) {
      books.versions[i] = content.version;
    }
  }
}

/** Takes the parts that are still new: a card may have brought a tariff while the signature was verified. */
function takeParts(station: Station, content: SignedContent, parts: string[]): boolean {
  const meter = station.meter;
  const now_ms = meter.hal.timer.now_ms();
  measure(meter, now_ms);
  // A tariff whose time has come holds before a newer one can take its place.
  crossBoundary(meter, now_ms);
  readyForTariff(meter);
  const before = stateBefore(meter);
  if (parts.indexOf("tariff") >= 0 && content.tariff !== undefined) {
    acceptTariff(meter.account, content.tariff);
  }
  putRules(station, content, parts);
  keepBooks(station);
  note(meter, "signed_taken", content.version);
  crossBoundary(meter, now_ms);
  if (storeTariff(meter, before)) {
    return true;
  }
  reloadBooks(station);
  return false;
}

/** Goes on putting a content together; the whole one is judged. */
function stepGathered(station: Station, now_ms: number): void {
  const collection = station.collection;
  if (!isCollected(collection)) {
    station.step_ms = NEVER_MS;
    return;
  }
  station.step_ms = now_ms + STEP_PAUSE_MS;
  if (!stepCollected(collection)) {
    return;
  }
  station.judged_name = collection.name;
  const message = takeCollected(collection, station.hash);
  if (message === "") {
    noteRefusal(station, "signed_damaged", 0);
    return;
  }
  const guest = station.guest.judge(message, now_ms);
  if (guest === "known") {
    rememberJudged(station, station.judged_name);
  }
  if (guest !== "not_mine") {
    return;
  }
  const judgement = beginJudgement(station.hash, recipientOf(station), message);
  if (judgement.result !== "verifying") {
    conclude(station, judgement.result, judgement.content);
    return;
  }
  station.judgement = judgement;
}

/** Goes on with what is under way; the good content is taken. */
export function stepTaking(station: Station, now_ms: number): void {
  const judgement = station.judgement;
  if (judgement === undefined) {
    stepGathered(station, now_ms);
    return;
  }
  const result = stepJudgement(judgement, STEP_HASHES);
  if (result === "verifying") {
    station.step_ms = now_ms + STEP_PAUSE_MS;
    return;
  }
  const content = judgement.content;
  conclude(station, result, content);
  if (result !== "good" || content === undefined) {
    return;
  }
  const taken = takeParts(station, content, judgement.parts);
  station.verdict = { version: content.version, code: radioCode(taken ? "accepted" : "not_stored") };
  if (!taken) {
    station.judged.pop();
  }
}

/** Takes a frame of the carousel. */
export function takeCarousel(station: Station, frame_content: number[], now_ms: number): void {
  const fragment = readFragment(frame_content);
  if (fragment === undefined || station.judgement !== undefined || isJudged(station, fragment.name)) {
    return;
  }
  if (fragment.region !== station.meter.card.books.region) {
    noteRefusal(station, "signed_foreign_region", 0);
    return;
  }
  if (collect(station.collection, fragment, now_ms) === "taken" && isCollected(station.collection)) {
    station.step_ms = now_ms;
  }
}
