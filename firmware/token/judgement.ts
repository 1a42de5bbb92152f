/**
 * Judgement: whether a keyed-in token is for this meter, genuine and new, and what it does. Nothing is done here: the
 * caller commits the state that comes back together with the effect, and acts after that. A refused token leaves the
 * books as they are, but for the count of wrong numbers.
 *
 * STS, 20 digits, in this order (IEC 62055-41 7.3.7 for TIDs):
 *
 *   1  format       no number of 66 bits; class 3
 *   2  lockout      classes 0 and 2 only: a test token fits every meter and shows nothing that is worth guessing
 *   3  crc          after one decryption; class 1 is not enciphered
 *   4  function     not for a water meter, or not for one of this mode; water meter factor (sub 7) is one of them: what
 *                   it means is reserved by the STS Association, and this meter's pulse value is sealed
 *   5  ddtk         credit on a meter that has only the region's default key
 *   6  key_expired  TID above the key's expiry
 *   7  old, used    TID
 *   8  range        a register that this meter has not, a value of nothing, less than nothing, bits that must be zero
 *   9  overflow     more than the meter holds
 *
 * Emergency credit (class 2, sub 11) is this maker's own: 11 to 15 are left to makers, and class 0 has no room for a
 * token that lends. It is judged as a credit is, by its own value, in litres or money as the meter keeps them; the value
 * 0 stands for what the settings lend.
 *
 * Key change tokens have no TID; after 4 comes what key_change.ts says. OpenPAYGO, 9 or 12 digits, is judged by the
 * same names: lockout, crc (no count gives this number), used, function, range, overflow.
 *
 * One decryption a token at most, and none for what can be told without.
 */
import { assert } from "../assert";
import { allDigits } from "../card/bytes";
import type { StaTables } from "../crypto/sta";
import { amountOf, currencyAmount } from "./amount";
import type { BlockFields } from "./block";
import {
  CLASS_CREDIT,
  CLASS_MANAGEMENT,
  CLASS_TEST,
  REGISTER_ALL,
  SUB_CLEAR_CREDIT,
  SUB_CLEAR_TAMPER,
  SUB_LEND,
  SUB_LIMIT,
  SUB_WATER,
  SUB_WATER_CURRENCY,
  crcGood,
  fieldsOf,
  keyChangePart,
} from "./block";
import type { DecoderKey, TokenBooks, TokenSession, TokenState } from "./books";
import { KEY_TYPE_DEFAULT } from "./books";
import { decryptBlock } from "./cipher";
import { newKey, partFault, partPlace, partResult, partsComplete, withPart } from "./key_change";
import { oneMoreFailure, tokenWait } from "./lockout";
import { readTokenNumber } from "./number";
import {
  PAYGO_DIGITS,
  PAYGO_LONG_DIGITS,
  createPaygoSearch,
  paygoKind,
  paygoTaken,
  paygoValueGood,
  stepPaygoSearch,
} from "./openpaygo";
import type { PaygoSearch } from "./openpaygo";
import type { TokenResult } from "./results";
import { testsOf } from "./tests";
import type { MeterTest } from "./tests";
import { createTids, tidJudgement, tidPlace, withTid } from "./tid_memory";

/** Litres of a tenth of a cubic metre, the unit of water tokens. */
export const TENTH_L = 100;

/** How this meter takes tokens. Fixed at provisioning. */
export interface TokenTerms {
  /** Whether tokens bring litres or money; never both. */
  mode: "volume" | "currency";
  /** The operator's tables of EA07; undefined: the sample ones. */
  tables: StaTables | undefined;
  /** What one of an OpenPAYGO token's value brings: litres, or milli-units. */
  paygo_unit: number;
}

/** What the meter is like at this moment. */
export interface TokenMoment {
  /** Seconds since the start of the engine: a clock that is set must not end a wait. */
  now_s: number;
  /** The most that may be credited now: litres, or milli-units. */
  room: number;
}

/** What the caller is to do once the state is committed. */
export type TokenEffect =
  | { kind: "none" }
  | { kind: "credit_volume"; volume_l: number }
  | { kind: "credit_money"; amount_milli: number }
  /** Lends litres or milli-units; 0: as much as the settings lend. */
  | { kind: "lend"; amount: number }
  | { kind: "clear_credit" }
  | { kind: "clear_tamper" }
  /** 0 lifts the limit. */
  | { kind: "limit_flow"; flow_l_h: number }
  | { kind: "change_key"; rolls_over: boolean; region: number }
  | { kind: "run_tests"; tests: MeterTest[] };

export interface TokenJudgement {
  result: TokenResult;
  effect: TokenEffect;
  state: TokenState;
}

/** What came of it, before it is known what remains of the state. */
interface Verdict {
  result: TokenResult;
  effect: TokenEffect;
  books: TokenBooks;
  session: TokenSession;
}

const NOTHING: TokenEffect = { kind: "none" };

function refused(state: TokenState, result: TokenResult): Verdict {
  return { result: result, effect: NOTHING, books: state.books, session: state.session };
}

