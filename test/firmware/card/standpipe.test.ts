import assert from "node:assert/strict";
import { judgeVoucher } from "../../../firmware/card/judgement";
import { voucherKey } from "../../../firmware/card/prepared";
import { NO_CARD, voucherBytes } from "../../../firmware/card/voucher";
import { booksBalance } from "../../../firmware/credit/account";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { lockRemotely } from "../../../firmware/requests";
import type { Settings } from "../../../firmware/settings";
import { noTokens } from "../../../firmware/token/settings";
import { HOUR_MS, Rig, SECOND_MS } from "../rig";
import { tariff } from "../samples";
import { KEY as TOKEN_KEY, tokenOf } from "../token/samples";
import * as desk from "./desk";

const STEP_L = 10;
/** A litre costs 10 milli-units. */
const STEP_MILLI = 100;
const TARIFF = tariff({ prices_milli: [10_000] });

/** A standpipe in service; in a record, because a rig has a `then`. */
async function standpipe(household: Partial<Settings> = {}): Promise<{ rig: Rig }> {
  const rig = new Rig({
    settings: { transport_key: desk.TRANSPORT_KEY, standpipe_step_l: STEP_L, low_credit_milli: 0, ...household },
  });
  rig.world.card.insert_card((await desk.commissioningCard({ opening_milli: 0, tariff: TARIFF })).card);
  rig.pass(3 * SECOND_MS);
  rig.world.card.remove();
  rig.pass(2 * SECOND_MS);
  assert.equal(rig.meter.reasons.not_commissioned, false);
  assert.equal(rig.world.valve.port.position(), "closed");
  return { rig };
}

const purseOf = async (amount_milli: number) => desk.filled(await desk.issued("purse"), amount_milli);
const litres = (rig: Rig) => rig.meter.register.volume_l;
const position = (rig: Rig) => rig.world.valve.port.position();

function insert(rig: Rig, held: desk.TestCard): void {
  rig.world.card.insert_card(held.card);
  rig.pass(3 * SECOND_MS);
}

function remove(rig: Rig): void {
  rig.world.card.remove();
  rig.pass(3 * SECOND_MS);
}

/** A tap is open for so many litres at a litre a second. */
function draw(rig: Rig, wanted_l: number): void {
  rig.step(`draw 3600 ${wanted_l * SECOND_MS}`).pass(wanted_l * SECOND_MS);
}

