/**
 * Saved state: what of a meter stands in a commit of the journal, and what is written to its archives.
 *
 * Each list of fields is walked in both directions (journal/fields.ts): the same line writes a field and reads it back,
 * so that the two can never differ. Whole numbers are zigzag variable-length; texts have their length in front.
 *
 *   commit   version (2); register: litres, part, pulses per fraction, reverse litres, reverse part, refused pulses,
 *            forward and reverse count of the sensor; account: see accountFields; tariff; id of the pending tariff
 *            (0: none); locks: bits of lockBits; info codes: hour, bucket, buckets; event log: events ever logged,
 *            how many are not in the archive, and these; history: hours not in the archive, register at the last
 *            hour; time of the commit (UTC, 0: not known); boots since the meter last ran for an hour; cards: see
 *            card/books.ts; tokens: see token/saved.ts; then whatever the annex keeps (annex.ts), nothing where there
 *            is none
 *   events   sequence of the first event, number of events, events
 *   hours    end of the first hour (UTC, 0: not known), number of hours, litres of each
 *   months   number of entries, entries of three numbers (history.ts)
 *   tariff   id, start, standing charge, number of blocks, limit and price of each
 *
 * The register stands first, so that it can be kept from a commit whose rest cannot be read.
 */
import { ANNEX_MAX_BYTES } from "./annex";
import { cardFields } from "./card/books";
import type { Account } from "./credit/account";
import type { Tariff } from "./credit/tariff";
import { BLOCKS_MAX, NO_LIMIT_L, PRICE_MAX_MILLI } from "./credit/tariff";
import type { EventLog } from "./event_log";
import { EVENTS_UNSAVED_MAX_BYTES } from "./event_log";
import type { History } from "./history";
import { HOURS_MAX_BYTES, MONTHS_KEPT, MONTH_NUMBERS } from "./history";
import type { Fields } from "./journal/fields";
import {
  WHOLE_MAX,
  WHOLE_MIN,
  amountField,
  bytesField,
  flagField,
  listField,
  readFields,
  restField,
  wholeField,
  writeFields,
} from "./journal/fields";
import type { AccountCalendar, Keeper } from "./keeper";
import { DAYS_KEPT } from "./metrology/info_codes";
import type { InfoCodes } from "./metrology/info_codes";
import type { Register } from "./metrology/register";
import { PULSE_TERM_MAX } from "./metrology/register";
import { COUNT_WRAP_MAX } from "./settings";
import type { Meter } from "./state";
import { UTC_MAX_S } from "./state";
import { tokenFields } from "./token/saved";
import type { ShutReasons } from "./valve/reasons";

const STATE_VERSION = 2;
/** Local days and months since 1970, with the widest margin that a false clock can bring. */
const DAY_MAX = 10000000;
/** Four numbers below 32 in a bucket of info codes. */
const BUCKET_MAX = 1048575;
const LOCKS_MAX = 31;
const RESETS_MAX = 1000000;

function whole(fields: Fields, value: number): number {
  return wholeField(fields, value, WHOLE_MIN, WHOLE_MAX);
}

function registerFields(fields: Fields, register: Register): void {
  register.volume_l = amountField(fields, register.volume_l);
  register.part = wholeField(fields, register.part, 0, PULSE_TERM_MAX);
  const pulse_pulses = wholeField(fields, register.pulse_pulses, 1, PULSE_TERM_MAX);
  register.reverse_l = amountField(fields, register.reverse_l);
  register.reverse_part = wholeField(fields, register.reverse_part, 0, PULSE_TERM_MAX);
  register.refused_pulses = amountField(fields, register.refused_pulses);
  register.forward_seen = wholeField(fields, register.forward_seen, 0, COUNT_WRAP_MAX);
  register.reverse_seen = wholeField(fields, register.reverse_seen, 0, COUNT_WRAP_MAX);
  // Parts of a litre are counted in the sensor's own fraction: under another one they are another volume.
  if (
    pulse_pulses !== register.pulse_pulses ||
    register.part >= pulse_pulses ||
    register.reverse_part >= pulse_pulses
  ) {
    register.part = 0;
    register.reverse_part = 0;
    fields.ok = false;
  }
}

/** The register: the same from commit to commit while no water runs, as when credit has run out and is bought again. */
function keptRegister(fields: Fields, keeper: Keeper, register: Register): void {
  const known = keeper.register;
  if (
    fields.writing &&
    known !== undefined &&
    known.values.forward_seen === register.forward_seen &&
    known.values.reverse_seen === register.reverse_seen &&
    known.values.volume_l === register.volume_l &&
    known.values.part === register.part &&
    known.values.reverse_l === register.reverse_l &&
    known.values.reverse_part === register.reverse_part &&
    known.values.refused_pulses === register.refused_pulses
  ) {
    fields.text += known.text;
    return;
  }
  const start = fields.text.length;
  registerFields(fields, register);
  if (fields.writing) {
    const copy: Register = {
      pulse_litres: register.pulse_litres,
      pulse_pulses: register.pulse_pulses,
      volume_l: register.volume_l,
      part: register.part,
      reverse_l: register.reverse_l,
      reverse_part: register.reverse_part,
      refused_pulses: register.refused_pulses,
      forward_seen: register.forward_seen,
      reverse_seen: register.reverse_seen,
    };
    keeper.register = { values: copy, text: fields.text.substring(start, fields.text.length) };
  }
}

