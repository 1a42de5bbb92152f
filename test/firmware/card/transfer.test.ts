import assert from "node:assert/strict";
import { booksBalance } from "../../../firmware/credit/account";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import { lockRemotely, takeTariff } from "../../../firmware/requests";
import { HOUR_MS, Rig, SECOND_MS } from "../rig";
import { tariff } from "../samples";
import * as desk from "./desk";

/** Holds a card up until the session is over, and takes it away; what the glass said. */
function present(rig: Rig, held: desk.TestCard): string {
  rig.world.card.insert_card(held.card);
  rig.pass(3 * SECOND_MS);
  const shown = rig.world.display.text.trim();
  rig.world.card.remove();
  rig.pass(SECOND_MS);
  return shown;
}

async function transferred(opening_milli: number): Promise<{ rig: Rig; first: desk.TestCard; held: desk.TestCard }> {
  const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
  const first = await desk.commissioningCard({ opening_milli });
  present(rig, first);
  const held = await desk.ordered(await desk.issued("transfer"), { type: "transfer" });
  assert.equal(present(rig, held), "CARD OK");
  return { rig, first, held };
}

describe("card: transfer", () => {
  it("takes a meter out of service and its balance along, and says the same when it is held up again", async () => {
    const { rig, held } = await transferred(80_000);
    for (const shown of ["USED", "USED"]) {
      const { said } = await desk.readBack(held);
      assert.ok(said !== undefined && said !== "none");
      assert.equal(said.balance_milli, 80_000);
      assert.equal(rig.meter.account.balance_milli, 0);
      assert.equal(rig.world.valve.port.position(), "closed");
      assert.equal(present(rig, held), shown);
    }
    assert.ok(booksBalance(rig.meter.account));
  });

  it("another transfer card, in place of one that was lost, says the same balance again", async () => {
    const { rig } = await transferred(80_000);
    const again = await desk.ordered(await desk.issued("transfer"), { type: "transfer", sequence: 2 });
    assert.equal(present(rig, again), "CARD OK");
    const { said } = await desk.readBack(again);
    assert.ok(said !== undefined && said !== "none");
    assert.equal(said.balance_milli, 80_000);
    assert.equal(rig.meter.card.books.moved_milli, 80_000);
    assert.ok(booksBalance(rig.meter.account));
  });

  it("a meter out of service takes no credit, and can still be read out", async () => {
    const { rig } = await transferred(80_000);
    assert.equal(present(rig, await desk.sold(await desk.issued("user"))), "NOT INST");
    assert.equal(rig.meter.account.balance_milli, 0);
    assert.equal(present(rig, await desk.inspectionCard()), "READ OK");
  });

  it("the card that once put it into service does so no more, a new one does", async () => {
    const { rig, first } = await transferred(80_000);
    assert.equal(present(rig, first), "USED");
    assert.equal(rig.meter.account.balance_milli, 0);
    assert.equal(present(rig, await desk.commissioningCard({ opening_milli: 5_000 }, { sequence: 2 })), "CARD OK");
    assert.equal(rig.meter.account.balance_milli, 5_000);
  });

  it("a tariff that waited is not started any more over the same or a newer one of the next commissioning", async () => {
    for (const id of [2, 3]) {
      const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
      present(rig, await desk.commissioningCard());
      const start_utc_s = rig.world.clock.port.now_utc_s() + 7200;
      assert.equal(takeTariff(rig.meter, tariff({ id: 2, start_utc_s })), "accepted");
      const held = await desk.ordered(await desk.issued("transfer"), { type: "transfer" });
      assert.equal(present(rig, held), "CARD OK");
      const said = { tariff: tariff({ id, prices_milli: [7_000] }) };
      assert.equal(present(rig, await desk.commissioningCard(said, { sequence: 2 })), "CARD OK");
      rig.pass(3 * HOUR_MS);
      assert.equal(rig.meter.account.tariff.id, id);
      assert.equal(rig.meter.account.unit_price_milli, 7_000);
      assert.equal(rig.meter.account.pending, undefined);
    }
  });

  it("a tariff that waits and is newer than that of the next commissioning still starts", async () => {
    const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    present(rig, await desk.commissioningCard());
    const start_utc_s = rig.world.clock.port.now_utc_s() + 7200;
    assert.equal(takeTariff(rig.meter, tariff({ id: 9, start_utc_s })), "accepted");
    const held = await desk.ordered(await desk.issued("transfer"), { type: "transfer" });
    assert.equal(present(rig, held), "CARD OK");
    const said = { tariff: tariff({ id: 8, prices_milli: [7_000] }) };
    assert.equal(present(rig, await desk.commissioningCard(said, { sequence: 2 })), "CARD OK");
    rig.pass(3 * HOUR_MS);
    assert.equal(rig.meter.account.tariff.id, 9);
  });

  it("the locks and the limit of flow of one household are not those of the next; tamper stays", async () => {
    const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    present(rig, await desk.commissioningCard());
    lockRemotely(rig.meter, true);
    rig.meter.tokens.flow_limit_l_h = 40;
    rig.keys("##9");
    assert.ok(rig.meter.reasons.customer_lock);
    rig.meter.reasons.tamper = true;
    const held = await desk.ordered(await desk.issued("transfer"), { type: "transfer" });
    assert.equal(present(rig, held), "CARD OK");
    assert.equal(present(rig, await desk.commissioningCard({}, { sequence: 2 })), "CARD OK");
    for (const when of ["at once", "after a cut"]) {
      const { reasons, tokens } = rig.meter;
      const locks = [reasons.remote_lock, reasons.customer_lock, tokens.flow_limit_l_h, reasons.tamper];
      assert.deepEqual(locks, [false, false, 0, true], when);
      rig.step(`power_cut ${2 * SECOND_MS}`).pass(10 * SECOND_MS);
    }
  });

  it("whoever has it next pays no standing charge for the days between, nor the blocks that others have used", async () => {
    const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    const said = {
      opening_milli: 90_000,
      tariff: tariff({ standing_milli: 100, limits_l: [20, NO_LIMIT_L], prices_milli: [1_000, 9_000] }),
    };
    present(rig, await desk.commissioningCard(said));
    rig.step(`draw 3600 ${60 * SECOND_MS}`).pass(60 * SECOND_MS);
    const held = await desk.ordered(await desk.issued("transfer"), { type: "transfer" });
    assert.equal(present(rig, held), "CARD OK");
    rig.pass(5 * 24 * HOUR_MS);
    assert.equal(present(rig, await desk.commissioningCard(said, { sequence: 2 })), "CARD OK");
    assert.equal(rig.meter.account.balance_milli, 90_000);
    assert.equal(rig.meter.account.unit_price_milli, 1_000);
    rig.pass(24 * HOUR_MS);
    assert.equal(rig.meter.account.balance_milli, 89_900);
    assert.ok(booksBalance(rig.meter.account));
  });
});
