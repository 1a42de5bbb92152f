/**
 * What `curbstop token sheet` does: a test sheet for commissioning one meter, with one small real token on it.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "../context";
import type { TokenMode } from "../token/explaining";
import { SHEET_AMOUNTS, testSheet } from "../token/sheet";
import { openDesk, printReceipt, regionOf, type MeterOptions } from "./token_session";

export interface TokenSheetOptions extends MeterOptions {
  mode: TokenMode;
}

export async function tokenSheet(options: TokenSheetOptions, context: Context): Promise<void> {
  const { meter, request = randomUUID() } = options;
  const { desk, ring } = await openDesk(options, context);
  const region = regionOf(ring, options.region);
  const use = options.mode === "currency" ? "money" : "water";
  const reason = options.reason === "" ? "test sheet" : options.reason;
  const vended = await desk.issue({ request, region, meter, use, amount: SHEET_AMOUNTS[use], reason });
  await printReceipt(testSheet(vended, desk.tokenKey(meter, vended.key)), options, context);
}
