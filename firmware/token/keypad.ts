/**
 * Keypad: what a key does. Digits are shown in their groups while they are typed (entry.ts) and change nothing, so they
 * do not measure or settle; "#" has the number judged, and short codes do what they did before there were tokens.
 *
 * An OpenPAYGO number is looked for one count at a time, with the alarm between them: hashes may take seconds on a small
 * engine, and pulses and the watchdog come first. "WAIT" stands meanwhile, and keys are not heard.
 */
import { ATTENTION_MS } from "../display/display";
import { PAGES, PAGE_CREDITS, PAGE_MONTH } from "../display/pages";
import { keepChanges } from "../keeping";
import { measure } from "../metering";
import { bookEmergency } from "../requests";
import { NEVER_MS, SLOT_TOKEN } from "../schedule";
import type { Meter } from "../state";
import { note } from "../state";
import { settle, showNow, tell } from "../supervision";
import { actOnToken, tokenMoment } from "./acts";
import { ENTRY_WAIT_S, entryText, pressTokenKey } from "./entry";
import { beginPaygo, judgeSearch, judgeToken } from "./judgement";
import { stepPaygoSearch } from "./openpaygo";
import { keyMeaning, pageOfKey, placeOfKey } from "./short_codes";

const GLASS_WIDTH = 8;
/** Between two counts of a search. */
const SEARCH_WAIT_MS = 10;

function requestEmergency(meter: Meter, now_ms: number): void {
  const granted = bookEmergency(meter);
  if (!granted) {
    note(meter, "emergency_refused", meter.account.debt_milli);
  }
  meter.hal.buzzer.beep(granted ? "good" : "bad");
  tell(meter, granted ? "EMERG OK" : "REFUSED", now_ms);
}

function toggleCustomerLock(meter: Meter, now_ms: number): void {
  if (meter.settings.standpipe_step_l > 0) {
    // It is nobody's: whoever passes would shut it to all.
    tell(meter, "REFUSED", now_ms);
    return;
  }
  const locked = !meter.reasons.customer_lock;
  meter.reasons.customer_lock = locked;
  note(meter, locked ? "customer_lock_on" : "customer_lock_off", meter.register.volume_l);
  keepChanges(meter);
  tell(meter, locked ? "LOCKED" : "UNLOCKED", now_ms);
}

function pressShortCode(meter: Meter, key: string, now_ms: number): void {
  const shown = meter.shown;
  measure(meter, now_ms);
  switch (keyMeaning(meter.short_code, key)) {
    case "next_page":
      shown.page = shown.page < PAGES ? (shown.page + 1) % PAGES : 0;
      break;
    case "page":
      shown.page = pageOfKey(key);
      break;
    case "credit":
      shown.page = PAGE_CREDITS + placeOfKey(key);
      break;
    case "month":
      shown.page = PAGE_MONTH;
      break;
    case "emergency":
      requestEmergency(meter, now_ms);
      break;
    case "customer_lock":
      toggleCustomerLock(meter, now_ms);
      break;
    default:
      break;
  }
  shown.attention_until_ms = now_ms + ATTENTION_MS;
  settle(meter, now_ms);
}

/** Shows the digits until they are forgotten. */
function showDigits(meter: Meter, now_ms: number): void {
  const shown = meter.shown;
  const entry = meter.tokens.entry;
  meter.short_code.hashes = 0;
  if (entry.digits !== "") {
    tell(meter, entryText(entry, GLASS_WIDTH), now_ms);
    shown.message_until_ms = now_ms + ENTRY_WAIT_S * 1000;
  }
  shown.attention_until_ms = now_ms + ATTENTION_MS;
  showNow(meter, now_ms);
}

/** Whoever types a token keeps nothing of it. */
function nothingElse(): void {
  return;
}

/** A number is complete: it is judged, or looked for. */
function takeNumber(meter: Meter, number: string, now_ms: number): void {
  const tokens = meter.tokens;
  measure(meter, now_ms);
  const moment = tokenMoment(meter, now_ms);
  meter.shown.attention_until_ms = now_ms + ATTENTION_MS;
  const search = moment.now_s < tokens.state.session.locked_until_s ? undefined : beginPaygo(tokens.state, number);
  if (search === undefined) {
    actOnToken(meter, judgeToken(tokens.terms, tokens.state, number, moment), now_ms, nothingElse);
  } else {
    tokens.search = search;
    tell(meter, "WAIT", now_ms);
    meter.shown.message_until_ms = NEVER_MS;
    meter.schedule.deadlines_ms[SLOT_TOKEN] = now_ms + SEARCH_WAIT_MS;
  }
  settle(meter, now_ms);
}

/** One count of a search; the caller measures before and settles after. */
export function searchOn(meter: Meter, now_ms: number): void {
  const tokens = meter.tokens;
  const search = tokens.search;
  if (search === undefined) {
    return;
  }
  stepPaygoSearch(search, 1);
  if (!search.done) {
    meter.schedule.deadlines_ms[SLOT_TOKEN] = now_ms + SEARCH_WAIT_MS;
    return;
  }
  tokens.search = undefined;
  const judgement = judgeSearch(tokens.terms, tokens.state, search, tokenMoment(meter, now_ms));
  actOnToken(meter, judgement, now_ms, nothingElse);
}

/** A key went down; the handler of the keypad port. */
export function onKey(meter: Meter, key: string): void {
  const now_ms = meter.hal.timer.now_ms();
  const tokens = meter.tokens;
  if (tokens.search !== undefined) {
    return;
  }
  const step = pressTokenKey(tokens.entry, key, Math.floor(now_ms / 1000));
  tokens.entry = step.entry;
  meter.shown.message_until_ms = now_ms;
  meter.shown.queued = [];
  switch (step.news) {
    case "complete":
      takeNumber(meter, step.number, now_ms);
      break;
    case "short_code":
      pressShortCode(meter, key, now_ms);
      break;
    case "full":
      meter.hal.buzzer.beep("bad");
      showDigits(meter, now_ms);
      break;
    default:
      showDigits(meter, now_ms);
  }
}
