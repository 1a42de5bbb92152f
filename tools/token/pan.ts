/**
 * Numbers of meters (IEC 62055-41 6.1.2).
 *
 *   MeterPAN   18 digits: issuer, DRN, Luhn check digit over both
 *   DRN        manufacturer, 8 digits of serial number, Luhn check digit over both: 11 digits with a manufacturer of
 *              two (issuer 600727), 13 with one of four (issuer 0000)
 */
import { METER_DIGITS } from "../keys/names";
import { TokenError } from "./token_error";

const ISSUER_SHORT = "600727";
const ISSUER_LONG = "0000";
const DRN_SHORT_DIGITS = 11;
const DRN_LONG_DIGITS = 13;

/** The check digit that belongs behind these digits (ISO/IEC 7812-1 annex B). */
export function luhnDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

/** Whether the last digit is the check digit of those before it. */
export function luhnGood(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && luhnDigit(digits.slice(0, -1)) === digits.slice(-1);
}

/** The MeterPAN of a DRN of 11 or 13 digits. */
export function panOfDrn(drn: string): string {
  if (!luhnGood(drn) || (drn.length !== DRN_SHORT_DIGITS && drn.length !== DRN_LONG_DIGITS)) {
    throw new TokenError("bad_meter", `${drn}: a DRN has 11 or 13 digits, the last of which is a check digit`);
  }
  const digits = (drn.length === DRN_SHORT_DIGITS ? ISSUER_SHORT : ISSUER_LONG) + drn;
  return digits + luhnDigit(digits);
}

/** What is wrong with a MeterPAN, in words; undefined when nothing is. */
export function panFault(pan: string): string | undefined {
  if (!/^\d+$/.test(pan) || pan.length !== METER_DIGITS) return `a meter number has ${METER_DIGITS} digits`;
  return luhnGood(pan) ? undefined : "its last digit is not its check digit: it is mistyped";
}
