import assert from "node:assert/strict";
import { BOARD_KEY_NAMES, boardKeysIn, boardKeysOf, foreignKeys, sealBoardKeys } from "../../../tools/keys/board";
import { cardDeskMaster, cardMeterMaster, lorawanAppKey, radioMasterKey, voucherKey } from "../../../tools/keys/derive";
import { BOARD_FORMAT, openEnvelope } from "../../../tools/keys/envelope";
import { KeyRing, withRotated } from "../../../tools/keys/ring";
import { withSigning } from "../../../tools/keys/signing";
import { makeKey } from "../../../tools/lms/key";
import { LATER, METER, PASSPHRASE, REGION, WEAK, assertNoSecret, refusal, rotatedRing, sampleRing } from "./samples";

const OTHER_METER = "600727000000000017";

async function exported(ring: KeyRing): Promise<Buffer> {
  const text = await sealBoardKeys(boardKeysOf(ring, REGION, METER), PASSPHRASE, WEAK.scrypt_n);
  return (await openEnvelope(text, [BOARD_FORMAT], PASSPHRASE, "x", WEAK.scrypt_n)).content;
}

describe("keys of a board", () => {
  it("are four: voucher, card meter, radio and transport, of the current revisions", async () => {
    const ring = rotatedRing();
    const board = boardKeysIn(await exported(ring), "x");
    assert.deepEqual([board.region, board.meter, Object.keys(board.keys)], [REGION, METER, [...BOARD_KEY_NAMES]]);
    const expected = {
      voucher: voucherKey(ring.current(REGION, "vending"), METER),
      card_meter: cardMeterMaster(ring.current(REGION, "card")),
      radio: radioMasterKey(ring.current(REGION, "radio"), METER),
      transport: ring.current(REGION, "transport").key,
    };
    for (const name of BOARD_KEY_NAMES) assert.equal(board.keys[name].key.equals(expected[name]), true, name);
    assert.deepEqual(
      BOARD_KEY_NAMES.map((name) => board.keys[name].revision),
      [2, 1, 1, 1],
    );
  });

  it("have a LoRaWAN modem's own, of the radio key's revision; exports from before have none, and are read", async () => {
    const ring = withRotated(sampleRing(), REGION, "radio", LATER);
    const text = (await exported(ring)).toString();
    const { lorawan } = boardKeysIn(Buffer.from(text), "x");
    assert.equal(lorawan?.revision, 2);
    assert.equal(lorawan.key.equals(lorawanAppKey(ring.current(REGION, "radio"), METER)), true);
    const { lorawan: _new, ...before } = JSON.parse(text) as Record<string, unknown>;
    const old = boardKeysIn(Buffer.from(JSON.stringify(before)), "x");
    assert.equal(old.lorawan, undefined);
    assert.deepEqual(foreignKeys(old, ring), []);
  });

  it("hold nothing with which another meter, or a card desk, could be impersonated", async () => {
    const ring = rotatedRing();
    const text = (await exported(ring)).toString();
    const kept = ring.keys.filter(({ kind, region }) => kind !== "transport" || region !== REGION);
    const cards = ring.revisions(REGION, "card");
    const vendings = ring.revisions(REGION, "vending");
    assertNoSecret(text, [
      ...kept.map(({ key }) => key),
      ...cards.map(cardDeskMaster),
      ...vendings.map((vending) => voucherKey(vending, OTHER_METER)),
      voucherKey(vendings[0], METER),
      radioMasterKey(ring.current(REGION, "radio"), OTHER_METER),
      lorawanAppKey(ring.current(REGION, "radio"), OTHER_METER),
    ]);
  });

  it("are recognised by the store they came from, also after a rotation", async () => {
    const ring = sampleRing();
    const board = boardKeysIn(await exported(ring), "x");
    assert.deepEqual(foreignKeys(board, ring), []);
    assert.deepEqual(foreignKeys(board, withRotated(ring, REGION, "vending", LATER)), []);
    const others = sampleRing();
    assert.deepEqual(foreignKeys(board, others), [...BOARD_KEY_NAMES, "lorawan", "tokens"]);
    const mixed = new KeyRing(
      others.keys.map((key) => (key.kind === "radio" ? ring.current(key.region, "radio") : key)),
    );
    assert.deepEqual(foreignKeys(board, mixed), ["voucher", "card_meter", "transport", "tokens"]);
  });

  it("bring the region's newest public keys, one for tariffs and one for updates, and no other store's pass for them", async () => {
    const ring = sampleRing();
    const pairs = await Promise.all([1, 2, 3].map(() => makeKey({ tree_type: 10, ots_type: 8 })));
    const [tariffs, old_updates, updates] = pairs;
    const signing = withSigning([], REGION, tariffs, LATER);
    const once = withSigning(signing, REGION, old_updates, LATER, "update");
    const both = new KeyRing(ring.keys, withSigning(once, REGION, updates, LATER, "update"));
    const board = boardKeysIn(await exported(both), "x");
    assert.deepEqual(board.signing, { revision: 1, public_key: tariffs.public_key.toString("hex") });
    assert.deepEqual(board.update, { revision: 2, public_key: updates.public_key.toString("hex") });
    assert.deepEqual(foreignKeys(board, both), []);
    assert.deepEqual(foreignKeys(board, new KeyRing(ring.keys, once)), ["update"]);
    assert.deepEqual(foreignKeys({ ...board, signing: board.update }, both), ["signing"]);
    assertNoSecret(
      (await exported(both)).toString(),
      pairs.map(({ key }) => key.seed),
    );
    assert.equal(boardKeysIn(await exported(ring), "x").update, undefined);
  });

  it("bring the public keys of the next revisions, of a store elsewhere and never of this one", async () => {
    const ring = sampleRing();
    const [own, reserve] = await Promise.all([1, 2].map(() => makeKey({ tree_type: 10, ots_type: 8 })));
    const [signing, next] = [own, reserve].map(({ public_key }) => public_key.toString("hex"));
    const held = new KeyRing(ring.keys, withSigning([], REGION, own, LATER));
    const board = boardKeysOf(held, REGION, METER, {}, {}, { signing: next });
    const text = await sealBoardKeys(board, PASSPHRASE, WEAK.scrypt_n);
    const read = boardKeysIn((await openEnvelope(text, [BOARD_FORMAT], PASSPHRASE, "x", WEAK.scrypt_n)).content, "x");
    assert.deepEqual(read.signing, { revision: 1, public_key: signing, next });
    assert.deepEqual(foreignKeys(read, held), []);
    const exportedWith = (keys: { signing?: string; update?: string }) => () =>
      boardKeysOf(held, REGION, METER, {}, {}, keys);
    assert.throws(exportedWith({ signing }), refusal("conflict", /is in this very store/));
    assert.throws(exportedWith({ update: next }), refusal("key_unknown", /there is no next one/));
  });

  it("are refused for a region or a meter that is not there", () => {
    assert.throws(() => boardKeysOf(sampleRing(), "999999", METER), refusal("region_unknown"));
    assert.throws(() => boardKeysOf(sampleRing(), REGION, "600727000000000008"), refusal("bad_name"));
  });

  it("are refused with a content that is not of a board", async () => {
    const good = JSON.parse((await exported(sampleRing())).toString()) as { keys: Record<string, { key: string }> };
    const bad = [
      {},
      { ...good, keys: {} },
      { ...good, meter: "600727000000000008" },
      { ...good, keys: { ...good.keys, desk: good.keys["voucher"] } },
      { ...good, keys: { ...good.keys, voucher: { revision: 1, key: "00" } } },
    ];
    for (const content of bad) {
      const bytes = Buffer.from(JSON.stringify(content));
      assert.throws(() => boardKeysIn(bytes, "x"), refusal("damaged", /^x: its content is not the keys of one meter/));
    }
  });
});
