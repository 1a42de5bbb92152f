/**
 * Obeying: what a message to this meter does (message.ts), once it has been opened and its counter is new.
 *
 * What the message changes, its counter and the answer to it are one commit, so a power cut leaves all of it or nothing;
 * the answer is told, and the clock set, after it. A request that was obeyed before is not obeyed again: it gets the
 * same answer once more, for the gateway may not have heard it.
 */
import { bytesText, digitsAt, wholeAt } from "../card/bytes";
import { putHotList } from "../card/acts";
import { judgeVoucher } from "../card/judgement";
import { voucherKey } from "../card/prepared";
import { NO_CARD } from "../card/voucher";
import { AES_KEY_BYTES } from "../crypto/aes";
import { readyForTariff, stateBefore } from "../keeping";
import { crossBoundary, measure } from "../metering";
import type { Meter } from "../state";
import { UTC_MAX_S, note } from "../state";
import { tell } from "../supervision";
import { moneyField } from "../text";
import { ROOM_TOKEN } from "../rooms";
import { actOnToken, tokenMoment } from "../token/acts";
import { judgeToken } from "../token/judgement";
import type { Message } from "./message";
import { REQUESTS_KEPT } from "./radio_books";
import type { RadioResult } from "./radio_results";
import { creditCode, radioCode, tokenCode } from "./radio_results";
import type { RadioSettings } from "./radio_settings";
import { copyOfSettings, radioSettingsFault } from "./radio_settings";
import type { Station } from "./radio_state";
import { groupOf, intervalMs, keepBooks, listenMinute, listenSeconds, reloadBooks, storeBooks } from "./radio_state";
import { monthBack } from "./reporting";
import { lifelineAt } from "./signed";
import { lifelineGood } from "./signed_content";

const TIME_BYTES = 9;
const SETTING_BYTES = 5;
const FLOW_BYTES = 4;
/** A token of twenty digits, two a byte. */
const TOKEN_BYTES = 10;
/** 2000-01-01: below it the meter takes its clock for lost (state.ts). */
const CLOCK_MIN_UTC_S = 946684800;
const MONTHS_BACK_MAX = 11;

/** Puts an answer into the next telegram. */
export function answerRequest(station: Station, request: number, code: number): void {
  for (const answer of station.answers) {
    if (answer.request === request) {
      return;
    }
  }
  if (station.answers.length < REQUESTS_KEPT) {
    station.answers.push({ request: request, code: code });
  }
}

/** Writes into the books that this counter is used and this request answered so; keepBooks must follow. */
function remember(station: Station, counter: number, request: number, code: number): void {
  const books = station.books;
  books.heard = counter;
  const first = books.answered.length < REQUESTS_KEPT ? 0 : 1;
  books.answered = books.answered.slice(first, books.answered.length);
  books.answered.push({ request: request, code: code });
}

function setTime(station: Station, body: number[]): RadioResult {
  if (body.length !== TIME_BYTES) {
    return "malformed";
  }
  const utc_s = wholeAt(body, 0, 5);
  if (utc_s < CLOCK_MIN_UTC_S || utc_s > UTC_MAX_S) {
    return "out_of_range";
  }
  return wholeAt(body, 5, 4) === station.sent_counter ? "accepted" : "stale";
}

function setValve(meter: Meter, body: number[]): RadioResult {
  if (body.length !== 1 || body[0] > 1) {
    return "malformed";
  }
  const locked = body[0] === 1;
  meter.reasons.remote_lock = locked;
  note(meter, locked ? "remote_lock_on" : "remote_lock_off", meter.register.volume_l);
  return "accepted";
}

function setLifeline(station: Station, body: number[]): RadioResult {
  const lifeline = lifelineAt(body, 0, body.length);
  if (lifeline === undefined) {
    return "malformed";
  }
  if (!lifelineGood(lifeline)) {
    return "out_of_range";
  }
  station.books.in_force.lifeline = lifeline;
  note(station.meter, "lifeline_set", lifeline.open_s);
  return "accepted";
}

