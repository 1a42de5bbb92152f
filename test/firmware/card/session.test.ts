import assert from "node:assert/strict";
import { tariffBytes } from "../../../firmware/card/content";
import { KEY_DESK } from "../../../firmware/card/files";
import { ANY_METER } from "../../../firmware/card/order";
import { DEBT_MOST_MILLI } from "../../../firmware/card/read_back";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { CLASS_MANAGEMENT, SUB_LEND } from "../../../firmware/token/block";
import { noTokens } from "../../../firmware/token/settings";
import type { DesfireCard } from "../../../sim/desfire/card";
import { cloneCard, createDesfireCard } from "../../../sim/desfire/card";
import { createRandomTwin } from "../../../sim/twins/random";
import { HOUR_MS, MINUTE_MS, Rig, SECOND_MS } from "../rig";
import { START_UTC_S, tariff } from "../samples";
import { KEY, tokenOf } from "../token/samples";
import * as desk from "./desk";
import { signatureGood } from "../../../firmware/card/signature";

const fresh = () => new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });

/** Holds a card up until the session is over, and takes it away; what the glass said. */
function present(rig: Rig, held: { card: DesfireCard }): string {
  rig.world.card.insert_card(held.card);
  rig.pass(3 * SECOND_MS);
  const shown = rig.world.display.text.trim();
  rig.world.card.remove();
  rig.pass(SECOND_MS);
  return shown;
}

/** A meter that a commissioning card has put into service with 1.00; in a record, because a rig has a `then`. */
async function inService(settings = {}): Promise<{ rig: Rig }> {
  const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY, ...settings } });
  assert.equal(present(rig, await desk.commissioningCard()), "CARD OK");
  assert.equal(balance(rig), 100_000);
  return { rig };
}

const balance = (rig: Rig) => rig.meter.account.balance_milli;
const position = (rig: Rig) => rig.world.valve.port.position();
const userCard = async (said = {}) => desk.sold(await desk.issued("user"), said);
const copyOf = (held: desk.TestCard): desk.TestCard => ({ ...held, card: cloneCard(held.card, createRandomTwin(99)) });

/** Everything that a refusal must leave as it was. */
function kept(rig: Rig): unknown {
  const { account, card, reasons } = rig.meter;
  const { failures, ...books } = card.books;
  assert.ok(failures >= 0);
  return JSON.stringify([account, books, reasons]);
}

/** A card is refused under this name, changes nothing, and is logged. */
function assertRefused(rig: Rig, held: { card: DesfireCard }, result: string, shown: string): void {
  const before = kept(rig);
  const logged = rig.events(`card_${result}`).length;
  assert.equal(present(rig, held), shown);
  assert.equal(kept(rig), before);
  assert.equal(rig.events(`card_${result}`).length, logged + 1);
}

describe("card: commissioning", () => {
  it("sets keys, tariff and opening credit in one act, and the valve opens", async () => {
    const rig = fresh();
    assert.equal(position(rig), "closed");
    const card = await desk.commissioningCard({
      opening_milli: 250_000,
      tariff: tariff({ id: 9, prices_milli: [7000] }),
    });
    assert.equal(present(rig, card), "CARD OK");
    assert.deepEqual([balance(rig), position(rig)], [250_000, "open"]);
    const { account, card: state } = rig.meter;
    assert.deepEqual([account.tariff.id, account.tariff.prices_milli, state.books.utility], [9, [7000], desk.UTILITY]);
  });

  it("is refused by a meter in service, by one without a transport key and by one with another", async () => {
    const { rig } = await inService();
    assertRefused(rig, await desk.commissioningCard(), "in_service_already", "INST");
    const card = await desk.commissioningCard();
    assertRefused(new Rig(), card, "unknown_card", "BAD CARD");
    assertRefused(new Rig({ settings: { transport_key: "ff".repeat(16) } }), card, "unknown_card", "BAD CARD");
  });

  it("is refused when it is for another meter, and gives its number to a meter that has none", async () => {
    const other = await desk.commissioningCard({}, { meter: "600100000000000025" });
    assertRefused(fresh(), other, "wrong_meter", "OTHER MT");
    const blank = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY, meter_number: "0" } });
    assert.equal(present(blank, other), "CARD OK");
    assert.equal(blank.meter.card.books.meter, "600100000000000025");
  });

  it("brings a replaced meter to where the old one stood, so that the old voucher is not taken again", async () => {
    const rig = fresh();
    const known = { generation: 2, sequence: 5, cumulative_milli: 900_000 };
    present(rig, await desk.commissioningCard(known));
    assertRefused(rig, await userCard(known), "already_taken", "USED");
    assert.equal(present(rig, await userCard({ generation: 2, sequence: 6, cumulative_milli: 1_000_000 })), "+   1.00");
  });

  it("outlives a power cut", async () => {
    const { rig } = await inService();
    rig.step("power_cut 1000").pass(5 * SECOND_MS);
    assert.equal(present(rig, await userCard()), "+   5.00");
    assert.equal(balance(rig), 600_000);
  });

  it("no card but a commissioning card is taken before it", async () => {
    assertRefused(fresh(), await userCard(), "not_in_service", "NOT INST");
  });
});

