/**
 * What a top-up costs: commands to the card, blocks of AES on the meter, time in the air. All of it is counted on the
 * ports, so it holds for every board.
 */
import assert from "node:assert/strict";
import type { CardReader } from "../../../hal/card_reader";
import type { Crypto } from "../../../hal/crypto";
import { exchangeTimeUs } from "../../../sim/desfire/time";
import { Rig, SECOND_MS } from "../rig";
import * as desk from "./desk";

const APDUS_MAX = 14;
const AES_BLOCKS_MAX = 60;
const BLOCK_BYTES = 16;
/** What a person holds a card for without a thought; the meter's own work comes on top (curbstop bench). */
const CARD_TIME_MAX_US = 400_000;

interface Costs {
  apdus: number;
  aes_blocks: number;
  card_time_us: number;
}

/** Counts on the ports of a meter from now on. */
function countOn(rig: Rig): Costs {
  const costs: Costs = { apdus: 0, aes_blocks: 0, card_time_us: 0 };
  const crypto: Crypto = rig.meter.hal.crypto;
  for (const name of ["aes_cbc_encrypt", "aes_cbc_decrypt"] as const) {
    const compute = crypto[name].bind(crypto);
    crypto[name] = (key, initial, data) => {
      costs.aes_blocks += data.length / BLOCK_BYTES;
      return compute(key, initial, data);
    };
  }
  const card: CardReader = rig.meter.hal.card;
  const transmit = card.transmit.bind(card);
  card.transmit = (command, timeout_ms, done) => {
    costs.apdus += 1;
    return transmit(command, timeout_ms, (result, answer) => {
      costs.card_time_us += exchangeTimeUs(command, answer.length);
      done(result, answer);
    });
  };
  return costs;
}

function present(rig: Rig, held: desk.TestCard): string {
  rig.world.card.insert_card(held.card);
  rig.pass(3 * SECOND_MS);
  const shown = rig.world.display.text.trim();
  rig.world.card.remove();
  rig.pass(SECOND_MS);
  return shown;
}

describe("card: what a session costs", () => {
  async function counted(makes: () => Promise<desk.TestCard>, shown: string): Promise<Costs> {
    const rig = new Rig({ settings: { transport_key: desk.TRANSPORT_KEY } });
    assert.equal(present(rig, await desk.commissioningCard()), "CARD OK");
    const costs = countOn(rig);
    assert.equal(present(rig, await makes()), shown);
    return costs;
  }
  const bought = async () => desk.sold(await desk.issued("user"));

  it(`a top-up takes at most ${APDUS_MAX} APDUs and ${AES_BLOCKS_MAX} blocks of AES on the meter`, async () => {
    const { apdus, aes_blocks } = await counted(bought, "+   5.00");
    assert.ok(apdus > 0 && apdus <= APDUS_MAX, `${apdus} APDUs`);
    assert.ok(aes_blocks > 0 && aes_blocks <= AES_BLOCKS_MAX, `${aes_blocks} blocks`);
  });

  it(`a top-up takes at most ${CARD_TIME_MAX_US / 1000} ms of a card at 106 kbit/s, by calculation`, async () => {
    const { card_time_us } = await counted(bought, "+   5.00");
    assert.ok(card_time_us > 0 && card_time_us <= CARD_TIME_MAX_US, `${card_time_us} us`);
  });

  it("a card of another region costs two APDUs and no AES at all", async () => {
    const foreign = () => desk.issued("user", { region: desk.OTHER_REGION });
    const { apdus, aes_blocks } = await counted(foreign, "REGION");
    assert.deepEqual([apdus, aes_blocks], [2, 0]);
  });
});
