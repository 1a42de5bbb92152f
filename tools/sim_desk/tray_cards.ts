/**
 * The cards that lie beside the meter of a session, under its keys: as `sim/serve/tray.ts` has them under keys that
 * anyone can guess. Good ones are made and sold by the card desk; the wrong ones are a good one with one thing changed.
 */
import { tariffBytes } from "../../firmware/card/content";
import { FILE_ORDER, FILE_VOUCHER, type CardType } from "../../firmware/card/files";
import type { Order } from "../../firmware/card/order";
import type { Tariff } from "../../firmware/credit/tariff";
import {
  OTHER_REGION,
  OTHER_VOUCHER_KEY,
  REGION,
  issueCard,
  order,
  setFile,
  uidOf,
  voucher,
} from "../../sim/card_torture/made_cards";
import type { DesfireCard } from "../../sim/desfire/card";
import { cardImage } from "../../sim/desfire/image";
import { BLANK_UID, COMMISSIONING_IMAGE, DEARER, EXPIRED_UTC_S, TARIFF, type Tray } from "../../sim/serve/tray";
import { commission } from "../card/commissioning";
import { finish } from "../card/desk";
import { userMasters } from "../card/desk_keys";
import { issue, UTILITY_USUAL } from "../card/making";
import { signedVoucher } from "../card/voucher_file";
import { voucherKey } from "../keys/derive";
import type { KeyRing } from "../keys/ring";
import { CardDesk, cardOfImage, freshCard } from "./card_desk";
import { METER, OTHER_METER } from "./keys";

export const HOUSEHOLD_IMAGE = "tray/household-sold-again.card";
const OPENING_MILLI = 100_000;
const FIRST_SALE_MILLI = 500_000;
const NEXT_SALE_MILLI = 300_000;
/** Newer than any that is sold here, so that nothing else speaks against it. */
const EXPIRED = { sequence: 1000, expiry_utc_s: EXPIRED_UTC_S };
const FORGED = { sequence: 9, cumulative_milli: 9_900_000 };

async function commissioningCard(desk: CardDesk, tariff: Tariff): Promise<DesfireCard> {
  const card = freshCard();
  const wish = { meter: METER, utility: undefined, tariff, opening_milli: OPENING_MILLI, expiry_utc_s: 0 };
  await commission(desk.withCard(card), wish);
  return card;
}

async function issuedCard(desk: CardDesk, meter: string): Promise<DesfireCard> {
  const card = freshCard();
  const at = desk.withCard(card);
  const made = await issue(at, meter, undefined);
  finish(at, made.account);
  return card;
}

/** A card of this image with another voucher on it. */
function withVoucher(image: readonly number[], bytes: number[]): number[] {
  const card = cardOfImage(image);
  setFile(card, FILE_VOUCHER, bytes);
  return cardImage(card);
}

/** The household's voucher as the desk signs it, but with an end that has passed. */
function expiredVoucher(desk: CardDesk, card: DesfireCard): number[] {
  const at = desk.withCard(card);
  const account = at.records.accounts.meters.get(`${REGION} ${METER}`);
  const note = at.records.accounts.cards.get(account?.uid ?? "");
  if (account?.voucher === undefined || note === undefined) throw new Error("the household's card was sold before");
  return signedVoucher(at, account, note, { ...account.voucher, ...EXPIRED });
}

/** A technician's card: no command of the card desk makes these yet. */
function orderImage(ring: KeyRing, type: CardType, said: Partial<Order>, card: number): number[] {
  const uid = uidOf(card);
  const masters = userMasters(ring, REGION, ring.current(REGION, "card").revision);
  const made = issueCard({ type, region: REGION, masters, uid, card, generation: 1 });
  const signed_by = voucherKey(ring.current(REGION, "vending"), METER).bytes();
  setFile(made, FILE_ORDER, order(uid, { type, meter: METER, utility: UTILITY_USUAL, ...said }, signed_by));
  return cardImage(made);
}

/** Numbers of the technicians' cards, and of the orders on them: a meter takes orders as their numbers rise. */
const ORDERS: readonly [string, string, CardType, Partial<Order>, number][] = [
  ["tray/inspection.card", "inspection", "inspection", {}, 126],
  ["tray/clearing.card", "clearing", "clearing", { sequence: 1 }, 127],
  ["tray/tariff.card", "tariff", "tariff", { sequence: 2, content: tariffBytes(DEARER) }, 125],
];

/** Makes the tray; the desk has then sold what its cards say. */
export async function makeTray(ring: KeyRing, desk: CardDesk, utc_s: number): Promise<Tray> {
  const images = new Map<string, readonly number[]>();
  const cards: Tray["cards"] = [];
  const put = (id: string, kind: string, image: readonly number[]): void => {
    images.set(id, image);
    cards.push({ id, kind });
  };
  const commissioning = await commissioningCard(desk, TARIFF);
  const household = await issuedCard(desk, METER);
  await desk.sell(household, FIRST_SALE_MILLI, utc_s);
  const first = cardImage(household);
  put("tray/household.card", "household", first);
  const forged = voucher(household.uid, { ...FORGED, meter: METER, utility: UTILITY_USUAL }, OTHER_VOUCHER_KEY);
  const expired = expiredVoucher(desk, household);
  await desk.sell(household, NEXT_SALE_MILLI, utc_s);
  put(HOUSEHOLD_IMAGE, "household_again", cardImage(household));
  const elsewhere = new CardDesk(ring, OTHER_REGION, utc_s);
  const foreign = await issuedCard(elsewhere, OTHER_METER);
  await elsewhere.sell(foreign, FIRST_SALE_MILLI, utc_s);
  put("tray/foreign.card", "foreign", cardImage(foreign));
  put("tray/forged.card", "forged", withVoucher(first, forged));
  put("tray/expired.card", "expired", withVoucher(first, expired));
  const other = await issuedCard(desk, OTHER_METER);
  await desk.sell(other, FIRST_SALE_MILLI, utc_s);
  put("tray/other-meter.card", "other_meter", cardImage(other));
  put(COMMISSIONING_IMAGE, "commissioning", cardImage(commissioning));
  for (const [id, kind, type, said, card] of ORDERS) put(id, kind, orderImage(ring, type, said, card));
  cards.push({ id: BLANK_UID, kind: "blank" });
  return { cards, images };
}
