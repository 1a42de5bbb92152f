/**
 * Recovery: what a boot makes of the journal (keeping.ts tells what is in it).
 *
 * The newest commit is read, and the pulses of its newest mark are measured and charged again in the same way as the
 * first time. A sensor that counts on without power then tells what has run meanwhile. A memory that holds no readable
 * commit, and is not blank, locks the meter: it keeps the register of the newest commit, if that much can be read, and
 * writes nothing, so that nothing is lost that a workshop could still find.
 */
import { assert } from "./assert";
import { waitAfter } from "./card/attempts";
import { createCardState } from "./card/card_state";
import { tearVisits } from "./card/visits";
import { accountOf } from "./credit/account";
import type { Account } from "./credit/account";
import { LITRES_MAX, closeEntry, useWater } from "./credit/ledger";
import { blockAt, tariffFits } from "./credit/tariff";
import type { Tariff } from "./credit/tariff";
import { createEventLog } from "./event_log";
import { createHistory } from "./history";
import { newestOf, recordOf } from "./journal/archive";
import { openJournal } from "./journal/journal";
import type { Journal } from "./journal/journal";
import { KIND_MONTHS, KIND_TARIFF } from "./journal/record";
import { DUE_NOW } from "./keeper";
import { QUANTUM_L } from "./keeping";
import { createInfoCodes } from "./metrology/info_codes";
import { addForward, litresOfPulse, pulsesBetween } from "./metrology/register";
import { documentMonths, documentTariff, stateFields } from "./saved_state";
import type { Saved } from "./saved_state";
import type { Meter } from "./state";
import { note, validTime } from "./state";
import { wakeTokens } from "./token/books";
import { createMeterTokens } from "./token/meter_tokens";
import { createShutReasons } from "./valve/reasons";

/** Boots without an hour between them after which nothing is written any more until an hour has passed. */
const RESETS_MAX = 10;
/** Marks that two lanes of the largest block hold; a mark that stands for more litres than they do is not believed. */
const MARKS_MAX = 1024;
/** What a sensor may have counted without power when the clock cannot tell for how long. */
const UNKNOWN_OUTAGE_S = 86400;

/** Whether books from the memory can be believed; what is derived from them is not there yet. */
function booksSound(account: Account): boolean {
  return (
    tariffFits(account.tariff, account.volume) &&
    account.balance_milli + account.charged_milli === account.credited_milli + account.debt_milli &&
    account.standing_milli <= account.charged_milli &&
    account.month_l < account.tariff.limits_l[account.tariff.limits_l.length - 1] &&
    blockAt(account.tariff, account.month_l) < account.tariff.limits_l.length
  );
}

/** Locks the meter with nothing but its register. */
function giveUp(meter: Meter, tariff: Tariff): void {
  meter.keeper.storage = "damaged";
  meter.account = accountOf(meter.settings, tariff);
  meter.reasons = createShutReasons();
  meter.info = createInfoCodes(meter.info.burst_l_h);
  meter.card = createCardState(meter.settings.region, meter.settings.meter_number);
  meter.annex.kept = "";
  meter.tokens = createMeterTokens(meter.settings.tokens);
  meter.log = createEventLog();
  meter.history = createHistory();
}

function chargeRun(meter: Meter, litres: number): void {
  if (litres > 0 && !meter.reasons.not_commissioned) {
    useWater(meter.account, meter.settings, litres);
  }
}

/** Measures and charges the pulses of the newest mark again; false when the mark cannot be true. */
function replay(meter: Meter, pulses: number): boolean {
  const register = meter.register;
  const litres_max = MARKS_MAX * (QUANTUM_L + litresOfPulse(register));
  if (pulses * register.pulse_litres > litres_max * register.pulse_pulses) {
    return false;
  }
  register.forward_seen = (register.forward_seen + pulses) % meter.hal.flow.count_wrap;
  chargeRun(meter, addForward(register, pulses));
  return true;
}

/** The pending tariff of this id in the archive; a newer one that was never committed may stand before it. */
function findTariff(journal: Journal, id: number, sample: Tariff): Tariff | undefined {
  let back = 0;
  let record = recordOf(journal.history, KIND_TARIFF, back);
  while (record !== undefined) {
    const tariff = documentTariff(record.payload, id, sample);
    if (tariff !== undefined) {
      return tariff;
    }
    back += 1;
    record = recordOf(journal.history, KIND_TARIFF, back);
  }
  return undefined;
}