describe("card: standpipe", () => {
  it("water runs while a purse is there, and each step is paid before its water", async () => {
    const { rig } = await standpipe();
    const held = await purseOf(10_000);
    insert(rig, held);
    assert.equal(position(rig), "open");
    for (let second = 0; second < 60; second++) {
      draw(rig, 1);
      const paid_milli = rig.meter.account.credited_milli;
      assert.ok(paid_milli >= litres(rig) * 10, `${paid_milli} paid, ${litres(rig)} litres`);
      assert.ok(rig.meter.account.balance_milli <= 2 * STEP_MILLI);
    }
    remove(rig);
    assert.equal(position(rig), "closed");
    const { value_milli, spent_milli } = await desk.purse(held);
    assert.equal(value_milli + spent_milli, 10_000);
    assert.ok(spent_milli >= litres(rig) * 10 && spent_milli <= litres(rig) * 10 + 2 * STEP_MILLI);
    assert.ok(booksBalance(rig.meter.account));
  });

  it("pulling the card shuts the valve, and what is left of a step waits for the card's return", async () => {
    const { rig } = await standpipe();
    const held = await purseOf(10_000);
    insert(rig, held);
    draw(rig, 3);
    remove(rig);
    const before_l = litres(rig);
    draw(rig, 20);
    assert.equal(litres(rig), before_l);
    const paid_milli = (await desk.purse(held)).spent_milli;
    for (let visit = 0; visit < 5; visit++) {
      insert(rig, held);
      remove(rig);
    }
    // A step is paid ahead when less than half of one is left: visits without water cost nothing more than that.
    assert.ok((await desk.purse(held)).spent_milli <= paid_milli + STEP_MILLI);
    assert.equal(rig.meter.account.balance_milli, 0);
  });

  it("many cards use one meter, and each has its own remainder", async () => {
    const { rig } = await standpipe();
    const cards = [await purseOf(1000), await purseOf(2000), await purseOf(3000)];
    const drawn = [0, 0, 0];
    for (let round = 0; round < 4; round++) {
      for (const [place, held] of cards.entries()) {
        const before_l = litres(rig);
        insert(rig, held);
        draw(rig, 3 + place);
        remove(rig);
        drawn[place] += litres(rig) - before_l;
      }
    }
    for (const [place, held] of cards.entries()) {
      const { spent_milli } = await desk.purse(held);
      const rest_milli = spent_milli - 10 * drawn[place];
      assert.ok(
        rest_milli >= -20 && rest_milli <= 2 * STEP_MILLI,
        `card ${place}: ${spent_milli} for ${drawn[place]} l`,
      );
    }
    assert.ok(booksBalance(rig.meter.account));
  });

  it("an empty purse opens nothing, and one that runs out ends with its water", async () => {
    const { rig } = await standpipe();
    insert(rig, await purseOf(STEP_MILLI - 1));
    assert.equal(rig.world.display.text.trim(), "NO MONEY");
    assert.equal(position(rig), "closed");
    remove(rig);
    const held = await purseOf(3 * STEP_MILLI);
    insert(rig, held);
    draw(rig, 60);
    rig.pass(5 * SECOND_MS);
    assert.equal(position(rig), "closed");
    assert.ok(litres(rig) >= 30 && litres(rig) <= 33, `${litres(rig)} litres`);
    assert.deepEqual(await desk.purse(held), { value_milli: 0, spent_milli: 300 });
  });

  it("comes up where a household's meter was before that owed emergency credit, and serves purses", async () => {
    const rig = new Rig({
      settings: { transport_key: desk.TRANSPORT_KEY, emergency_milli: 50_000, low_credit_milli: 0 },
    });
    insert(rig, await desk.commissioningCard({ opening_milli: 0, tariff: TARIFF }));
    remove(rig);
    rig.keys("##8");
    draw(rig, 5);
    assert.equal(rig.meter.account.debt_milli, 50_000);
    rig.world.settings.standpipe_step_l = STEP_L;
    rig.step(`power_cut ${2 * SECOND_MS}`).pass(10 * SECOND_MS);
    assert.equal(position(rig), "closed");
    const { account } = rig.meter;
    assert.deepEqual([account.balance_milli, account.debt_milli], [0, 0]);
    const held = await purseOf(10_000);
    insert(rig, held);
    assert.equal(position(rig), "open");
    remove(rig);
    assert.equal((await desk.purse(held)).spent_milli, STEP_MILLI);
    assert.ok(booksBalance(account));
  });

  it("serves a card that was made a purse anew while something was set aside for it", async () => {
    const { rig } = await standpipe();
    const number = 7000;
    const held = await desk.filled(await desk.issued("purse", { number }), 10_000);
    insert(rig, held);
    draw(rig, 3);
    remove(rig);
    assert.ok(rig.meter.card.books.visits[0].used_milli > 0);
    const anew = await desk.filled(await desk.issued("purse", { number }), 10_000);
    insert(rig, anew);
    assert.equal(position(rig), "open");
    draw(rig, 20);
    remove(rig);
    assert.ok((await desk.purse(anew)).spent_milli > 0);
    assert.ok(booksBalance(rig.meter.account));
  });

  it("takes nothing from a purse while something else than want of credit keeps the valve shut", async () => {
    for (const reason of ["remote_lock", "tamper", "battery"] as const) {
      const { rig } = await standpipe();
      rig.meter.reasons[reason] = true;
      const held = await purseOf(10_000);
      insert(rig, held);
      assert.equal(position(rig), "closed");
      remove(rig);
      assert.deepEqual(await desk.purse(held), { value_milli: 10_000, spent_milli: 0 }, reason);
    }
  });

  it("pays and runs as soon as the lock is gone, while the purse is still there", async () => {
    const { rig } = await standpipe();
    lockRemotely(rig.meter, true);
    const held = await purseOf(10_000);
    insert(rig, held);
    assert.equal(position(rig), "closed");
    lockRemotely(rig.meter, false);
    rig.pass(10 * SECOND_MS);
    assert.equal(position(rig), "open");
    remove(rig);
    assert.equal((await desk.purse(held)).spent_milli, STEP_MILLI);
  });

  it("a card that was reported lost is refused, once the list has come", async () => {
    const { rig } = await standpipe();
    const lost = await purseOf(5000);
    const list = await desk.ordered(await desk.issued("inspection"), { type: "inspection", content: lost.uid });
    insert(rig, list);
    assert.equal(rig.world.display.text.trim(), "CARD OK");
    remove(rig);
    insert(rig, lost);
    assert.equal(rig.world.display.text.trim(), "BLOCKED");
    assert.equal(position(rig), "closed");
    remove(rig);
    insert(rig, await purseOf(5000));
    assert.equal(position(rig), "open");
  });

  it("a household's card pays at no standpipe, and a purse at no household's meter", async () => {
    const { rig } = await standpipe();
    insert(rig, await desk.sold(await desk.issued("user")));
    assert.equal(rig.world.display.text.trim(), "NOT HERE");
    const household = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    insert(household, await desk.commissioningCard());
    remove(household);
    insert(household, await purseOf(5000));
    assert.equal(household.world.display.text.trim(), "NOT HERE");
  });

  for (const is_done of [false, true]) {
    it(`a card pulled at any byte of its visit pays for no more than two steps beyond its water (done: ${is_done})`, async () => {
      const { rig } = await standpipe();
      const held = await purseOf(1_000_000);
      const began_l = litres(rig);
      let visits = 0;
      for (let bytes = 1; bytes < 700; bytes += 3) {
        rig.world.card.insert_card(held.card);
        rig.world.card.pull_after(bytes, is_done);
        rig.pass(2 * SECOND_MS);
        draw(rig, 1);
        if (rig.world.card.uid.length > 0) rig.world.card.remove();
        rig.pass(2 * SECOND_MS);
        assert.equal(position(rig), "closed");
        const { spent_milli } = await desk.purse(held);
        const rest_milli = spent_milli - 10 * (litres(rig) - began_l);
        assert.ok(rest_milli <= 2 * STEP_MILLI, `byte ${bytes}: ${spent_milli} for ${litres(rig) - began_l} l`);
        // What runs while the valve closes is on no one's card.
        visits += 1;
        assert.ok(rest_milli >= -10 * 2 * visits, `byte ${bytes}: ${spent_milli} for ${litres(rig) - began_l} l`);
      }
      assert.ok(booksBalance(rig.meter.account));
    });
  }

  it("a power cut at any time of a visit costs the card nothing: what it had paid is made good at its return", async () => {
    const { rig } = await standpipe();
    const held = await purseOf(1_000_000);
    const began_l = litres(rig);
    for (let times = 0; times < 40; times++) {
      rig.world.card.insert_card(held.card);
      rig.pass(900 + 37 * times);
      rig.step("draw 3600 4000").pass(100 * times);
      rig.step("power_cut 500");
      rig.world.card.remove();
      rig.pass(6 * SECOND_MS);
      assert.equal(position(rig), "closed");
      const { spent_milli } = await desk.purse(held);
      const rest_milli = spent_milli - 10 * (litres(rig) - began_l);
      // A cut loses less than a quantum of litres, and the valve stays open until the meter is back.
      assert.ok(rest_milli >= -10 * 14 * (times + 1), `${times}: ${spent_milli} for ${litres(rig) - began_l} l`);
      assert.ok(rest_milli <= 2 * STEP_MILLI, `${times}: ${spent_milli} for ${litres(rig) - began_l} l`);
    }
    rig.pass(HOUR_MS);
    assert.ok(booksBalance(rig.meter.account));
  });

  for (const household of [
    { friendly_from_minute: 0, friendly_to_minute: 1439 },
    { lifeline: "daily_allowance" as const, lifeline_daily_l: 50 },
    { lifeline: "flow_limit" as const, lifeline_open_s: 600, lifeline_period_s: 1200 },
    { emergency_milli: 1_000 },
  ]) {
    it(`what a household has of ${Object.keys(household)[0]} brings no free water at a standpipe`, async () => {
      const { rig } = await standpipe(household);
      const held = await purseOf(10_000);
      insert(rig, held);
      draw(rig, 3);
      remove(rig);
      rig.keys("##8");
      rig.pass(3 * SECOND_MS);
      const before_l = litres(rig);
      draw(rig, 600);
      assert.equal(litres(rig), before_l);
      insert(rig, held);
      remove(rig);
      assert.equal(position(rig), "closed");
      assert.equal(rig.meter.account.debt_milli, 0);
    });
  }

  it("is shut by nobody who passes its keypad", async () => {
    const { rig } = await standpipe();
    rig.keys("##9").pass(3 * SECOND_MS);
    assert.equal(rig.meter.reasons.customer_lock, false);
    insert(rig, await purseOf(10_000));
    assert.equal(position(rig), "open");
  });

  it("takes no credit that is bought for a household, which the next card would wipe away, and leaves it unused", async () => {
    const { rig } = await standpipe({ tokens: { ...noTokens(), key: TOKEN_KEY, key_type: 2, key_revision: 1 } });
    const token = tokenOf({ sub: 5, front: 0, middle: 100, value: 5000 });
    const used = (): string => JSON.stringify(rig.meter.tokens.state.books);
    const before = used();
    rig.keys(`${token}#`).pass(3 * SECOND_MS);
    assert.deepEqual([rig.see("token"), rig.meter.account.balance_milli, used()], ["range", 0, before]);
    const bytes = voucherBytes(cmacKey(desk.crypto, desk.VOUCHER_KEY), {
      ...{ utility: desk.UTILITY, region: desk.REGION, meter: desk.METER, uid: NO_CARD, generation: 0, sequence: 1 },
      ...{ cumulative_milli: 500_000, tariff_id: 0, expiry_utc_s: 0, point_of_sale: 3 },
    });
    assert.equal(
      judgeVoucher(rig.meter, voucherKey(rig.meter), NO_CARD, bytes, () => undefined),
      "wrong_place",
    );
    assert.deepEqual([rig.meter.account.balance_milli, position(rig)], [0, "closed"]);
  });
});
