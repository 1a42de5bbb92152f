/**
 * Refunds, with a meter: in every order of events the meter has credited what was paid and not given back.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { DEBT_MOST_MILLI } from "../../../firmware/card/read_back";
import type { DesfireCard } from "../../../sim/desfire/card";
import { monthUsage, readCard, runningUsage } from "../../../tools/card/reading";
import { readBackRows } from "../../../tools/card/reading_words";
import { refundReceipt } from "../../../tools/card/receipts";
import { DAY_MS, type Rig } from "../../firmware/rig";
import { temporaryFolder } from "../keys/samples";
import { METER, TestDesk, copyOf, emptyCard, present, refusal } from "./samples";

const OPENING = 100_000;
const balance = (rig: Rig): number => rig.meter.account.balance_milli;

describe("card desk: refunds", function () {
  const folder = temporaryFolder();
  let names = 0;

  /** A household that has used 5.00 of its card, and bought 3.00 more that the meter has not seen. */
  async function household(): Promise<{ desk: TestDesk; held: { rig: Rig }; card: DesfireCard }> {
    const desk = new TestDesk(folder.file(`${++names}.records`));
    const held = await desk.meter();
    const card = await desk.issued();
    await desk.sell(card, 500_000);
    assert.equal(present(held.rig, card), "+   5.00");
    await desk.sell(card, 300_000);
    return { desk, held, card };
  }

  /** What customers have paid and not been given back is what the meter has credited by card. */
  async function assertEven(desk: TestDesk, rig: Rig): Promise<void> {
    assert.equal((await desk.account()).paid_milli, balance(rig) - OPENING);
  }

  it("is paid after the meter has taken the voucher that proves it, once", async () => {
    const { desk, held, card } = await household();
    const begun = await desk.refund(card);
    assert.deepEqual(
      [begun.state, begun.amount_milli, begun.sold_milli, begun.taken_milli],
      [...["begun", 300_000, 800_000, 500_000]],
    );
    assert.equal((await desk.account()).paid_milli, 800_000, "nothing is paid yet");
    assert.equal((await desk.refund(card)).state, "waiting");
    await assert.rejects(desk.sell(card, 100_000), refusal("refund_pending", /a refund of 3\.00 waits for meter/));
    assert.equal(present(held.rig, card), "CARD OK");
    const paid = await desk.refund(card);
    assert.match(refundReceipt(paid).text, /pay the amount out$/m);
    assert.deepEqual(
      [paid.state, paid.amount_milli, paid.sold_milli, paid.taken_milli],
      [...["paid", 300_000, 800_000, 500_000]],
    );
    await assertEven(desk, held.rig);
    await assert.rejects(desk.refund(card), refusal("nothing_to_refund", /has taken all of 5\.00/));
    await desk.sell(card, 200_000);
    assert.equal(present(held.rig, card), "+   2.00");
    await assertEven(desk, held.rig);
  });

  it("is void when a copy of the card brought the higher sum to the meter first", async () => {
    const { desk, held, card } = await household();
    const copy = copyOf(card);
    await desk.refund(card);
    assert.equal(present(held.rig, copy), "+   3.00");
    assert.equal(present(held.rig, card), "REFUND");
    const done = await desk.refund(card);
    assert.deepEqual([done.state, done.amount_milli], ["void", 0]);
    await assertEven(desk, held.rig);
    await desk.sell(card, 200_000);
    assert.equal(present(held.rig, card), "+   2.00");
    await assertEven(desk, held.rig);
  });

  it("a copy with the higher sum is refused for good once the refund can be paid", async () => {
    const { desk, held, card } = await household();
    const copy = copyOf(card);
    await desk.refund(card);
    present(held.rig, card);
    assert.equal(present(held.rig, copy), "USED");
    assert.equal((await desk.refund(card)).state, "paid");
    assert.equal(present(held.rig, copy), "USED");
    await assertEven(desk, held.rig);
  });

  it("begins again with what is left when a copy from between took a part", async () => {
    const { desk, held, card } = await household();
    const between = copyOf(card);
    await desk.sell(card, 400_000);
    assert.equal((await desk.refund(card)).amount_milli, 700_000);
    assert.equal(present(held.rig, between), "+   3.00");
    present(held.rig, card);
    const again = await desk.refund(card);
    assert.deepEqual([again.state, again.amount_milli], ["begun", 400_000]);
    assert.equal(present(held.rig, card), "CARD OK");
    assert.deepEqual([(await desk.refund(card)).state, (await desk.account()).refund], ["paid", undefined]);
    await assertEven(desk, held.rig);
  });

  it("an old read-back put back onto the card brings no money", async () => {
    const { desk, held, card } = await household();
    const old = copyOf(card);
    // The meter takes the 3.00, and the card is rolled back to before.
    assert.equal(present(held.rig, card), "+   3.00");
    const begun = await desk.refund(old);
    assert.deepEqual([begun.state, begun.amount_milli], ["begun", 300_000]);
    assert.equal(present(held.rig, old), "REFUND");
    assert.equal((await desk.refund(old)).state, "void");
    await assertEven(desk, held.rig);
  });

  it("a card lost in between is replaced, and the new one proves the same", async () => {
    const { desk, held, card } = await household();
    const lost = copyOf(card);
    await desk.refund(card);
    const next = emptyCard();
    await desk.replace(next);
    assert.equal((await desk.refund(next)).state, "waiting");
    assert.equal(present(held.rig, next), "CARD OK");
    assert.equal((await desk.refund(next)).state, "paid");
    assert.equal(present(held.rig, lost), "USED");
    await assertEven(desk, held.rig);
  });

  it("torn at any APDU of either visit, or with the receipt lost, is paid once", async () => {
    const { desk, held, card } = await household();
    const start = fs.readFileSync(desk.records);
    let apdus = 0;
    await desk.refund(copyOf(card), { count: (count) => (apdus = count) });
    for (let apdu = 0; apdu < apdus; apdu++) {
      fs.writeFileSync(desk.records, start);
      const one = copyOf(card);
      await assert.rejects(desk.refund(one, { tear: { apdu, is_done: apdu % 2 === 0 } }));
      const again = await desk.refund(one);
      assert.deepEqual([again.state, again.amount_milli], ["begun", 300_000], `APDU ${apdu}`);
    }
    fs.writeFileSync(desk.records, start);
    await desk.refund(card);
    present(held.rig, card);
    const second = fs.readFileSync(desk.records);
    await desk.refund(copyOf(card), { count: (count) => (apdus = count) });
    for (let apdu = 0; apdu < apdus; apdu++) {
      fs.writeFileSync(desk.records, second);
      await assert.rejects(desk.refund(copyOf(card), { tear: { apdu, is_done: apdu % 2 === 0 } }));
      assert.equal((await desk.refund(card)).state, "paid");
      assert.equal((await desk.account()).paid_milli, 500_000);
    }
    // The process dies between the record and the receipt: the receipt comes again, the money is the same.
    const lines = fs.readFileSync(desk.records, "utf8").trimEnd().split("\n");
    fs.writeFileSync(desk.records, [...lines.slice(0, -1), ""].join("\n"));
    await assert.rejects(
      desk.sell(card, 100),
      refusal("unfinished", /a refund of 3\.00 is not finished \(card refund\)/),
    );
    const again = await desk.refund(card);
    assert.equal(again.state, "paid");
    assert.match(refundReceipt(again).text, /pay the amount out, unless that was done/);
    await assertEven(desk, held.rig);
  });

  it("nothing is refunded of an open sale", async () => {
    const { desk, card } = await household();
    await assert.rejects(desk.sell(card, 100_000, { tear: { apdu: 17, is_done: false } }));
    await assert.rejects(desk.refund(card), refusal("unfinished", /sale 3 of 1\.00 is not finished/));
  });
});

