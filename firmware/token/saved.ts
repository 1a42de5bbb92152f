/**
 * Saved: what of a meter's tokens stands in a commit, after everything that older commits had.
 *
 *   whole number   form: 0 a meter in money that knows nothing of tokens, and no more follows; 1 money, 2 litres
 *   whole number   algorithm of the decoder key (cipher.ts), 0 without one; then, with one: the key in bytes, type,
 *                  revision, tariff index, expiry
 *   bytes          TIDs (tid_memory.ts)
 *   whole numbers  wrong numbers in a row; flow limit, litres an hour
 *   bytes          credits (credit_list.ts)
 *   flag           OpenPAYGO; then, with it: the key in bytes, starting code, count, how many used counts, these
 *
 * A commit from before there were tokens ends before the form: it was written in money. A meter whose account was kept
 * in money never comes up counting litres with it, nor the other way round: such a commit cannot be read.
 */
import type { Fields } from "../journal/fields";
import { WHOLE_MAX, bytesField, flagField, listField, wholeField } from "../journal/fields";
import type { DecoderKey } from "./books";
import { KEY_EXPIRY_NEVER, KEY_TYPE_COMMON } from "./books";
import { EA_MISTY1, EA_STA, decoderKeyBytes } from "./cipher";
import { CREDIT_LIST_MAX_BYTES } from "./credit_list";
import { TOKEN_FAILURES_MAX } from "./lockout";
import type { MeterTokens } from "./meter_tokens";
import type { PaygoBooks } from "./openpaygo";
import { PAYGO_BEHIND_MAX, PAYGO_COUNT_MAX } from "./openpaygo";
import { tidsGood } from "./tid_memory";

const FORM_NONE = 0;
const FORM_CURRENCY = 1;
const FORM_VOLUME = 2;
const KEY_BYTES_MAX = 16;
const TIDS_BYTES_MAX = 150;
const START_MAX = 999999999;

function formOf(tokens: MeterTokens): number {
  if (tokens.terms.mode === "volume") {
    return FORM_VOLUME;
  }
  const books = tokens.state.books;
  const is_none = books.sts === undefined && books.paygo === undefined && tokens.flow_limit_l_h === 0;
  return is_none ? FORM_NONE : FORM_CURRENCY;
}

function keyFields(fields: Fields, known: DecoderKey | undefined): DecoderKey | undefined {
  const algorithm = wholeField(fields, known === undefined ? 0 : known.algorithm, 0, EA_MISTY1);
  if (algorithm === 0 || (fields.writing && known === undefined)) {
    // A meter that was given its first key since: the settings hold.
    return known;
  }
  const is_known = known !== undefined;
  const key: DecoderKey = {
    algorithm: algorithm,
    key: bytesField(fields, is_known ? known.key : "", KEY_BYTES_MAX),
    type: wholeField(fields, is_known ? known.type : 0, 0, KEY_TYPE_COMMON - 1),
    revision: wholeField(fields, is_known ? known.revision : 0, 0, 15),
    tariff_index: wholeField(fields, is_known ? known.tariff_index : 0, 0, 99),
    expiry: wholeField(fields, is_known ? known.expiry : 0, 0, KEY_EXPIRY_NEVER),
  };
  const is_algorithm = algorithm === EA_MISTY1 || algorithm === EA_STA;
  fields.ok = fields.ok && is_algorithm && key.key.length === decoderKeyBytes(algorithm);
  return key;
}

function paygoFields(fields: Fields, known: PaygoBooks | undefined): PaygoBooks | undefined {
  if (!flagField(fields, known !== undefined)) {
    return known;
  }
  const is_known = known !== undefined;
  const key = bytesField(fields, is_known ? known.key : "", KEY_BYTES_MAX);
  const starting_code = wholeField(fields, is_known ? known.starting_code : 0, 0, START_MAX);
  const count = wholeField(fields, is_known ? known.count : 0, 0, PAYGO_COUNT_MAX);
  const used_count = wholeField(fields, is_known ? known.used.length : 0, 0, PAYGO_BEHIND_MAX);
  const used = listField(fields, is_known ? known.used : [], used_count, 0, PAYGO_COUNT_MAX);
  fields.ok = fields.ok && key.length === KEY_BYTES_MAX;
  return { key: key, starting_code: starting_code, count: count, used: used };
}

function bookFields(fields: Fields, tokens: MeterTokens): void {
  const books = tokens.state.books;
  const sts = keyFields(fields, books.sts);
  const tids = bytesField(fields, books.tids, TIDS_BYTES_MAX);
  const failures = wholeField(fields, books.failures, 0, TOKEN_FAILURES_MAX);
  tokens.flow_limit_l_h = wholeField(fields, tokens.flow_limit_l_h, 0, WHOLE_MAX);
  tokens.credits = bytesField(fields, tokens.credits, CREDIT_LIST_MAX_BYTES);
  const paygo = paygoFields(fields, books.paygo);
  if (!fields.writing) {
    fields.ok = fields.ok && tidsGood(tids);
    const found = { sts: sts, tids: tids, paygo: paygo, failures: failures };
    tokens.state = { books: fields.ok ? found : books, session: tokens.state.session };
  }
}

/** Walks the tokens in a commit, in either direction. */
export function tokenFields(fields: Fields, tokens: MeterTokens): void {
  // Before the form there was nothing: the account was kept in money.
  const is_older = !fields.writing && fields.place >= fields.text.length;
  const form = is_older ? FORM_NONE : wholeField(fields, formOf(tokens), FORM_NONE, FORM_VOLUME);
  if ((form === FORM_VOLUME) !== (tokens.terms.mode === "volume")) {
    fields.ok = false;
  }
  if (fields.ok && form !== FORM_NONE) {
    bookFields(fields, tokens);
  }
}
