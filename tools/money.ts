/**
 * Money for people: milli-units (10^-5 of the currency unit) with all five decimals, or with two.
 */

/** Exact, for reports: "-0.00481". */
export function moneyText(amount_milli: number): string {
  return decimals(amount_milli, 5);
}

/** Two decimals, cut towards zero as the meter's display does. */
export function centsText(amount_milli: number): string {
  return decimals(Math.trunc(amount_milli / 1000), 2);
}

function decimals(amount: number, places: number): string {
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