describe("card desk: reading", function () {
  const folder = temporaryFolder();

  it("gives usage by month from the registers at their ends, and remembers only what is genuine", async () => {
    const desk = new TestDesk(folder.file("months.records"));
    const { rig } = await desk.meter();
    const card = await desk.issued();
    await desk.sell(card, 100_000_000);
    present(rig, card);
    for (const litres of [40, 30, 20]) {
      rig.litres(litres);
      rig.pass(31 * DAY_MS);
    }
    rig.litres(7);
    present(rig, card);
    const { read_back, account } = await desk.visit(card, readCard);
    assert.equal(read_back!.is_genuine, true);
    const said = read_back!.said;
    // From 4 March on: the three draws are in March, April and May.
    assert.deepEqual(monthUsage(said), [
      { month: "2019-05", litres: 20 },
      { month: "2019-04", litres: 30 },
    ]);
    assert.deepEqual([runningUsage(said), said.volume_l, said.meter], [7, 97, METER]);
    assert.equal(account!.read_back!.volume_l, 97);
  });

  it("a debt that is more than a read-back can say is shown as that or more", async () => {
    const desk = new TestDesk(folder.file("debt.records"));
    const { rig } = await desk.meter();
    const card = await desk.issued();
    await desk.sell(card, 500_000);
    present(rig, card);
    for (const [debt_milli, shown] of [
      [DEBT_MOST_MILLI - 95, "42949.67200"],
      [DEBT_MOST_MILLI + 1, "42949.67295 or more"],
    ] as const) {
      const { account } = rig.meter;
      account.balance_milli += debt_milli - account.debt_milli;
      account.debt_milli = debt_milli;
      present(rig, card);
      const { read_back } = await desk.visit(card, readCard);
      const rows = new Map(readBackRows(read_back!.said));
      assert.equal(rows.get("emergency debt"), shown);
    }
  });

  it("a read-back of another card, or of a meter with another key, is shown as not genuine and not noted", async () => {
    const desk = new TestDesk(folder.file("forged.records"));
    const stranger = new TestDesk(folder.file("stranger.records"));
    const { rig } = await desk.meter();
    const card = await desk.issued();
    await desk.sell(card, 500_000);
    present(rig, card);
    const target = await desk.issued("600727000000000017");
    const application = (one: DesfireCard) => one.applications[1];
    const file = (one: DesfireCard) => application(one).files.find(({ number }) => number === 3)!;
    file(target).content = file(card).content;
    const copied = await desk.visit(target, readCard);
    assert.deepEqual([copied.read_back!.is_genuine, copied.account!.read_back], [false, undefined]);
    const content = file(card).content;
    file(card).content = content.slice(0, 30) + String.fromCharCode(content.charCodeAt(30) ^ 1) + content.slice(31);
    assert.equal((await desk.visit(card, readCard)).read_back!.is_genuine, false);
    assert.notEqual(stranger.records, desk.records);
  });
});
