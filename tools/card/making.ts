/**
 * Making: an empty card becomes a meter's card, its first or the next after a lost one.
 *
 * The card is entered into the records before it is touched; a card that was torn in between is recognised by its UID
 * and made again from the start, while the factory's key still opens it, or found whole. Another empty card in its
 * place gets the next generation: nobody knows how far the torn one came, and generations tell the meter which one
 * counts.
 */
import { GENERATION_MAX, FILE_VOUCHER, KEY_DESK, VOUCHER_BYTES } from "../../firmware/card/files";
import type { Header } from "../../firmware/card/files";
import type { Account, CardNote, OpenEntry } from "./accounts";
import { nextCardNumber } from "./accounts";
import type { Desk } from "./desk";
import { accountOf, cardName, record, uidText } from "./desk";
import { DeskError } from "./desk_error";
import { userMasters } from "./desk_keys";
import type { VoucherTerms } from "./entries";
import type { CardMasters } from "./layout";
import { layOut, openCard, openFactory, readFile, readHeaderOn, readUid } from "./layout";
import { CardError, formatCard } from "./link";
import { nextTerms } from "./sale";
import { showVoucher } from "./voucher_file";

export const UTILITY_USUAL = 1;

export interface MadeCard {
  readonly account: Account;
  readonly card: CardNote;
  readonly voucher: VoucherTerms | undefined;
  /** The card whose place it takes. */
  readonly replaced: CardNote | undefined;
  /** What was open when it was replaced, and is finished with it. */
  readonly includes: OpenEntry | undefined;
}

async function notFresh(desk: Desk, uid: number[], why: string): Promise<DeskError> {
  const header = await readHeaderOn(desk.link);
  const ours =
    header === undefined ? why : `it is ${header.type} card ${header.card} of region ${header.region} already`;
  return new DeskError("not_fresh", `card refused: ${ours}; UID ${uidText(uid)} (take a card fresh from the factory)`);
}

async function isWhole(desk: Desk, masters: CardMasters, uid: number[], header: Header): Promise<boolean> {
  const there = await readHeaderOn(desk.link);
  const { type, region, card, generation } = header;
  if (there?.type !== type || there.region !== region || there.card !== card || there.generation !== generation) {
    return false;
  }
  try {
    await openCard(desk.link, masters, uid, region, KEY_DESK);
    return true;
  } catch (error) {
    if (error instanceof CardError && error.reason === "wrong_key") return false;
    throw error;
  }
}

/** Refuses a card that is not fresh from the factory; nothing is written. */
export async function assertFresh(desk: Desk, uid: number[]): Promise<void> {
  desk.progress("looking whether the card is empty");
  const applications = await openFactory(desk.link);
  if (applications === undefined) throw await notFresh(desk, uid, "its master key is not the factory's");
  if (applications > 0) throw await notFresh(desk, uid, `it holds ${applications} applications`);
}

/** Makes a card that the records know as begun what its header says, from wherever it stands. */
export async function makeCard(desk: Desk, masters: CardMasters, uid: number[], header: Header): Promise<void> {
  const applications = await openFactory(desk.link);
  if (applications === undefined) {
    if (!(await isWhole(desk, masters, uid, header))) {
      throw await notFresh(desk, uid, "its master key is not the factory's");
    }
    return;
  }
  // Whatever is there is this desk's own half of a card: it was empty when it was begun.
  if (applications > 0) await formatCard(desk.link);
  await layOut(desk.link, masters, uid, header, desk.progress);
}

/** Enters a meter, with the keys of today. */
export function enterMeter(desk: Desk, meter: string, utility: number, tariff_id: number): Account {
  const vending_revision = desk.ring.current(desk.region, "vending").revision;
  const card_revision = desk.ring.current(desk.region, "card").revision;
  record(desk, { kind: "meter", meter, utility, vending_revision, card_revision, tariff_id });
  const entered = accountOf(desk, meter);
  if (entered === undefined) throw new Error("a meter that was entered is known");
  return entered;
}

export function assertUtility({ meter, utility: known }: Account, utility: number | undefined): void {
  if (utility === undefined || utility === known) return;
  const what = `meter ${meter} belongs to utility ${known}, not ${utility}`;
  throw new DeskError("other_utility", `nothing made: ${what} (leave --utility out)`);
}

function cardOf(desk: Desk, account: Account): CardNote | undefined {
  return account.uid === undefined ? undefined : desk.records.accounts.cards.get(account.uid);
}

/** The card whose place the meter's card has taken. */
function cardBefore(desk: Desk, { meter, generation }: CardNote): CardNote | undefined {
  const cards = [...desk.records.accounts.cards.values()];
  return cards.find(
    (card) =>
      card.type === "user" && card.region === desk.region && card.meter === meter && card.generation === generation - 1,
  );
}