describe("card: top-up", () => {
  it("has not taken a voucher that it could not store, and takes it when it can", async () => {
    const { rig } = await inService();
    const bought = await userCard();
    const before = kept(rig);
    const events = rig.meter.log.count;
    rig.step("nvm low 1");
    assert.equal(present(rig, bought), "ERR MEM");
    assert.deepEqual(
      [balance(rig), rig.meter.card.books.sequence, rig.meter.card.books.cumulative_milli],
      [100_000, 0, 0],
    );
    assert.equal(rig.events("credit_accepted").length, 0);
    assert.ok(rig.meter.log.count > events, "it is noted that nothing can be stored");
    rig.step("nvm low 0").pass(2 * HOUR_MS);
    assert.equal(kept(rig), before);
    assert.equal(present(rig, bought), "+   5.00");
    assert.equal(balance(rig), 600_000);
  });

  it("credits what was bought, once, opens the valve, and says so on the card", async () => {
    const { rig } = await inService();
    const card = await userCard();
    assert.equal(present(rig, card), "+   5.00");
    assert.equal(balance(rig), 600_000);
    const { bytes, said } = await desk.readBack(card);
    assert.ok(said !== undefined && said !== "none");
    assert.ok(signatureGood(cmacKey(desk.crypto, desk.VOUCHER_KEY), bytes));
    assert.deepEqual([said.meter, said.uid, said.region], [desk.METER, card.uid, desk.REGION]);
    assert.deepEqual([said.sequence, said.cumulative_milli, said.balance_milli], [1, 500_000, 600_000]);
    assert.deepEqual([said.generation, CARD_RESULTS[said.result], said.tariff_id], [1, "accepted", 1]);
    assert.equal(said.events[0].code, "credit_accepted");
    assert.ok(said.utc_s >= START_UTC_S);
    assertRefused(rig, card, "already_taken", "USED");
  });

  it("opens a valve that want of credit has shut", async () => {
    const rig = fresh();
    present(rig, await desk.commissioningCard({ tariff: tariff({ prices_milli: [1_000_000] }) }));
    rig.litres(150);
    rig.pass(5 * SECOND_MS);
    assert.equal(position(rig), "closed");
    present(rig, await userCard());
    rig.pass(5 * SECOND_MS);
    assert.equal(position(rig), "open");
  });

  it("adds the difference to what was taken, whichever vouchers were never shown", async () => {
    const { rig } = await inService();
    const card = await userCard();
    present(rig, card);
    await desk.sold(card, { sequence: 4, cumulative_milli: 850_000 });
    assert.equal(present(rig, card), "+   3.50");
    assert.equal(balance(rig), 950_000);
  });

  it("an older dump of the card written back is refused", async () => {
    const { rig } = await inService();
    const card = await userCard();
    const dump = copyOf(card);
    present(rig, card);
    assertRefused(rig, dump, "already_taken", "USED");
    await desk.sold(card, { sequence: 2, cumulative_milli: 600_000 });
    present(rig, card);
    assertRefused(rig, dump, "already_taken", "USED");
  });

  it("a replacement card takes the place of the lost one, which is refused from then on", async () => {
    const { rig } = await inService();
    const lost = await userCard();
    present(rig, lost);
    const next = await desk.sold(await desk.issued("user", { generation: 2 }), {
      generation: 2,
      sequence: 2,
      cumulative_milli: 500_000,
    });
    assert.equal(present(rig, next), "CARD OK");
    await desk.sold(lost, { sequence: 3, cumulative_milli: 700_000 });
    assertRefused(rig, lost, "older_generation", "OLD CARD");
  });

  it("a card of another region, another utility or another meter is refused by name", async () => {
    const { rig } = await inService();
    const foreign = await desk.sold(await desk.issued("user", { region: desk.OTHER_REGION }));
    assertRefused(rig, foreign, "foreign_region", "REGION");
    assertRefused(rig, await userCard({ utility: 8 }), "foreign_region", "REGION");
    assertRefused(rig, await userCard({ region: desk.OTHER_REGION }), "foreign_region", "REGION");
    assertRefused(rig, await userCard({ meter: "600100000000000025" }), "wrong_meter", "OTHER MT");
  });

  it("a voucher that is not signed for this meter, or for this card, is refused", async () => {
    const { rig } = await inService();
    const forged = await desk.sold(await desk.issued("user"), {}, desk.MASTERS.meter);
    assertRefused(rig, forged, "bad_signature", "BAD SIGN");
    assertRefused(rig, await userCard({ uid: [4, 9, 9, 9, 9, 9, 9] }), "bad_signature", "BAD SIGN");
  });

  it("an expired voucher is refused, and taken by a meter that has lost the time", async () => {
    const { rig } = await inService();
    const card = await userCard({ expiry_utc_s: START_UTC_S - 1 });
    assertRefused(rig, card, "expired", "EXPIRED");
    rig.step("clock lost 0");
    assert.equal(present(rig, card), "+   5.00");
  });

  it("a voucher of sequence 0 is not taken for one that was torn and is now completed", async () => {
    const { rig } = await inService();
    assertRefused(rig, await userCard({ sequence: 0 }), "already_taken", "USED");
  });

  it("a lower sum is a refund, which no meter settles", async () => {
    const { rig } = await inService();
    const card = await userCard();
    present(rig, card);
    await desk.sold(card, { sequence: 2, cumulative_milli: 400_000 });
    assertRefused(rig, card, "lower_amount", "REFUND");
  });

  it("more than a meter may hold is refused", async () => {
    const { rig } = await inService();
    assertRefused(rig, await userCard({ cumulative_milli: 2 ** 47 }), "limit_exceeded", "LIMIT");
  });

  it("a household that owes more emergency credit than a read-back can say is served as any other", async () => {
    const { rig } = await inService({ tokens: { ...noTokens(), key: KEY } });
    rig.keys(`${tokenOf({ sub: SUB_LEND, front: 1, middle: 100, value: 65_535 }, CLASS_MANAGEMENT)}#`);
    const debt_milli = rig.meter.account.debt_milli;
    assert.ok(debt_milli > DEBT_MOST_MILLI, `${debt_milli} lent`);
    rig.pass(15 * SECOND_MS);
    const held = await userCard();
    assert.equal(present(rig, held), "+   5.00");
    const { said } = await desk.readBack(held);
    assert.ok(said !== undefined && said !== "none");
    assert.equal(said.debt_milli, DEBT_MOST_MILLI);
    assert.equal(said.sequence, 1);
  });

  it("a card that was sold nothing yet is said to be empty", async () => {
    const { rig } = await inService();
    assertRefused(rig, await desk.issued("user"), "no_voucher", "EMPTY");
  });

  it("cards that are not ours are unknown: factory-fresh, of other keys, of another make", async () => {
    const { rig } = await inService();
    const blank = createDesfireCard(desk.crypto, createRandomTwin(1), [4, 0, 0, 0, 0, 0, 1]);
    assertRefused(rig, { card: blank }, "unknown_card", "BAD CARD");
    const masters = { meter: desk.MASTERS.desk, desk: desk.MASTERS.desk };
    assertRefused(rig, await desk.issued("user", { masters }), "unknown_card", "BAD CARD");
    rig.world.card.insert([1, 2, 3, 4]);
    rig.pass(3 * SECOND_MS);
    assert.equal(rig.world.display.text.trim(), "BAD CARD");
  });

  it("a meter that cannot store takes nothing, and the same card is good when it can again", async () => {
    const { rig } = await inService();
    const card = await userCard();
    rig.step("nvm low 1");
    assert.equal(present(rig, card), "ERR MEM");
    assert.equal(balance(rig), 100_000);
    rig.step("nvm low 0").pass(HOUR_MS);
    assert.equal(present(rig, card), "+   5.00");
  });

  it("an answer with a wrong MAC is believed no more than a card that is gone", async () => {
    const { rig } = await inService();
    const card = await userCard();
    const before = kept(rig);
    rig.world.card.insert_card(card.card);
    // Application, header, challenge and proof are not under MAC yet.
    for (let events = 0; events < 4; events++) rig.pass(20);
    rig.world.card.spoil_answer();
    rig.pass(3 * SECOND_MS);
    rig.world.card.remove();
    assert.ok(kept(rig) === before || balance(rig) === 600_000);
    rig.pass(SECOND_MS);
    present(rig, card);
    assert.equal(balance(rig), 600_000);
  });
});

