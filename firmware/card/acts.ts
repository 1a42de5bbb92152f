/**
 * Acts: what a card that was found good does to the meter. Each is committed as a whole before it is told of, or has not
 * happened ("not_stored"); what the card has been used for is in the same commit.
 */
import { acceptCredit, closeEntry, emergencyOffered } from "../credit/ledger";
import { tariffFits } from "../credit/tariff";
import { readFields, writeFields } from "../journal/fields";
import { commitOrLock, readyForTariff, stateBefore, storeChange } from "../keeping";
import { measure } from "../metering";
import { bookEmergency, commission, onTamper, takeTariff } from "../requests";
import type { Meter } from "../state";
import { note } from "../state";
import type { BeforeCredit } from "../undo";
import { beforeCredit, undoCredit } from "../undo";
import { HOT_LIST_MAX_BYTES, cardFields } from "./books";
import { bytesText, fullDigits } from "./bytes";
import type { Commissioning } from "./content";
import { readTariffBytes } from "./content";
import type { Order } from "./order";
import { ANY_METER } from "./order";
import type { CardResult } from "./results";
import type { Purchase } from "./voucher";
import { METER_DIGITS, UID_BYTES } from "./voucher";

/** What a voucher changes, with what its carrier keeps of it. */
interface BeforeVoucher {
  readonly credit: BeforeCredit;
  readonly sequence: number;
  readonly cumulative_milli: number;
  readonly generation: number;
  readonly kept: string;
}

function beforeVoucher(meter: Meter): BeforeVoucher {
  const books = meter.card.books;
  return {
    credit: beforeCredit(meter),
    sequence: books.sequence,
    cumulative_milli: books.cumulative_milli,
    generation: books.generation,
    kept: meter.annex.kept,
  };
}

/** Commits a voucher at once; false when that is impossible, and then it was not taken. */
function storeVoucher(meter: Meter, before: BeforeVoucher): boolean {
  if (commitOrLock(meter)) {
    return true;
  }
  const books = meter.card.books;
  books.sequence = before.sequence;
  books.cumulative_milli = before.cumulative_milli;
  books.generation = before.generation;
  meter.annex.kept = before.kept;
  undoCredit(meter, before.credit);
  return false;
}

/**
 * Takes a genuine voucher that is newer than the last one: credits what it says was bought beyond what was taken.
 * Water drawn before it is charged first. `also` is done within the commit.
 */
export function takeVoucher(meter: Meter, voucher: Purchase, also: () => void): CardResult {
  if (meter.account.volume) {
    // Vouchers carry money, and this meter keeps litres.
    return "order_refused";
  }
  if (meter.settings.standpipe_step_l > 0) {
    return "wrong_place";
  }
  const books = meter.card.books;
  const added_milli = voucher.cumulative_milli - books.cumulative_milli;
  if (added_milli < 0) {
    // A lower sum is a refund, and refunds are settled at the desk.
    return "lower_amount";
  }
  measure(meter, meter.hal.timer.now_ms());
  const before = beforeVoucher(meter);
  if (added_milli > 0) {
    const credit = { sequence: meter.account.credit_sequence + 1, amount_milli: added_milli };
    if (acceptCredit(meter.account, credit) !== "accepted") {
      return "limit_exceeded";
    }
  }
  note(meter, "credit_accepted", added_milli);
  books.sequence = voucher.sequence;
  books.cumulative_milli = voucher.cumulative_milli;
  books.generation = voucher.generation;
  also();
  return storeVoucher(meter, before) ? "accepted" : "not_stored";
}

/** Puts the meter into service as a genuine commissioning order says. */
export function commissionByCard(meter: Meter, order: Order, said: Commissioning): CardResult {
  if (!tariffFits(said.tariff, meter.account.volume)) {
    return "order_refused";
  }
  // Litres that a commit of their own might keep come before anything of this act.
  measure(meter, meter.hal.timer.now_ms());
  const books = meter.card.books;
  const kept = writeFields();
  cardFields(kept, books);
  const account = meter.account;
  const tariff = account.tariff;
  const pending = account.pending;
  // What waits from an earlier service is of that region, and never comes after what is as new.
  if (pending !== undefined && (order.region !== books.region || pending.id <= said.tariff.id)) {
    account.pending = undefined;
  }
  books.utility = order.utility;
  books.region = order.region;
  if (fullDigits(books.meter, METER_DIGITS) === ANY_METER) {
    books.meter = order.meter;
  }
  books.voucher_key = bytesText(said.voucher_key);
  books.card_key = bytesText(said.card_key);
  books.moved_milli = 0;
  books.generation = said.generation;
  books.sequence = said.sequence;
  books.cumulative_milli = said.cumulative_milli;
  books.order_sequence = order.sequence;
  account.tariff = said.tariff;
  const result = commission(meter, said.opening_milli);
  if (result === "accepted") {
    return "accepted";
  }
  cardFields(readFields(kept.text), books);
  account.tariff = tariff;
  account.pending = pending;
  return result === "commissioned_before"
    ? "in_service_already"
    : result === "not_stored"
      ? "not_stored"
      : "order_refused";
}

