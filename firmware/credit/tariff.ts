/**
 * Tariff: block prices by monthly consumption, and a daily standing charge.
 *
 * Block i holds for the litres of a month from the limit of the block before up to its own; the last block has no
 * limit. Prices are in milli-units (10^-5 of the currency unit) per m3, so a litre costs a thousandth of the price. A
 * price of 0 makes a free block.
 */
export const BLOCKS_MAX = 8;
/** Stands for "no limit": more litres than a month can bring (2^40). */
export const NO_LIMIT_L = 1099511627776;
/** 10,000 currency units per m3. With the largest batch of litres, products stay far below 2^53. */
export const PRICE_MAX_MILLI = 1000000000;

export interface Tariff {
  /** Rises from tariff to tariff; an old one is never taken again. */
  id: number;
  /** First second (UTC) at which it holds; 0 for at once. */
  start_utc_s: number;
  /** Taken at each local midnight. */
  standing_milli: number;
  /** Upper limits of the blocks, cumulative litres of the month; rising; the last is NO_LIMIT_L. */
  limits_l: number[];
  prices_milli: number[];
}

/** Whether a tariff is well formed: bounds, number of blocks, rising limits, an open end. */
export function tariffWellFormed(tariff: Tariff): boolean {
  const blocks = tariff.limits_l.length;
  if (blocks < 1 || blocks > BLOCKS_MAX || tariff.prices_milli.length !== blocks) {
    return false;
  }
  if (tariff.id < 1 || tariff.start_utc_s < 0) {
    return false;
  }
  if (tariff.standing_milli < 0 || tariff.standing_milli > PRICE_MAX_MILLI) {
    return false;
  }
  let below_l = 0;
  for (let block = 0; block < blocks; block++) {
    const price_milli = tariff.prices_milli[block];
    if (tariff.limits_l[block] <= below_l || price_milli < 0 || price_milli > PRICE_MAX_MILLI) {
      return false;
    }
    below_l = tariff.limits_l[block];
  }
  return below_l === NO_LIMIT_L;
}

/** Price under which a litre costs one: the account then counts litres. */
const LITRE_PRICE_MILLI = 1000;

/** Whether a meter that keeps money, or litres, can have this tariff: litres have one price, and nothing beside it. */
export function tariffFits(tariff: Tariff, volume: boolean): boolean {
  const is_litres =
    tariff.limits_l.length === 1 && tariff.prices_milli[0] === LITRE_PRICE_MILLI && tariff.standing_milli === 0;
  return tariffWellFormed(tariff) && (is_litres || !volume);
}

/** The block that prices the litre after `month_l` litres of this month. */
export function blockAt(tariff: Tariff, month_l: number): number {
  let block = 0;
  while (tariff.limits_l[block] <= month_l) {
    block += 1;
  }
  return block;
}
