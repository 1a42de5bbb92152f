/**
 * Reasons for the valve to be shut. It opens only when none is left.
 */
import { joinNames } from "../text";

export interface ShutReasons {
  /** Credit and lifeline are used up (credit/supply.ts). */
  no_credit: boolean;
  /** The utility has locked the meter by an authenticated message. */
  remote_lock: boolean;
  /** The case was opened or a magnet came near; stays until a technician clears it. */
  tamper: boolean;
  /** The customer has locked the valve at the keypad. */
  customer_lock: boolean;
  /** The battery can hardly move the valve any more: it is moved while it still can. */
  battery: boolean;
  /** No commissioning yet: nobody would be billed. */
  not_commissioned: boolean;
  /** Nothing can be stored (keeping.ts): water that runs now would be forgotten. */
  storage: boolean;
  /** A limit of flow was keyed in, and the valve has its turn to be shut (supervision.ts). */
  flow_limit: boolean;
}

export function createShutReasons(): ShutReasons {
  return {
    no_credit: false,
    remote_lock: false,
    tamper: false,
    customer_lock: false,
    battery: false,
    not_commissioned: true,
    storage: false,
    flow_limit: false,
  };
}

export function anyReason(reasons: ShutReasons): boolean {
  return (
    reasons.no_credit ||
    reasons.remote_lock ||
    reasons.tamper ||
    reasons.customer_lock ||
    reasons.battery ||
    reasons.not_commissioned ||
    reasons.storage ||
    reasons.flow_limit
  );
}

/** Their names, in the order of `reasonFlags`; read-backs count on it (card/read_back.ts). */
export const REASON_NAMES: string[] = [
  "no_credit",
  "remote_lock",
  "tamper",
  "customer_lock",
  "battery",
  "not_commissioned",
  "storage",
  "flow_limit",
];

/** The reasons in words, joined by "+"; "-" when there is none. */
export function describeReasons(reasons: ShutReasons): string {
  return joinNames(REASON_NAMES, reasonFlags(reasons));
}

/** Which of them hold, as bits: that of place n in REASON_NAMES is 2 to the n. */
export function reasonBits(reasons: ShutReasons): number {
  return (
    (reasons.no_credit ? 1 : 0) +
    (reasons.remote_lock ? 2 : 0) +
    (reasons.tamper ? 4 : 0) +
    (reasons.customer_lock ? 8 : 0) +
    (reasons.battery ? 16 : 0) +
    (reasons.not_commissioned ? 32 : 0) +
    (reasons.storage ? 64 : 0) +
    (reasons.flow_limit ? 128 : 0)
  );
}

/** Which of them hold. */
export function reasonFlags(reasons: ShutReasons): boolean[] {
  return [
    reasons.no_credit,
    reasons.remote_lock,
    reasons.tamper,
    reasons.customer_lock,
    reasons.battery,
    reasons.not_commissioned,
    reasons.storage,
    reasons.flow_limit,
  ];
}
