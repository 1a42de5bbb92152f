/** Promises of firmware updates: from the air into the spare slot, tried once, confirmed or rolled back. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { updateFrame } from "../../../firmware/update/fragment";
import { RESTART_MS, TRIAL_MS } from "../../../firmware/update/activation";
import { RADIO_RESULTS } from "../../../firmware/radio/radio_results";
import { frameA } from "../../../firmware/radio/frames";
import { attachRadio } from "../../../firmware/radio/station";
import { programWhole } from "../../../sim/twins/nvm";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { nameOf } from "../../../tools/update/making";
import { manifestBytes } from "../../../firmware/update/manifest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../rig";
import { START_UTC_S } from "../samples";
import { GATEWAY } from "../radio/samples";
import { signer, turn, type Signer } from "../radio/gateway";
import { BOARD, imageOf, UpdateRig, updateOf, type Update } from "./rig";

const ACCEPTED = RADIO_RESULTS.indexOf("accepted");
/** Longer than the hash, five minutes without water, and the pause before the restart. */
const RESTARTED_MS = 10 * MINUTE_MS + RESTART_MS;
const REFUSED = RADIO_RESULTS.indexOf("refused");

describe("firmware updates over the air", () => {
  let region: Signer;
  let other: Signer;

  before("make keys", async () => {
    region = await signer("the region's update key");
    other = await signer("another key");
  });

  const settings = () => ({ board: BOARD, update_key: region.region_key, update_key_revision: 1, update_key_next: "" });
  const meter = (native = false) => new UpdateRig({ settings: settings(), native });

  /** Two hours of water on both sides of something; what the meter then has counted and charged beyond that. */
  function booksOf(rig: UpdateRig): number[] {
    return ["volume_l", "balance_milli", "charged_milli", "credited_milli"].map((field) => rig.rig.number(field));
  }

  /** Everything on the air, in turns, each frame lost for this meter with a fifth of a chance, until it is whole. */
  function broadcast(rig: UpdateRig, update: Update, seed = 1): number {
    const random = createRandomNumbers(seed);
    const spare = 1 - rig.twin.running;
    let turns = 0;
    let vain = 0;
    rig.announce(update);
    while (vain < 3 && turns < 30) {
      const operations = rig.twin.slots[spare].operations;
      rig.air(update.frames.filter(() => randomBelow(random, 5) > 0));
      turns += 1;
      vain = rig.twin.slots[spare].operations === operations ? vain + 1 : 0;
    }
    return turns - vain;
  }

  it("are taken through a fifth of loss, tried, and confirmed, with the books as they were", () => {
    const rig = meter();
    rig.rig.litres(37);
    const before = booksOf(rig);
    const update = updateOf(region, imageOf("new"));
    const turns = broadcast(rig, update);
    assert.ok(turns >= 2 && turns < 30, `${turns} turns`);
    rig.rig.pass(RESTARTED_MS);
    assert.deepEqual(rig.ran, ["factory", "new"]);
    assert.ok(rig.restarted);
    assert.deepEqual(booksOf(rig), before);
    assert.deepEqual(rig.values("update_trial"), [2]);
    assert.deepEqual(rig.values("update_confirmed"), []);
    rig.rig.pass(TRIAL_MS + SECOND_MS);
    assert.deepEqual(rig.values("update_confirmed"), [2]);
    rig.gateway.window();
    assert.deepEqual(rig.told(), { version: 2, result: "confirmed" });
    rig.powerCycle().powerCycle();
    assert.equal(rig.image, "new");
    assert.deepEqual(booksOf(rig), before);
    rig.rig.litres(10);
    assert.equal(booksOf(rig)[0], before[0] + 10);
  });

  it("go back to the old firmware when the new one never confirms itself, once, and it is logged once", () => {
    const rig = meter();
    rig.rig.litres(12);
    const before = booksOf(rig);
    const update = updateOf(region, imageOf("bad"));
    broadcast(rig, update);
    rig.rig.pass(RESTARTED_MS);
    assert.deepEqual(rig.ran, ["factory", "bad"]);
    rig.rig.pass(3 * HOUR_MS);
    rig.powerCycle();
    assert.equal(rig.image, "factory");
    assert.deepEqual(rig.values("update_rolled_back"), [2]);
    rig.gateway.window();
    assert.deepEqual(rig.told(), { version: 2, result: "rolled_back" });
    rig.powerCycle();
    assert.equal(rig.image, "factory");
    assert.deepEqual(rig.values("update_rolled_back"), []);
    assert.deepEqual(booksOf(rig), before);
    rig.gateway.window();
    rig.announce(update).air(update.frames);
    rig.gateway.window();
    assert.deepEqual(rig.values("update_begun"), [], "what has failed is not tried again");
    const better = updateOf(region, imageOf("better"), { issued_utc_s: START_UTC_S + 60 });
    broadcast(rig, better);
    rig.rig.pass(RESTARTED_MS + TRIAL_MS);
    assert.equal(rig.image, "better");
    assert.deepEqual(rig.values("update_confirmed"), [2]);
  });

  it("are not run when the new firmware throws at its start", () => {
    const rig = meter();
    rig.twin.throws = 1;
    broadcast(rig, updateOf(region, imageOf("throws")));
    rig.rig.pass(RESTARTED_MS);
    assert.deepEqual(rig.ran, ["factory", "factory"]);
    assert.deepEqual(rig.values("update_rolled_back"), [2]);
  });

  it("once confirmed are run again after a start that passed over them", () => {
    const rig = meter();
    broadcast(rig, updateOf(region, imageOf("new")));
    rig.rig.pass(RESTARTED_MS + TRIAL_MS + SECOND_MS);
    assert.deepEqual(rig.values("update_confirmed"), [2]);
    rig.twin.throws = 1;
    rig.powerCycle();
    assert.equal(rig.image, "factory");
    rig.rig.pass(HOUR_MS);
    rig.gateway.window();
    assert.deepEqual(rig.told(), { version: 2, result: "rolled_back" });
    rig.twin.throws = -1;
    rig.powerCycle();
    assert.equal(rig.image, "new");
  });

  it("go on after a power cut where they were", () => {
    const rig = meter();
    const update = updateOf(region, imageOf("new"));
    rig.announce(update).air(update.frames.slice(0, 20));
    rig.powerCycle();
    rig.air(update.frames.slice(20));
    assert.deepEqual(rig.values("update_begun"), []);
    rig.rig.pass(RESTARTED_MS);
    assert.equal(rig.image, "new");
  });

  it("wait for their start, and for water to stop", () => {
    const rig = meter();
    const start_utc_s = rig.world.clock.port.now_utc_s() + 24 * 3600;
    broadcast(rig, updateOf(region, imageOf("new"), { start_utc_s }));
    rig.rig.pass(20 * HOUR_MS);
    assert.equal(rig.image, "factory");
    rig.rig.step(`draw 600 ${6 * HOUR_MS}`).pass(5 * HOUR_MS + 30 * MINUTE_MS);
    assert.equal(rig.image, "factory");
    rig.rig.pass(HOUR_MS);
    assert.equal(rig.image, "new");
  });

  it("are taken under the key of the next revision, whose public key the meter was given", () => {
    const rig = new UpdateRig({ settings: { ...settings(), update_key_next: other.region_key } });
    broadcast(rig, updateOf(other, imageOf("new"), { key_revision: 2 }));
    rig.rig.pass(TRIAL_MS + 10 * MINUTE_MS);
    assert.equal(rig.image, "new");
    assert.deepEqual(rig.values("update_confirmed"), [2]);
  });

  describe("are refused, counted, logged, and change nothing", () => {
    const refusals: [string, string, () => Update][] = [
      ["a forged signature", "bad_signature", () => updateOf(other, imageOf("new"))],
      ["another region", "foreign_region", () => updateOf(region, imageOf("new"), { region: "600200" })],
      ["another utility", "foreign_region", () => updateOf(region, imageOf("new"), { utility: 8 })],
      ["another board", "other_board", () => updateOf(region, imageOf("new"), { board: "espruino-esp32" })],
      ["a key that is not known", "unknown_key", () => updateOf(region, imageOf("new"), { key_revision: 2 })],
      ["an image too large", "too_large", () => updateOf(region, imageOf("new", 31_000))],
    ];
    for (const [what, result, make] of refusals) {
      it(what, () => {
        const rig = meter();
        const before = booksOf(rig);
        const operations = rig.twin.slots.map((slot) => slot.operations);
        rig.gateway.window();
        const update = make();
        rig.air(turn(update.content, 180)).rig.pass(20 * SECOND_MS);
        rig.air(update.frames.slice(0, 4));
        assert.equal(rig.rig.events(`update_${result}`).length, 1);
        rig.gateway.window();
        assert.deepEqual(rig.told(), { version: 2, result });
        assert.deepEqual(
          rig.twin.slots.map((slot) => slot.operations),
          operations,
        );
        assert.deepEqual(booksOf(rig), before);
        rig.powerCycle();
        assert.equal(rig.image, "factory");
      });
    }

    it("any manifest with one byte changed", () => {
      const update = updateOf(region, imageOf("new"));
      const length = manifestBytes(update.manifest).length;
      const rig = meter();
      const operations = rig.twin.slots[1].operations;
      for (let place = 0; place < length; place += 7) {
        const changed = update.content.slice(0, place) + String.fromCharCode(update.content.charCodeAt(place) ^ 1) + update.content.slice(place + 1); // prettier-ignore
        rig.gateway.window();
        rig.air(turn(changed, 180)).rig.pass(8 * SECOND_MS);
        assert.equal(rig.twin.slots[1].operations, operations, `byte ${place}`);
      }
    });

    it("a lower version, unless the manifest allows it, and that once", () => {
      const rig = meter();
      const run = (update: Update): void => {
        broadcast(rig, update);
        rig.rig.pass(RESTARTED_MS + TRIAL_MS + MINUTE_MS);
      };
      run(updateOf(region, imageOf("five"), { version: 5, issued_utc_s: START_UTC_S }));
      assert.equal(rig.image, "five");
      const lower = updateOf(region, imageOf("four"), { version: 4, issued_utc_s: START_UTC_S + 1 });
      rig.gateway.window();
      rig.announce(lower);
      assert.deepEqual(rig.values("update_old_version"), [4]);
      const allowed = updateOf(region, imageOf("three"), { version: 3, issued_utc_s: START_UTC_S + 2, allow_down: true }); // prettier-ignore
      run(allowed);
      assert.equal(rig.image, "three");
      assert.deepEqual(rig.values("update_confirmed"), [3]);
      run(updateOf(region, imageOf("six"), { version: 6, issued_utc_s: START_UTC_S + 3 }));
      assert.equal(rig.image, "six");
      rig.gateway.window();
      rig.announce(allowed);
      assert.deepEqual(rig.values("update_old_version"), [3], "whoever has recorded it cannot lower it again");
      assert.equal(rig.image, "six");
    });

    it("forged fragments, also under the right name", () => {
      const rig = meter();
      const update = updateOf(region, imageOf("new"));
      rig.gateway.window();
      rig.announce(update);
      const name = nameOf(Uint8Array.from(manifestBytes(update.manifest)));
      const operations = rig.twin.slots[1].operations;
      const forged = [0, 3, 10, 60_000].map((number) =>
        frameA(updateFrame(GATEWAY, "600100", name, number, new Array<number>(128).fill(1))),
      );
      rig.air(forged);
      assert.equal(rig.twin.slots[1].operations, operations);
      assert.equal(rig.rig.events("update_forged").length, 1, "one a window is logged, all are counted");
      rig.air(update.frames).rig.pass(RESTARTED_MS);
      assert.equal(rig.image, "new");
    });
  });

  it("are hashed natively where the board can", () => {
    const rig = meter(true);
    const image = imageOf("new");
    const update = updateOf(region, image);
    assert.deepEqual(update.manifest.image_sha256, [...createHash("sha256").update(image).digest()]);
    broadcast(rig, update);
    rig.rig.pass(RESTARTED_MS);
    assert.equal(rig.image, "new");
  });

  it("with a byte that has changed in the flash are not run, but collected anew", () => {
    for (const native of [false, true]) {
      const rig = meter(native);
      const update = updateOf(region, imageOf("new"));
      rig.announce(update).air(update.frames.slice(0, -1));
      const [, spare] = rig.twin.slots;
      programWhole(spare, 1024, "\0\0\0\0");
      rig.air(update.frames.slice(-1)).rig.pass(5 * MINUTE_MS);
      assert.equal(rig.rig.events("update_damaged").length, 1);
      broadcast(rig, update);
      rig.rig.pass(RESTARTED_MS);
      assert.equal(rig.image, "new");
    }
  });

  it("answer the message `update` once: how far it is, and give one up", () => {
    const rig = meter();
    const update = updateOf(region, imageOf("new"));
    assert.equal(rig.gateway.answer("update", [0]), ACCEPTED);
    assert.deepEqual(rig.told(), { version: 0, result: "nothing" });
    rig.gateway.window();
    rig.announce(update).air(update.frames.slice(0, 9));
    assert.equal(rig.gateway.answer("update", [1, 0, 0, 0, 3]), REFUSED);
    assert.equal(rig.gateway.answer("update", [0]), ACCEPTED);
    assert.deepEqual(rig.told(), { version: 2, result: "collecting" });
    assert.equal(rig.gateway.answer("update", [1, 0, 0, 0, 2]), ACCEPTED);
    rig.gateway.window();
    assert.deepEqual(rig.told(), { version: 2, result: "abandoned" });
    rig.air(update.frames);
    rig.rig.pass(HOUR_MS);
    assert.equal(rig.image, "factory");
    assert.equal(rig.gateway.answer("update", [9]), RADIO_RESULTS.indexOf("malformed"));
  });

  it("leave the radio alone on a meter without slots: the message is of an unknown kind", () => {
    const rig = meter();
    rig.world.attach_radio = attachRadio;
    rig.powerCycle();
    assert.equal(rig.gateway.answer("update", [0]), RADIO_RESULTS.indexOf("unknown_kind"));
  });
});
