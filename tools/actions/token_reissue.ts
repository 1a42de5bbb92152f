/**
 * What `curbstop token reissue` does: the tokens of a request, or of the meter's last one, handed out again and marked.
 */
import type { Context } from "../context";
import { vendedReceipt } from "../token/receipts";
import { openDesk, printReceipt, type MeterOptions } from "./token_session";

export async function tokenReissue(options: MeterOptions, context: Context): Promise<void> {
  const { desk } = await openDesk(options, context);
  await printReceipt(vendedReceipt(await desk.reissue(options.meter, options.request), "reissued"), options, context);
}