/** A tariff; when reading, a new record. */
export function tariffFields(fields: Fields, tariff: Tariff): Tariff {
  const copy: Tariff = {
    id: wholeField(fields, tariff.id, 1, WHOLE_MAX),
    start_utc_s: wholeField(fields, tariff.start_utc_s, 0, WHOLE_MAX),
    standing_milli: wholeField(fields, tariff.standing_milli, 0, PRICE_MAX_MILLI),
    limits_l: [],
    prices_milli: [],
  };
  const blocks = wholeField(fields, tariff.limits_l.length, 1, BLOCKS_MAX);
  for (let block = 0; block < blocks; block++) {
    const known = block < tariff.limits_l.length;
    copy.limits_l.push(wholeField(fields, known ? tariff.limits_l[block] : 1, 1, NO_LIMIT_L));
    copy.prices_milli.push(wholeField(fields, known ? tariff.prices_milli[block] : 0, 0, PRICE_MAX_MILLI));
  }
  return copy;
}

function accountFields(fields: Fields, account: Account): void {
  account.balance_milli = whole(fields, account.balance_milli);
  account.charged_milli = amountField(fields, account.charged_milli);
  account.month_l = amountField(fields, account.month_l);
  account.thousandths = wholeField(fields, account.thousandths, 0, 999);
  account.credited_milli = amountField(fields, account.credited_milli);
  account.debt_milli = amountField(fields, account.debt_milli);
  account.standing_milli = amountField(fields, account.standing_milli);
  account.credit_sequence = whole(fields, account.credit_sequence);
  account.last_credit_milli = amountField(fields, account.last_credit_milli);
  account.cut = flagField(fields, account.cut);
  account.friendly = flagField(fields, account.friendly);
  account.warned = flagField(fields, account.warned);
}

/** The rest of the account: most of it is the same for a day. */
function keptCalendar(fields: Fields, keeper: Keeper, account: Account): void {
  const known = keeper.calendar;
  if (
    fields.writing &&
    known !== undefined &&
    known.values.day === account.day &&
    known.values.month === account.month &&
    known.values.paid_day === account.paid_day &&
    known.values.lifeline_day === account.lifeline_day &&
    known.values.lifeline_today_l === account.lifeline_today_l &&
    known.values.lifeline_l === account.lifeline_l
  ) {
    fields.text += known.text;
    return;
  }
  const start = fields.text.length;
  const copy: AccountCalendar = {
    day: wholeField(fields, account.day, -1, DAY_MAX),
    month: wholeField(fields, account.month, -1, DAY_MAX),
    paid_day: wholeField(fields, account.paid_day, -1, DAY_MAX),
    lifeline_day: wholeField(fields, account.lifeline_day, -1, DAY_MAX),
    lifeline_today_l: amountField(fields, account.lifeline_today_l),
    lifeline_l: amountField(fields, account.lifeline_l),
  };
  if (fields.writing) {
    keeper.calendar = { values: copy, text: fields.text.substring(start, fields.text.length) };
    return;
  }
  account.day = copy.day;
  account.month = copy.month;
  account.paid_day = copy.paid_day;
  account.lifeline_day = copy.lifeline_day;
  account.lifeline_today_l = copy.lifeline_today_l;
  account.lifeline_l = copy.lifeline_l;
}

/** The account's tariff: most of the fields of a commit that are the same in the next one. */
function keptTariff(fields: Fields, keeper: Keeper, account: Account): void {
  if (!fields.writing) {
    account.tariff = tariffFields(fields, account.tariff);
    return;
  }
  if (keeper.tariff !== account.tariff) {
    keeper.tariff = account.tariff;
    keeper.tariff_text = tariffDocument(account.tariff);
  }
  fields.text += keeper.tariff_text;
}

/** The reasons that outlive a power cut: the others follow from what the meter finds when it is back. */
export function lockBits(reasons: ShutReasons): number {
  return (
    (reasons.remote_lock ? 1 : 0) +
    (reasons.tamper ? 2 : 0) +
    (reasons.customer_lock ? 4 : 0) +
    (reasons.not_commissioned ? 8 : 0)
  );
}

function lockFields(fields: Fields, reasons: ShutReasons): void {
  const bits = wholeField(fields, lockBits(reasons), 0, LOCKS_MAX);
  if (fields.writing) {
    return;
  }
  reasons.remote_lock = (bits & 1) !== 0;
  reasons.tamper = (bits & 2) !== 0;
  reasons.customer_lock = (bits & 4) !== 0;
  reasons.not_commissioned = (bits & 8) !== 0;
}

