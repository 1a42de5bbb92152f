/**
 * What `curbstop card replace` does: an empty card takes the place of a lost one.
 */
import { replace } from "../card/making";
import { madeReceipt } from "../card/receipts";
import type { Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export interface CardReplaceOptions extends DeskOptions {
  meter: string;
  pointOfSale: number;
}

export function cardReplace(options: CardReplaceOptions, context: Context): Promise<void> {
  return atDesk(options, context, true, async (desk) => {
    const made = await replace(desk, options.meter, options.pointOfSale);
    return { receipt: madeReceipt("replaced", made), account: made.account };
  });
}
