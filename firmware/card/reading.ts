/**
 * Reading: what a meter has to say of itself at this moment, for the read-back (read_back.ts).
 */
import { creditShuts } from "../credit/supply";
import type { Meter } from "../state";
import { validTime } from "../state";
import { reasonBits } from "../valve/reasons";
import type { CardSession } from "./card_state";
import { eventsSaid, monthsSaid, placeBytes } from "./prepared";
import type { ReadBackNow } from "./read_back";
import { resultPlace } from "./results";

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
  const shuts = creditShuts(meter.account, meter.settings, meter.duty_open);
  return reasonBits(meter.reasons) + (shuts ? 1 : 0) - (meter.reasons.no_credit ? 1 : 0);
}

export function readBackOf(meter: Meter, session: CardSession): ReadBackNow {
  const books = meter.card.books;
  const account = meter.account;
  return {
    place: placeBytes(meter.card.prepared, books),
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
    months: monthsSaid(meter),
    events: eventsSaid(meter),
  };
}
