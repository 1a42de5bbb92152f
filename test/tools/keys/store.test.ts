import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { contentOf, ringOf } from "../../../tools/keys/content";
import { STORE_FORMAT, sealEnvelope } from "../../../tools/keys/envelope";
import { KeyError } from "../../../tools/keys/key_error";
import { KeyRing, withRegion, withRotated } from "../../../tools/keys/ring";
import { Secret } from "../../../tools/keys/secret";
import { changeStore, openStore, storeExists, usualStoreFile } from "../../../tools/keys/store";
import {
  LATER,
  NOON,
  PASSPHRASE,
  REGION,
  STS,
  WEAK,
  assertNoSecret,
  plain,
  refusal,
  rotatedRing,
  temporaryFolder,
  writeClosed,
} from "./samples";

interface Plain {
  keys: Record<string, unknown>[];
  signing: Record<string, unknown>;
}

describe("key store", function () {
  const folder = temporaryFolder();
  const save = (file: string, ring: KeyRing) => changeStore(file, PASSPHRASE, () => ring, WEAK);

  it("gives back every key, with its dates and attributes", async () => {
    const file = folder.file("round");
    const ring = rotatedRing();
    await save(file, ring);
    assert.equal(storeExists(file), true);
    assert.deepEqual(plain(await openStore(file, PASSPHRASE, WEAK)), plain(ring));
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });

  it("holds no key that can be seen in the file", async () => {
    const file = folder.file("hidden");
    const ring = rotatedRing();
    await save(file, ring);
    assertNoSecret(fs.readFileSync(file, "latin1"), [...ring.keys.map(({ key }) => key), PASSPHRASE]);
  });

  it("is refused when any byte of the file is another", async () => {
    const file = folder.file("tampered");
    await save(file, rotatedRing());
    const good = fs.readFileSync(file);
    for (let place = 0; place < good.length; place++) {
      const bad = Buffer.from(good);
      bad[place] ^= 1 << (place % 8);
      fs.writeFileSync(file, bad);
      await assert.rejects(openStore(file, PASSPHRASE, WEAK), KeyError);
    }
    fs.writeFileSync(file, good.subarray(0, good.length / 2));
    await assert.rejects(openStore(file, PASSPHRASE, WEAK), refusal("damaged", /damaged|not a file/));
    // Nor is a refused file ever written over.
    await assert.rejects(save(file, rotatedRing()), refusal("damaged"));
    fs.writeFileSync(file, good);
    await openStore(file, PASSPHRASE, WEAK);
  });

  it("a wrong passphrase opens nothing and changes nothing", async () => {
    const file = folder.file("wrong");
    await save(file, rotatedRing());
    const before = fs.readFileSync(file);
    const wrong = new Secret(Buffer.from("wrong horse battery"));
    await assert.rejects(openStore(file, wrong, WEAK), refusal("wrong_passphrase"));
    await assert.rejects(
      changeStore(file, wrong, (ring) => withRegion(ring, "700000", STS, NOON), WEAK),
      refusal("wrong_passphrase"),
    );
    assert.deepEqual(fs.readFileSync(file), before);
  });

  it("a change that is refused, or is none, leaves the file as it was", async () => {
    const file = folder.file("refused");
    await save(file, rotatedRing());
    const before = fs.readFileSync(file);
    const again = changeStore(file, PASSPHRASE, (ring) => withRegion(ring, REGION, STS, NOON), WEAK);
    await assert.rejects(again, refusal("region_exists"));
    await changeStore(file, PASSPHRASE, (ring) => ring, WEAK);
    assert.deepEqual(fs.readFileSync(file), before);
    assert.deepEqual(
      fs.readdirSync(folder.path).filter((name) => name.startsWith("refused.")),
      [],
    );
  });

  it("writers at once lose nothing of one another", async () => {
    const file = folder.file("many");
    await save(file, new KeyRing());
    const regions = Array.from({ length: 8 }, (_, index) => `60000${index}`);
    const tuning = { ...WEAK, wait_ms: 60_000 };
    await Promise.all(
      regions.map((region) => changeStore(file, PASSPHRASE, (ring) => withRegion(ring, region, STS, NOON), tuning)),
    );
    const rotations = Array.from({ length: 5 }, () =>
      changeStore(file, PASSPHRASE, (ring) => withRotated(ring, "600000", "card", LATER), tuning),
    );
    await Promise.all(rotations);
    const ring = await openStore(file, PASSPHRASE, WEAK);
    assert.deepEqual(ring.regions(), regions);
    assert.equal(ring.current("600000", "card").revision, 6);
  });

  it("is missing by name where there is none, and is not made by reading", async () => {
    const file = folder.file("none");
    await assert.rejects(
      openStore(file, PASSPHRASE, WEAK),
      refusal("file", /there is no key store \(curbstop keys make/),
    );
    assert.equal(storeExists(file), false);
    assert.equal(fs.existsSync(file), false);
  });

  it("the usual one is in a folder of the user that only the user can enter", async () => {
    const before = process.env["XDG_DATA_HOME"];
    process.env["XDG_DATA_HOME"] = folder.file("data");
    try {
      const file = usualStoreFile();
      assert.equal(file, path.join(folder.file("data"), "curbstop", "keys.store"));
      await save(file, rotatedRing());
      assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700);
    } finally {
      if (before === undefined) delete process.env["XDG_DATA_HOME"];
      else process.env["XDG_DATA_HOME"] = before;
    }
    assert.equal(path.isAbsolute(usualStoreFile()), true);
  });

  const hostile: [string, (content: Plain) => void][] = [
    ["a short key", ({ keys }) => (keys[0]["key"] = "00")],
    [
      "a vending key of 16 bytes",
      ({ keys }) => (keys.find((key) => key["kind"] === "vending")!["key"] = "00".repeat(16)),
    ],
    ["a key that is not hexadecimal", ({ keys }) => (keys[0]["key"] = "zz".repeat(16))],
    ["a kind nobody knows", ({ keys }) => (keys[0]["kind"] = "master")],
    ["a region of letters", ({ keys }) => (keys[0]["region"] = "60010x")],
    ["a revision 0", ({ keys }) => (keys[0]["revision"] = 0)],
    ["a gap in the revisions", ({ keys }) => (keys[0]["revision"] = 7)],
    ["two keys of one name", ({ keys }) => keys.push({ ...keys[0] })],
    ["a current key that is rotated", ({ keys }) => (keys[0]["rotated"] = "2027-01-01T00:00:00Z")],
    ["a date that is none", ({ keys }) => (keys[0]["made"] = "yesterday")],
    ["a key expiry of 256", ({ keys }) => (keys.find((key) => key["kind"] === "vending")!["key_expiry"] = 256)],
    ["a field too many", ({ keys }) => (keys[0]["note"] = "x")],
    ["signing keys in a format that has none", ({ signing }) => (signing["keys"] = [{}])],
    ["no signing", (content) => delete (content as Partial<Plain>).signing],
  ];
  for (const [what, change] of hostile) {
    it(`an authentic content with ${what} is refused, and not quoted`, () => {
      const ring = rotatedRing();
      const content = JSON.parse(contentOf(ring).toString()) as Plain;
      change(content);
      const keys = ring.keys.map(({ key }) => key);
      const bytes = Buffer.from(JSON.stringify(content));
      assert.throws(
        () => ringOf(bytes, "some.store"),
        (error) => {
          assertNoSecret(String(error) + String((error as Error).stack), keys);
          return refusal("damaged", /^some\.store: its content is not that of a key store/)(error);
        },
      );
    });
  }

  it("a content with signing keys of a later version asks for that version", async () => {
    const content = JSON.parse(contentOf(rotatedRing()).toString()) as Plain;
    content.signing = { format: 3, keys: [{ seed: "x" }] };
    const bytes = Buffer.from(JSON.stringify(content));
    const text = await sealEnvelope(STORE_FORMAT, bytes, PASSPHRASE, WEAK.scrypt_n);
    const file = writeClosed(folder.file("later"), text);
    await assert.rejects(openStore(file, PASSPHRASE, WEAK), refusal("newer_format", /update curbstop/));
  });
});
