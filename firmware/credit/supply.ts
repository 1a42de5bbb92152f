/**
 * Supply: whether water may run, as far as credit decides it.
 *
 * Supply is cut when the balance is used up, and comes back when there is credit. It is not cut
 *   - in friendly hours: consumption goes on and is owed; a supply that was cut before is not brought back by them;
 *   - while the next litre is free (a free block): free water needs no credit.
 * What a cut household keeps is the lifeline of the settings:
 *   daily_allowance  so many litres a day, free and outside the monthly blocks, then shut until the next local day
 *   flow_limit       the valve opens for `lifeline_open_s` of every `lifeline_period_s`; the water is charged and owed
 */
import type { Settings } from "../settings";
import type { Account } from "./account";

/** Follows the balance; call it after anything that changed balance, price or friendly hours. */
export function judgeSupply(account: Account): void {
  if (account.balance_milli > 0 || account.unit_price_milli === 0) {
    account.cut = false;
  } else if (!account.friendly) {
    account.cut = true;
  }
}

/** Whether a cut household still has free litres today. */
export function hasAllowance(account: Account, settings: Settings): boolean {
  return settings.lifeline === "daily_allowance" && account.lifeline_today_l < settings.lifeline_daily_l;
}

/** Whether the lifeline opens the valve in turns now. */
export function dutyCycled(account: Account, settings: Settings): boolean {
  return account.cut && settings.lifeline === "flow_limit";
}

/** Whether want of credit shuts the valve. `duty_open` tells the present turn of the duty cycle. */
export function creditShuts(account: Account, settings: Settings, duty_open: boolean): boolean {
  if (!account.cut || hasAllowance(account, settings)) {
    return false;
  }
  return settings.lifeline !== "flow_limit" || !duty_open;
}
