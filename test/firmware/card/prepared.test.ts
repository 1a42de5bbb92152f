/** What a meter has made ahead for cards must never differ from what it would make when the card is there. */
import assert from "node:assert/strict";
import type { Prepared } from "../../../firmware/card/card_state";
import { createPrepared } from "../../../firmware/card/card_state";
import {
  cardMaster,
  eventsSaid,
  monthsSaid,
  placeBytes,
  prepareForCard,
  voucherKey,
} from "../../../firmware/card/prepared";
import { monthBytes } from "../../../firmware/card/read_back";
import { addMonth } from "../../../firmware/history";
import type { Meter } from "../../../firmware/state";
import { note } from "../../../firmware/state";
import { HOUR_MS, Rig, SECOND_MS } from "../rig";
import * as desk from "./desk";

async function inService(): Promise<{ rig: Rig }> {
  const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
  rig.world.card.insert_card((await desk.commissioningCard()).card);
  rig.pass(3 * SECOND_MS);
  rig.world.card.remove();
  rig.pass(SECOND_MS);
  assert.equal(rig.meter.card.last_result, "accepted");
  return { rig };
}

/** Everything that a session takes from there, as bytes. */
function said(meter: Meter): unknown {
  const { place, key, whole } = { place: placeBytes(meter.card.prepared, meter.card.books), ...voucherKey(meter) };
  const master = cardMaster(meter);
  return structuredClone([place, key, whole, master?.key, master?.padded, monthsSaid(meter), eventsSaid(meter)]);
}

function saidAnew(meter: Meter): unknown {
  const kept: Prepared = meter.card.prepared;
  meter.card.prepared = createPrepared();
  const anew = said(meter);
  meter.card.prepared = kept;
  return anew;
}

describe("card: what is made ahead", () => {
  it("is nothing while the meter has no keys, and all of it an hour after it has got them", async () => {
    const blank = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    prepareForCard(blank.meter);
    assert.deepEqual(blank.meter.card.prepared, createPrepared());
    const { rig } = await inService();
    rig.meter.card.prepared = createPrepared();
    rig.pass(HOUR_MS);
    const { voucher, card, place, month_bytes, event_bytes } = rig.meter.card.prepared;
    assert.ok(voucher.key !== undefined && card.key !== undefined);
    assert.deepEqual([place.length, month_bytes.length, event_bytes.length], [12, 50, 70]);
  });

  it("says nothing of months before one that the meter has missed, rather than under the name of another", async () => {
    const { rig } = await inService();
    const { history } = rig.meter;
    for (const [month, volume_l] of [
      [24_000, 100],
      [24_001, 300],
      [24_005, 900],
      [24_006, 1400],
      [24_007, 1600],
    ])
      addMonth(history, month, volume_l, 0);
    const bytes = monthsSaid(rig.meter);
    assert.deepEqual(bytes, monthBytes(24_007, [1600, 1400, 900]));
  });

  it("is what would be made anew, through events one by one and in floods, months, and other keys", async () => {
    const { rig } = await inService();
    const meter = rig.meter;
    for (const [step, events] of [0, 1, 3, 9, 10, 11, 40, 2].entries()) {
      for (let event = 0; event < events; event++) note(meter, "low_credit", 100 * step + event);
      if (step % 2 === 1) addMonth(meter.history, 24_000 + step, 1000 * step, 5);
      if (step === 4) meter.card.books.voucher_key = "0123456789abcdef";
      if (step === 5) meter.card.books.card_key = "fedcba9876543210";
      if (step === 6) meter.card.books.meter = "600123456789012345";
      assert.deepEqual(said(meter), saidAnew(meter));
    }
  });
});
