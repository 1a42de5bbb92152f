/**
 * Sale: a top-up. Everything that can refuse it comes first; then it is written down; then the card gets the voucher
 * (records.ts says why in this order). An open sale is finished by the same voucher again, never by a new one.
 */
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import { amountText } from "../money";
import type { Account, CardNote, OpenEntry } from "./accounts";
import type { Desk } from "./desk";
import { assertInUse, openOurs, record } from "./desk";
import { DeskError } from "./desk_error";
import { AMOUNT_MAX_MILLI, type VoucherTerms } from "./entries";
import { CardError } from "./link";
import { checkFiles, showVoucher } from "./voucher_file";

export interface SaleWish {
  readonly amount_milli: number;
  /** 0: never. */
  readonly expiry_utc_s: number;
  readonly point_of_sale: number;
}

export interface Sale {
  readonly account: Account;
  readonly card: CardNote;
  readonly voucher: VoucherTerms;
  readonly amount_milli: number;
  readonly sold_at: string;
}

/** The next voucher of an account. */
export function nextTerms(account: Account, cumulative_milli: number, point_of_sale: number): VoucherTerms {
  return {
    sequence: (account.voucher?.sequence ?? 0) + 1,
    cumulative_milli,
    tariff_id: account.read_back?.tariff_id ?? account.tariff_id,
    expiry_utc_s: 0,
    point_of_sale,
  };
}

/** What is open, and which command finishes it. */
export function openText({ meter }: Account, open: OpenEntry): string {
  switch (open.kind) {
    case "sold":
      return `sale ${open.voucher.sequence} of ${amountText(open.amount_milli)} is not finished (card top-up --retry)`;
    case "card_begun":
      return `the meter's card is not finished (card ${open.voucher === undefined ? "issue" : "replace"} --meter ${meter})`;
    default:
      return `a refund of ${amountText(open.amount_milli)} is not finished (card refund)`;
  }
}

/** Refuses anything new as long as something is open, or a refund may still be paid. */
function assertFree(account: Account): void {
  if (account.open !== undefined) {
    throw new DeskError("unfinished", `nothing sold: of meter ${account.meter} ${openText(account, account.open)}`);
  }
  if (account.refund !== undefined) {
    const what = `a refund of ${amountText(account.refund.amount_milli)} waits for meter ${account.meter}`;
    throw new DeskError("refund_pending", `nothing sold: ${what} (hold the card up to the meter, then card refund)`);
  }
}

/** The meter takes only so much at a time; a sum that it could never take is not sold. */
function assertTakable(account: Account, cumulative_milli: number): void {
  const waiting_milli = cumulative_milli - (account.read_back?.cumulative_milli ?? 0);
  if (waiting_milli <= CREDIT_MAX_MILLI && cumulative_milli <= AMOUNT_MAX_MILLI) return;
  const most = amountText(CREDIT_MAX_MILLI);
  throw new DeskError(
    "limit_exceeded",
    `nothing sold: ${amountText(waiting_milli)} would wait for the meter, which takes ${most} at most (sell less)`,
  );
}

function saleOf(desk: Desk, account: Account): Sale {
  const card = desk.records.accounts.cards.get(account.uid ?? "");
  const { open, voucher } = account;
  if (open?.kind !== "sold" || card === undefined || voucher === undefined) throw new Error("a sale is open");
  return { account, card, voucher, amount_milli: open.amount_milli, sold_at: open.at };
}

/** Sells an amount to the meter of the card in the reader. The sale stays open until its receipt is out. */
export async function topUp(desk: Desk, wish: SaleWish): Promise<Sale> {
  if (wish.amount_milli <= 0) throw new DeskError("bad_argument", "nothing sold: the amount must be more than zero");
  const card = await openOurs(desk);
  const account = assertInUse(desk, card);
  const files = await checkFiles(desk, card, account);
  assertFree(account);
  const cumulative_milli = account.paid_milli + wish.amount_milli;
  assertTakable(account, cumulative_milli);
  const { amount_milli, expiry_utc_s, point_of_sale } = wish;
  const voucher = { ...nextTerms(account, cumulative_milli, point_of_sale), expiry_utc_s };
  desk.progress("recording the sale");
  record(desk, { kind: "sold", meter: account.meter, amount_milli, voucher });
  try {
    await showVoucher(desk, account, files.voucher_bytes);
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    const open = `sale ${voucher.sequence} of ${amountText(amount_milli)} is recorded: card top-up --retry finishes it`;
    throw new CardError(error.reason, `${error.message}; ${open}`, error.status);
  }
  return saleOf(desk, account);
}

/** Finishes the open sale of the card in the reader: the same voucher, the same receipt. */
export async function retryTopUp(desk: Desk): Promise<Sale> {
  const card = await openOurs(desk);
  const account = assertInUse(desk, card);
  const files = await checkFiles(desk, card, account);
  if (account.open?.kind !== "sold") {
    const what = `no sale to meter ${account.meter} is open`;
    throw new DeskError("nothing_unfinished", `nothing sold: ${what} (curbstop card top-up --amount sells)`);
  }
  await showVoucher(desk, account, files.voucher_bytes);
  return saleOf(desk, account);
}
