/**
 * Station: the meter's radio, an annex (annex.ts) that a board with a modem attaches between boot and start.
 *
 * It sends   each interval       a report (SND-NR), a little earlier or later (planReport in sending.ts)
 *            at installation     INSTALLATIONS telegrams, SND-IR, when the meter goes into service
 *            on an alarm         at once, when one of these begins: valve fault, flow while shut, cable cut, case open,
 *                                magnet, reader cover, memory fault, battery low, leak, burst
 *            on a request        its answer, ANSWER_MS after it
 * It listens after each telegram for WINDOW_MS, longer when messages come, and once a day for what is sent to many.
 *
 * A frame for one meter is opened (downlink.ts) and must have a counter above all that were taken; the one with the
 * newest counter again is a repetition, whose answer is put into the next telegram. All else changes nothing.
 *
 * A meter that is not in service is silent, and so is one that a card has put into service in another region than that of
 * its nameplate: its radio's keys are of that one, whose gateway it is no business of any more.
 */
import { ANNEX_SECTOR_BLOCKS } from "../annex";
import { assert } from "../assert";
import { DAY_S, localSeconds } from "../credit/calendar";
import { createSha256 } from "../crypto/sha256";
import type { LmsHash } from "../crypto/lms";
import type { Crypto } from "../../hal/crypto";
import { HOUR_MS } from "../metrology/flow";
import { NEVER_MS, SLOT_RADIO } from "../schedule";
import type { Settings } from "../settings";
import type { Meter } from "../state";
import { note, validTime } from "../state";
import { settle } from "../supervision";
import { openDownlink } from "./downlink";
import type { Downlink } from "./downlink";
import { contentOfA, contentOfB } from "./frames";
import { C_SND_UD3, isLinkContent } from "./link";
import { readMessage } from "./message";
import { answerRequest, obey } from "./obeying";
import { readRadioBooks } from "./radio_books";
import type { RadioSettings } from "./radio_settings";
import { radioSettingsFault } from "./radio_settings";
import type { Station } from "./radio_state";
import { createStation, inService, keepBooks, listenMinute, listenSeconds, masterKey } from "./radio_state";
import { urgentBits } from "./reporting";
import { startRules } from "./rules";
import { OPENS_MAX, WINDOW_MS, addressOf, giveUpSending, openWindow, planReport, sendNext } from "./sending";
import { noteRefusal, stepTaking, takeCarousel } from "./taking";
import { TELEGRAM_MAX_BYTES } from "./uplink";

/** Telegrams at installation: one may be lost while the installer's gateway is still being set up. */
export const INSTALLATIONS = 3;
/** After a message, so that its gateway can send all it has before the answers go out. */
const ANSWER_MS = 5000;

/** Between two alarms: a magnet that comes and goes does not run the battery down. */
const ALARM_SPACING_MS = 300000;

/** How a board without a native hash computes it, and one with it. */
function hashOf(crypto: Crypto): LmsHash {
  const sha256 = crypto.sha256 === undefined ? createSha256() : crypto.sha256;
  return crypto.sha256_chain === undefined ? { sha256: sha256 } : { sha256: sha256, sha256_chain: crypto.sha256_chain };
}

/** Settings that rules may change without changing those of the board. */
function ownSettings(from: Settings): Settings {
  return {
    meter_number: from.meter_number,
    region: from.region,
    transport_key: from.transport_key,
    standpipe_step_l: from.standpipe_step_l,
    pulse_litres: from.pulse_litres,
    pulse_pulses: from.pulse_pulses,
    q3_l_h: from.q3_l_h,
    burst_permille: from.burst_permille,
    flow_max_l_h: from.flow_max_l_h,
    utc_offset_min: from.utc_offset_min,
    dst_shift_min: from.dst_shift_min,
    dst_start_month: from.dst_start_month,
    dst_start_week: from.dst_start_week,
    dst_start_weekday: from.dst_start_weekday,
    dst_start_minute: from.dst_start_minute,
    dst_end_month: from.dst_end_month,
    dst_end_week: from.dst_end_week,
    dst_end_weekday: from.dst_end_weekday,
    dst_end_minute: from.dst_end_minute,
    low_credit_milli: from.low_credit_milli,
    emergency_milli: from.emergency_milli,
    friendly_from_minute: from.friendly_from_minute,
    friendly_to_minute: from.friendly_to_minute,
    friendly_weekends: from.friendly_weekends,
    holidays: from.holidays,
    lifeline: from.lifeline,
    lifeline_daily_l: from.lifeline_daily_l,
    lifeline_open_s: from.lifeline_open_s,
    lifeline_period_s: from.lifeline_period_s,
    battery_empty_mv: from.battery_empty_mv,
    tamper_shuts: from.tamper_shuts,
    tokens: from.tokens,
  };
}

