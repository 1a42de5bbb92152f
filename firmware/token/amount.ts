/**
 * Amounts of tokens (IEC 62055-41, TransferAmount): an exponent e and a mantissa m of 14 bits stand for
 *
 *   t = 10^e * m + sum of 2^14 * 10^(n-1) for n = 1 to e
 *
 *   water      16 bits: e(2) m(14); t in 0.1 m3: exact up to 1,638.3 m3, then in steps of 1, 10 and 100 m3; the largest
 *              is 18,201,624, 1,820,162.4 m3. The flow limit is coded in the same way, in litres an hour.
 *   currency   s(1) e(5) m(14), of which s and e's upper three bits stand in front of the TID (S&E) and the rest where
 *              water has its amount; t in 10^-5 of the currency unit, which are the meter's milli-units
 *
 * An amount that cannot be said is rounded up to the next that can; between two exponents that is the larger one's m =
 * 0.
 */
import { CREDIT_MAX_MILLI } from "../credit/ledger";

const MANTISSAS = 16384;
const EXPONENT_MAX = 3;
export const AMOUNT_MAX = 18201624;
/** Smallest exponent above every amount that one credit may bring (credit/ledger.ts): 10^9 * 2^14 and more. */
const CURRENCY_EXPONENT_END = 10;

function coded(exponent: number, mantissa: number): number {
  let power = 1;
  let offset = 0;
  for (let n = 0; n < exponent; n++) {
    offset += MANTISSAS * power;
    power *= 10;
  }
  return power * mantissa + offset;
}

/** The amount that 16 bits stand for. */
export function amountOf(field: number): number {
  // The usual case, and a loop is dear on a small engine.
  return field < MANTISSAS ? field : coded(Math.floor(field / MANTISSAS), field % MANTISSAS);
}

/** Exponent and mantissa, as exponent * 2^14 + mantissa, of the least amount that is not below this one. */
function fieldFor(amount: number, exponent_max: number): number | undefined {
  for (let exponent = 0; exponent <= exponent_max; exponent++) {
    if (amount <= coded(exponent, MANTISSAS - 1)) {
      const step = coded(exponent, 1) - coded(exponent, 0);
      const above = amount - coded(exponent, 0);
      return exponent * MANTISSAS + (above <= 0 ? 0 : Math.floor((above + step - 1) / step));
    }
  }
  return undefined;
}

/** The 16 bits of an amount, rounded up; undefined when it is too large. */
export function amountField(amount: number): number | undefined {
  return fieldFor(amount, EXPONENT_MAX);
}

/** A currency amount as its two fields. */
export interface CurrencyFields {
  /** Sign and upper bits of the exponent: 4 bits. */
  sign_exponent: number;
  /** 16 bits. */
  amount: number;
}

/** The fields of an amount in milli-units, rounded up; undefined when no meter would take so much at once. */
export function currencyFields(amount_milli: number): CurrencyFields | undefined {
  const field = fieldFor(amount_milli, CURRENCY_EXPONENT_END - 1);
  if (field === undefined) {
    return undefined;
  }
  return { sign_exponent: Math.floor(field / 65536), amount: field % 65536 };
}

/** The amount in milli-units; -1 for one below zero, and CREDIT_MAX_MILLI + 1 for any that is too large. */
export function currencyAmount(fields: CurrencyFields): number {
  if (fields.sign_exponent > 7) {
    return -1;
  }
  if (fields.sign_exponent === 0 && fields.amount < MANTISSAS) {
    return fields.amount;
  }
  const exponent = fields.sign_exponent * 4 + Math.floor(fields.amount / MANTISSAS);
  const mantissa = fields.amount % MANTISSAS;
  if (exponent >= CURRENCY_EXPONENT_END) {
    return CREDIT_MAX_MILLI + 1;
  }
  return Math.min(coded(exponent, mantissa), CREDIT_MAX_MILLI + 1);
}
