/**
 * The desk of a session, as the simulator's page works with it (sim/serve/desk.ts).
 */
import { REGION } from "../../sim/card_torture/made_cards";
import type { Desk, SoldCard, TokenOrder, TariffOrder } from "../../sim/serve/desk";
import { CardDesk, cardOfImage, soldCard } from "./card_desk";
import { drawKeys, meterKeys } from "./keys";
import { TariffDesk } from "./tariffs";
import { TokenDesk } from "./token_desk";
import { HOUSEHOLD_IMAGE, makeTray } from "./tray_cards";

export interface SessionDesk extends Desk {
  /** Where it writes; `close` removes it. */
  readonly folder: string;
  close(): void;
}

/** A desk under fresh keys, whose first cards were sold at a moment of virtual time. */
export async function openSessionDesk(utc_s: number): Promise<SessionDesk> {
  const drawn = await drawKeys(new Date());
  const keys = meterKeys(drawn);
  const cards = new CardDesk(drawn.ring, REGION, utc_s);
  const tray = await makeTray(drawn.ring, cards, utc_s);
  cards.markFirst();
  const tariffs = new TariffDesk(drawn.signing, [...Buffer.from(keys.radio_master_key, "hex")]);
  const tokens = new TokenDesk(drawn.ring);
  return {
    keys,
    tray,
    folder: tokens.folder,
    household: HOUSEHOLD_IMAGE,
    reset: () => {
      cards.reset();
      tariffs.reset();
    },
    sellCard: async (image, amount_milli, sold_utc_s): Promise<SoldCard> => {
      const card = cardOfImage(image);
      return soldCard(await cards.sell(card, amount_milli, sold_utc_s), card);
    },
    issueToken: (order: TokenOrder, sold_utc_s) => tokens.issue(order, sold_utc_s),
    signTariff: (order: TariffOrder, signed_utc_s) => tariffs.sign(order, signed_utc_s),
    follow: (frame, heard_utc_s, pushes) => tariffs.follow(frame, heard_utc_s, pushes),
    close: () => tokens.close(),
  };
}