/** Takes one setting into a copy; false when there is none of this number. */
function changeSetting(changed: RadioSettings, number: number, value: number): boolean {
  switch (number) {
    case 1:
      changed.interval_s = value;
      // A meter that never sends again cannot be told to send: the radio is switched off at provisioning alone.
      return value > 0;
    case 2:
      changed.listen_minute = value;
      return true;
    case 3:
      changed.listen_s = value;
      return true;
    case 4:
      changed.group = value;
      return true;
    default:
      return false;
  }
}

function setSettings(station: Station, body: number[]): RadioResult {
  if (body.length === 0 || body.length % SETTING_BYTES !== 0) {
    return "malformed";
  }
  const changed = copyOfSettings(station.settings);
  changed.interval_s = Math.floor(intervalMs(station) / 1000);
  changed.listen_minute = listenMinute(station);
  changed.listen_s = listenSeconds(station);
  changed.group = groupOf(station);
  for (let at = 0; at < body.length; at += SETTING_BYTES) {
    if (!changeSetting(changed, body[at], wholeAt(body, at + 1, 4))) {
      return "out_of_range";
    }
  }
  if (radioSettingsFault(changed) !== "") {
    return "out_of_range";
  }
  const books = station.books;
  books.interval_s = changed.interval_s;
  books.listen_minute = changed.listen_minute;
  books.listen_s = changed.listen_s;
  books.group = changed.group;
  note(station.meter, "radio_settings", changed.interval_s);
  return "accepted";
}

function limitFlow(meter: Meter, body: number[]): RadioResult {
  if (body.length !== FLOW_BYTES) {
    return "malformed";
  }
  meter.tokens.flow_limit_l_h = wholeAt(body, 0, FLOW_BYTES);
  note(meter, "flow_limit", meter.tokens.flow_limit_l_h);
  return "accepted";
}

function askHistory(station: Station, body: number[]): RadioResult {
  if (body.length !== 1) {
    return "malformed";
  }
  if (body[0] > MONTHS_BACK_MAX) {
    return "out_of_range";
  }
  return monthBack(station.meter, body[0]) === undefined ? "refused" : "accepted";
}

function setKey(station: Station, body: number[]): RadioResult {
  if (body.length !== AES_KEY_BYTES) {
    return "malformed";
  }
  station.books.master_key = bytesText(body);
  note(station.meter, "radio_key", station.books.heard);
  return "accepted";
}

/** Changes what the message says, and commits nothing. */
function change(station: Station, message: Message): RadioResult {
  const meter = station.meter;
  switch (message.kind) {
    case "time":
      return setTime(station, message.body);
    case "valve":
      return setValve(meter, message.body);
    case "lifeline":
      return setLifeline(station, message.body);
    case "settings":
      return setSettings(station, message.body);
    case "hot_list":
      return putHotList(meter, message.body) ? "accepted" : "refused";
    case "history":
      return askHistory(station, message.body);
    case "key":
      return setKey(station, message.body);
    case "flow_limit":
      return limitFlow(meter, message.body);
    case "update":
      return station.guest.ask(message.body);
    case "credit":
    case "unknown":
      return "unknown_kind";
    default:
      return "unknown_kind";
  }
}

/** Takes a token through the door of the keypad; what the radio keeps of it is in the commit that uses it up. */
function obeyToken(station: Station, message: Message, counter: number): number {
  const meter = station.meter;
  const tokens = meter.tokens;
  const now_ms = meter.hal.timer.now_ms();
  const digits = digitsAt(message.body, 0, TOKEN_BYTES);
  const judgement = judgeToken(tokens.terms, tokens.state, digits, tokenMoment(meter, now_ms));
  const kept_before = meter.annex.kept;
  let is_kept = false;
  const answer = actOnToken(meter, judgement, now_ms, function () {
    is_kept = true;
    remember(station, counter, message.request, tokenCode(judgement.result));
    keepBooks(station);
  });
  const code = tokenCode(answer);
  if (answer === "not_stored") {
    // What was remembered for the commit that failed is not what came of it.
    meter.annex.kept = kept_before;
    reloadBooks(station);
    return code;
  }
  if (is_kept) {
    return code;
  }
  const before = stateBefore(meter);
  remember(station, counter, message.request, code);
  return storeBooks(station, before) ? code : radioCode("not_stored");
}