describe("card: attempts", () => {
  it("three wrong cards are free, then each makes the next wait longer, and a good card clears the count", async () => {
    const { rig } = await inService();
    const forged = () => userCard({ uid: [4, 9, 9, 9, 9, 9, 9] });
    for (let times = 0; times < 3; times++) assert.equal(present(rig, await forged()), "BAD SIGN");
    const good = await userCard();
    assertRefused(rig, good, "locked_out", "WAIT");
    rig.pass(30 * SECOND_MS);
    assert.equal(present(rig, await forged()), "BAD SIGN");
    rig.pass(30 * SECOND_MS);
    assertRefused(rig, good, "locked_out", "WAIT");
    rig.pass(30 * SECOND_MS);
    assert.equal(present(rig, good), "+   5.00");
    assert.equal(rig.meter.card.books.failures, 0);
    assert.equal(rig.events("card_locked_out").length >= 2, true);
  });

  it("a power cut does not end the waiting", async () => {
    const { rig } = await inService();
    for (let times = 0; times < 5; times++) {
      present(rig, await userCard({ uid: [4, 9, 9, 9, 9, 9, 9] }));
      rig.pass(2 * MINUTE_MS);
    }
    present(rig, await userCard({ uid: [4, 9, 9, 9, 9, 9, 9] }));
    rig.pass(5 * HOUR_MS);
    rig.step("power_cut 1000").pass(5 * SECOND_MS);
    assertRefused(rig, await userCard(), "locked_out", "WAIT");
    rig.pass(HOUR_MS);
    assert.equal(present(rig, await userCard()), "+   5.00");
  });

  it("a neighbour's card is a mistake, and locks nobody out", async () => {
    const { rig } = await inService();
    const neighbour = await userCard({ meter: "600100000000000025" });
    for (let times = 0; times < 10; times++) assert.equal(present(rig, neighbour), "OTHER MT");
  });
});

