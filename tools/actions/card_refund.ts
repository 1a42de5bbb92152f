/**
 * What `curbstop card refund` does: takes a refund one step on. As long as the meter has not proved it, the answer is
 * no.
 */
import { refundReceipt } from "../card/receipts";
import { refund } from "../card/refund";
import { EXIT_NO, type Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export interface CardRefundOptions extends DeskOptions {
  pointOfSale: number;
}

export function cardRefund(options: CardRefundOptions, context: Context): Promise<void> {
  return atDesk(options, context, false, async (desk) => {
    const done = await refund(desk, options.pointOfSale);
    if (done.state === "waiting" || done.state === "void") context.exit_code = EXIT_NO;
    return { receipt: refundReceipt(done), account: done.account };
  });
}