/** Sets the next daily window by the clock; none while it is not set. */
function planListening(station: Station, now_ms: number): void {
  const utc_s = validTime(station.meter);
  station.listen_ms = NEVER_MS;
  if (utc_s > 0 && listenSeconds(station) > 0) {
    const second = localSeconds(station.meter.settings, utc_s) % DAY_S;
    const from = listenMinute(station) * 60;
    station.listen_ms = now_ms + 1000 * (from > second ? from - second : from + DAY_S - second);
  }
}

/** Counts hours, and looks at the clock again: it may have been set, and summer time begins and ends. */
function passHour(station: Station, now_ms: number): void {
  station.hour_ms = now_ms + HOUR_MS;
  station.books.service_h += 1;
  keepBooks(station);
  if (station.listen_ms - now_ms > HOUR_MS) {
    planListening(station, now_ms);
  }
}

function beginService(station: Station, now_ms: number): void {
  planReport(station, now_ms, true);
  station.hour_ms = now_ms + HOUR_MS;
  planListening(station, now_ms);
}

/** Watches what the meter has come to: in service or out of it, and alarms. */
function watch(station: Station, now_ms: number): void {
  const in_service = inService(station.meter);
  if (in_service && !station.was_in_service) {
    station.installations_left = INSTALLATIONS;
    station.extra_ms = now_ms;
    beginService(station, now_ms);
  }
  station.was_in_service = in_service;
  if (in_service) {
    const bits = urgentBits(station.meter);
    if ((bits & station.urgent) !== bits) {
      const alarm_ms = Math.max(now_ms, station.alarm_ms);
      station.extra_ms = Math.min(station.extra_ms, alarm_ms);
      station.alarm_ms = alarm_ms + ALARM_SPACING_MS;
    }
    station.urgent = bits;
  }
}

/** Sets the deadline of the station's slot. */
function plan(station: Station): void {
  let next_ms = Math.min(station.step_ms, station.listen_ms, station.hour_ms, station.guest.due_ms);
  if (station.sending_until_ms < NEVER_MS) {
    next_ms = Math.min(next_ms, station.sending_until_ms);
  } else {
    next_ms = Math.min(next_ms, Math.max(Math.min(station.report_ms, station.extra_ms), station.hold_ms));
  }
  station.meter.schedule.deadlines_ms[SLOT_RADIO] = station.was_in_service ? next_ms : NEVER_MS;
}

function onDue(station: Station, now_ms: number): void {
  if (station.step_ms <= now_ms) {
    stepTaking(station, now_ms);
  }
  if (station.guest.due_ms <= now_ms) {
    station.guest.on_due(now_ms);
  }
  if (station.hour_ms <= now_ms) {
    passHour(station, now_ms);
  }
  if (station.listen_ms <= now_ms) {
    station.opens_left = OPENS_MAX;
    station.refusal_noted = false;
    openWindow(station, 1000 * listenSeconds(station), now_ms);
    planListening(station, now_ms);
  }
  if (station.sending_until_ms <= now_ms) {
    giveUpSending(station, now_ms);
  }
  const sends = station.report_ms <= now_ms || station.extra_ms <= now_ms;
  if (sends && station.sending_until_ms === NEVER_MS && station.hold_ms <= now_ms) {
    sendNext(station, now_ms);
  }
}

/** Takes an opened message whose counter is as it should be. */
function onMessage(station: Station, downlink: Downlink, now_ms: number): void {
  const message = readMessage(downlink.text);
  if (message === undefined) {
    noteRefusal(station, "radio_malformed", downlink.counter);
    return;
  }
  if (downlink.counter === station.books.heard) {
    // The very telegram again: whoever sends it needs no key, so it gets its answer when something is sent anyway.
    for (const one of station.books.answered) {
      if (one.request === message.request) {
        answerRequest(station, one.request, one.code);
      }
    }
    return;
  }
  obey(station, message, downlink.counter);
  planListening(station, now_ms);
  station.extra_ms = Math.min(station.extra_ms, now_ms + ANSWER_MS);
  openWindow(station, WINDOW_MS, now_ms);
}

