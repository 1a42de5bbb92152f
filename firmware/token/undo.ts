/**
 * Undo: what a token changes, a credit (../undo.ts) and the books of tokens, to come back to when it cannot be stored.
 */
import type { Meter } from "../state";
import type { BeforeCredit } from "../undo";
import { beforeCredit, undoCredit } from "../undo";
import type { TokenState } from "./books";

export interface BeforeToken {
  readonly state: TokenState;
  readonly flow_limit_l_h: number;
  readonly credits: string;
  readonly tamper: boolean;
  readonly credit: BeforeCredit;
}

export function beforeToken(meter: Meter): BeforeToken {
  const tokens = meter.tokens;
  return {
    state: tokens.state,
    flow_limit_l_h: tokens.flow_limit_l_h,
    credits: tokens.credits,
    tamper: meter.reasons.tamper,
    credit: beforeCredit(meter),
  };
}

/** Takes back what a token has changed: it has not happened, and is good for another time. */
export function undoToken(meter: Meter, before: BeforeToken): void {
  const tokens = meter.tokens;
  tokens.state = before.state;
  tokens.flow_limit_l_h = before.flow_limit_l_h;
  tokens.credits = before.credits;
  meter.reasons.tamper = before.tamper;
  undoCredit(meter, before.credit);
}
