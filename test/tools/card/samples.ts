/**
 * A desk for tests: keys in memory, records in a file, virtual cards that can be torn off at any APDU, and meters that
 * the desk's commissioning cards put into service. Each visit opens the records anew, as a process of its own does.
 */
import assert from "node:assert/strict";
import { tariff } from "../../firmware/samples";
import { Rig, SECOND_MS } from "../../firmware/rig";
import type { Voucher } from "../../../firmware/card/voucher";
import { readVoucher } from "../../../firmware/card/voucher";
import { FILE_VOUCHER, VOUCHER_BYTES } from "../../../firmware/card/files";
import type { DesfireCard } from "../../../sim/desfire/card";
import { cloneCard, createDesfireCard, fieldLost } from "../../../sim/desfire/card";
import { respond } from "../../../sim/desfire/respond";
import { createRandomTwin } from "../../../sim/twins/random";
import type { Account } from "../../../tools/card/accounts";
import { findAccount } from "../../../tools/card/accounts";
import { commission } from "../../../tools/card/commissioning";
import type { Desk } from "../../../tools/card/desk";
import { finish, openOurs } from "../../../tools/card/desk";
import { DeskError, type DeskErrorName } from "../../../tools/card/desk_error";
import { readFile } from "../../../tools/card/layout";
import { createLink } from "../../../tools/card/link";
import { issue, replace } from "../../../tools/card/making";
import { withRecords } from "../../../tools/card/records";
import { refund } from "../../../tools/card/refund";
import { retryTopUp, topUp } from "../../../tools/card/sale";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { sampleRing } from "../keys/samples";

export const REGION = "600100";
export const OTHER_REGION = "600201";
export const METER = "600727000000000009";
export const OTHER_METER = "600727000000000017";

const crypto = createNodeCrypto();
let cards = 0;

/** A card fresh from the factory. */
export function emptyCard(): DesfireCard {
  cards += 1;
  return createDesfireCard(crypto, createRandomTwin(cards), [4, 9, 8, 7, 6, Math.floor(cards / 256), cards % 256]);
}

export const copyOf = (card: DesfireCard): DesfireCard => cloneCard(card, createRandomTwin(4711));

/** The card leaves at this APDU, counted from 0; `is_done`: it has carried it out. */
export interface Tear {
  readonly apdu: number;
  readonly is_done: boolean;
}

export interface Visit {
  tear?: Tear;
  region?: string;
  /** How many APDUs there were. */
  count?: (apdus: number) => void;
}

export class TestDesk {
  readonly ring = sampleRing();

  constructor(readonly records: string) {}

  /** One process at the desk, with a card. */
  async visit<Result>(card: DesfireCard, work: (desk: Desk) => Promise<Result>, visit: Visit = {}): Promise<Result> {
    const { tear, region = REGION, count } = visit;
    let apdus = 0;
    let is_gone = false;
    const transmit = (apdu: number[]): Promise<number[]> => {
      const is_torn = !is_gone && tear?.apdu === apdus;
      apdus += 1;
      const answer = is_gone || (is_torn && !tear.is_done) ? [] : respond(card, apdu);
      is_gone ||= is_torn;
      return Promise.resolve(is_gone ? [] : answer);
    };
    const link = createLink({ transmit, close: () => Promise.resolve() }, crypto);
    try {
      return await withRecords(this.records, async (records) => {
        const now = (): Date => new Date("2026-11-22T12:00:00Z");
        return work({ link, ring: this.ring, records, region, now, progress: () => undefined });
      });
    } finally {
      fieldLost(card);
      count?.(apdus);
    }
  }

  /** Work that leaves something open, and its receipt, which is out at once. */
  private async done<Result extends { account: Account }>(
    card: DesfireCard,
    work: (desk: Desk) => Promise<Result>,
    visit?: Visit,
  ): Promise<Result> {
    return this.visit(
      card,
      async (desk) => {
        const result = await work(desk);
        finish(desk, result.account);
        return { ...result, account: { ...result.account } };
      },
      visit,
    );
  }

  issue = (card: DesfireCard, meter = METER, visit?: Visit) =>
    this.done(card, (desk) => issue(desk, meter, undefined), visit);
  replace = (card: DesfireCard, meter = METER, visit?: Visit) =>
    this.done(card, (desk) => replace(desk, meter, 0), visit);
  sell = (card: DesfireCard, amount_milli: number, visit?: Visit) =>
    this.done(card, (desk) => topUp(desk, { amount_milli, expiry_utc_s: 0, point_of_sale: 3 }), visit);
  retry = (card: DesfireCard, visit?: Visit) => this.done(card, retryTopUp, visit);
  refund = (card: DesfireCard, visit?: Visit) => this.done(card, (desk) => refund(desk, 3), visit);
  commission = (card: DesfireCard, meter = METER, opening_milli = 100_000, visit?: Visit) =>
    this.visit(
      card,
      (desk) => commission(desk, { meter, utility: undefined, tariff: tariff(), opening_milli, expiry_utc_s: 0 }),
      visit,
    );

  /** What the records say of a meter. */
  async account(meter = METER, region = REGION): Promise<Account> {
    return withRecords(this.records, ({ accounts }) => Promise.resolve(findAccount(accounts, region, meter)!));
  }

  /** What a card's voucher says; "none" on a new card. */
  async voucher(card: DesfireCard): Promise<Voucher | "none" | undefined> {
    return this.visit(card, async (desk) => {
      await openOurs(desk);
      return readVoucher(await readFile(desk.link, FILE_VOUCHER, VOUCHER_BYTES));
    });
  }

  /** A card of a meter. */
  async issued(meter = METER): Promise<DesfireCard> {
    const card = emptyCard();
    await this.issue(card, meter);
    return card;
  }

  /**
   * A meter that came with the region's transport key, in service with 1.00; in a record, because a rig has a `then`.
   */
  async meter(meter_number = METER, region = REGION): Promise<{ rig: Rig }> {
    const transport_key = this.ring.current(region, "transport").key.buffer().toString("hex");
    const rig = new Rig({ settings: { transport_key, meter_number, region } });
    const card = emptyCard();
    await this.commission(card, meter_number, 100_000, { region });
    assert.equal(present(rig, card), "CARD OK");
    return { rig };
  }
}

/** Holds a card up until the session is over, and takes it away; what the glass said. */
export function present(rig: Rig, card: DesfireCard): string {
  rig.world.card.insert_card(card);
  rig.pass(3 * SECOND_MS);
  const shown = rig.world.display.text.trim();
  rig.world.card.remove();
  rig.pass(SECOND_MS);
  return shown;
}

export function refusal(code: DeskErrorName, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DeskError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.message.includes("\n"), false);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}
