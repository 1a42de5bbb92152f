/**
 * What the commands of `curbstop token` that sell share: the key store is opened, the work is done, its receipt
 * printed.
 */
import fs from "node:fs";
import { systemCode } from "../keys/key_error";
import { noStore, openStore, storeExists } from "../keys/store";
import type { KeyRing } from "../keys/ring";
import type { Context } from "../context";
import { vendedReceipt, type TokenReceipt } from "../token/receipts";
import { qrCharacters, qrPage } from "../token/qr";
import { tablesIn } from "../token/tables_file";
import { TokenError } from "../token/token_error";
import { readInput } from "../token/token_input";
import { VendingDesk, usualTokensFolder, type Vended } from "../token/vending";
import { prepareHsms } from "./hsm_pins";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

/** Of the commands that print tokens. */
export interface ReceiptOptions {
  /** True for codes on the terminal, or the file for a page of them. */
  qr?: boolean | string;
  json?: boolean;
}

export interface VendingOptions extends StoreOptions, ReceiptOptions {
  records?: string;
  region?: string;
  firstRevision?: number;
  firstTariffIndex?: string;
  firstAlgorithm?: 7 | 11;
  /** File of the operator's tables of EA07. */
  tables?: string;
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

/** Prints a receipt, with its QR codes on a terminal or when they are asked for, and writes the page of them. */
export async function printReceipt(receipt: TokenReceipt, options: ReceiptOptions, context: Context): Promise<void> {
  const { json, text, codes } = receipt;
  const { output } = context;
  if (options.json === true) printJson(json, context);
  else output.out(text);
  // On a terminal one code comes by itself; a sheet of them would scroll away.
  const is_shown = options.qr === true || (options.qr === undefined && output.tty && codes.length === 1);
  if (options.json !== true && is_shown) {
    for (const { text: encoded, words } of codes) {
      output.out(`${codes.length === 1 ? "" : `\n${words.join("  ")}\n`}${await qrCharacters(encoded, output.tty)}\n`);
    }
  }
  if (typeof options.qr !== "string") return;
  try {
    fs.writeFileSync(options.qr, qrPage(codes));
  } catch (error) {
    const advice = "the tokens are made: the same request with another file prints them again";
    throw new TokenError("bad_file", `${options.qr}: cannot be written (${systemCode(error)}; ${advice})`);
  }
}

/** Opens the vending desk. */
export async function openDesk(
  options: VendingOptions,
  context: Context,
): Promise<{ desk: VendingDesk; ring: KeyRing }> {
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  await prepareHsms(ring, options, context);
  const first = { krn: options.firstRevision, ti: options.firstTariffIndex, ea: options.firstAlgorithm };
  const tables = options.tables === undefined ? {} : { tables: tablesIn(readInput(options.tables), options.tables) };
  return { desk: new VendingDesk(ring, options.records ?? usualTokensFolder(store), { first, ...tables }), ring };
}

/** Sells at the desk, and prints the receipt. */
export async function atVendingDesk(
  options: VendingOptions,
  context: Context,
  work: (desk: VendingDesk, region: string) => Promise<Vended>,
): Promise<void> {
  const { desk, ring } = await openDesk(options, context);
  const vended = await work(desk, regionOf(ring, options.region));
  await printReceipt(vendedReceipt(vended, vended.repeated ? "repeated" : "issued"), options, context);
}
