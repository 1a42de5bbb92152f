/**
 * Books: what an observer reads from a meter, as a list of whole numbers, so that the model can compare two states
 * without knowing the firmware. Places 0 to EXACT - 1 are kept exactly by a power cut; the others only within an hour.
 */
import type { Meter } from "../../firmware/state";
import type { MeterTokens } from "../../firmware/token/meter_tokens";

export const VOLUME_L = 0;
export const PART = 1;
export const BALANCE = 2;
export const CHARGED = 3;
export const THOUSANDTHS = 4;
export const MONTH_L = 5;
export const LIFELINE_L = 6;
export const LIFELINE_TODAY_L = 7;
/** From here on: what is committed at once when it changes. */
export const AT_ONCE = 8;
export const CREDITED = 8;
export const DEBT = 9;
export const STANDING = 10;
export const SEQUENCE = 11;
export const LAST_CREDIT = 12;
export const TARIFF_ID = 13;
export const PENDING_ID = 14;
export const DAY = 15;
export const PAID_DAY = 16;
export const MONTH = 17;
/** Litres an hour; 0 for no limit. */
export const FLOW_LIMIT = 18;
/** Of the tokens that were taken, of the key that they are under, and of the counts of OpenPAYGO: a sum of each. */
export const TIDS = 19;
export const TOKEN_KEY = 20;
export const PAYGO = 21;
/** Wrong numbers in a row. */
export const WRONG = 22;
/** 1 remote lock, 2 tamper, 4 customer's lock, 8 not commissioned. */
export const LOCKS = 23;
/** Supply is cut for want of credit. */
export const CUT = 24;
export const FRIENDLY = 25;
export const EXACT = 26;
export const REVERSE_L = 26;
export const REVERSE_PART = 27;
export const REFUSED_PULSES = 28;

export const LOCK_NOT_COMMISSIONED = 8;

const SUM_MODULUS = 16777213;

function sumOf(text: string): number {
  let sum = text.length;
  for (let i = 0; i < text.length; i++) {
    sum = (sum * 257 + text.charCodeAt(i)) % SUM_MODULUS;
  }
  return sum;
}

/** What the meter remembers of tokens. */
function readTokens(books: number[], tokens: MeterTokens): void {
  const known = tokens.state.books;
  const key = known.sts;
  const paygo = known.paygo;
  books[FLOW_LIMIT] = tokens.flow_limit_l_h;
  books[TIDS] = sumOf(known.tids);
  books[TOKEN_KEY] = key === undefined ? 0 : (sumOf(key.key) * 257 + key.revision) % SUM_MODULUS;
  books[PAYGO] = 0;
  if (paygo !== undefined) {
    let sum = paygo.count;
    for (const count of paygo.used) {
      sum = (sum * 257 + count) % SUM_MODULUS;
    }
    books[PAYGO] = sum;
  }
  books[WRONG] = known.failures;
}

/** Reads a meter's books into `books`, which is empty or was read before. */
export function readBooks(books: number[], meter: Meter): void {
  const account = meter.account;
  const register = meter.register;
  const reasons = meter.reasons;
  const pending = account.pending;
  books[VOLUME_L] = register.volume_l;
  books[PART] = register.part;
  books[BALANCE] = account.balance_milli;
  books[CHARGED] = account.charged_milli;
  books[THOUSANDTHS] = account.thousandths;
  books[MONTH_L] = account.month_l;
  books[LIFELINE_L] = account.lifeline_l;
  books[LIFELINE_TODAY_L] = account.lifeline_today_l;
  books[CREDITED] = account.credited_milli;
  books[DEBT] = account.debt_milli;
  books[STANDING] = account.standing_milli;
  books[SEQUENCE] = account.credit_sequence;
  books[LAST_CREDIT] = account.last_credit_milli;
  books[TARIFF_ID] = account.tariff.id;
  books[PENDING_ID] = pending === undefined ? 0 : pending.id;
  books[DAY] = account.day;
  books[PAID_DAY] = account.paid_day;
  books[MONTH] = account.month;
  readTokens(books, meter.tokens);
  books[LOCKS] =
    (reasons.remote_lock ? 1 : 0) +
    (reasons.tamper ? 2 : 0) +
    (reasons.customer_lock ? 4 : 0) +
    (reasons.not_commissioned ? LOCK_NOT_COMMISSIONED : 0);
  // A meter that is not in service has no supply that could be cut.
  books[CUT] = account.cut && !reasons.not_commissioned ? 1 : 0;
  books[FRIENDLY] = account.friendly ? 1 : 0;
  books[REVERSE_L] = register.reverse_l;
  books[REVERSE_PART] = register.reverse_part;
  books[REFUSED_PULSES] = register.refused_pulses;
}

/** The first place from `first` on, before `end`, in which two books differ; `end` when none does. */
export function differsAt(one: number[], other: number[], first: number, end: number): number {
  for (let place = first; place < end; place++) {
    if (one[place] !== other[place]) {
      return place;
    }
  }
  return end;
}

export function copyBooks(books: number[]): number[] {
  const copy: number[] = [];
  for (const number of books) {
    copy.push(number);
  }
  return copy;
}

const NAMES: string[] = [
  "volume_l",
  "part",
  "balance",
  "charged",
  "thousandths",
  "month_l",
  "lifeline_l",
  "lifeline_today_l",
  "credited",
  "debt",
  "standing",
  "sequence",
  "last_credit",
  "tariff",
  "pending",
  "day",
  "paid_day",
  "month",
  "flow_limit",
  "tids",
  "token_key",
  "paygo",
  "wrong",
  "locks",
  "cut",
  "friendly",
  "reverse_l",
  "reverse_part",
  "refused_pulses",
];

export function bookName(place: number): string {
  return NAMES[place];
}