function infoFields(fields: Fields, info: InfoCodes): void {
  info.hour = wholeField(fields, info.hour, 0, 23);
  const buckets = wholeField(fields, info.days.length, 1, DAYS_KEPT);
  info.day = wholeField(fields, info.day, 0, DAYS_KEPT - 1);
  info.days = listField(fields, info.days, buckets, 0, BUCKET_MAX);
  if (info.day >= buckets) {
    info.day = 0;
    fields.ok = false;
  }
}

function logFields(fields: Fields, log: EventLog): void {
  log.count = amountField(fields, log.count);
  log.unsaved_count = wholeField(fields, log.unsaved_count, 0, EVENTS_UNSAVED_MAX_BYTES);
  log.unsaved = bytesField(fields, log.unsaved, EVENTS_UNSAVED_MAX_BYTES);
}

/** The hours: the same within one. */
function keptHistory(fields: Fields, keeper: Keeper, history: History): void {
  const known = keeper.history;
  if (
    fields.writing &&
    known !== undefined &&
    known.values.hours_count === history.hours_count &&
    known.values.hour_l === history.hour_l &&
    known.values.from_utc_s === history.from_utc_s &&
    known.values.hours === history.hours
  ) {
    fields.text += known.text;
    return;
  }
  const start = fields.text.length;
  historyFields(fields, history);
  if (fields.writing) {
    const copy: History = {
      hours: history.hours,
      hours_count: history.hours_count,
      from_utc_s: history.from_utc_s,
      hour_l: history.hour_l,
      months: history.months,
    };
    keeper.history = { values: copy, text: fields.text.substring(start, fields.text.length) };
  }
}

function historyFields(fields: Fields, history: History): void {
  history.from_utc_s = wholeField(fields, history.from_utc_s, 0, UTC_MAX_S);
  history.hours_count = wholeField(fields, history.hours_count, 0, HOURS_MAX_BYTES);
  history.hours = bytesField(fields, history.hours, HOURS_MAX_BYTES);
  history.hour_l = amountField(fields, history.hour_l);
}

/** What a commit says of its meter beside the meter's own records. */
export interface Saved {
  /** Time of the commit; 0 when it was not known. */
  utc_s: number;
  /** Id of the tariff that waits in the history archive; 0 for none. */
  pending_id: number;
  resets: number;
}

/** Walks a whole commit. When reading, `fields.ok` tells at the end whether all of it was good. */
export function stateFields(fields: Fields, meter: Meter, saved: Saved): void {
  wholeField(fields, STATE_VERSION, STATE_VERSION, STATE_VERSION);
  keptRegister(fields, meter.keeper, meter.register);
  accountFields(fields, meter.account);
  keptCalendar(fields, meter.keeper, meter.account);
  keptTariff(fields, meter.keeper, meter.account);
  saved.pending_id = amountField(fields, saved.pending_id);
  lockFields(fields, meter.reasons);
  infoFields(fields, meter.info);
  logFields(fields, meter.log);
  keptHistory(fields, meter.keeper, meter.history);
  saved.utc_s = wholeField(fields, saved.utc_s, 0, UTC_MAX_S);
  saved.resets = wholeField(fields, saved.resets, 0, RESETS_MAX);
  cardFields(fields, meter.card.books);
  tokenFields(fields, meter.tokens);
  meter.annex.kept = restField(fields, meter.annex.kept, ANNEX_MAX_BYTES);
}

/** A tariff for the archive. */
export function tariffDocument(tariff: Tariff): string {
  const fields = writeFields();
  tariffFields(fields, tariff);
  return fields.text;
}

/** The tariff of a document with this id, or undefined. `sample` gives the shape. */
export function documentTariff(text: string, id: number, sample: Tariff): Tariff | undefined {
  const fields = readFields(text);
  const tariff = tariffFields(fields, sample);
  return fields.ok && tariff.id === id ? tariff : undefined;
}

function monthsFields(fields: Fields, months: number[]): number[] {
  const numbers = wholeField(fields, months.length, 0, MONTHS_KEPT * MONTH_NUMBERS);
  const copy: number[] = [];
  for (let i = 0; i < numbers; i++) {
    copy.push(whole(fields, i < months.length ? months[i] : 0));
  }
  return copy;
}

export function monthsDocument(months: number[]): string {
  const fields = writeFields();
  monthsFields(fields, months);
  return fields.text;
}

/** The months of a document; none when it cannot be read. */
export function documentMonths(text: string): number[] {
  const fields = readFields(text);
  const months = monthsFields(fields, []);
  const none: number[] = [];
  return fields.ok && months.length % MONTH_NUMBERS === 0 ? months : none;
}

/** Events or hours with their head: where the first one stands, and how many there are. */
export function runDocument(first: number, count: number, run: string): string {
  const fields = writeFields();
  amountField(fields, first);
  amountField(fields, count);
  return fields.text + run;
}
