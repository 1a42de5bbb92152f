/**
 * Undo: the little that a token changes, to come back to when the change cannot be stored. The whole state, as other
 * acts keep it (keeping.ts), would cost a small engine half a commit more for each token.
 */
import { closeEntry } from "../credit/ledger";
import type { Event } from "../event_log";
import { paceRun } from "../keeping";
import type { Meter } from "../state";
import type { TokenState } from "./books";

export interface BeforeToken {
  readonly state: TokenState;
  readonly flow_limit_l_h: number;
  readonly credits: string;
  readonly balance_milli: number;
  readonly debt_milli: number;
  readonly credited_milli: number;
  readonly last_credit_milli: number;
  readonly cut: boolean;
  readonly tamper: boolean;
  readonly events: number;
  readonly ring: Event[];
  readonly unsaved: string;
  readonly unsaved_count: number;
}

export function beforeToken(meter: Meter): BeforeToken {
  const tokens = meter.tokens;
  const account = meter.account;
  const log = meter.log;
  return {
    state: tokens.state,
    flow_limit_l_h: tokens.flow_limit_l_h,
    credits: tokens.credits,
    balance_milli: account.balance_milli,
    debt_milli: account.debt_milli,
    credited_milli: account.credited_milli,
    last_credit_milli: account.last_credit_milli,
    cut: account.cut,
    tamper: meter.reasons.tamper,
    events: log.count,
    ring: log.ring.slice(0, log.ring.length),
    unsaved: log.unsaved,
    unsaved_count: log.unsaved_count,
  };
}

/** Takes back what a token has changed: it has not happened, and is good for another time. */
export function undoToken(meter: Meter, before: BeforeToken): void {
  const tokens = meter.tokens;
  const account = meter.account;
  const log = meter.log;
  tokens.state = before.state;
  tokens.flow_limit_l_h = before.flow_limit_l_h;
  tokens.credits = before.credits;
  account.balance_milli = before.balance_milli;
  account.debt_milli = before.debt_milli;
  account.credited_milli = before.credited_milli;
  account.last_credit_milli = before.last_credit_milli;
  account.cut = before.cut;
  meter.reasons.tamper = before.tamper;
  log.count = before.events;
  log.ring = before.ring;
  log.unsaved = before.unsaved;
  log.unsaved_count = before.unsaved_count;
  if (!meter.reasons.not_commissioned) {
    closeEntry(account);
    paceRun(meter);
  }
}
