/**
 * What the commands of `curbstop card` share: keys, records and the card come together, the work is done, and its
 * receipt is printed before what was open is closed.
 */
import { createNodeCrypto } from "../keys/crypto";
import { noStore, openStore, storeExists } from "../keys/store";
import type { KeyRing } from "../keys/ring";
import type { Account } from "../card/accounts";
import type { Desk } from "../card/desk";
import { finish } from "../card/desk";
import { DeskError } from "../card/desk_error";
import { openImage } from "../card/image_transport";
import { createLink, type CardTransport } from "../card/link";
import { openReader } from "../card/pcsc";
import type { Receipt } from "../card/receipts";
import { usualRecordsFile, withRecords } from "../card/records";
import type { Context } from "../context";
import { createProgress } from "../progress";
import { prepareHsms } from "./hsm_pins";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface RecordsOptions extends StoreOptions {
  records?: string;
  region?: string;
}

export interface DeskOptions extends RecordsOptions {
  image?: string;
  reader?: string;
  wait: number;
}

/** Steps that the longest command tells of. */
const STEPS = 8;

export function recordsFile(options: RecordsOptions): string {
  return options.records ?? usualRecordsFile(storeFile(options));
}

function regionOf(ring: KeyRing, { region }: DeskOptions): string {
  if (region !== undefined) {
    ring.assertRegion(region);
    return region;
  }
  const regions = ring.regions();
  if (regions.length === 1) return regions[0];
  const there = regions.length === 0 ? "none" : regions.join(", ");
  throw new DeskError("bad_argument", `which region is this desk's? the store has ${there} (give --region)`);
}

function openTransport(options: DeskOptions, makes_cards: boolean): Promise<CardTransport> {
  const { image, reader, wait } = options;
  if (image === undefined) return openReader(reader, wait * 1000);
  if (reader !== undefined) throw new DeskError("bad_argument", "give one of --image and --reader");
  return Promise.resolve(openImage(image, createNodeCrypto(), makes_cards));
}

export function printReceipt({ json, text }: Receipt, options: StoreOptions, context: Context): void {
  if (options.json === true) printJson(json, context);
  else context.output.out(text);
}

/** What a command gives back: its receipt, and the account in which something may be open until that is out. */
export interface Done {
  readonly receipt: Receipt;
  readonly account?: Account;
}

/** Works at the desk with the card in the reader. */
export async function atDesk(
  options: DeskOptions,
  context: Context,
  makes_cards: boolean,
  work: (desk: Desk) => Promise<Done>,
): Promise<void> {
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  await prepareHsms(ring, options, context);
  const region = regionOf(ring, options);
  const progress = createProgress(context.output);
  const step = (doing: string): void => progress.increment(1, { doing });
  progress.start(STEPS, 0, { doing: "waiting for the card" });
  let transport: CardTransport | undefined;
  try {
    const there = await openTransport(options, makes_cards);
    transport = there;
    await withRecords(recordsFile(options), async (records) => {
      const link = createLink(there, createNodeCrypto());
      const desk: Desk = { link, ring, records, region, now: () => new Date(), progress: step };
      const { receipt, account } = await work(desk);
      progress.stop();
      printReceipt(receipt, options, context);
      if (account !== undefined) finish(desk, account);
    });
  } finally {
    progress.stop();
    await transport?.close();
  }
}
