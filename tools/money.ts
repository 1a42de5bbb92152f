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

/** For receipts: two decimals, or all five where two would hide something. */
export function amountText(amount_milli: number): string {
  return amount_milli % 1000 === 0 ? centsText(amount_milli) : moneyText(amount_milli);
}

/** Milli-units of an amount as people write it, "12", "12.5" or "0.00481"; undefined when it is none. */
export function amountMilli(text: string): number | undefined {
  const [, units, parts = ""] = /^(\d{1,9})(?:\.(\d{1,5}))?$/.exec(text) ?? [];
  return units === undefined ? undefined : Number(units) * 100_000 + Number(parts.padEnd(5, "0"));
}

function decimals(amount: number, places: number): string {
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
