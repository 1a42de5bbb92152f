/** A meter that a card has moved to another region than that of its nameplate, whose keys its radio has. */
import assert from "node:assert/strict";
import { INSTALLATIONS } from "../../../firmware/radio/station";
import { HOUR_MS, MINUTE_MS, Rig, SECOND_MS } from "../rig";
import * as desk from "../card/desk";
import { Gateway, radio } from "./gateway";

async function commissioned(rig: Rig, order: Parameters<typeof desk.commissioningCard>[1]): Promise<void> {
  rig.world.card.insert_card((await desk.commissioningCard({}, order)).card);
  rig.pass(3 * SECOND_MS);
  rig.world.card.remove();
  rig.pass(MINUTE_MS);
}

describe("station of a meter that was moved to another region", () => {
  it("is silent, and obeys nobody of the old one, also after a cut", async () => {
    const gateway = new Gateway(new Rig({ radio: radio(), settings: { transport_key: desk.TRANSPORT_KEY } }));
    const { rig } = gateway;
    await commissioned(rig, {});
    assert.equal(gateway.heard.length, INSTALLATIONS);
    rig.pass(HOUR_MS - 2 * MINUTE_MS);
    gateway.window().ask("valve", [1]);
    assert.ok(rig.meter.reasons.remote_lock, "this is how the old one locks it");
    gateway.window().ask("valve", [0]);
    const heard = gateway.heard.length;
    rig.meter.reasons.not_commissioned = true;
    await commissioned(rig, { region: desk.OTHER_REGION, sequence: 2 });
    assert.equal(rig.meter.card.books.region, desk.OTHER_REGION);
    assert.ok(!rig.meter.reasons.not_commissioned);
    for (let boots = 0; boots < 2; boots++) {
      for (let waited_ms = 0; waited_ms < 25 * HOUR_MS; waited_ms += 20 * MINUTE_MS) {
        gateway.ask("valve", [1]);
        rig.pass(20 * MINUTE_MS);
      }
      assert.deepEqual([gateway.heard.length, rig.meter.reasons.remote_lock], [heard, false]);
      rig.step(`power_cut ${2 * SECOND_MS}`).pass(7 * SECOND_MS);
    }
  });
});
