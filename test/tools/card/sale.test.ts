/**
 * The card is torn off the reader at each APDU, before and after it was carried out; then the same is done again.
 */
import assert from "node:assert/strict";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { readVoucher } from "../../../firmware/card/voucher";
import { FILE_VOUCHER, VOUCHER_BYTES } from "../../../firmware/card/files";
import type { DesfireCard } from "../../../sim/desfire/card";
import { respond } from "../../../sim/desfire/respond";
import { blockCard } from "../../../tools/card/blocking";
import { openOurs, uidText } from "../../../tools/card/desk";
import { readFile } from "../../../tools/card/layout";
import { CardError, createLink } from "../../../tools/card/link";
import { issue } from "../../../tools/card/making";
import { withRecords } from "../../../tools/card/records";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { voucherKey } from "../../../tools/keys/derive";
import { temporaryFolder } from "../keys/samples";
import {
  METER,
  OTHER_METER,
  OTHER_REGION,
  REGION,
  TestDesk,
  copyOf,
  emptyCard,
  present,
  refusal,
  type Tear,
} from "./samples";
import fs from "node:fs";
import { signatureGood } from "../../../firmware/card/signature";

const AMOUNT = 500_000;

describe("card desk: making and selling", function () {
  const folder = temporaryFolder();
  let names = 0;
  const freshDesk = (): TestDesk => new TestDesk(folder.file(`${++names}.records`));

  /** Does it once for each place at which the card can be torn off, from the same beginning each time. */
  async function tornEverywhere(
    desk: TestDesk,
    origin: DesfireCard,
    work: (card: DesfireCard, tear: Tear | undefined) => Promise<unknown>,
    check: (card: DesfireCard, place: string, is_torn: boolean) => Promise<void>,
  ): Promise<number> {
    const before = fs.existsSync(desk.records) ? fs.readFileSync(desk.records) : "";
    let apdu = 0;
    for (let is_over = false; !is_over; apdu++) {
      for (const is_done of [false, true]) {
        fs.writeFileSync(desk.records, before, { mode: 0o600 });
        const card = copyOf(origin);
        let is_torn = false;
        await work(card, { apdu, is_done }).catch((error: unknown) => {
          assert.ok(error instanceof CardError && error.reason === "torn", String(error));
          is_torn = true;
        });
        await check(card, `APDU ${apdu}, ${is_done ? "carried out" : "not carried out"}`, is_torn);
        is_over = !is_torn;
      }
    }
    return apdu - 1;
  }

  it("a sale torn at any APDU is finished by --retry or was none: one sale, one voucher, one sum", async () => {
    const desk = freshDesk();
    const origin = await desk.issued();
    let finished = 0;
    const apdus = await tornEverywhere(
      desk,
      origin,
      (card, tear) => desk.sell(card, AMOUNT, tear && { tear }),
      async (card, place, is_torn) => {
        if (is_torn && (await desk.account()).open !== undefined) {
          await assert.rejects(desk.sell(card, AMOUNT), refusal("unfinished", /top-up --retry/), place);
          const sale = await desk.retry(card);
          assert.equal(sale.amount_milli, AMOUNT);
          finished += 1;
        } else if (is_torn) {
          await assert.rejects(desk.retry(card), refusal("nothing_unfinished"), place);
          await desk.sell(card, AMOUNT);
        }
        const { paid_milli, open } = await desk.account();
        const said = await desk.voucher(card);
        assert.ok(said !== undefined && said !== "none", place);
        assert.deepEqual(
          [paid_milli, open, said.sequence, said.cumulative_milli],
          [AMOUNT, undefined, 1, AMOUNT],
          place,
        );
      },
    );
    assert.ok(apdus > 15 && finished >= 6, `${apdus} APDUs, ${finished} finished`);
  });

  it("a card that says only a part of a UID is refused in one line, and nothing is written down", async () => {
    const desk = freshDesk();
    const card = emptyCard();
    let frames = 0;
    const transmit = (apdu: number[]): Promise<number[]> => {
      const answer = respond(card, apdu);
      frames = apdu[1] === 0x60 ? 1 : frames + 1;
      // The third frame of the version begins with the UID.
      return Promise.resolve(frames === 3 && apdu[1] === 0xaf ? [...answer.slice(0, 5), ...answer.slice(-2)] : answer);
    };
    await withRecords(desk.records, async (records) => {
      const link = createLink({ transmit, close: () => Promise.resolve() }, createNodeCrypto());
      const now = (): Date => new Date("2026-11-22T12:00:00Z");
      const at = { link, ring: desk.ring, records, region: REGION, now, progress: () => undefined };
      await assert.rejects(
        issue(at, METER, undefined),
        (error: unknown) => error instanceof CardError && /^[^\n]+ UID [^\n]+$/.test(error.message),
      );
      assert.equal(records.accounts.meters.size, 0);
    });
  });

  it("a retry that is torn as well can be retried", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    let apdus = 0;
    await desk.sell(copyOf(card), AMOUNT, { count: (count) => (apdus = count) });
    fs.rmSync(desk.records);
    const other = await desk.issued();
    for (const is_done of [false, true, false]) {
      const tear = { apdu: apdus - 1, is_done };
      const work = is_done ? desk.retry(other, { tear }) : desk.sell(other, AMOUNT, { tear });
      await work.catch(() => undefined);
    }
    await desk.retry(other);
    assert.equal((await desk.account()).paid_milli, AMOUNT);
  });

  it("making a card torn at any APDU is done again with the same card", async () => {
    const desk = freshDesk();
    const apdus = await tornEverywhere(
      desk,
      emptyCard(),
      (card, tear) => desk.issue(card, METER, tear && { tear }),
      async (card, place, is_torn) => {
        if (is_torn) await desk.issue(card);
        await desk.sell(card, AMOUNT);
        const said = await desk.voucher(card);
        assert.ok(said !== undefined && said !== "none", place);
        assert.deepEqual([said.generation, said.cumulative_milli], [1, AMOUNT], place);
      },
    );
    assert.ok(apdus > 20, `${apdus} APDUs`);
  });

  it("making a card torn at any APDU is done again with another card, which is the next generation", async () => {
    const desk = freshDesk();
    await tornEverywhere(
      desk,
      emptyCard(),
      (card, tear) => desk.issue(card, METER, tear && { tear }),
      async (card, place, is_torn) => {
        if (!is_torn) return;
        const was_begun = fs.readFileSync(desk.records, "utf8").includes("card_begun");
        const other = emptyCard();
        await desk.issue(other);
        await desk.sell(other, AMOUNT);
        const said = await desk.voucher(other);
        assert.ok(said !== undefined && said !== "none", place);
        assert.equal(said.generation, was_begun ? 2 : 1, place);
        if (was_begun) await assert.rejects(desk.issue(card, OTHER_METER), refusal("not_fresh", /these records/));
      },
    );
  });

  it("a replacement torn at any APDU is done again; it shows what was sold, and the lost card is blocked", async () => {
    const desk = freshDesk();
    const lost = await desk.issued();
    await desk.sell(lost, AMOUNT);
    await tornEverywhere(
      desk,
      emptyCard(),
      (card, tear) => desk.replace(card, METER, tear && { tear }),
      async (card, place, is_torn) => {
        if (is_torn) await desk.replace(card);
        const said = await desk.voucher(card);
        assert.ok(said !== undefined && said !== "none", place);
        assert.deepEqual([said.generation, said.sequence, said.cumulative_milli], [2, 2, AMOUNT], place);
        await assert.rejects(
          desk.sell(copyOf(lost), AMOUNT),
          refusal("blocked_card", /replaced \(use the newer card\)/),
        );
      },
    );
  });

  it("a commissioning card torn at any APDU is made again, and puts one meter into service once", async () => {
    const desk = freshDesk();
    const { rig } = await desk.meter(OTHER_METER);
    await tornEverywhere(
      desk,
      emptyCard(),
      (card, tear) => desk.commission(card, METER, AMOUNT, tear && { tear }),
      async (card, _place, is_torn) => {
        if (is_torn) await desk.commission(card, METER, AMOUNT);
        assert.equal(present(rig, card), "INST");
      },
    );
  });

  it("a commissioning card that was blocked is not made again, however far its making had come", async () => {
    const desk = freshDesk();
    for (const apdu of [14, 20, 28, undefined]) {
      const card = emptyCard();
      const making = desk.commission(card, METER, AMOUNT, apdu === undefined ? {} : { tear: { apdu, is_done: false } });
      await (apdu === undefined ? making : assert.rejects(making));
      const choice = { region: REGION, card: undefined, uid: uidText(card.uid), meter: undefined };
      await desk.visit(emptyCard(), ({ records, now }) =>
        Promise.resolve(blockCard(records, choice, "the technician lost it", now())),
      );
      const refused = refusal("blocked_card", /is blocked since .*: the technician lost it \(take an empty card/);
      await assert.rejects(desk.commission(card, METER, AMOUNT), refused, `torn at ${apdu}`);
    }
  });

  it("a sale that was never finished goes onto the card that replaces a broken one", async () => {
    const desk = freshDesk();
    const broken = await desk.issued();
    await desk.sell(broken, AMOUNT);
    await assert.rejects(
      desk.sell(broken, AMOUNT, { tear: { apdu: 17, is_done: false } }),
      /^Error: the card left the reader \(.*\); sale 2 of 5\.00 is recorded: card top-up --retry finishes it$/,
    );
    assert.equal((await desk.account()).open?.kind, "sold");
    const card = emptyCard();
    const { includes, replaced } = await desk.replace(card);
    assert.deepEqual([includes?.kind, replaced?.uid], ["sold", uidText(broken.uid)]);
    const said = await desk.voucher(card);
    assert.ok(said !== undefined && said !== "none");
    assert.deepEqual([said.sequence, said.cumulative_milli], [3, 2 * AMOUNT]);
  });

  it("vouchers are signed with the key that the meter has, also when it was rotated since", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    const rotated = new TestDesk(desk.records);
    const { withRotated } = await import("../../../tools/keys/ring");
    const later = new Date("2027-01-01T00:00:00Z");
    const ring = withRotated(withRotated(desk.ring, REGION, "vending", later), REGION, "card", later);
    Object.assign(rotated, { ring });
    await rotated.sell(card, AMOUNT);
    const bytes = await rotated.visit(card, async (at) => {
      await openOurs(at);
      return readFile(at.link, FILE_VOUCHER, VOUCHER_BYTES);
    });
    const crypto = createNodeCrypto();
    const key = cmacKey(crypto, voucherKey(desk.ring.current(REGION, "vending"), METER).bytes());
    assert.equal(signatureGood(key, bytes), true);
    assert.notEqual(readVoucher(bytes), "none");
    // A card made now still is one that the meter can open.
    await rotated.replace(emptyCard());
    assert.equal((await rotated.account()).card_revision, 1);
  });

  it("refuses cards by name, and records nothing then", async () => {
    const desk = freshDesk();
    const card = await desk.issued();
    const foreign = emptyCard();
    await desk.issue(foreign, OTHER_METER, { region: OTHER_REGION });
    const technician = emptyCard();
    await desk.commission(technician);
    const stranger = new TestDesk(folder.file("stranger.records"));
    const unknown = emptyCard();
    Object.assign(stranger, { ring: desk.ring });
    await stranger.issue(unknown, OTHER_METER);
    const other_keys = await freshDesk().issued();
    const before = fs.readFileSync(desk.records);
    const refused: [() => Promise<unknown>, Parameters<typeof refusal>][] = [
      [
        () => desk.sell(foreign, AMOUNT),
        [
          "foreign_region",
          /^card refused: it belongs to region 600201, this desk to 600100 \(ask the seller for a card of region 600100\)$/,
        ],
      ],
      [() => desk.sell(emptyCard(), AMOUNT), ["not_ours", /it is empty, or of another issuer \(.*issue.*\)$/]],
      [() => desk.sell(technician, AMOUNT), ["other_type", /it is a commissioning card, not a user card/]],
      [() => desk.sell(unknown, AMOUNT), ["not_in_records", /these records do not know UID 04/]],
      [() => desk.sell(other_keys, AMOUNT), ["not_ours", /its keys are not those of this desk's store/]],
      [() => desk.issue(card, OTHER_METER), ["not_fresh", /these records have it as card 1/]],
      [() => desk.issue(unknown, OTHER_METER), ["not_fresh", /it is user card 1 of region 600100 already/]],
      [() => desk.issue(emptyCard()), ["has_card", /meter 600727000000000009 has card 1, generation 1, UID 04/]],
      [() => desk.replace(card), ["not_fresh", /of this meter \(take an empty card\)/]],
      [() => desk.replace(emptyCard(), OTHER_METER), ["no_card", /has no card in these records/]],
      [() => desk.commission(card, OTHER_METER), ["not_fresh", /these records have it/]],
      [() => desk.retry(card), ["nothing_unfinished", /no sale to meter 600727000000000009 is open/]],
      [() => desk.refund(card), ["no_read_back", /hold the card up to the meter/]],
      [() => desk.sell(card, 0), ["bad_argument", /more than zero/]],
      [() => desk.sell(card, 1_000_000_000_001), ["limit_exceeded", /which takes 10000000\.00 at most/]],
    ];
    for (const [work, [code, message]] of refused) await assert.rejects(work(), refusal(code, message), code);
    const text = fs.readFileSync(desk.records, "utf8");
    // A meter may have been entered for a commissioning card; nothing that has to do with money.
    assert.equal(text.slice(0, before.length), before.toString());
    assert.doesNotMatch(text.slice(before.length), /sold|card_begun|order_card|refund/);
  });
});
