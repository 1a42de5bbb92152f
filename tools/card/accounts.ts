/**
 * Accounts: what the entries of the desk's records come to, by meter and by card. A pure function of the entries: read
 * again in their order they give the same, so nothing but the entries is ever stored.
 */
import type { Entry, EntryOf, VoucherTerms } from "./entries";

/** What must reach the card, and its receipt the customer, before anything else is sold to this meter. */
export type OpenEntry = EntryOf<"card_begun" | "sold" | "refund_begun" | "refund_paid">;

export interface PendingRefund {
  amount_milli: number;
  /** The voucher that the meter must have taken, or a later one. */
  sequence: number;
  cumulative_milli: number;
}

export interface Account {
  readonly region: string;
  readonly meter: string;
  utility: number;
  /** Revisions of the keys that the meter has, or will have from its commissioning card. */
  vending_revision: number;
  card_revision: number;
  tariff_id: number;
  /** UID of the card in use. */
  uid: string | undefined;
  /** The last voucher; undefined before the first. */
  voucher: VoucherTerms | undefined;
  /** Sold, less what was paid back. The next sale adds to it, whatever the last voucher says. */
  paid_milli: number;
  refund: PendingRefund | undefined;
  /** The newest genuine read-back. */
  read_back: EntryOf<"read_back"> | undefined;
  open: OpenEntry | undefined;
}

export interface CardNote {
  readonly uid: string;
  readonly type: "user" | "commissioning";
  readonly region: string;
  /** Of a technician's card: the meter it was last made for. */
  meter: string;
  readonly card: number;
  readonly generation: number;
  /** Since when and why it must not be used. */
  blocked: { at: string; reason: string } | undefined;
}

export interface Accounts {
  readonly meters: Map<string, Account>;
  readonly cards: Map<string, CardNote>;
}

export function createAccounts(): Accounts {
  return { meters: new Map(), cards: new Map() };
}

function place(region: string, meter: string): string {
  return `${region} ${meter}`;
}

export function findAccount(accounts: Accounts, region: string, meter: string): Account | undefined {
  return accounts.meters.get(place(region, meter));
}

/** The next free card number of a region. */
export function nextCardNumber(accounts: Accounts, region: string): number {
  const numbers = [...accounts.cards.values()].filter((card) => card.region === region).map(({ card }) => card);
  return 1 + Math.max(0, ...numbers);
}

/** Whether a read-back says more than the one known. */
export function isNewer(
  known: { sequence: number; utc_s: number } | undefined,
  said: { sequence: number; utc_s: number },
): boolean {
  if (known === undefined || said.sequence > known.sequence) return true;
  return said.sequence === known.sequence && said.utc_s > known.utc_s;
}

/** Entries that no desk writes in this order; the file was edited. */
function impossible(why: string): never {
  throw new RangeError(why);
}

function meterEntry(accounts: Accounts, entry: EntryOf<"meter">): void {
  const { region, meter, utility, vending_revision, card_revision, tariff_id } = entry;
  const known = findAccount(accounts, region, meter);
  if (known !== undefined) {
    Object.assign(known, { utility, vending_revision, card_revision, tariff_id });
    return;
  }
  accounts.meters.set(place(region, meter), {
    ...{ region, meter, utility, vending_revision, card_revision, tariff_id },
    ...{ uid: undefined, voucher: undefined, paid_milli: 0, refund: undefined, read_back: undefined, open: undefined },
  });
}

function noteCard(accounts: Accounts, entry: EntryOf<"card_begun" | "order_card">, type: CardNote["type"]): void {
  const { uid, region, meter, card, generation } = entry;
  accounts.cards.set(uid, { uid, type, region, meter, card, generation, blocked: undefined });
}

function block(accounts: Accounts, uid: string, at: string, reason: string): void {
  const card = accounts.cards.get(uid) ?? impossible("a card is blocked that was never made");
  card.blocked ??= { at, reason };
}

function takeVoucher(account: Account, voucher: VoucherTerms): void {
  if (voucher.sequence <= (account.voucher?.sequence ?? 0)) impossible("a sequence is used twice");
  account.voucher = voucher;
}

function cardBegun(accounts: Accounts, account: Account, entry: EntryOf<"card_begun">): void {
  if (account.uid !== undefined) block(accounts, account.uid, entry.at, "replaced");
  noteCard(accounts, entry, "user");
  account.uid = entry.uid;
  account.open = entry;
  if (entry.voucher !== undefined) takeVoucher(account, entry.voucher);
}

function meterMoney(account: Account, entry: Entry): void {
  switch (entry.kind) {
    case "sold":
      takeVoucher(account, entry.voucher);
      account.paid_milli += entry.amount_milli;
      account.open = entry;
      break;
    case "refund_begun":
      takeVoucher(account, entry.voucher);
      account.refund = { ...entry.voucher, amount_milli: entry.amount_milli };
      account.open = entry;
      break;
    case "refund_paid":
      account.paid_milli -= entry.amount_milli;
      account.refund = undefined;
      account.open = entry;
      break;
    case "refund_void":
      account.refund = undefined;
      account.open = undefined;
      break;
    case "finished":
      account.open = undefined;
      break;
    default:
      impossible("an entry is of no known kind");
  }
}

/** Lets one more entry count. Throws a RangeError when it cannot follow on those before. */
export function applyEntry(accounts: Accounts, entry: Entry): void {
  if (entry.kind === "meter") return meterEntry(accounts, entry);
  const account = findAccount(accounts, entry.region, entry.meter) ?? impossible("its meter is not known");
  switch (entry.kind) {
    case "order_card":
      return noteCard(accounts, entry, "commissioning");
    case "card_begun":
      return cardBegun(accounts, account, entry);
    case "blocked":
      return block(accounts, entry.uid, entry.at, entry.reason);
    case "read_back":
      if (isNewer(account.read_back, entry)) account.read_back = entry;
      return;
    default:
      return meterMoney(account, entry);
  }
}