/** Takes a voucher through the door of the cards; what the radio keeps of it is in the same commit. */
function obeyVoucher(station: Station, message: Message, counter: number): number {
  const meter = station.meter;
  const books = meter.card.books;
  const taken_milli = books.cumulative_milli;
  const before = stateBefore(meter);
  const good = creditCode("accepted");
  const result = judgeVoucher(meter, voucherKey(meter), NO_CARD, message.body, function () {
    remember(station, counter, message.request, good);
    keepBooks(station);
  });
  const code = creditCode(result);
  const now_ms = meter.hal.timer.now_ms();
  if (result === "accepted") {
    meter.hal.buzzer.beep("good");
    tell(meter, "+" + moneyField(books.cumulative_milli - taken_milli, 7), now_ms);
    return code;
  }
  if (result === "not_stored") {
    reloadBooks(station);
    return code;
  }
  note(meter, "radio_credit_refused", code);
  remember(station, counter, message.request, code);
  return storeBooks(station, before) ? code : creditCode("not_stored");
}

function obeyCredit(station: Station, message: Message, counter: number): number {
  if (message.body.length !== TOKEN_BYTES) {
    return obeyVoucher(station, message, counter);
  }
  // A meter that knows nothing of tokens does not know this kind of message.
  return ROOM_TOKEN ? obeyToken(station, message, counter) : obeyOther(station, message, counter);
}

/** Obeys a message of another kind than credit. */
function obeyOther(station: Station, message: Message, counter: number): number {
  const before = stateBefore(station.meter);
  const result = change(station, message);
  remember(station, counter, message.request, radioCode(result));
  if (!storeBooks(station, before)) {
    return radioCode("not_stored");
  }
  if (result === "accepted") {
    actOutside(station, message);
  }
  return radioCode(result);
}

/** What is done once the commit stands. */
function actOutside(station: Station, message: Message): void {
  const meter = station.meter;
  if (message.kind === "time") {
    meter.hal.clock.set(wholeAt(message.body, 0, 5));
    note(meter, "clock_set", wholeAt(message.body, 0, 5));
    crossBoundary(meter, meter.hal.timer.now_ms());
  } else if (message.kind === "history") {
    station.months_back = message.body[0];
  } else if (message.kind === "update") {
    station.guest.act(message.body);
  }
}

/** The answer that a request has had; undefined for a new one. */
function earlierAnswer(station: Station, request: number): number | undefined {
  const answered = station.books.answered;
  let newest = 0;
  for (const one of answered) {
    if (one.request === request) {
      return one.code;
    }
    newest = Math.max(newest, one.request);
  }
  return request < newest ? radioCode("old_request") : undefined;
}

/** Does what a genuine message with a new counter says, and answers it. */
export function obey(station: Station, message: Message, counter: number): void {
  const meter = station.meter;
  const earlier = earlierAnswer(station, message.request);
  if (earlier !== undefined) {
    station.books.heard = counter;
    answerRequest(station, message.request, earlier);
    return;
  }
  // What is committed on the way must be, before anything of the message is in the books.
  measure(meter, meter.hal.timer.now_ms());
  readyForTariff(meter);
  if (meter.reasons.not_commissioned) {
    answerRequest(station, message.request, radioCode("not_in_service"));
    return;
  }
  const credit = message.kind === "credit";
  const code = credit ? obeyCredit(station, message, counter) : obeyOther(station, message, counter);
  answerRequest(station, message.request, code);
}
