/**
 * Supply: whether water may run, as far as credit decides it.
 *
 * Supply is cut when the balance is used up, and comes back when there is credit. It is not cut
 *   - in friendly hours: consumption goes on and is owed; a supply that was cut before is not brought back by them;
 *   - while the next litre is free (a free block): free water needs no credit.
 * What a cut household keeps is the lifeline of the settings:
 *   daily_allowance  so many litres a day, free and outside the monthly blocks, then shut until the next local day
 *   flow_limit       the valve opens for `lifeline_open_s` of every `lifeline_period_s`; the water is charged and owed
 *
 * A limit of flow that the utility sets by a token (IEC 62055-41 class 2 sub 0) turns the valve in the same way, with
 * credit or without: it is open for the share of each hour that the limit has in Q3, so that a tap that is open at Q3
 * all the time gets the limit. A cut household has its lifeline instead, whatever the limit.
 *
 * A standpipe gives nothing unpaid, whatever the settings and the region's messages say for its households.
 */
import type { Settings } from "../settings";
import { DUTY_TURN_MIN_S } from "../settings";
import type { Account } from "./account";

/** Follows the balance; call it after anything that changed balance, price or friendly hours. */
export function judgeSupply(account: Account): void {
  if (account.balance_milli > 0 || account.unit_price_milli === 0) {
    account.cut = false;
  } else if (!account.friendly) {
    account.cut = true;
  }
}

function hasLifeline(settings: Settings, kind: Settings["lifeline"]): boolean {
  return settings.lifeline === kind && settings.standpipe_step_l === 0;
}

/** Whether a cut household still has free litres today. */
export function hasAllowance(account: Account, settings: Settings): boolean {
  return hasLifeline(settings, "daily_allowance") && account.lifeline_today_l < settings.lifeline_daily_l;
}

/** Whether the lifeline opens the valve in turns now. */
export function dutyCycled(account: Account, settings: Settings): boolean {
  return account.cut && hasLifeline(settings, "flow_limit");
}

/** Period of a limit of flow: 24 turns a day. */
export const LIMIT_PERIOD_S = 3600;

/** Seconds of each period that the valve is open under a limit of flow; all of them where it limits nothing. */
export function limitOpen(settings: Settings, limit_l_h: number): number {
  const open_s = Math.floor((Math.min(limit_l_h, settings.q3_l_h) * LIMIT_PERIOD_S) / settings.q3_l_h);
  return open_s > LIMIT_PERIOD_S - DUTY_TURN_MIN_S ? LIMIT_PERIOD_S : Math.max(open_s, DUTY_TURN_MIN_S);
}

/** Whether want of credit shuts the valve. `duty_open` tells the present turn of the duty cycle. */
export function creditShuts(account: Account, settings: Settings, duty_open: boolean): boolean {
  if (!account.cut || hasAllowance(account, settings)) {
    return false;
  }
  return !hasLifeline(settings, "flow_limit") || !duty_open;
}
