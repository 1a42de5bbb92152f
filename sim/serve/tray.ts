/**
 * Tray: the cards that lie beside the meter of the page, under the keys of sim/scenarios/cards, which anyone can guess.
 *
 * Those of that folder are what the card desk has made; the others are made here, each wrong or special in one way, for
 * the meter of the first scenario (first_scenario.ts). Where there is a desk, it lays out its own instead (desk.ts).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tariffBytes } from "../../firmware/card/content";
import { FILE_VOUCHER } from "../../firmware/card/files";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { OTHER_METER, OTHER_VOUCHER_KEY, setFile, voucher } from "../card_torture/made_cards";
import { commissioningCard, orderCard, userCard } from "../card_torture/sessions";
import type { DesfireCard } from "../desfire/card";
import { cardImage } from "../desfire/image";

const FOLDER = join(__dirname, "..", "scenarios", "cards");
/** UID of a card fresh from the factory. */
export const BLANK_UID = "04112233445566";
/** 2 March 2019: before the first scenario begins. */
export const EXPIRED_UTC_S = 1_551_484_800;
/** 2.00 a m3. */
export const TARIFF: Tariff = {
  id: 2,
  start_utc_s: 0,
  standing_milli: 0,
  limits_l: [NO_LIMIT_L],
  prices_milli: [200_000],
};
export const DEARER: Tariff = { ...TARIFF, id: 3, prices_milli: [300_000] };

/** Names under which scenarios and recordings know the images. */
export const COMMISSIONING_IMAGE = "tray/into-service.card";

function forged(): DesfireCard {
  const card = userCard({}, 21);
  setFile(card, FILE_VOUCHER, voucher(card.uid, { sequence: 9, cumulative_milli: 9_900_000 }, OTHER_VOUCHER_KEY));
  return card;
}

const MADE: readonly [string, string, () => DesfireCard][] = [
  ["tray/forged.card", "forged", forged],
  ["tray/expired.card", "expired", () => userCard({ expiry_utc_s: EXPIRED_UTC_S }, 22)],
  ["tray/other-meter.card", "other_meter", () => userCard({ meter: OTHER_METER }, 23)],
  [COMMISSIONING_IMAGE, "commissioning", () => commissioningCard({ tariff: TARIFF }, 24)],
  ["tray/inspection.card", "inspection", () => orderCard("inspection", {}, undefined, 26)],
  // A meter takes orders in the order of their numbers: once it has taken the tariff, the clearing is too old.
  ["tray/clearing.card", "clearing", () => orderCard("clearing", { sequence: 1 }, undefined, 27)],
  [
    "tray/tariff.card",
    "tariff",
    () => orderCard("tariff", { sequence: 2, content: tariffBytes(DEARER) }, undefined, 25),
  ],
];

/** What the images of the folder are. */
const KINDS: Readonly<Record<string, string>> = {
  "household.card": "household",
  "household-sold-again.card": "household_again",
  "foreign.card": "foreign",
};

export interface TrayCard {
  /** By which a request names it. */
  id: string;
  /** What it is; the page has words for each. */
  kind: string;
  /** Of a card from the desk: all that was ever sold to the meter. */
  sold_milli?: number;
}

export interface Tray {
  cards: TrayCard[];
  /** Bytes by the names of the images. */
  images: Map<string, readonly number[]>;
}

export function createTray(): Tray {
  const cards: TrayCard[] = [];
  const images = new Map<string, readonly number[]>();
  for (const name of readdirSync(FOLDER).sort()) {
    if (KINDS[name] === undefined) continue;
    images.set(`tray/${name}`, [...readFileSync(join(FOLDER, name))]);
    cards.push({ id: `tray/${name}`, kind: KINDS[name] });
  }
  for (const [id, kind, make] of MADE) {
    images.set(id, cardImage(make()));
    cards.push({ id, kind });
  }
  cards.push({ id: BLANK_UID, kind: "blank" });
  return { cards, images };
}