describe("card: orders", () => {
  it("an inspection card reads any meter of the region out and changes nothing", async () => {
    const { rig } = await inService();
    rig.litres(12);
    const before = kept(rig);
    const card = await desk.inspectionCard();
    assert.equal(present(rig, card), "READ OK");
    assert.equal(kept(rig), before);
    const { said } = await desk.readBack(card);
    assert.ok(said !== undefined && said !== "none");
    assert.deepEqual([said.volume_l, said.meter, CARD_RESULTS[said.result]], [12, desk.METER, "read_out"]);
    assertRefused(rig, await desk.inspectionCard(desk.OTHER_REGION), "foreign_region", "REGION");
  });

  it("a tariff card brings a tariff once, whole, and never an older one", async () => {
    const { rig } = await inService();
    const card = await desk.tariffCard();
    assert.equal(present(rig, card), "CARD OK");
    assert.equal(rig.meter.account.tariff.id, 2);
    assertRefused(rig, card, "already_taken", "USED");
    assertRefused(rig, await desk.tariffCard(tariffBytes(tariff({ id: 2 })), 2), "order_refused", "REFUSED");
    assertRefused(rig, await desk.tariffCard([1, 2, 3], 2), "order_refused", "REFUSED");
    assert.equal(present(rig, await desk.tariffCard(tariffBytes(tariff({ id: 3 })), 2)), "CARD OK");
  });

  it("an order that is refused uses up nothing, whatever else is committed meanwhile", async () => {
    const { rig } = await inService();
    rig.litres(12);
    assert.equal(present(rig, await desk.tariffCard(tariffBytes(tariff({ id: 1 })), 7)), "REFUSED");
    rig.step("lock 1", "lock 0", "power_cut 500").pass(5 * SECOND_MS);
    assert.equal(rig.meter.card.books.order_sequence, 0);
    assert.equal(present(rig, await desk.tariffCard(tariffBytes(tariff({ id: 2 })), 7)), "CARD OK");
  });

  it("an emergency card lends once what the settings say", async () => {
    const { rig } = await inService({ emergency_milli: 50_000, low_credit_milli: 200_000 });
    const held = await desk.issued("emergency");
    assert.equal(present(rig, await desk.ordered(held, { type: "emergency" })), "CARD OK");
    assert.equal(rig.meter.account.debt_milli, 50_000);
    assertRefused(rig, await desk.ordered(held, { type: "emergency", sequence: 2 }), "order_refused", "REFUSED");
  });

  it("a clearing card clears tamper and lock of the meter it is made for, and of no other", async () => {
    const { rig } = await inService();
    const held = await desk.issued("clearing");
    rig.step("tamper case 1", "tamper case 0", "lock 1");
    rig.pass(3 * SECOND_MS);
    assertRefused(
      rig,
      await desk.ordered(held, { type: "clearing", meter: "600100000000000025" }),
      "wrong_meter",
      "OTHER MT",
    );
    const any = await desk.ordered(held, { type: "clearing", meter: ANY_METER }, desk.MASTERS.meter);
    assertRefused(rig, any, "order_refused", "REFUSED");
    assertRefused(rig, await desk.ordered(held, { type: "clearing" }, desk.MASTERS.meter), "bad_signature", "BAD SIGN");
    assert.equal(present(rig, await desk.ordered(held, { type: "clearing" })), "CARD OK");
    rig.pass(3 * SECOND_MS);
    assert.deepEqual([rig.meter.reasons.tamper, rig.meter.reasons.remote_lock, position(rig)], [false, false, "open"]);
  });

  it("a card does only what its own type may", async () => {
    const { rig } = await inService();
    const held = await desk.issued("inspection");
    const content = tariffBytes(tariff({ id: 2 }));
    assertRefused(rig, await desk.ordered(held, { type: "tariff", content }), "bad_signature", "BAD SIGN");
    assert.equal(present(rig, await desk.ordered(await desk.issued("test"), { type: "test" })), "READ OK");
  });

  it("an expired order is refused", async () => {
    const { rig } = await inService();
    const held = await desk.issued("clearing");
    assertRefused(
      rig,
      await desk.ordered(held, { type: "clearing", expiry_utc_s: START_UTC_S - 1 }),
      "expired",
      "EXPIRED",
    );
  });
});

