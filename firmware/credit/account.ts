/**
 * Account: the books of one meter. Money in milli-units (10^-5 of the currency unit), thousandths of it carried.
 *
 * A meter in volume mode keeps litres in the same books: everything called `milli` counts litres then, and its tariff
 * is the one under which a litre costs one of them (tariff.ts). So litres are as exact as money, by the same code, and
 * nothing converts between the two: which of them it is, is fixed when the meter is provisioned.
 *
 * The books balance at all times: balance + charged = credited + debt, and charged contains the standing charges.
 *
 * The fields that every litre touches stand first: Espruino finds a field by walking through those before it.
 */
import type { Settings } from "../settings";
import type { Tariff } from "./tariff";

export interface Account {
  /** Litres that can be charged at `litre_milli` before anything changes or needs a look (ledger.ts). */
  run_l: number;
  /** Price of a litre in the present block: whole milli-units, and thousandths of one. */
  litre_milli: number;
  litre_thousandths: number;
  /** May be negative: what was drawn in friendly hours, or while the valve moved, is owed. */
  balance_milli: number;
  charged_milli: number;
  /** Litres of this month that were priced. */
  month_l: number;
  /** Thousandths of a milli-unit already used but not yet charged, 0 to 999. */
  thousandths: number;
  /** Price per m3 and monthly limit of the present block; follow from tariff and month_l. */
  unit_price_milli: number;
  block_limit_l: number;
  /** Litres after those that are planned in the same way: the journal wants a mark between the two (keeping.ts). */
  plan_l: number;

  /** At or below this balance the customer is warned (settings). */
  low_credit_milli: number;
  /** Litres are kept, not money. */
  volume: boolean;
  /** Share of a credit that repays debt first (settings). */
  repay_permille: number;
  credited_milli: number;
  /** Emergency credit not yet repaid. */
  debt_milli: number;
  standing_milli: number;
  credit_sequence: number;
  last_credit_milli: number;

  /** Supply has ended for want of credit; stays so until there is credit again (supply.ts). */
  cut: boolean;
  /** No cut now: friendly hours. */
  friendly: boolean;
  /** The low-credit warning has been given. */
  warned: boolean;

  tariff: Tariff;
  pending: Tariff | undefined;
  /** Local day and month up to which charges are made; -1 until the clock was first valid. */
  day: number;
  month: number;
  /** Local day up to which standing charges were really paid; behind `day` after a catch-up that was cut short,
   *  ahead of it after a jump back by months. */
  paid_day: number;
  /** Local day for which the lifeline was last renewed. */
  lifeline_day: number;
  /** Free litres taken today without credit, and ever. */
  lifeline_today_l: number;
  lifeline_l: number;
}

/** Books without any credit; the ledger finds the price of the first litre with its first entry. */
export function createAccount(tariff: Tariff, low_credit_milli: number): Account {
  return {
    run_l: 0,
    litre_milli: 0,
    litre_thousandths: 0,
    balance_milli: 0,
    charged_milli: 0,
    month_l: 0,
    thousandths: 0,
    unit_price_milli: 0,
    block_limit_l: 0,
    plan_l: 0,
    low_credit_milli: low_credit_milli,
    volume: false,
    repay_permille: 1000,
    credited_milli: 0,
    debt_milli: 0,
    standing_milli: 0,
    credit_sequence: 0,
    last_credit_milli: 0,
    cut: false,
    friendly: false,
    warned: false,
    tariff: tariff,
    pending: undefined,
    day: -1,
    month: -1,
    paid_day: -1,
    lifeline_day: -1,
    lifeline_today_l: 0,
    lifeline_l: 0,
  };
}

/** Books of a meter with these settings. */
export function accountOf(settings: Settings, tariff: Tariff): Account {
  const account = createAccount(tariff, settings.low_credit_milli);
  account.volume = settings.tokens.mode === "volume";
  account.repay_permille = settings.tokens.repay_permille;
  return account;
}

/** Whether the books balance, and every number in them has its sign. */
export function booksBalance(account: Account): boolean {
  return (
    account.balance_milli + account.charged_milli === account.credited_milli + account.debt_milli &&
    account.thousandths >= 0 &&
    account.thousandths < 1000 &&
    account.debt_milli >= 0 &&
    account.standing_milli <= account.charged_milli &&
    account.month_l < account.block_limit_l &&
    account.run_l >= 0
  );
}