/** Reads what the commit names in the archives. */
function readDocuments(meter: Meter, journal: Journal, pending_id: number): void {
  const months = newestOf(journal.history, KIND_MONTHS);
  if (months !== undefined) {
    meter.history.months = documentMonths(months);
  }
  if (pending_id > 0) {
    const account = meter.account;
    account.pending = findTariff(journal, pending_id, account.tariff);
    if (account.pending === undefined) {
      note(meter, "tariff_lost", pending_id);
    } else {
      meter.keeper.pending_id = pending_id;
    }
  }
}

function readCommit(meter: Meter, journal: Journal, tariff: Tariff): void {
  const fields = journal.state;
  assert(fields !== undefined, "a commit was found");
  if (fields === undefined) {
    return;
  }
  const saved: Saved = { utc_s: 0, pending_id: 0, resets: 0 };
  stateFields(fields, meter, saved);
  if (!fields.ok || !booksSound(meter.account)) {
    giveUp(meter, tariff);
    return;
  }
  meter.log.before = meter.log.count;
  meter.was_cut = meter.account.cut;
  if (!meter.reasons.not_commissioned) {
    closeEntry(meter.account);
  }
  if (!replay(meter, journal.marked)) {
    giveUp(meter, tariff);
    return;
  }
  if (meter.settings.standpipe_step_l > 0) {
    tearVisits(meter.card.books.visits, meter.account);
  }
  readDocuments(meter, journal, saved.pending_id);
  meter.keeper.found_utc_s = saved.utc_s;
  meter.card.wait_until_ms = meter.hal.timer.now_ms() + waitAfter(meter.card.books.failures);
  meter.tokens.state = wakeTokens(meter.tokens.state.books, Math.floor(meter.hal.timer.now_ms() / 1000));
  meter.keeper.resets = saved.resets + 1;
  if (meter.keeper.resets > RESETS_MAX) {
    meter.keeper.storage = "reset_loop";
  }
}

/** Brings a meter that has just been made to where the journal left it. `tariff` holds when there is nothing. */
export function recover(meter: Meter, tariff: Tariff): void {
  const keeper = meter.keeper;
  const journal = openJournal(meter.hal.nvm);
  keeper.journal = journal;
  keeper.due = DUE_NOW;
  if (journal === undefined) {
    keeper.storage = "geometry";
  } else if (journal.found !== "blank") {
    const counts = { forward: meter.register.forward_seen, reverse: meter.register.reverse_seen };
    if (journal.state === undefined) {
      keeper.storage = "damaged";
    } else {
      readCommit(meter, journal, tariff);
    }
    if (!meter.hal.flow.survives_power_cut || keeper.storage === "damaged") {
      meter.register.forward_seen = counts.forward;
      meter.register.reverse_seen = counts.reverse;
    }
  }
  if (journal !== undefined) {
    // It has been read, and it is long.
    journal.state = undefined;
  }
  keeper.kept_l = meter.register.volume_l;
  meter.history.hour_l = Math.min(meter.history.hour_l, meter.register.volume_l);
  meter.reasons.storage = keeper.storage !== "ok";
}

/** Books what a sensor has counted while the meter was without power, as far as the pipe can have brought it. */
export function measureOutage(meter: Meter): void {
  const register = meter.register;
  const flow = meter.hal.flow;
  const count = flow.forward_count();
  const pulses = pulsesBetween(register.forward_seen, count, flow.count_wrap);
  if (pulses === 0) {
    return;
  }
  const from_utc_s = meter.keeper.found_utc_s;
  const utc_s = validTime(meter);
  const outage_s = from_utc_s > 0 && utc_s >= from_utc_s ? utc_s - from_utc_s : UNKNOWN_OUTAGE_S;
  const litres_max = Math.min(Math.floor((meter.settings.flow_max_l_h * outage_s) / 3600) + 1, LITRES_MAX);
  register.forward_seen = count;
  if (pulses * register.pulse_litres > litres_max * register.pulse_pulses) {
    register.refused_pulses += pulses;
    note(meter, "impossible_rate", pulses);
    return;
  }
  const litres = addForward(register, pulses);
  chargeRun(meter, litres);
  note(meter, "outage_water", litres);
}
