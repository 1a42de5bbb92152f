/**
 * Visits: whose water runs at a standpipe, and what is left of a step that was paid.
 *
 * A standpipe has no credit of its own. While a card is there, its steps are credited and the litres charged as in any
 * meter; when it goes, what is left of the last step is set aside for it, and the balance is nothing again. Nothing is
 * committed with a step: that would wear the memory out. A visit is committed when it begins and when it ends, and a
 * boot that finds one open closes it:
 *
 *   open     the card had spent `from_milli` when it came, less what was set aside for it, and the meter had charged
 *            `used_milli`
 *   torn     the same, but `used_milli` is what the visit used, as far as the journal's marks tell
 *   over     `used_milli` is set aside
 *
 * A torn visit is settled at the card's return, by what it says it has spent. Every doubt is at the supplier's cost, and
 * never more than two steps: litres after the last mark, water that runs while the valve closes, a purse that was used
 * elsewhere meanwhile.
 */
import { closeEntry } from "../credit/ledger";
import type { Account } from "../credit/account";
import type { Fields } from "../journal/fields";
import { WHOLE_MAX, bytesField, wholeField } from "../journal/fields";
import { UID_BYTES } from "./voucher";

/** Cards for which something is set aside; the oldest is forgotten. */
const VISITS_MAX = 8;
/** What can be set aside: less than a step that was being used up, and one that may have been paid. */
const ASIDE_STEPS_MAX = 2;

const OPEN = 0;
const TORN = 1;
const OVER = 2;

export interface Visit {
  /** UID as a text of 7 bytes. */
  uid: string;
  state: number;
  from_milli: number;
  used_milli: number;
}

/** Walks the visits in a commit; when reading, new records. */
export function visitFields(fields: Fields, visits: Visit[]): Visit[] {
  const count = wholeField(fields, visits.length, 0, VISITS_MAX);
  const copy: Visit[] = [];
  for (let i = 0; i < count; i++) {
    const known = i < visits.length;
    copy.push({
      uid: bytesField(fields, known ? visits[i].uid : "", UID_BYTES),
      state: wholeField(fields, known ? visits[i].state : OVER, OPEN, OVER),
      from_milli: wholeField(fields, known ? visits[i].from_milli : 0, 0, WHOLE_MAX),
      used_milli: wholeField(fields, known ? visits[i].used_milli : 0, 0, WHOLE_MAX),
    });
  }
  return copy;
}

/**
 * Makes the balance this much, whatever it was: what is added or taken is credit, so that the books balance. A debt is
 * that of a household, whose meter this was before; without it, credit is never less than what was charged.
 */
function setBalance(account: Account, balance_milli: number): void {
  account.credited_milli = balance_milli + account.charged_milli;
  account.debt_milli = 0;
  account.balance_milli = balance_milli;
  closeEntry(account);
}

/** What is set aside for a card that has spent so much; at most two steps. */
export function setAside(visits: Visit[], uid: string, spent_milli: number, step_milli: number): number {
  for (const visit of visits) {
    if (visit.uid === uid) {
      const aside_milli =
        visit.state === OVER ? visit.used_milli : Math.max(spent_milli - visit.from_milli - visit.used_milli, 0);
      return Math.min(aside_milli, ASIDE_STEPS_MAX * step_milli);
    }
  }
  return 0;
}

/** All visits but those of a card, and so few that another has room. */
function others(visits: Visit[], uid: string): Visit[] {
  const kept: Visit[] = [];
  for (const visit of visits) {
    if (visit.uid !== uid) {
      kept.push(visit);
    }
  }
  const rest: Visit[] = [];
  for (let i = Math.max(kept.length - VISITS_MAX + 1, 0); i < kept.length; i++) {
    rest.push(kept[i]);
  }
  return rest;
}

/** A card has come that has spent so much: its balance is what is set aside for it. */
export function openVisit(
  visits: Visit[],
  account: Account,
  uid: string,
  spent_milli: number,
  step_milli: number,
): Visit[] {
  const aside_milli = setAside(visits, uid, spent_milli, step_milli);
  const list = others(visits, uid);
  setBalance(account, aside_milli);
  // A card that was made anew has spent less than what was set aside for it before.
  const from_milli = Math.max(spent_milli - aside_milli, 0);
  list.push({ uid: uid, state: OPEN, from_milli: from_milli, used_milli: account.charged_milli });
  return list;
}

/** A step has been paid. */
export function creditStep(account: Account, step_milli: number): void {
  setBalance(account, account.balance_milli + step_milli);
}

/** The card has gone: what is left is set aside. */
export function closeVisit(visits: Visit[], account: Account, uid: string): Visit[] {
  const left_milli = Math.max(account.balance_milli, 0);
  const list = others(visits, uid);
  if (left_milli > 0) {
    list.push({ uid: uid, state: OVER, from_milli: 0, used_milli: left_milli });
  }
  setBalance(account, 0);
  return list;
}

/** A boot, or a card that went while it was paying: an open visit is torn, and the balance belongs to no one. */
export function tearVisits(visits: Visit[], account: Account): void {
  for (const visit of visits) {
    if (visit.state === OPEN) {
      visit.state = TORN;
      visit.used_milli = Math.max(account.charged_milli - visit.used_milli, 0);
    }
  }
  setBalance(account, 0);
}
