/**
 * What `curbstop card issue` does: an empty card becomes a meter's first.
 */
import { issue } from "../card/making";
import { madeReceipt } from "../card/receipts";
import type { Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export interface CardIssueOptions extends DeskOptions {
  meter: string;
  utility?: number;
}

export function cardIssue(options: CardIssueOptions, context: Context): Promise<void> {
  return atDesk(options, context, true, async (desk) => {
    const made = await issue(desk, options.meter, options.utility);
    return { receipt: madeReceipt("issued", made), account: made.account };
  });
}