function onDownlink(station: Station, content: number[], now_ms: number): void {
  if (station.opens_left <= 0) {
    return;
  }
  const crypto = station.meter.hal.crypto;
  const downlink = openDownlink(crypto, masterKey(station), addressOf(station), content);
  if (downlink.result === "not_ours") {
    return;
  }
  station.opens_left -= 1;
  if (downlink.result !== "opened") {
    noteRefusal(station, "radio_" + downlink.result, station.books.heard);
  } else if (downlink.counter < station.books.heard) {
    noteRefusal(station, "radio_replayed", downlink.counter);
  } else {
    onMessage(station, downlink, now_ms);
  }
}

function onFrame(station: Station, frame: number[]): void {
  const meter = station.meter;
  const format_a = contentOfA(frame);
  const content = format_a === undefined ? contentOfB(frame) : format_a;
  if (content === undefined || !isLinkContent(content) || !inService(meter)) {
    return;
  }
  const now_ms = meter.hal.timer.now_ms();
  if (content[1] === C_SND_UD3) {
    station.guest.take(content, now_ms);
    takeCarousel(station, content, now_ms);
  } else {
    onDownlink(station, content, now_ms);
  }
  settle(meter, now_ms);
}

/** Brings the rules that wait to a time. */
function passTime(station: Station, utc_s: number): boolean {
  const books = station.books;
  if (!startRules(books.pending, books.in_force, utc_s)) {
    return false;
  }
  keepBooks(station);
  note(station.meter, "rules_active", utc_s);
  return true;
}

function wire(station: Station): void {
  const meter = station.meter;
  const annex = meter.annex;
  annex.listen = function () {
    meter.hal.radio.on_frame(function (frame, rssi_dbm) {
      assert(rssi_dbm < 1000, "a signal has a strength");
      onFrame(station, frame);
    });
  };
  annex.on_due = function (now_ms) {
    onDue(station, now_ms);
  };
  annex.on_settled = function (now_ms) {
    watch(station, now_ms);
    plan(station);
  };
  annex.pass_time = function (utc_s) {
    return passTime(station, utc_s);
  };
}

/** A station, or why there is none. */
export interface Opened {
  station: Station | undefined;
  fault: string;
}

/**
 * Makes the radio's station for a meter that has booted and not been started, or says why there is none: the first setting
 * that is out of bounds, "memory" where the longest commit would not fit a sector, "frames" where the longest telegram is
 * more than the modem takes, "books" when the commit has books that this firmware does not read. What was kept of it then
 * stays kept. An interval of 0 leaves the radio off, without a fault.
 */
export function openStation(meter: Meter, settings: RadioSettings): Opened {
  const journal = meter.keeper.journal;
  const books = readRadioBooks(meter.annex.kept);
  let fault = settings.interval_s === 0 ? "" : radioSettingsFault(settings);
  if (settings.interval_s === 0 || fault !== "") {
    return { station: undefined, fault: fault };
  }
  fault = journal === undefined || journal.layout.sector_blocks < ANNEX_SECTOR_BLOCKS ? "memory" : "";
  if (fault === "" && meter.hal.radio.frame_max_bytes < TELEGRAM_MAX_BYTES) {
    fault = "frames";
  }
  if (fault !== "" || books === undefined) {
    return { station: undefined, fault: fault === "" ? "books" : fault };
  }
  meter.settings = ownSettings(meter.settings);
  return { station: createStation(meter, settings, hashOf(meter.hal.crypto), books), fault: "" };
}

/** Sets a station going, with its guest where it has one. */
export function attachStation(station: Station): void {
  const meter = station.meter;
  keepBooks(station);
  wire(station);
  meter.annex.listen();
  if (station.was_in_service) {
    beginService(station, meter.hal.timer.now_ms());
  }
}

/** Attaches the radio alone. The fault that stands in its way, or "". */
export function attachRadio(meter: Meter, settings: RadioSettings): string {
  const opened = openStation(meter, settings);
  if (opened.station !== undefined) {
    attachStation(opened.station);
  }
  return opened.fault;
}