function accepted(state: TokenState, effect: TokenEffect, books: TokenBooks): Verdict {
  return { result: "accepted", effect: effect, books: books, session: state.session };
}

function withTids(books: TokenBooks, tids: string): TokenBooks {
  return { sts: books.sts, tids: tids, paygo: books.paygo, failures: books.failures };
}

/** The effect of a value that is in range and for which there is room; else the name of what is wrong. */
function creditEffect(terms: TokenTerms, moment: TokenMoment, amount: number): TokenEffect | "range" | "overflow" {
  if (amount <= 0) {
    return "range";
  }
  if (amount > moment.room) {
    return "overflow";
  }
  if (terms.mode === "volume") {
    return { kind: "credit_volume", volume_l: amount };
  }
  return { kind: "credit_money", amount_milli: amount };
}

/** The amount of a credit, in what this meter keeps. */
function amountSaid(terms: TokenTerms, fields: BlockFields): number {
  return terms.mode === "volume"
    ? amountOf(fields.value) * TENTH_L
    : currencyAmount({ sign_exponent: fields.front, amount: fields.value });
}

function lendOf(terms: TokenTerms, moment: TokenMoment, fields: BlockFields): TokenEffect | "range" | "overflow" {
  const amount = amountSaid(terms, fields);
  if (amount < 0) {
    return "range";
  }
  return amount > moment.room ? "overflow" : { kind: "lend", amount: amount };
}

/** The register, as a clear-credit token names it, that this meter has. */
function ownRegister(terms: TokenTerms): number {
  return terms.mode === "volume" ? SUB_WATER : SUB_WATER_CURRENCY;
}

function managementOf(terms: TokenTerms, moment: TokenMoment, fields: BlockFields): TokenEffect | "range" | "overflow" {
  switch (fields.sub) {
    case SUB_LEND:
      return lendOf(terms, moment, fields);
    case SUB_LIMIT:
      return { kind: "limit_flow", flow_l_h: amountOf(fields.value) };
    case SUB_CLEAR_CREDIT:
      if (fields.value !== ownRegister(terms) && fields.value !== REGISTER_ALL) {
        return "range";
      }
      return { kind: "clear_credit" };
    default:
      return fields.value === 0 ? { kind: "clear_tamper" } : "range";
  }
}

/** Whether this meter does what class and subclass ask for; key change tokens are not asked about here. */
function isSupported(terms: TokenTerms, token_class: number, sub: number): boolean {
  if (token_class === CLASS_CREDIT) {
    return sub === ownRegister(terms);
  }
  return sub === SUB_LIMIT || sub === SUB_CLEAR_CREDIT || sub === SUB_CLEAR_TAMPER || sub === SUB_LEND;
}

/** Steps 4 to 9 for a token with a TID. */
function judgeIdentified(
  terms: TokenTerms,
  state: TokenState,
  key: DecoderKey,
  token_class: number,
  fields: BlockFields,
  moment: TokenMoment,
): Verdict {
  if (!isSupported(terms, token_class, fields.sub)) {
    return refused(state, "function");
  }
  const is_credit = token_class === CLASS_CREDIT;
  if ((is_credit || fields.sub === SUB_LEND) && key.type === KEY_TYPE_DEFAULT) {
    return refused(state, "ddtk");
  }
  const tid = fields.middle;
  if (Math.floor(tid / 65536) > key.expiry) {
    return refused(state, "key_expired");
  }
  const place = tidPlace(state.books.tids, tid);
  const known = tidJudgement(place);
  if (known !== "new") {
    return refused(state, known);
  }
  const effect = is_credit
    ? creditEffect(terms, moment, amountSaid(terms, fields))
    : managementOf(terms, moment, fields);
  if (effect === "range" || effect === "overflow") {
    return refused(state, effect);
  }
  return accepted(state, effect, withTids(state.books, withTid(state.books.tids, tid, place)));
}

/** A key change token: kept until all are there, and then the key is changed. */
function judgePart(state: TokenState, key: DecoderKey, place: number, block: number[], now_s: number): Verdict {
  const part = keyChangePart(block);
  const fault = partFault(key, place, part.attributes);
  if (fault !== "") {
    return refused(state, fault);
  }
  const parts = withPart(state.session.parts, part, place, now_s);
  const locked_until_s = state.session.locked_until_s;
  if (!partsComplete(parts, key.algorithm)) {
    const session = { parts: parts, locked_until_s: locked_until_s };
    return { result: partResult(place), effect: NOTHING, books: state.books, session: session };
  }
  const session = { parts: undefined, locked_until_s: locked_until_s };
  const change = newKey(parts, key);
  if (change === undefined) {
    return { result: "range", effect: NOTHING, books: state.books, session: session };
  }
  const books: TokenBooks = {
    sts: change.decoder,
    tids: change.rolls_over ? createTids(0) : state.books.tids,
    paygo: state.books.paygo,
    failures: state.books.failures,
  };
  const effect: TokenEffect = { kind: "change_key", rolls_over: change.rolls_over, region: change.region };
  return { result: "accepted", effect: effect, books: books, session: session };
}

