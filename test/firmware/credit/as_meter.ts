/** Calls as firmware/metering.ts makes them: how litres are taken and time passes. */
import type { Account } from "../../../firmware/credit/account";
import * as billing from "../../../firmware/credit/billing_time";
import { localSeconds } from "../../../firmware/credit/calendar";
import { chargeLitres, useWater } from "../../../firmware/credit/ledger";
import type { Settings } from "../../../firmware/settings";

/** Plainly while the planned run lasts, with care otherwise. */
export function take(account: Account, policy: Settings, litres: number): void {
  if (litres > account.run_l) useWater(account, policy, litres);
  else chargeLitres(account, litres);
}

export function passTime(account: Account, policy: Settings, utc_s: number): boolean {
  return billing.passTime(account, policy, utc_s, utc_s === 0 ? 0 : localSeconds(policy, utc_s));
}

export function nextBoundary(account: Account, policy: Settings, utc_s: number): number {
  return billing.nextBoundary(account, policy, utc_s, localSeconds(policy, utc_s));
}
