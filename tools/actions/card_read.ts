/**
 * What `curbstop card read` does: all that a card says. A read-back whose signature is wrong is a no.
 */
import { readCard } from "../card/reading";
import { readingReceipt } from "../card/reading_words";
import { EXIT_NO, type Context } from "../context";
import { atDesk, type DeskOptions } from "./card_session";

export function cardRead(options: DeskOptions, context: Context): Promise<void> {
  return atDesk(options, context, false, async (desk) => {
    const reading = await readCard(desk);
    const { voucher, read_back } = reading;
    if (voucher?.is_genuine === false || read_back?.is_genuine === false) context.exit_code = EXIT_NO;
    return { receipt: readingReceipt(reading) };
  });
}
