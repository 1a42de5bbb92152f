import assert from "node:assert/strict";
import { KeyRing, merged, withRegion, withRotated } from "../../../tools/keys/ring";
import { KEY_BYTES, KEY_KINDS } from "../../../tools/keys/names";
import { LATER, NOON, REGION, STS, plain, refusal, rotatedRing, sampleRing } from "./samples";

describe("key ring", () => {
  it("a region gets one key of each kind, all different, of the right length", () => {
    const ring = sampleRing();
    assert.deepEqual(ring.regions(), ["600100", "600201"]);
    for (const kind of KEY_KINDS) {
      const { revision, made, rotated, key } = ring.current(REGION, kind);
      assert.deepEqual([revision, made, rotated, key.length], [1, "2026-11-22T12:00:00Z", undefined, KEY_BYTES[kind]]);
    }
    assert.equal(ring.current(REGION, "vending").key.length, 20);
    assert.equal(new Set(ring.keys.map(({ key }) => key.buffer().toString("hex"))).size, 8);
  });

  it("the keys of a region that is there are not made again", () => {
    assert.throws(() => withRegion(sampleRing(), REGION, STS, NOON), refusal("region_exists", /keys rotate/));
    assert.throws(() => withRegion(new KeyRing(), "60010", STS, NOON), refusal("bad_name", /six digits/));
  });

  it("rotating keeps the old key, which is still found by its revision", () => {
    const before = sampleRing();
    const ring = withRotated(before, REGION, "vending", LATER, { key_expiry: 200 });
    const [old, fresh] = ring.revisions(REGION, "vending");
    assert.deepEqual({ ...old, rotated: undefined }, before.current(REGION, "vending"));
    assert.equal(old.rotated, "2027-01-01T00:00:00Z");
    assert.deepEqual([fresh.revision, fresh.made, fresh.rotated], [2, "2027-01-01T00:00:00Z", undefined]);
    assert.deepEqual(fresh.sts, { base_date: 2014, key_expiry: 200 });
    assert.equal(fresh.key.equals(old.key), false);
    assert.equal(ring.current(REGION, "vending"), fresh);
    assert.equal(ring.revision(REGION, "vending", 1), old);
    // Other kinds and regions are as they were, and so is the ring before.
    assert.equal(ring.current(REGION, "card"), before.current(REGION, "card"));
    assert.equal(ring.current("600201", "vending"), before.current("600201", "vending"));
    assert.equal(before.revisions(REGION, "vending").length, 1);
  });

  it("a key is not older than the one it replaces, though the clock went back", () => {
    const ring = withRotated(rotatedRing(), REGION, "vending", NOON);
    const [, second, third] = ring.revisions(REGION, "vending");
    assert.deepEqual([second.rotated, third.made], ["2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]);
  });

  it("a vending key has nine revisions, as STS has one digit for them; others have 255", () => {
    let ring = sampleRing();
    for (let i = 1; i < 9; i++) ring = withRotated(ring, REGION, "vending", LATER);
    assert.equal(ring.current(REGION, "vending").revision, 9);
    assert.throws(() => withRotated(ring, REGION, "vending", LATER), refusal("revisions_used_up", /new region code/));
    for (let i = 1; i < 255; i++) ring = withRotated(ring, REGION, "card", LATER);
    assert.throws(() => withRotated(ring, REGION, "card", LATER), refusal("revisions_used_up"));
  });

  it("what is not there is said by name", () => {
    const ring = sampleRing();
    assert.throws(() => ring.current("999999", "card"), refusal("region_unknown", /region 999999 .*keys make/));
    assert.throws(() => ring.revision(REGION, "card", 2), refusal("key_unknown", /card key 2 of region 600100/));
    const partial = new KeyRing(ring.keys.filter(({ kind }) => kind === "radio"));
    assert.throws(() => partial.current(REGION, "vending"), refusal("key_unknown", /has no vending key/));
  });

  it("merging takes regions and revisions that are missing, from either side", () => {
    const common = sampleRing();
    const ours = withRegion(withRotated(common, REGION, "card", LATER), "600300", STS, LATER);
    const theirs = withRotated(withRegion(common, "600400", STS, LATER), REGION, "vending", LATER);
    const one = merged(ours, theirs, "theirs");
    const other = merged(theirs, ours, "ours");
    assert.deepEqual(plain(one.ring), plain(other.ring));
    assert.equal(one.added.length, 5);
    assert.equal(one.ring.revision(REGION, "vending", 1).rotated, "2027-01-01T00:00:00Z");
    assert.equal(one.ring.current(REGION, "vending").key.equals(theirs.current(REGION, "vending").key), true);
    assert.equal(one.ring.current(REGION, "card").revision, 2);
  });

  it("merging an older copy, or the same, changes nothing", () => {
    const ring = rotatedRing();
    for (const older of [new KeyRing(), ring, new KeyRing(ring.keys.filter(({ rotated }) => rotated !== undefined))]) {
      const result = merged(ring, older, "copy");
      assert.equal(result.ring, ring);
      assert.deepEqual(result.added, []);
    }
  });

  it("merging refuses another key of the same name, and takes nothing then", () => {
    const common = sampleRing();
    const ours = withRotated(common, REGION, "card", LATER);
    const theirs = withRegion(withRotated(common, REGION, "card", LATER), "600400", STS, LATER);
    const conflict = /^copy: its card key 2 of region 600100 is not the one here \(fingerprint [0-9A-F]{6} here, /;
    assert.throws(() => merged(ours, theirs, "copy"), refusal("conflict", conflict));
    const expiry = common.keys.map((key) =>
      key.sts === undefined ? key : { ...key, sts: { ...key.sts, key_expiry: 1 } },
    );
    assert.throws(() => merged(common, new KeyRing(expiry), "copy"), refusal("conflict", /vending key 1/));
  });
});
