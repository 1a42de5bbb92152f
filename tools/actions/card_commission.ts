/**
 * What `curbstop card commission` does: a technician's card that puts a meter into service.
 */
import { NO_LIMIT_L, type Tariff } from "../../firmware/credit/tariff";
import { loadTariff } from "../../sim/scenario/load";
import { instantUtcS } from "../../sim/scenario/times";
import { commission } from "../card/commissioning";
import { orderReceipt } from "../card/receipts";
import type { Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export interface CardCommissionOptions extends DeskOptions {
  meter: string;
  utility?: number;
  tariff: string;
  /** Milli-units. */
  opening: number;
  /** UTC seconds. */
  expires?: number;
}

/** A tariff file, as scenarios write tariffs. */
function tariffIn(file: string): Tariff {
  const { id, start, standing_milli, blocks } = loadTariff(file);
  return {
    id,
    start_utc_s: instantUtcS(start ?? 0),
    standing_milli,
    limits_l: blocks.map(({ up_to_l }) => up_to_l ?? NO_LIMIT_L),
    prices_milli: blocks.map(({ price_milli }) => price_milli),
  };
}

export async function cardCommission(options: CardCommissionOptions, context: Context): Promise<void> {
  const { meter, utility, opening: opening_milli, expires: expiry_utc_s = 0 } = options;
  const tariff = tariffIn(options.tariff);
  await atDesk(options, context, true, async (desk) => {
    const made = await commission(desk, { meter, utility, tariff, opening_milli, expiry_utc_s });
    return { receipt: orderReceipt(made) };
  });
}
