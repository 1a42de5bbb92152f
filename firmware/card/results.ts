/**
 * Results: what came of a card, each with a name for logs and tests, eight characters for the glass, and whether it is
 * good news. Their places are written into read-backs: they never change, new ones come last.
 */
export type CardResult =
  | "accepted"
  | "read_out"
  | "completed"
  | "unknown_card"
  | "foreign_region"
  | "wrong_meter"
  | "bad_signature"
  | "already_taken"
  | "expired"
  | "older_generation"
  | "limit_exceeded"
  | "card_torn"
  | "no_voucher"
  | "lower_amount"
  | "not_stored"
  | "not_in_service"
  | "in_service_already"
  | "order_refused"
  | "locked_out"
  | "blocked"
  | "purse_empty"
  | "wrong_place";

export const CARD_RESULTS: CardResult[] = [
  "accepted",
  "read_out",
  "completed",
  "unknown_card",
  "foreign_region",
  "wrong_meter",
  "bad_signature",
  "already_taken",
  "expired",
  "older_generation",
  "limit_exceeded",
  "card_torn",
  "no_voucher",
  "lower_amount",
  "not_stored",
  "not_in_service",
  "in_service_already",
  "order_refused",
  "locked_out",
  "blocked",
  "purse_empty",
  "wrong_place",
];

const TEXTS: string[] = [
  "CARD OK",
  "READ OK",
  "CARD OK",
  "BAD CARD",
  "REGION",
  "OTHER MT",
  "BAD SIGN",
  "USED",
  "EXPIRED",
  "OLD CARD",
  "LIMIT",
  "AGAIN",
  "EMPTY",
  "REFUND",
  "ERR MEM",
  "NOT INST",
  "INST",
  "REFUSED",
  "WAIT",
  "BLOCKED",
  "NO MONEY",
  "NOT HERE",
];

export function resultPlace(result: CardResult): number {
  return CARD_RESULTS.indexOf(result);
}

/** What the glass shows of it. */
export function resultText(result: CardResult): string {
  return TEXTS[resultPlace(result)];
}

/** Whether it is what the person with the card hoped for. */
export function resultGood(result: CardResult): boolean {
  return result === "accepted" || result === "read_out" || result === "completed";
}
