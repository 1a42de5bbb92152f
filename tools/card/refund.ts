/**
 * Refund: what was sold and never taken by the meter goes back, in two steps with the meter between them.
 *
 * Sold is S, and a genuine read-back says that the meter has taken T. S - T may not be paid yet: the card, and every
 * copy of it, holds a voucher that says S, and the meter would still take it. Nor can the desk call it back: a meter
 * takes no lower sum than it has taken, and hears nothing of what is blocked for households.
 *
 *   1  the desk records, then writes, a voucher with the next sequence that says T. No money moves. Nothing is sold
 *      to this meter from here on until the refund is settled
 *   2  the card goes to the meter, which takes it: it adds nothing, but its sequence ends every voucher before it,
 *      on whatever copy. The read-back, signed by the meter, says so
 *   3  the desk sees that sequence in a genuine read-back, and S - T is paid: recorded first, as with a sale
 *
 * When a copy with S is shown before step 2, the meter takes S and then refuses T as the lower sum: its read-back shows
 * a sum above T under an old sequence, and there is that much less to pay, or nothing (the refund is void). When only a
 * part was taken, by a copy from between, step 1 is done again with what was taken. In each order of events the
 * customer has water for exactly what he paid and was not given back.
 *
 * An old read-back put back onto the card makes T too small in step 1: the meter, which has taken more, refuses that
 * voucher, and step 3 never comes. It cannot make step 3 come early, for no read-back with that sequence exists before
 * the meter has taken it. A card lost in between is replaced: the new one carries the refund's sum with a later
 * sequence, which proves the same. Who opens a meter can sign read-backs of it, and so get back at most what was sold
 * to this one meter.
 */
import { amountText } from "../money";
import type { Account, CardNote } from "./accounts";
import type { Desk } from "./desk";
import { assertInUse, openOurs, record } from "./desk";
import { DeskError } from "./desk_error";
import { nextTerms, openText } from "./sale";
import { checkFiles, showVoucher, type UserFiles } from "./voucher_file";

/**
 * `begun`: the card must go to the meter; `waiting`: it has not been there since; `paid`: the amount goes out now;
 * `void`: the meter has taken it after all.
 */
export type RefundState = "begun" | "waiting" | "paid" | "void";

export interface Refund {
  readonly account: Account;
  readonly card: CardNote;
  readonly state: RefundState;
  readonly amount_milli: number;
  /** What was sold before, less earlier refunds, and what the meter has taken of it. */
  readonly sold_milli: number;
  readonly taken_milli: number;
  /** Paid according to the records before: whoever was told then has paid it out. */
  readonly is_retry: boolean;
}

function refundOf(desk: Desk, account: Account, state: RefundState, amount_milli: number): Refund {
  const card = desk.records.accounts.cards.get(account.uid ?? "");
  if (card === undefined) throw new Error("a refund has a card");
  const sold_milli = account.paid_milli + (state === "paid" ? amount_milli : 0);
  const taken_milli = account.refund?.cumulative_milli ?? sold_milli - amount_milli;
  return { account, card, state, amount_milli, sold_milli, taken_milli, is_retry: false };
}

/** What is left to pay back by the newest read-back; refuses when there is nothing. */
function untaken(account: Account): { amount_milli: number; taken_milli: number } {
  const { meter, read_back } = account;
  if (read_back === undefined) {
    const what = `no genuine read-back of meter ${meter} is known`;
    throw new DeskError("no_read_back", `nothing refunded: ${what} (hold the card up to the meter, then come back)`);
  }
  const taken_milli = read_back.cumulative_milli;
  const amount_milli = account.paid_milli - taken_milli;
  if (amount_milli > 0) return { amount_milli, taken_milli };
  const what = `meter ${meter} has taken all of ${amountText(account.paid_milli)}`;
  throw new DeskError("nothing_to_refund", `nothing refunded: ${what} (only what was not taken can be)`);
}

/** Step 1: the voucher that will prove it. */
async function beginRefund(desk: Desk, account: Account, files: UserFiles, point_of_sale: number): Promise<Refund> {
  const { amount_milli, taken_milli } = untaken(account);
  const voucher = nextTerms(account, taken_milli, point_of_sale);
  desk.progress("recording the refund");
  record(desk, { kind: "refund_begun", meter: account.meter, amount_milli, voucher });
  await showVoucher(desk, account, files.voucher_bytes);
  return refundOf(desk, account, "begun", amount_milli);
}

/** Steps 2 and 3: what the meter has said since. */
async function settle(desk: Desk, account: Account, files: UserFiles, point_of_sale: number): Promise<Refund> {
  const { refund, read_back, meter } = account;
  if (refund === undefined || read_back === undefined) throw new Error("a refund waits, by a read-back");
  const { amount_milli } = refund;
  if (read_back.sequence >= refund.sequence) {
    if (read_back.cumulative_milli !== refund.cumulative_milli) {
      const sums = `${amountText(read_back.cumulative_milli)} and not ${amountText(refund.cumulative_milli)}`;
      const what = `meter ${meter} has taken ${sums} by voucher ${read_back.sequence}`;
      throw new DeskError("records_behind", `nothing refunded: ${what} (another desk sells to it: bring its records)`);
    }
    record(desk, { kind: "refund_paid", meter, amount_milli });
    return refundOf(desk, account, "paid", amount_milli);
  }
  if (read_back.cumulative_milli > refund.cumulative_milli) {
    record(desk, { kind: "refund_void", meter });
    if (read_back.cumulative_milli >= account.paid_milli) return refundOf(desk, account, "void", 0);
    return beginRefund(desk, account, files, point_of_sale);
  }
  const is_written = await showVoucher(desk, account, files.voucher_bytes);
  return refundOf(desk, account, is_written || account.open !== undefined ? "begun" : "waiting", amount_milli);
}

/** Takes the refund of the card in the reader one step on. What is paid stays open until its receipt is out. */
export async function refund(desk: Desk, point_of_sale: number): Promise<Refund> {
  const card = await openOurs(desk);
  const account = assertInUse(desk, card);
  const files = await checkFiles(desk, card, account);
  const { open } = account;
  // Paid according to the records, and perhaps nobody was told.
  if (open?.kind === "refund_paid") {
    return { ...refundOf(desk, account, "paid", open.amount_milli), is_retry: true };
  }
  if (account.refund !== undefined) return settle(desk, account, files, point_of_sale);
  if (open !== undefined) {
    throw new DeskError("unfinished", `nothing refunded: of meter ${account.meter} ${openText(account, open)}`);
  }
  return beginRefund(desk, account, files, point_of_sale);
}
