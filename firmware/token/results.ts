/**
 * Results: what came of a keyed-in token, each with a name for logs and tests and eight characters for the glass, as
 * the industry shows them. Their places are written into the journal and read out: they never change, new ones come
 * last.
 *
 *   accepted     done                                first_kct .. fourth_kct  this part of a key change is there
 *   overflow     more credit than the meter holds    key_type   such a key is not for this meter
 *   format       no token number                     range      a value that means nothing here
 *   function     a genuine token for something this meter does not do
 *   old, used    its TID is below all that are remembered, or among them
 *   key_expired  its TID is above the key's expiry   ddtk       a meter with the region's default key takes no credit
 *   crc          mistyped, forged, or of another meter
 *   lockout      not looked at: too many wrong ones before
 */
export type TokenResult =
  | "accepted"
  | "first_kct"
  | "second_kct"
  | "overflow"
  | "key_type"
  | "format"
  | "range"
  | "function"
  | "old"
  | "used"
  | "key_expired"
  | "ddtk"
  | "crc"
  | "lockout"
  | "third_kct"
  | "fourth_kct";

export const TOKEN_RESULTS: TokenResult[] = [
  "accepted",
  "first_kct",
  "second_kct",
  "overflow",
  "key_type",
  "format",
  "range",
  "function",
  "old",
  "used",
  "key_expired",
  "ddtk",
  "crc",
  "lockout",
  "third_kct",
  "fourth_kct",
];

const TEXTS: string[] = [
  "ACCEPTED",
  "1ST KCT",
  "2ND KCT",
  "OVERFLOW",
  "KEY TYPE",
  "FORMAT",
  "RANGE",
  "FUNCTION",
  "OLD",
  "USED",
  "KEY EXP",
  "DDTK",
  "CRC",
  "LOCKOUT",
  "3RD KCT",
  "4TH KCT",
];

export function tokenResultPlace(result: TokenResult): number {
  let place = 0;
  while (TOKEN_RESULTS[place] !== result) {
    place += 1;
  }
  return place;
}

/** What the glass shows of it. */
export function tokenResultText(result: TokenResult): string {
  return TEXTS[tokenResultPlace(result)];
}
