/**
 * What `curbstop token sheet` does: a test sheet for commissioning one meter, with one real token of 0.1 m3 on it.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "../context";
import { SHEET_TENTHS, testSheet } from "../token/sheet";
import { openDesk, printReceipt, regionOf, type MeterOptions } from "./token_session";

export async function tokenSheet(options: MeterOptions, context: Context): Promise<void> {
  const { meter, request = randomUUID() } = options;
  const { desk, ring } = await openDesk(options, context);
  const region = regionOf(ring, options.region);
  const reason = options.reason === "" ? "test sheet" : options.reason;
  const vended = await desk.issue({ request, region, meter, use: "water", amount: SHEET_TENTHS, reason });
  printReceipt(testSheet(vended, desk.tokenKey(meter, vended.key)), options, context);
}
