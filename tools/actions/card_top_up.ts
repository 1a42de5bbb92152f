/**
 * What `curbstop card top-up` does: sells an amount, or finishes a sale that was cut off.
 */
import { DeskError } from "../card/desk_error";
import { saleReceipt } from "../card/receipts";
import { retryTopUp, topUp } from "../card/sale";
import type { Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export interface CardTopUpOptions extends DeskOptions {
  /** Milli-units. */
  amount?: number;
  retry?: boolean;
  /** UTC seconds. */
  expires?: number;
  pointOfSale: number;
}

export async function cardTopUp(options: CardTopUpOptions, context: Context): Promise<void> {
  const { amount, retry = false, expires = 0, pointOfSale: point_of_sale } = options;
  if ((amount === undefined) !== retry) {
    throw new DeskError("bad_argument", "give one of --amount, which sells, and --retry, which finishes a sale");
  }
  if (expires !== 0 && expires * 1000 <= Date.now()) {
    throw new DeskError("bad_argument", "nothing sold: the last day to use it (--expires) is over");
  }
  await atDesk(options, context, false, async (desk) => {
    const wish = { amount_milli: amount ?? 0, expiry_utc_s: expires, point_of_sale };
    const sale = retry ? await retryTopUp(desk) : await topUp(desk, wish);
    return { receipt: saleReceipt(sale, retry), account: sale.account };
  });
}
