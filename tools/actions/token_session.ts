/**
 * What the commands of `curbstop token` that sell share: the key store is opened, the work is done, its receipt
 * printed.
 */
import { noStore, openStore, storeExists } from "../keys/store";
import type { KeyRing } from "../keys/ring";
import type { Context } from "../context";
import { vendedReceipt, type TokenReceipt } from "../token/receipts";
import { TokenError } from "../token/token_error";
import { VendingDesk, usualTokensFolder, type Vended } from "../token/vending";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface VendingOptions extends StoreOptions {
  records?: string;
  region?: string;
  firstRevision?: number;
  firstTariffIndex?: string;
}

export interface MeterOptions extends VendingOptions {
  meter: string;
  request?: string;
  reason: string;
}

export function regionOf(ring: KeyRing, region: string | undefined): string {
  if (region !== undefined) {
    ring.assertRegion(region);
    return region;
  }
  const regions = ring.regions();
  if (regions.length === 1) return regions[0];
  const there = regions.length === 0 ? "none" : regions.join(", ");
  throw new TokenError("bad_input", `which region is this meter's? the store has ${there} (give --region)`);
}

export function printReceipt({ json, text }: TokenReceipt, options: StoreOptions, context: Context): void {
  if (options.json === true) printJson(json, context);
  else context.output.out(text);
}

/** Opens the vending desk. */
export async function openDesk(
  options: VendingOptions,
  context: Context,
): Promise<{ desk: VendingDesk; ring: KeyRing }> {
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  const first = { krn: options.firstRevision, ti: options.firstTariffIndex };
  return { desk: new VendingDesk(ring, options.records ?? usualTokensFolder(store), { first }), ring };
}

/** Sells at the desk, and prints the receipt. */
export async function atVendingDesk(
  options: VendingOptions,
  context: Context,
  work: (desk: VendingDesk, region: string) => Promise<Vended>,
): Promise<void> {
  const { desk, ring } = await openDesk(options, context);
  const vended = await work(desk, regionOf(ring, options.region));
  printReceipt(vendedReceipt(vended, vended.repeated ? "repeated" : "issued"), options, context);
}
