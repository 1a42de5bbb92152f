/**
 * Results: what came of a request, as the code that answers it in a telegram (uplink.ts). Places never change, new ones
 * come last. A credit is answered with what the voucher came to: CREDIT_FIRST plus its place in CARD_RESULTS
 * (card/results.ts), or the token: TOKEN_FIRST plus its place in TOKEN_RESULTS (token/results.ts); a signed message that
 * was refused, with SIGNED_FIRST plus the place in SIGNED_REFUSALS.
 */
import type { CardResult } from "../card/results";
import { resultPlace } from "../card/results";
import type { TokenAnswer } from "../token/meter_tokens";
import { tokenResultPlace } from "../token/results";
import type { SignedResult } from "./signed_judgement";

export type RadioResult =
  | "accepted"
  | "unknown_kind"
  | "malformed"
  | "out_of_range"
  | "refused"
  | "not_stored"
  | "not_in_service"
  | "stale"
  | "old_request";

export const RADIO_RESULTS: RadioResult[] = [
  "accepted",
  "unknown_kind",
  "malformed",
  "out_of_range",
  "refused",
  "not_stored",
  "not_in_service",
  "stale",
  "old_request",
];

export const CREDIT_FIRST = 32;
export const TOKEN_FIRST = 64;
export const SIGNED_FIRST = 96;
export const CODE_MAX = 255;

/** Refusals of a signed message, in the order of their codes. */
export const SIGNED_REFUSALS: SignedResult[] = [
  "unknown_format",
  "malformed",
  "foreign_region",
  "not_for_this",
  "old_version",
  "unknown_key",
  "bad_signature",
];

export function radioCode(result: RadioResult): number {
  return RADIO_RESULTS.indexOf(result);
}

export function creditCode(result: CardResult): number {
  return CREDIT_FIRST + resultPlace(result);
}

export function tokenCode(answer: TokenAnswer): number {
  if (answer === "not_stored") {
    return radioCode("not_stored");
  }
  return answer === "not_commissioned" ? radioCode("not_in_service") : TOKEN_FIRST + tokenResultPlace(answer);
}

/** 0, as "accepted", for a message that is good. */
export function signedCode(result: SignedResult): number {
  return result === "good" ? 0 : SIGNED_FIRST + SIGNED_REFUSALS.indexOf(result);
}
