/**
 * Names of what the key store holds, and how a region and a meter are written. Loads nothing: commands use it too.
 *
 *   vending    20 bytes, STS DKGA04: meter tokens, and the voucher key of each meter. Belongs to the vending desk.
 *   card       AES-128: both card masters. Never leaves the card desk.
 *   radio      AES-128: the radio master key of each meter. All that a gateway needs, and it mints no credit.
 *   transport  AES-128: in every factory-fresh meter of the region, until it is commissioned.
 */
export const KEY_KINDS = ["vending", "card", "radio", "transport"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export const KEY_BYTES: Record<KeyKind, number> = { vending: 20, card: 16, radio: 16, transport: 16 };

/**
 * Revisions count from 1. That of a vending key is its STS key revision number, which is one digit (IEC 62055-41,
 * CONTROLBlock); the others go as one byte into what is derived.
 */
export const REVISION_MAX: Record<KeyKind, number> = { vending: 9, card: 255, radio: 255, transport: 255 };

/** Kinds of LMS keys: what signs tariffs and rules, and what signs firmware, so that neither can do the other's work. */
export const SIGNING_KINDS = ["signing", "update"] as const;
export type SigningKind = (typeof SIGNING_KINDS)[number];

/** Signing keys (signing.ts) count alike; a message names the revision in one byte. */
export const SIGNING_REVISION_MAX = 255;

/** Years with whose first minute STS token identifiers can begin. 2014 lasts until 2045. */
export const BASE_DATES = [1993, 2014, 2035] as const;
export type BaseDate = (typeof BASE_DATES)[number];
export const BASE_DATE_USUAL: BaseDate = 2014;
/** STS key expiry number: the highest upper byte of a token identifier that is still good. 255 is never refused. */
export const KEY_EXPIRY_MAX = 255;

export const REGION_DIGITS = 6;
export const METER_DIGITS = 18;

/** Whether this is a supply group code. */
export function isRegion(text: string): boolean {
  return text.length === REGION_DIGITS && /^\d+$/.test(text);
}

/** Whether this is a MeterPAN (IEC 62055-41 6.1.2): 18 digits, the last of which is the Luhn check digit. */
export function isMeter(text: string): boolean {
  if (text.length !== METER_DIGITS || !/^\d+$/.test(text)) return false;
  let sum = 0;
  for (let i = 0; i < METER_DIGITS; i++) {
    const digit = Number(text[METER_DIGITS - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Digits as BCD, an even number of them. */
export function bcd(digits: string): number[] {
  return [...Buffer.from(digits, "hex")];
}
