/**
 * Ledger: the one place where water becomes money and money is taken in.
 *
 * A litre costs a thousandth of the price per m3. Thousandths that do not make a milli-unit are carried in the account,
 * across blocks, months and tariffs alike, so nothing is ever rounded: after any number of litres the charge is
 * floor(sum of prices / 1000).
 */
import { assert } from "../assert";
import type { Settings } from "../settings";
import type { Account } from "./account";
import { booksBalance } from "./account";
import { hasAllowance, judgeSupply } from "./supply";
import { blockAt } from "./tariff";

/**
 * Largest single credit (10 million currency units) and largest balance: sums stay below 2^53, and a balance in the six
 * bytes, with its sign, that a read-back has for it (card/read_back.ts).
 */
export const CREDIT_MAX_MILLI = 1000000000000;
export const BALANCE_MAX_MILLI = 100000000000000;

/** Largest run of litres taken in one step, so that litres times price stays below 2^53. */
export const LITRES_MAX = 4000000;

/** Credit that a run looks ahead at most (10,000 currency units), so that its product with 1000 stays small. */
const RUN_CREDIT_MAX_MILLI = 1000000000;

/** Finds block and price again after the month's litres or the tariff changed. */
function findBlock(account: Account): void {
  const block = blockAt(account.tariff, account.month_l);
  const price_milli = account.tariff.prices_milli[block];
  account.unit_price_milli = price_milli;
  account.litre_milli = Math.floor(price_milli / 1000);
  account.litre_thousandths = price_milli - account.litre_milli * 1000;
  account.block_limit_l = account.tariff.limits_l[block];
}

/** Litres that leave the balance above zero, and above the warning level if it is above that now. */
function affordable(account: Account): number {
  const floor_milli = account.balance_milli > account.low_credit_milli ? account.low_credit_milli : 0;
  const spare_milli = account.balance_milli - floor_milli;
  if (account.unit_price_milli === 0) {
    return LITRES_MAX;
  }
  // A carried thousandth can make a run one milli-unit dearer than its litres; the balance must stay above the floor.
  if (spare_milli <= 2) {
    return 0;
  }
  const used_milli = (spare_milli < RUN_CREDIT_MAX_MILLI ? spare_milli : RUN_CREDIT_MAX_MILLI) - 2;
  return Math.floor((used_milli * 1000) / account.unit_price_milli);
}

/** Ends every entry in the books: supply follows the balance, and the next run of plain litres is planned. */
export function closeEntry(account: Account): void {
  findBlock(account);
  judgeSupply(account);
  account.run_l = 0;
  account.plan_l = 0;
  if (!account.cut) {
    const block_l = account.block_limit_l - account.month_l - 1;
    const credit_l = affordable(account);
    account.run_l = Math.min(block_l, credit_l, LITRES_MAX);
  }
  assert(booksBalance(account), "the books balance after every entry");
}

/**
 * Charges litres at the price of the present block. Whoever calls it has made sure that they fit: all are in the block,
 * and up to `run_l` of them leave the supply as it is. This runs for every litre of a meter's life, so it does nothing
 * else; `useWater` is the careful way.
 */
export function chargeLitres(account: Account, litres: number): void {
  let cost_milli = litres * account.litre_milli;
  if (account.litre_thousandths > 0) {
    const thousandths = account.thousandths + litres * account.litre_thousandths;
    const carried_milli = Math.floor(thousandths / 1000);
    account.thousandths = thousandths - carried_milli * 1000;
    cost_milli += carried_milli;
  }
  account.run_l -= litres;
  account.balance_milli -= cost_milli;
  account.charged_milli += cost_milli;
  account.month_l += litres;
}

function useLitre(account: Account, settings: Settings): void {
  if (account.cut && hasAllowance(account, settings)) {
    account.lifeline_today_l += 1;
    account.lifeline_l += 1;
    return;
  }
  chargeLitres(account, 1);
  if (account.month_l === account.block_limit_l) {
    findBlock(account);
  }
  judgeSupply(account);
}

/**
 * Takes litres that have just passed one by one: charges each at the price of its block, or books it to the lifeline.
 */
