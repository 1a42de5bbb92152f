/**
 * Undo: the little that a credit changes, to come back to when the change cannot be stored. The whole state, as other
 * acts keep it (keeping.ts), would cost a small engine half a commit more for each credit.
 */
import { closeEntry } from "./credit/ledger";
import type { Event } from "./event_log";
import { paceRun } from "./keeping";
import type { Meter } from "./state";

export interface BeforeCredit {
  readonly balance_milli: number;
  readonly debt_milli: number;
  readonly credited_milli: number;
  readonly credit_sequence: number;
  readonly last_credit_milli: number;
  readonly cut: boolean;
  readonly events: number;
  readonly ring: Event[];
  readonly unsaved: string;
  readonly unsaved_count: number;
}

export function beforeCredit(meter: Meter): BeforeCredit {
  const account = meter.account;
  const log = meter.log;
  return {
    balance_milli: account.balance_milli,
    debt_milli: account.debt_milli,
    credited_milli: account.credited_milli,
    credit_sequence: account.credit_sequence,
    last_credit_milli: account.last_credit_milli,
    cut: account.cut,
    events: log.count,
    ring: log.ring.slice(0, log.ring.length),
    unsaved: log.unsaved,
    unsaved_count: log.unsaved_count,
  };
}

/** Takes back what a credit has changed in the account and the log. */
export function undoCredit(meter: Meter, before: BeforeCredit): void {
  const account = meter.account;
  const log = meter.log;
  account.balance_milli = before.balance_milli;
  account.debt_milli = before.debt_milli;
  account.credited_milli = before.credited_milli;
  account.credit_sequence = before.credit_sequence;
  account.last_credit_milli = before.last_credit_milli;
  account.cut = before.cut;
  log.count = before.events;
  log.ring = before.ring;
  log.unsaved = before.unsaved;
  log.unsaved_count = before.unsaved_count;
  if (!meter.reasons.not_commissioned) {
    closeEntry(account);
    paceRun(meter);
  }
}
