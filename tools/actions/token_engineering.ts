/**
 * What `curbstop token engineering` does: tokens for tests and displays, the same for every meter, without any key.
 */
import type { MeterTest } from "../../firmware/token/tests";
import type { Context } from "../context";
import { testReceipt } from "../token/receipts";
import { everyTest, testTokens } from "../token/sheet";
import { printReceipt, type ReceiptOptions } from "./token_session";

export interface TokenEngineeringOptions extends ReceiptOptions {
  test?: (MeterTest | "all")[];
}

export async function tokenEngineering(options: TokenEngineeringOptions, context: Context): Promise<void> {
  await printReceipt(testReceipt(testTokens(options.test ?? everyTest())), options, context);
}
