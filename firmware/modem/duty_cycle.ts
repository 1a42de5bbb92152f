/**
 * Airtime of one sub-band within an hour, and what is left of it (ERC/REC 70-03, annex 1; EN 300 220-1, 5.4: the
 * observation period of a duty cycle is one hour).
 *
 * The hour slides: airtime is counted in periods of five minutes, and the periods that may lie within the last hour,
 * thirteen of them, together hold at most the limit. That is never more than the law allows, and up to a thirteenth of
 * the time less than it would.
 *
 * A boot knows nothing of what was sent before it. A meter's telegrams are far below any limit; a gateway that is
 * restarted again and again could come above it, so its account begins with a part that counts as used, spread over the
 * hour that lies behind.
 */
import { assert } from "../assert";

export const HOUR_MS = 3600000;
const PERIOD_MS = 300000;
const PERIODS = 13;

/** Sub-bands of EU868 that wireless M-Bus and LoRaWAN use here: permille of an hour. */
export const DUTY_868_0_PERMILLE = 10;
export const DUTY_868_7_PERMILLE = 1;
export const DUTY_869_4_PERMILLE = 100;

export interface DutyCycle {
  limit_us: number;
  /** Airtime of each of the last periods; the newest at `newest`, then older ones going round. */
  used_us: number[];
  newest: number;
  newest_began_ms: number;
}

/** An account at a boot. `used_permille` of the limit counts as used already. */
export function createDutyCycle(limit_permille: number, now_ms: number, used_permille: number): DutyCycle {
  assert(limit_permille > 0 && limit_permille <= 1000, "a duty cycle is a part of the hour");
  assert(used_permille >= 0 && used_permille <= 1000, "what is used is a part of the limit");
  const limit_us = limit_permille * HOUR_MS;
  const used_us: number[] = [];
  for (let i = 0; i < PERIODS; i++) {
    used_us.push(Math.floor((limit_us * used_permille) / (1000 * PERIODS)));
  }
  return { limit_us: limit_us, used_us: used_us, newest: 0, newest_began_ms: now_ms };
}

/** Forgets periods that lie behind. */
function turn(duty: DutyCycle, now_ms: number): void {
  const passed = Math.floor((now_ms - duty.newest_began_ms) / PERIOD_MS);
  for (let i = 0; i < Math.min(passed, PERIODS); i++) {
    duty.newest = (duty.newest + 1) % PERIODS;
    duty.used_us[duty.newest] = 0;
  }
  duty.newest_began_ms += passed * PERIOD_MS;
}

export function usedAirtime(duty: DutyCycle, now_ms: number): number {
  turn(duty, now_ms);
  let used_us = 0;
  for (const part_us of duty.used_us) {
    used_us += part_us;
  }
  return used_us;
}

/** Whether so much airtime may be used now. */
export function mayTransmit(duty: DutyCycle, now_ms: number, airtime_us: number): boolean {
  return usedAirtime(duty, now_ms) + airtime_us <= duty.limit_us;
}

export function countAirtime(duty: DutyCycle, now_ms: number, airtime_us: number): void {
  turn(duty, now_ms);
  duty.used_us[duty.newest] += airtime_us;
}

/** When so much airtime may be used at the earliest; `now_ms` when it may be now. It must fit the limit. */
export function mayTransmitAt(duty: DutyCycle, now_ms: number, airtime_us: number): number {
  assert(airtime_us <= duty.limit_us, "a frame is shorter than the airtime of an hour");
  let left_us = usedAirtime(duty, now_ms) + airtime_us - duty.limit_us;
  let at_ms = now_ms;
  // The oldest period goes first: it stands behind the newest, going round.
  for (let age = 1; left_us > 0; age++) {
    left_us -= duty.used_us[(duty.newest + age) % PERIODS];
    at_ms = duty.newest_began_ms + age * PERIOD_MS;
  }
  return at_ms;
}
