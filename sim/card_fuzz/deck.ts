/**
 * Deck: the cards from which cases are made, good ones and bad ones, with what a meter says to each when nothing stands
 * between them. `beep` keeps the fuzz honest: a meter that refused everything would pass all else.
 */
import { FILE_ORDER, FILE_VOUCHER } from "../../firmware/card/files";
import { tariffBytes } from "../../firmware/card/content";
import { ANY_METER } from "../../firmware/card/order";
import type { Voucher } from "../../firmware/card/voucher";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import {
  MASTERS,
  OTHER_METER,
  OTHER_REGION,
  OTHER_VOUCHER_KEY,
  REGION,
  issueCard,
  setFile,
  uidOf,
  voucher,
} from "../card_torture/made_cards";
import { START_UTC_S, commissioningCard, orderCard, userCard } from "../card_torture/sessions";
import type { DesfireCard } from "../desfire/card";
import { cardImage } from "../desfire/image";

export interface DeckCard {
  name: string;
  card: DesfireCard;
  image: number[];
  /** What the meter says on whose bench it belongs. */
  beep: "good" | "bad";
  bench: BenchName;
}

/** A household that has topped up once, one without credit, and a meter that is not yet in service. */
export type BenchName = "rich" | "poor" | "fresh";

function deckCard(name: string, card: DesfireCard, beep: "good" | "bad", bench: BenchName = "rich"): DeckCard {
  return { name, card, image: cardImage(card), beep, bench };
}

/** A new voucher for the household that has topped up once. */
const NEXT = { sequence: 2, cumulative_milli: 650_000 };

function signedCard(number: number, said: Partial<Voucher>, key: number[], region = REGION): DesfireCard {
  const uid = uidOf(number);
  const card = issueCard({ type: "user", region, masters: MASTERS, uid, card: number, generation: 1 });
  setFile(card, FILE_VOUCHER, voucher(uid, { region, ...said }, key));
  return card;
}

export const TARIFF_CONTENT = tariffBytes({
  id: 20,
  start_utc_s: 0,
  standing_milli: 0,
  limits_l: [1000, NO_LIMIT_L],
  prices_milli: [3000, 4000],
});

export function makeDeck(): DeckCard[] {
  const strange = userCard(NEXT, 40);
  strange.applications[1].keys[1] = { bytes: new Array<number>(16).fill(9), version: 1 };
  const two_faced = orderCard("inspection", { type: "tariff", content: TARIFF_CONTENT }, undefined, 41);
  const empty = userCard(NEXT, 42);
  setFile(empty, FILE_VOUCHER, new Array<number>(64).fill(0));
  return [
    deckCard("next_voucher", userCard(NEXT, 30), "good"),
    deckCard("replacement", userCard({ ...NEXT, generation: 2 }, 31), "good"),
    deckCard("taken", userCard({}, 2), "bad"),
    deckCard("lower_amount", userCard({ sequence: 2, cumulative_milli: 1000 }, 32), "bad"),
    deckCard("limit", userCard({ sequence: 2, cumulative_milli: 2 ** 47 }, 33), "bad"),
    deckCard("expired", userCard({ ...NEXT, expiry_utc_s: START_UTC_S - 1 }, 34), "bad"),
    deckCard("older_generation", userCard({ ...NEXT, generation: 0 }, 35), "bad"),
    deckCard("other_meter", userCard({ ...NEXT, meter: OTHER_METER }, 36), "bad"),
    deckCard("other_meters_key", signedCard(37, NEXT, OTHER_VOUCHER_KEY), "bad"),
    deckCard("regions_key", signedCard(38, NEXT, MASTERS.meter), "bad"),
    deckCard("other_region", signedCard(39, NEXT, OTHER_VOUCHER_KEY, OTHER_REGION), "bad"),
    deckCard("other_card_key", strange, "bad"),
    deckCard("order_on_inspection", two_faced, "bad"),
    deckCard("empty", empty, "bad"),
    deckCard("inspection", orderCard("inspection", { meter: ANY_METER, sequence: 0 }, MASTERS.meter, 43), "good"),
    deckCard("test", orderCard("test", {}, undefined, 44), "good"),
    deckCard("tariff", orderCard("tariff", { content: TARIFF_CONTENT }, undefined, 45), "good"),
    deckCard("emergency", orderCard("emergency", {}, undefined, 46), "good", "poor"),
    deckCard("clearing", orderCard("clearing", {}, undefined, 47), "good"),
    deckCard(
      "tariff_for_any",
      orderCard("tariff", { meter: ANY_METER, content: TARIFF_CONTENT }, MASTERS.meter, 48),
      "bad",
    ),
    deckCard("transfer", orderCard("transfer", {}, undefined, 49), "good"),
    deckCard("commissioning_again", commissioningCard({}, 50), "bad"),
    deckCard("commissioning", commissioningCard({}, 51), "good", "fresh"),
    deckCard("too_early", userCard({}, 52), "bad", "fresh"),
  ];
}

/** The file in which a card carries what it is for. */
export function carrierOf(card: DesfireCard): number {
  const files = card.applications.length > 1 ? card.applications[1].files : [];
  return files.some(({ number }) => number === FILE_VOUCHER) ? FILE_VOUCHER : FILE_ORDER;
}
