/**
 * Voucher and read-back on a user card, seen from the desk: read, judged by their signature, held against the records,
 * and vouchers written.
 */
import { FILE_READ_BACK, FILE_VOUCHER, READ_BACK_BYTES, VOUCHER_BYTES } from "../../firmware/card/files";
import type { ReadBack } from "../../firmware/card/read_back";
import { readReadBack } from "../../firmware/card/read_back";
import type { Voucher } from "../../firmware/card/voucher";
import { readVoucher, voucherBytes } from "../../firmware/card/voucher";
import type { CmacKey } from "../../firmware/crypto/cmac";
import { sameBytes } from "../../firmware/crypto/cmac";
import { isMeter } from "../keys/names";
import type { Account, CardNote } from "./accounts";
import { isNewer } from "./accounts";
import type { Desk, OpenCard } from "./desk";
import { accountOf, record } from "./desk";
import { DeskError } from "./desk_error";
import { meterSigningKey } from "./desk_keys";
import type { VoucherTerms } from "./entries";
import { readFile, writeFile } from "./layout";
import { signatureGood } from "../../firmware/card/signature";

/** What a file says, and whether it is signed by whom it says; undefined when it says nothing. */
export interface Said<Content> {
  readonly said: Content;
  readonly is_genuine: boolean;
}

export interface UserFiles {
  readonly voucher: Said<Voucher> | undefined;
  readonly voucher_bytes: number[];
  readonly read_back: Said<ReadBack> | undefined;
}

/** Keys under which something of this meter may be signed: the known one, or those of all revisions. */
function signingKeys(desk: Desk, meter: string): CmacKey[] {
  // Only meters with a good check digit were ever given keys.
  if (!isMeter(meter)) return [];
  const account = accountOf(desk, meter);
  const revisions =
    account === undefined
      ? desk.ring.revisions(desk.region, "vending").map(({ revision }) => revision)
      : [account.vending_revision];
  return revisions.map((revision) => meterSigningKey(desk.link.crypto, desk.ring, desk.region, meter, revision));
}

function judgedVoucher(desk: Desk, uid: number[], bytes: number[]): Said<Voucher> | undefined {
  const said = readVoucher(bytes);
  if (said === "none" || said === undefined) return undefined;
  const signed = signingKeys(desk, said.meter).some((key) => signatureGood(key, bytes));
  return { said, is_genuine: signed && said.region === desk.region && sameBytes(said.uid, uid) };
}

/** Reads the read-back of an open card. */
export async function readReadBackOn(desk: Desk, uid: number[]): Promise<Said<ReadBack> | undefined> {
  const bytes = await readFile(desk.link, FILE_READ_BACK, READ_BACK_BYTES);
  const said = readReadBack(bytes);
  if (said === "none" || said === undefined) return undefined;
  const signed = signingKeys(desk, said.meter).some((key) => signatureGood(key, bytes));
  return { said, is_genuine: signed && said.region === desk.region && sameBytes(said.uid, uid) };
}

/** Reads both files of an open user card. */
export async function readUserFiles(desk: Desk, uid: number[]): Promise<UserFiles> {
  desk.progress("reading voucher and read-back");
  const voucher_bytes = await readFile(desk.link, FILE_VOUCHER, VOUCHER_BYTES);
  const read_back = await readReadBackOn(desk, uid);
  return { voucher: judgedVoucher(desk, uid, voucher_bytes), voucher_bytes, read_back };
}

/** Refuses to sell with records that know less than the card does: they are an old copy. */
function assertNotBehind(account: Account, files: UserFiles): void {
  const known = account.voucher?.sequence ?? 0;
  const on_card = files.voucher?.is_genuine === true ? files.voucher.said.sequence : 0;
  const at_meter = files.read_back?.is_genuine === true ? files.read_back.said.sequence : 0;
  if (Math.max(on_card, at_meter) <= known) return;
  const what = `it knows voucher ${Math.max(on_card, at_meter)}, these records end at ${known}`;
  const advice = "the records are an old copy: bring the newest";
  throw new DeskError("records_behind", `card refused: ${what} (${advice})`);
}

/** Writes down what a meter has said, when it is genuine, of this account and new. */
export function noteReadBack(desk: Desk, account: Account, read_back: Said<ReadBack> | undefined): void {
  if (read_back?.is_genuine !== true || read_back.said.meter !== account.meter) return;
  const { sequence, cumulative_milli, utc_s, volume_l, balance_milli, tariff_id } = read_back.said;
  const said = { sequence, cumulative_milli, utc_s, volume_l, balance_milli, tariff_id };
  if (isNewer(account.read_back, said)) record(desk, { kind: "read_back", meter: account.meter, ...said });
}

/** Holds a card's files against the account before anything is sold on it, and notes what the meter says. */
export async function checkFiles(desk: Desk, { uid }: OpenCard, account: Account): Promise<UserFiles> {
  const files = await readUserFiles(desk, uid);
  assertNotBehind(account, files);
  noteReadBack(desk, account, files.read_back);
  return files;
}

/** The voucher of an account on the card that it has, signed. */
export function signedVoucher(desk: Desk, account: Account, card: CardNote, terms: VoucherTerms): number[] {
  const { region, meter, utility, vending_revision } = account;
  const crypto = desk.link.crypto;
  const key = meterSigningKey(crypto, desk.ring, region, meter, vending_revision);
  const uid = [...Buffer.from(card.uid, "hex")];
  return voucherBytes(key, { utility, region, meter, uid, generation: card.generation, ...terms });
}

/** Puts the account's last voucher onto the open card, unless it is there; whether it had to. */
export async function showVoucher(desk: Desk, account: Account, on_card: number[]): Promise<boolean> {
  const card = desk.records.accounts.cards.get(account.uid ?? "");
  const terms = account.voucher;
  if (card === undefined || terms === undefined) return false;
  const bytes = signedVoucher(desk, account, card, terms);
  if (sameBytes(bytes, on_card)) return false;
  desk.progress("writing the voucher");
  await writeFile(desk.link, FILE_VOUCHER, bytes);
  return true;
}