describe("card: pulled at any byte", () => {
  /** Bytes of a whole session, both ways together: a pull beyond them changes nothing. */
  const SESSION_BYTES_MAX = 900;

  for (const is_done of [false, true]) {
    const when = is_done ? "just carried out" : "not heard in full";
    it(`a top-up credits once, and the next insertion makes up what is missing (a command ${when})`, async () => {
      const { rig } = await inService();
      const sold = await userCard();
      let whole = 0;
      for (let bytes = 1; bytes < SESSION_BYTES_MAX && whole < 3; bytes++) {
        const cumulative_milli = 500_000 + 1000 * bytes;
        await desk.sold(sold, { sequence: bytes, cumulative_milli });
        const before_milli = balance(rig);
        const added_milli = cumulative_milli - rig.meter.card.books.cumulative_milli;
        rig.world.card.insert_card(sold.card);
        rig.world.card.pull_after(bytes, is_done);
        rig.pass(3 * SECOND_MS);
        const pulled = rig.world.card.uid.length === 0;
        whole += pulled ? 0 : 1;
        rig.world.card.remove();
        rig.pass(SECOND_MS);
        assert.ok([before_milli, before_milli + added_milli].includes(balance(rig)), `pulled at byte ${bytes}`);
        const shown = present(rig, sold);
        assert.equal(balance(rig), before_milli + added_milli, `pulled at byte ${bytes}`);
        if (pulled) assert.notEqual(shown, "AGAIN");
        const { said } = await desk.readBack(sold);
        assert.ok(said !== undefined && said !== "none");
        assert.deepEqual([said.sequence, said.balance_milli], [bytes, balance(rig)]);
      }
      assert.equal(whole, 3, "the session ends before its bytes do");
    });
  }

  it("the desk's key opens what a torn session has left", async () => {
    const { rig } = await inService();
    const sold = await userCard();
    rig.world.card.insert_card(sold.card);
    rig.world.card.pull_after(400, true);
    rig.pass(3 * SECOND_MS);
    await desk.sold(sold, { sequence: 2, cumulative_milli: 600_000 });
    assert.equal(KEY_DESK, 2);
    assert.equal(present(rig, sold).startsWith("+"), true);
  });
});