function takeTariffOrder(meter: Meter, order: Order): CardResult {
  const tariff = readTariffBytes(order.content, 0);
  if (tariff === undefined) {
    return "order_refused";
  }
  const result = takeTariff(meter, tariff);
  return result === "accepted" ? "accepted" : result === "not_stored" ? "not_stored" : "order_refused";
}

/** Whether an order can do what it says; one that cannot must not use up its sequence with whatever is committed next. */
function feasible(meter: Meter, order: Order): boolean {
  const account = meter.account;
  if (order.type === "tariff") {
    const tariff = readTariffBytes(order.content, 0);
    const newest = account.pending === undefined ? account.tariff : account.pending;
    return tariff !== undefined && tariffFits(tariff, account.volume) && tariff.id > newest.id;
  }
  return order.type !== "emergency" || emergencyOffered(account, meter.settings);
}

/** Clears tamper and remote lock; a tamper input that is still active latches again at once. */
function clear(meter: Meter): CardResult {
  const before = stateBefore(meter);
  meter.reasons.tamper = false;
  meter.reasons.remote_lock = false;
  note(meter, "tamper_cleared", meter.register.volume_l);
  if (!storeChange(meter, before)) {
    return "not_stored";
  }
  onTamper(meter);
  return "accepted";
}

/** Takes the meter out of service, to be replaced: what is on its books goes along on the card. */
function transfer(meter: Meter): CardResult {
  const account = meter.account;
  const before = stateBefore(meter);
  const moved_milli = account.balance_milli - account.debt_milli;
  account.credited_milli -= moved_milli;
  account.balance_milli = 0;
  account.debt_milli = 0;
  // Whoever has it next pays from their own first day, and from the first block.
  account.day = -1;
  account.month_l = 0;
  closeEntry(account);
  // Another transfer card, in place of one that was torn or lost, says the same: nothing has come since.
  meter.card.books.moved_milli += moved_milli;
  // Nor is what one household was held to, or has locked, the next one's; tamper is the meter's own, and stays.
  meter.reasons.remote_lock = false;
  meter.reasons.customer_lock = false;
  meter.tokens.flow_limit_l_h = 0;
  meter.reasons.not_commissioned = true;
  note(meter, "transferred", moved_milli);
  return storeChange(meter, before) ? "accepted" : "not_stored";
}

/** Puts a list of lost cards onto the books of a standpipe; false when it is none, or this is not one. */
export function putHotList(meter: Meter, content: number[]): boolean {
  if (
    content.length % UID_BYTES !== 0 ||
    content.length > HOT_LIST_MAX_BYTES ||
    meter.settings.standpipe_step_l === 0
  ) {
    return false;
  }
  meter.card.books.hot_list = bytesText(content);
  note(meter, "hot_list", Math.floor(content.length / UID_BYTES));
  return true;
}

/** Keeps the list of lost cards that an inspection card brings. */
function keepHotList(meter: Meter, content: number[]): CardResult {
  const before = stateBefore(meter);
  if (!putHotList(meter, content)) {
    return "order_refused";
  }
  return storeChange(meter, before) ? "accepted" : "not_stored";
}

function lend(meter: Meter): CardResult {
  return bookEmergency(meter) ? "accepted" : "not_stored";
}

function act(meter: Meter, order: Order): CardResult {
  switch (order.type) {
    case "tariff":
      return takeTariffOrder(meter, order);
    case "emergency":
      return lend(meter);
    case "clearing":
      return clear(meter);
    case "transfer":
      return transfer(meter);
    case "inspection":
      return keepHotList(meter, order.content);
    default:
      return "order_refused";
  }
}

/** Does what a genuine order for this meter says; its sequence is used up by the commit of what it does, or not at all. */
export function obeyOrder(meter: Meter, order: Order): CardResult {
  measure(meter, meter.hal.timer.now_ms());
  // What is committed on the way must be, before the sequence is used up: a cut between the two would lose the order.
  readyForTariff(meter);
  if (!feasible(meter, order)) {
    return "order_refused";
  }
  const books = meter.card.books;
  const sequence = books.order_sequence;
  books.order_sequence = order.sequence;
  const result = act(meter, order);
  if (result !== "accepted") {
    books.order_sequence = sequence;
  }
  return result;
}