export function useWater(account: Account, settings: Settings, litres: number): void {
  assert(litres > 0 && litres <= LITRES_MAX, "litres come in bounded runs");
  for (let litre = 0; litre < litres; litre++) {
    useLitre(account, settings);
  }
  closeEntry(account);
}

/** A credit whose carrier has been found authentic, for this region and this meter. */
export interface Credit {
  /** Rises from credit to credit, so that none is taken twice. */
  sequence: number;
  amount_milli: number;
}

export type CreditResult = "accepted" | "already_taken" | "out_of_range" | "balance_full";

export function creditInRange(amount_milli: number): boolean {
  return amount_milli >= 0 && amount_milli <= CREDIT_MAX_MILLI;
}

/** The most that can be taken in now. */
export function creditRoom(account: Account): number {
  return Math.max(0, Math.min(CREDIT_MAX_MILLI, BALANCE_MAX_MILLI - account.balance_milli));
}

/**
 * The one door for credit. Debts are repaid first, with the meter's share of it; a share is rounded up, so that credits
 * of any size come to an end of a debt. Whoever calls it has made sure that this credit was not taken before.
 */
export function takeIn(account: Account, amount_milli: number): CreditResult {
  if (!creditInRange(amount_milli)) {
    return "out_of_range";
  }
  if (account.balance_milli + amount_milli > BALANCE_MAX_MILLI) {
    return "balance_full";
  }
  const share_milli = Math.floor((amount_milli * account.repay_permille + 999) / 1000);
  const repaid_milli = share_milli < account.debt_milli ? share_milli : account.debt_milli;
  account.debt_milli -= repaid_milli;
  account.balance_milli += amount_milli - repaid_milli;
  account.credited_milli += amount_milli;
  account.last_credit_milli = amount_milli;
  closeEntry(account);
  return "accepted";
}

/** Takes a credit whose sequence tells whether it was taken before. */
export function acceptCredit(account: Account, credit: Credit): CreditResult {
  if (credit.sequence <= account.credit_sequence) {
    return "already_taken";
  }
  const result = takeIn(account, credit.amount_milli);
  if (result === "accepted") {
    account.credit_sequence = credit.sequence;
  }
  return result;
}

/** Takes the credit that is left away, on the utility's order; emergency credit among it is owed no more. */
export function clearCredit(account: Account): void {
  const taken_milli = Math.max(0, account.balance_milli);
  const lent_milli = Math.min(account.debt_milli, taken_milli);
  account.balance_milli -= taken_milli;
  account.debt_milli -= lent_milli;
  account.credited_milli -= taken_milli - lent_milli;
  closeEntry(account);
}

/**
 * Whether emergency credit would be granted now: the credit is low, none is still to be repaid, and it would bring
 * water. Where more is owed than it lends, it would be used up for nothing. A standpipe has no one to lend to.
 */
export function emergencyOffered(account: Account, settings: Settings): boolean {
  const lent_milli = settings.standpipe_step_l > 0 ? 0 : settings.emergency_milli;
  const low = account.balance_milli <= account.low_credit_milli;
  return lent_milli > 0 && low && account.debt_milli === 0 && account.balance_milli + lent_milli > 0;
}

/** Lends the emergency credit on the customer's request; once, until it is repaid. */
export function grantEmergency(account: Account, settings: Settings): "granted" | "refused" {
  if (!emergencyOffered(account, settings)) {
    return "refused";
  }
  lend(account, settings.emergency_milli);
  return "granted";
}

/** Lends credit: on request, or because the utility says so. */
export function lend(account: Account, amount_milli: number): void {
  assert(amount_milli > 0 && amount_milli <= creditRoom(account), "what is lent is in range");
  account.debt_milli += amount_milli;
  account.balance_milli += amount_milli;
  closeEntry(account);
}

/** Takes standing charges for a number of days. */
export function chargeStanding(account: Account, days: number): void {
  assert(days >= 0, "no day is given back");
  const cost_milli = account.tariff.standing_milli * days;
  account.balance_milli -= cost_milli;
  account.charged_milli += cost_milli;
  account.standing_milli += cost_milli;
  closeEntry(account);
}