/** Refuses a card that is in the records already: as another meter's it would be two things at once. */
export function assertUnknown(desk: Desk, uid: number[]): void {
  const known = desk.records.accounts.cards.get(uidText(uid));
  if (known === undefined) return;
  const what = `these records have it as ${cardName(known)} of meter ${known.meter}`;
  throw new DeskError("not_fresh", `card refused: ${what} (take an empty card)`);
}

/** Enters the card in the reader as the meter's next one. */
function begin(desk: Desk, account: Account, uid: number[], point_of_sale: number): void {
  const before = cardOf(desk, account);
  const generation = (before?.generation ?? 0) + 1;
  if (generation > GENERATION_MAX) {
    const what = `meter ${account.meter} has had ${GENERATION_MAX} cards`;
    throw new DeskError("cards_used_up", `nothing made: ${what} (put it into service anew)`);
  }
  const last = account.voucher;
  let voucher = {};
  if (account.refund !== undefined) {
    // While a refund waits, its voucher is the one that must reach the meter.
    voucher = { voucher: nextTerms(account, account.refund.cumulative_milli, point_of_sale) };
  } else if (last !== undefined) {
    const terms = nextTerms(account, account.paid_milli, point_of_sale);
    voucher = { voucher: { ...terms, expiry_utc_s: last.expiry_utc_s } };
  }
  const card = nextCardNumber(desk.records.accounts, desk.region);
  record(desk, { kind: "card_begun", meter: account.meter, uid: uidText(uid), card, generation, ...voucher });
}

/** The card is as the records say, keys, header and voucher. */
async function complete(desk: Desk, account: Account, uid: number[]): Promise<CardNote> {
  const card = cardOf(desk, account);
  if (card === undefined) throw new Error("a card that was begun is known");
  const masters = userMasters(desk.ring, desk.region, account.card_revision);
  const header: Header = { type: "user", region: desk.region, card: card.card, generation: card.generation };
  await makeCard(desk, masters, uid, header);
  if (account.voucher !== undefined) {
    await openCard(desk.link, masters, uid, desk.region, KEY_DESK);
    await showVoucher(desk, account, await readFile(desk.link, FILE_VOUCHER, VOUCHER_BYTES));
  }
  return card;
}

/** Makes an empty card the first of a meter. It stays open until its receipt is out. */
export async function issue(desk: Desk, meter: string, utility: number | undefined): Promise<MadeCard> {
  desk.progress("reading the card");
  const uid = await readUid(desk.link);
  const known = accountOf(desk, meter);
  const before = known && cardOf(desk, known);
  if (known !== undefined) assertUtility(known, utility);
  const is_torn = known?.open?.kind === "card_begun" && known.open.voucher === undefined;
  if (known !== undefined && before !== undefined && !is_torn) {
    const advice = "curbstop card replace makes the next one";
    throw new DeskError("has_card", `nothing made: meter ${meter} has ${cardName(before)} (${advice})`);
  }
  if (before?.uid !== uidText(uid)) {
    assertUnknown(desk, uid);
    await assertFresh(desk, uid);
    begin(desk, known ?? enterMeter(desk, meter, utility ?? UTILITY_USUAL, 0), uid, 0);
  }
  const account = accountOf(desk, meter);
  if (account === undefined) throw new Error("a meter with a card is known");
  const card = await complete(desk, account, uid);
  return { account, card, voucher: account.voucher, replaced: cardBefore(desk, card), includes: undefined };
}

/** Makes an empty card the next of a meter; the one before is blocked from the moment on at which this is recorded. */
export async function replace(desk: Desk, meter: string, point_of_sale: number): Promise<MadeCard> {
  desk.progress("reading the card");
  const uid = await readUid(desk.link);
  const account = accountOf(desk, meter);
  const current = account && cardOf(desk, account);
  if (account === undefined || current === undefined) {
    const advice = "curbstop card issue makes the first";
    throw new DeskError("no_card", `nothing made: meter ${meter} has no card in these records (${advice})`);
  }
  const is_same = current.uid === uidText(uid);
  if (is_same && account.open?.kind !== "card_begun") {
    throw new DeskError("not_fresh", `card refused: it is ${cardName(current)} of this meter (take an empty card)`);
  }
  const includes = is_same ? undefined : account.open;
  if (!is_same) {
    assertUnknown(desk, uid);
    await assertFresh(desk, uid);
    begin(desk, account, uid, point_of_sale);
  }
  const card = await complete(desk, account, uid);
  return { account, card, voucher: account.voucher, replaced: cardBefore(desk, card), includes };
}
