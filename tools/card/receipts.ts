/**
 * Receipts: what a command has done, as an object for machines and as lines for people. Amounts in objects are
 * milli-units, times ISO 8601; no receipt holds a key.
 */
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { amountText } from "../money";
import { table } from "../output";
import type { Account, CardNote } from "./accounts";
import { timeText } from "./desk";
import type { MadeOrder } from "./commissioning";
import type { VoucherTerms } from "./entries";
import type { MadeCard } from "./making";
import type { Refund } from "./refund";
import type { Sale } from "./sale";

export interface Receipt {
  readonly json: object;
  readonly text: string;
}

export type Row = [name: string, value: string];

export function rowsText(rows: readonly Row[]): string {
  return table(rows);
}

export function expiryText(expiry_utc_s: number): string | null {
  return expiry_utc_s === 0 ? null : timeText(new Date(expiry_utc_s * 1000));
}

export function cardJson({ type, card, generation, uid, blocked }: CardNote): object {
  return { type, number: card, generation, uid, blocked: blocked ?? null };
}

function cardRow(name: string, { card, generation, uid }: CardNote): Row {
  return [name, `${card}, generation ${generation}, UID ${uid}`];
}

function voucherJson(terms: VoucherTerms | undefined): object | null {
  if (terms === undefined) return null;
  const { sequence, cumulative_milli, tariff_id, expiry_utc_s, point_of_sale } = terms;
  return { sequence, cumulative_milli, tariff_id, expires: expiryText(expiry_utc_s), point_of_sale };
}

function placeRows({ region, meter }: Account): Row[] {
  return [
    ["meter", meter],
    ["region", region],
  ];
}

export function saleReceipt(sale: Sale, is_retry: boolean): Receipt {
  const { account, card, voucher, amount_milli, sold_at } = sale;
  const { region, meter } = account;
  const json = {
    ...{ did: "sold", region, meter, card: cardJson(card), amount_milli, sold_at, is_retry },
    voucher: voucherJson(voucher),
  };
  const rows: Row[] = [
    ["sold", `${amountText(amount_milli)}${is_retry ? " (finished now)" : ""}`],
    ...placeRows(account),
    cardRow("card", card),
    ["sold so far", amountText(voucher.cumulative_milli)],
    ["voucher", String(voucher.sequence)],
    ["to be used by", expiryText(voucher.expiry_utc_s) ?? "any time"],
    ["point of sale", String(voucher.point_of_sale)],
    ["sold at", sold_at],
  ];
  return { json, text: rowsText(rows) };
}

export function madeReceipt(did: "issued" | "replaced", made: MadeCard): Receipt {
  const { account, card, voucher, replaced, includes } = made;
  const { region, meter, utility } = account;
  const open = includes !== undefined && "amount_milli" in includes ? includes : undefined;
  const json = {
    ...{ did, region, meter, utility, card: cardJson(card), voucher: voucherJson(voucher) },
    replaced: replaced === undefined ? null : cardJson(replaced),
    includes: open === undefined ? null : { kind: open.kind, amount_milli: open.amount_milli },
  };
  const rows: Row[] = [
    [did === "issued" ? "issued" : "replaced", "user card"],
    ...placeRows(account),
    ["utility", String(utility)],
    cardRow("card", card),
  ];
  if (replaced !== undefined) rows.push(cardRow("blocked", replaced));
  if (voucher !== undefined) rows.push(["sold so far", amountText(voucher.cumulative_milli)]);
  if (voucher !== undefined) rows.push(["voucher", String(voucher.sequence)]);
  if (open !== undefined) {
    const what = open.kind === "sold" ? "a sale" : "a refund";
    rows.push(["includes", `${what} of ${amountText(open.amount_milli)} that was not finished`]);
  }
  return { json, text: rowsText(rows) };
}

const NEXT: Record<Refund["state"], string> = {
  begun: "hold the card up to the meter, then come back: nothing is paid before",
  waiting: "nothing is paid yet: the meter has not seen the card since (hold it up to the meter)",
  paid: "pay the amount out",
  void: "nothing to pay: the meter has taken it in the meantime",
};

const NEXT_AGAIN = "pay the amount out, unless that was done: this may have been said before, and is paid once";

export function refundReceipt(refund: Refund): Receipt {
  const { account, card, state, amount_milli, sold_milli, taken_milli, is_retry } = refund;
  const { region, meter } = account;
  const json = {
    ...{ did: "refund", state, region, meter, card: cardJson(card), amount_milli, sold_milli, taken_milli, is_retry },
    voucher: voucherJson(account.voucher),
  };
  const rows: Row[] = [
    ["refund", `${amountText(amount_milli)}, ${state}`],
    ...placeRows(account),
    cardRow("card", card),
    ["sold so far", amountText(sold_milli)],
    ["meter took", amountText(taken_milli)],
    ["next", is_retry ? NEXT_AGAIN : NEXT[state]],
  ];
  return { json, text: rowsText(rows) };
}

function tariffJson({ id, start_utc_s, standing_milli, limits_l, prices_milli }: Tariff): object {
  const blocks = prices_milli.map((price_milli, block) => ({
    up_to_l: limits_l[block] === NO_LIMIT_L ? null : limits_l[block],
    price_milli,
  }));
  return { id, start: expiryText(start_utc_s), standing_milli, blocks };
}

export function orderReceipt(made: MadeOrder): Receipt {
  const { account, card, wish, sequence, cumulative_milli } = made;
  const { region, meter, utility } = account;
  const { opening_milli, tariff } = wish;
  const json = {
    ...{ did: "commissioned", region, meter, utility, card: cardJson(card), opening_milli },
    ...{
      tariff: tariffJson(tariff),
      expires: expiryText(wish.expiry_utc_s),
      counts_from: { sequence, cumulative_milli },
    },
  };
  const rows: Row[] = [
    ["made", "commissioning card"],
    ...placeRows(account),
    ["utility", String(utility)],
    cardRow("card", card),
    ["opening credit", amountText(opening_milli)],
    ["tariff", String(tariff.id)],
    ["to be used by", expiryText(wish.expiry_utc_s) ?? "any time"],
  ];
  if (sequence > 0) {
    rows.push(["counts as taken", `${amountText(cumulative_milli)}, all vouchers up to ${sequence}`]);
  }
  return { json, text: rowsText(rows) };
}
