/**
 * Commissioning: a technician's card that puts one meter into service, with its keys, its tariff and its opening
 * credit.
 *
 * The card is an empty one, or one of this desk's that has done its work: a meter takes only the first. Doing it again
 * after a tear writes the same order, and a meter in service takes none, so nothing can be granted twice.
 *
 * A meter that the records know is one that was replaced, or has lost its memory: everything sold to it counts as
 * taken, and no voucher from before is taken again. What it still held is for the opening credit to give.
 */
import { commissioningBytes } from "../../firmware/card/content";
import { FILE_ORDER, KEY_DESK, KEY_METER } from "../../firmware/card/files";
import type { Header } from "../../firmware/card/files";
import { orderBytes } from "../../firmware/card/order";
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import type { Tariff } from "../../firmware/credit/tariff";
import { cardMeterMaster, voucherKey } from "../keys/derive";
import { bcd } from "../keys/names";
import { amountText } from "../money";
import type { Account, CardNote } from "./accounts";
import { nextCardNumber } from "./accounts";
import type { Desk } from "./desk";
import { accountOf, cardName, openOurs, record, uidText } from "./desk";
import { DeskError } from "./desk_error";
import { commissioningMasters, orderKeys } from "./desk_keys";
import type { CardMasters } from "./layout";
import { openCard, openFactory, readUid, writeFile } from "./layout";
import { CardError } from "./link";
import { assertFresh, assertUnknown, assertUtility, enterMeter, makeCard, UTILITY_USUAL } from "./making";
import { openText } from "./sale";

/** Front of the content's cipher: meter and UID, as in the order. */
const FRONT_BYTES = 16;
const ADVICE = "take an empty card, or a commissioning card";

export interface CommissioningWish {
  readonly meter: string;
  readonly utility: number | undefined;
  readonly tariff: Tariff;
  readonly opening_milli: number;
  /** 0: never. */
  readonly expiry_utc_s: number;
}

export interface MadeOrder {
  readonly account: Account;
  readonly card: CardNote;
  readonly wish: CommissioningWish;
  /** From where the meter counts: zeros for a new one. */
  readonly generation: number;
  readonly sequence: number;
  readonly cumulative_milli: number;
}

function assertWish(desk: Desk, { meter, opening_milli }: CommissioningWish): void {
  if (opening_milli > CREDIT_MAX_MILLI) {
    const most = amountText(CREDIT_MAX_MILLI);
    throw new DeskError("limit_exceeded", `nothing made: a meter takes ${most} at most (give a lower --opening)`);
  }
  const account = accountOf(desk, meter);
  if (account?.open !== undefined) {
    throw new DeskError("unfinished", `nothing made: of meter ${meter} ${openText(account, account.open)}`);
  }
  if (account?.refund !== undefined) {
    throw new DeskError("refund_pending", `nothing made: a refund waits for meter ${meter} (card refund settles it)`);
  }
}

/** Refuses a card that was blocked, also one that was torn while it was made and still is an empty one to look at. */
function assertNotBlocked(note: CardNote | undefined): void {
  if (note?.blocked === undefined) return;
  const { at, reason } = note.blocked;
  throw new DeskError("blocked_card", `card refused: ${cardName(note)} is blocked since ${at}: ${reason} (${ADVICE})`);
}

/** Opens a technician's card that has done its work; refuses any other that is not empty. */
async function reopen(desk: Desk, masters: CardMasters, uid: number[]): Promise<number> {
  const { header } = await openOurs(desk);
  if (header.type !== "commissioning") {
    throw new DeskError("not_fresh", `card refused: it is ${header.type} card ${header.card} already (${ADVICE})`);
  }
  try {
    await openCard(desk.link, masters, uid, desk.region, KEY_METER);
  } catch (error) {
    if (!(error instanceof CardError) || error.reason !== "wrong_key") throw error;
    const why = "it was made under keys that have been rotated since";
    throw new DeskError("not_fresh", `card refused: ${why} (take an empty card)`);
  }
  await openOurs(desk);
  return header.card;
}

