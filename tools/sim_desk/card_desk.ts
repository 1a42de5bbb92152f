/**
 * The card desk on cards in memory: records, link and card of `tools/card`, with nothing on a disk.
 */
import { randomBytes } from "node:crypto";
import type { DesfireCard } from "../../sim/desfire/card";
import { cardImage, readImage } from "../../sim/desfire/image";
import { createAccounts, applyEntry, type Accounts } from "../card/accounts";
import { finish, type Desk } from "../card/desk";
import { ENTRY } from "../card/entries";
import { cardTransport, newCard } from "../card/image_transport";
import { createLink } from "../card/link";
import { saleReceipt } from "../card/receipts";
import { topUp, type Sale } from "../card/sale";
import { createNodeCrypto } from "../keys/crypto";
import type { KeyRing } from "../keys/ring";

const POINT_OF_SALE = 1;

const crypto = createNodeCrypto();
const random = { bytes: (length: number) => [...randomBytes(length)] };

export function freshCard(): DesfireCard {
  return newCard(crypto, random);
}

export function cardOfImage(image: readonly number[]): DesfireCard {
  const { card, problem } = readImage(crypto, random, [...image]);
  if (card === undefined) throw new Error(`a card of this desk is ${problem}`);
  return card;
}

export class CardDesk {
  private accounts = createAccounts();
  private first: Accounts = createAccounts();

  constructor(
    private readonly ring: KeyRing,
    private readonly region: string,
    private utc_s: number,
  ) {}

  /** What was sold up to now is what a reset goes back to. */
  markFirst(): void {
    this.first = structuredClone(this.accounts);
  }

  reset(): void {
    this.accounts = structuredClone(this.first);
  }

  /** The desk with a card on its reader. */
  withCard(card: DesfireCard): Desk {
    const { ring, region, accounts } = this;
    const append: Desk["records"]["append"] = (entry) => applyEntry(accounts, ENTRY.parse(entry));
    const link = createLink(
      cardTransport(card, () => undefined),
      crypto,
    );
    const now = (): Date => new Date(this.utc_s * 1000);
    return { link, ring, region, records: { accounts, append }, now, progress: () => undefined };
  }

  /** A top-up of a card that this desk has issued; its receipt is out with it. */
  async sell(card: DesfireCard, amount_milli: number, utc_s: number): Promise<Sale> {
    this.utc_s = utc_s;
    const desk = this.withCard(card);
    const sale = await topUp(desk, { amount_milli, expiry_utc_s: 0, point_of_sale: POINT_OF_SALE });
    finish(desk, sale.account);
    return sale;
  }
}

/** The receipt of a sale and the card's image behind it. */
export function soldCard(sale: Sale, card: DesfireCard): { receipt: string; image: number[]; sold_milli: number } {
  return {
    receipt: saleReceipt(sale, false).text,
    image: cardImage(card),
    sold_milli: sale.voucher.cumulative_milli,
  };
}