/** Class 1: for every meter, so no key and no TID. */
function judgeTest(state: TokenState, block: number[]): Verdict {
  if (!crcGood(CLASS_TEST, block)) {
    return refused(state, "crc");
  }
  const tests = testsOf(block);
  return tests.length === 0
    ? refused(state, "function")
    : accepted(state, { kind: "run_tests", tests: tests }, state.books);
}

/** Classes 0 and 2, which are enciphered under the meter's own key. */
function judgeEnciphered(
  terms: TokenTerms,
  state: TokenState,
  key: DecoderKey,
  token_class: number,
  cipher_block: number[],
  moment: TokenMoment,
): Verdict {
  const block = decryptBlock(key.algorithm, terms.tables, key.key, cipher_block);
  if (!crcGood(token_class, block)) {
    return refused(state, "crc");
  }
  const fields = fieldsOf(block);
  const place = token_class === CLASS_MANAGEMENT ? partPlace(key.algorithm, fields.sub) : -1;
  if (place >= 0) {
    return judgePart(state, key, place, block, moment.now_s);
  }
  return judgeIdentified(terms, state, key, token_class, fields, moment);
}

/** What a search for an OpenPAYGO number has come to. */
function judgePaygo(terms: TokenTerms, state: TokenState, search: PaygoSearch, moment: TokenMoment): Verdict {
  const paygo = state.books.paygo;
  if (paygo === undefined) {
    return refused(state, "format");
  }
  if (search.found === 0) {
    return refused(state, search.used ? "used" : "crc");
  }
  const kind = paygoKind(search);
  if (kind === "set" || kind === "lift") {
    return refused(state, "function");
  }
  const books = { sts: state.books.sts, tids: state.books.tids, paygo: paygoTaken(paygo, search), failures: 0 };
  if (kind === "sync") {
    return accepted(state, NOTHING, books);
  }
  const effect = paygoValueGood(search) ? creditEffect(terms, moment, search.value * terms.paygo_unit) : "range";
  return effect === "range" || effect === "overflow" ? refused(state, effect) : accepted(state, effect, books);
}

/** The state after a verdict on something that only this meter takes. */
function counted(state: TokenState, verdict: Verdict, now_s: number): TokenJudgement {
  const result = verdict.result;
  let books = verdict.books;
  let session = verdict.session;
  if (result === "crc") {
    const failures = oneMoreFailure(books.failures);
    books = { sts: books.sts, tids: books.tids, paygo: books.paygo, failures: failures };
    session = { parts: session.parts, locked_until_s: now_s + tokenWait(failures) };
  } else if (result === "accepted" && books.failures > 0) {
    books = { sts: books.sts, tids: books.tids, paygo: books.paygo, failures: 0 };
  }
  const is_same = books === state.books && session === state.session;
  return { result: result, effect: verdict.effect, state: is_same ? state : { books: books, session: session } };
}

/** Judges what was keyed in. The state that comes back is the same object when nothing of it has changed. */
export function judgeToken(terms: TokenTerms, state: TokenState, digits: string, moment: TokenMoment): TokenJudgement {
  assert(moment.room >= 0, "there is never less than no room");
  const is_locked = moment.now_s < state.session.locked_until_s;
  const token = readTokenNumber(digits);
  if (token !== undefined && token.token_class === CLASS_TEST) {
    const verdict = judgeTest(state, token.block);
    return { result: verdict.result, effect: verdict.effect, state: state };
  }
  const key = state.books.sts;
  if (token !== undefined && token.token_class <= CLASS_MANAGEMENT && key !== undefined) {
    const verdict = is_locked
      ? refused(state, "lockout")
      : judgeEnciphered(terms, state, key, token.token_class, token.block, moment);
    return counted(state, verdict, moment.now_s);
  }
  const search = beginPaygo(state, digits);
  if (search === undefined) {
    return { result: "format", effect: NOTHING, state: state };
  }
  if (is_locked) {
    return counted(state, refused(state, "lockout"), moment.now_s);
  }
  stepPaygoSearch(search, search.end);
  return judgeSearch(terms, state, search, moment);
}

/** Begins to look for an OpenPAYGO number; undefined for what cannot be one at this meter. */
export function beginPaygo(state: TokenState, digits: string): PaygoSearch | undefined {
  const is_paygo = digits.length === PAYGO_DIGITS || digits.length === PAYGO_LONG_DIGITS;
  const paygo = state.books.paygo;
  return is_paygo && allDigits(digits) && paygo !== undefined ? createPaygoSearch(paygo, digits) : undefined;
}

/** Judges a number that was looked for in steps, while nothing else was keyed in. */
export function judgeSearch(
  terms: TokenTerms,
  state: TokenState,
  search: PaygoSearch,
  moment: TokenMoment,
): TokenJudgement {
  assert(search.done, "a number is judged when it was found, or cannot be");
  return counted(state, judgePaygo(terms, state, search, moment), moment.now_s);
}