function enterCard(desk: Desk, meter: string, uid: number[], card: number): CardNote {
  const known = desk.records.accounts.cards.get(uidText(uid));
  if (known?.meter !== meter) record(desk, { kind: "order_card", meter, uid: uidText(uid), card, generation: 1 });
  const entered = desk.records.accounts.cards.get(uidText(uid));
  if (entered === undefined) throw new Error("a card that was entered is known");
  return entered;
}

/** The card in the reader, open as a commissioning card, whether it was one or empty. */
async function prepare(desk: Desk, meter: string, masters: CardMasters): Promise<CardNote> {
  desk.progress("reading the card");
  const uid = await readUid(desk.link);
  const note = desk.records.accounts.cards.get(uidText(uid));
  if (note !== undefined && note.type !== "commissioning") assertUnknown(desk, uid);
  assertNotBlocked(note);
  if ((await openFactory(desk.link)) === undefined) {
    return enterCard(desk, meter, uid, await reopen(desk, masters, uid));
  }
  if (note === undefined) await assertFresh(desk, uid);
  const card = enterCard(desk, meter, uid, note?.card ?? nextCardNumber(desk.records.accounts, desk.region));
  const header: Header = { type: "commissioning", region: desk.region, card: card.card, generation: 1 };
  await makeCard(desk, masters, uid, header);
  await openCard(desk.link, masters, uid, desk.region, KEY_DESK);
  return card;
}

/** The account of the meter: as it is when it has a card, else with what is wished now and the keys of today. */
function accountFor(desk: Desk, { meter, utility, tariff }: CommissioningWish): Account {
  const known = accountOf(desk, meter);
  if (known?.uid === undefined) {
    return enterMeter(desk, meter, utility ?? known?.utility ?? UTILITY_USUAL, tariff.id);
  }
  assertUtility(known, utility);
  return known;
}

function signedOrder(desk: Desk, made: MadeOrder): number[] {
  const { link, ring, region } = desk;
  const { account, card, wish } = made;
  const keys = orderKeys(link.crypto, ring, region);
  const uid = [...Buffer.from(card.uid, "hex")];
  const front = [...bcd(wish.meter), ...uid].slice(0, FRONT_BYTES);
  const content = commissioningBytes(link.crypto, keys.content, front, {
    voucher_key: voucherKey(ring.revision(region, "vending", account.vending_revision), wish.meter).bytes(),
    card_key: cardMeterMaster(ring.revision(region, "card", account.card_revision)).bytes(),
    opening_milli: wish.opening_milli,
    generation: made.generation,
    sequence: made.sequence,
    cumulative_milli: made.cumulative_milli,
    tariff: wish.tariff,
  });
  const { meter, expiry_utc_s } = wish;
  const order = { type: "commissioning" as const, utility: account.utility, region, meter, uid, sequence: 0, content };
  return orderBytes(keys.signing, { ...order, expiry_utc_s });
}

/** Makes the card in the reader the one that puts a meter into service. */
export async function commission(desk: Desk, wish: CommissioningWish): Promise<MadeOrder> {
  assertWish(desk, wish);
  const account = accountFor(desk, wish);
  const masters = commissioningMasters(desk.link.crypto, desk.ring, desk.region, account.card_revision);
  const card = await prepare(desk, wish.meter, masters);
  const user = desk.records.accounts.cards.get(account.uid ?? "");
  const made: MadeOrder = {
    ...{ account, card, wish },
    generation: user?.generation ?? 0,
    sequence: account.voucher?.sequence ?? 0,
    cumulative_milli: account.paid_milli,
  };
  desk.progress("writing the order");
  await writeFile(desk.link, FILE_ORDER, signedOrder(desk, made));
  return made;
}
