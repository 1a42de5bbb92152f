/**
 * Reading: what a meter has to say of itself at this moment, for the read-back (read_back.ts).
 */
import { creditShuts } from "../credit/supply";
import { MONTH_NUMBERS } from "../history";
import { findEvent } from "../service/stored";
import type { Meter } from "../state";
import { validTime } from "../state";
import { reasonFlags } from "../valve/reasons";
import { fullDigits } from "./bytes";
import type { CardSession } from "./card_state";
import type { ReadBack, ReadBackEvent } from "./read_back";
import { EVENTS, MONTHS } from "./read_back";
import { resultPlace } from "./results";
import { METER_DIGITS } from "./voucher";

/** Place of want of credit in REASON_NAMES. */
const NO_CREDIT = 0;

/** Flags as bits, the first one lowest. */
function bitsOf(flags: boolean[]): number {
  let bits = 0;
  let bit = 1;
  for (const flag of flags) {
    bits += flag ? bit : 0;
    bit = 2 * bit;
  }
  return bits;
}

/**
 * Reasons as they are with what this card brought: the valve follows after the session, the read-back is part of it.
 */
function reasonsNow(meter: Meter): number {
  const flags = reasonFlags(meter.reasons);
  flags[NO_CREDIT] = creditShuts(meter.account, meter.settings, meter.duty_open);
  return bitsOf(flags);
}

/** The newest events first. */
function lastEvents(meter: Meter): ReadBackEvent[] {
  const events: ReadBackEvent[] = [];
  let sequence = meter.log.count;
  while (sequence > 0 && events.length < EVENTS) {
    const event = findEvent(meter, sequence);
    if (event === undefined) {
      return events;
    }
    events.push({ code: event.code, utc_s: event.utc_s, value: event.value });
    sequence -= 1;
  }
  return events;
}

/** Registers at the ends of months, the newest first. */
function monthRegisters(months: number[]): number[] {
  const registers_l: number[] = [];
  for (let i = months.length - MONTH_NUMBERS; i >= 0 && registers_l.length < MONTHS; i -= MONTH_NUMBERS) {
    registers_l.push(months[i + 1]);
  }
  return registers_l;
}

export function readBackOf(meter: Meter, session: CardSession): ReadBack {
  const books = meter.card.books;
  const account = meter.account;
  const months = meter.history.months;
  return {
    region: books.region,
    meter: fullDigits(books.meter, METER_DIGITS),
    uid: session.uid,
    generation: books.generation,
    sequence: books.sequence,
    cumulative_milli: books.cumulative_milli,
    utc_s: validTime(meter),
    volume_l: meter.register.volume_l,
    reverse_l: meter.register.reverse_l,
    // A meter that was taken out of service says what it had: the desk puts it onto the next one.
    balance_milli: account.balance_milli + books.moved_milli,
    debt_milli: account.debt_milli,
    reasons: reasonsNow(meter),
    info: bitsOf(meter.info.active),
    supply_mv: meter.hal.power.supply_mv(),
    tariff_id: account.tariff.id,
    result: resultPlace(session.result),
    month: months.length === 0 ? 0 : months[months.length - MONTH_NUMBERS],
    months_l: monthRegisters(months),
    events: lastEvents(meter),
  };
}
