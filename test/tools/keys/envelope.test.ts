import assert from "node:assert/strict";
import {
  ENVELOPE_MAX_BYTES,
  STORE_FORMAT,
  BOARD_FORMAT,
  openEnvelope,
  sealEnvelope,
} from "../../../tools/keys/envelope";
import { KeyError } from "../../../tools/keys/key_error";
import { Secret } from "../../../tools/keys/secret";
import { PASSPHRASE, WEAK, refusal } from "./samples";

const N = WEAK.scrypt_n;
const CONTENT = Buffer.from('{"keys":"of a region"}');
const seal = () => sealEnvelope(STORE_FORMAT, CONTENT, PASSPHRASE, N);
const open = (text: string, passphrase = PASSPHRASE, least = N) =>
  openEnvelope(text, [STORE_FORMAT], passphrase, "some.store", least);

interface Fields {
  format: unknown;
  version: unknown;
  kdf: Record<string, unknown>;
  cipher: Record<string, unknown>;
  ciphertext: unknown;
  tag: unknown;
  more?: unknown;
}

describe("envelope of keys", function () {
  it("gives back what was put in", async () => {
    const { format, content } = await open(await seal());
    assert.deepEqual([format, content], [STORE_FORMAT, CONTENT]);
  });

  it("hides it, and is another text every time", async () => {
    const [one, other] = [await seal(), await seal()].map((text) => JSON.parse(text) as Fields);
    assert.equal(JSON.stringify(one).includes("region"), false);
    assert.notEqual(one.kdf["salt"], other.kdf["salt"]);
    assert.notEqual(one.cipher["nonce"], other.cipher["nonce"]);
    assert.notEqual(one.ciphertext, other.ciphertext);
  });

  it("uses scrypt with n = 2^17, r = 8, p = 1 when nothing weaker is asked for", async () => {
    const { kdf } = JSON.parse(await sealEnvelope(BOARD_FORMAT, CONTENT, PASSPHRASE)) as Fields;
    assert.deepEqual([kdf["name"], kdf["n"], kdf["r"], kdf["p"]], ["scrypt", 131_072, 8, 1]);
  });

  it("refuses another passphrase", async () => {
    const text = await seal();
    for (const wrong of ["correct horse batterz", "correct horse batter", "x"]) {
      await assert.rejects(
        open(text, new Secret(Buffer.from(wrong))),
        refusal("wrong_passphrase", /^some\.store: the passphrase is wrong, or the file was changed$/),
      );
    }
  });

  it("refuses a file in which any one byte is another, is missing or is one too many", async () => {
    const text = await seal();
    for (let place = 0; place <= text.length; place++) {
      const [before, at, after] = [text.slice(0, place), text.charCodeAt(place), text.slice(place + 1)];
      const changed = place === text.length ? [] : [1, 2, 32, 128].map((bit) => String.fromCharCode(at ^ bit));
      const others = [
        ...changed.map((byte) => before + byte + after),
        `${before} ${text.slice(place)}`,
        before + after,
      ];
      for (const other of others) {
        if (other === text) continue;
        await assert.rejects(open(other), (error) => {
          assert.ok(error instanceof KeyError, String(error));
          // A version with another digit; the content is not believed for it.
          return ["damaged", "wrong_passphrase", "newer_format"].includes(error.code);
        });
      }
    }
  });

  it("refuses the header of another file on this file's content", async () => {
    const [one, other] = [await seal(), await seal()].map((text) => JSON.parse(text) as Fields);
    const mixed = { ...one, kdf: other.kdf, cipher: other.cipher };
    await assert.rejects(open(JSON.stringify(mixed, null, 2) + "\n"), refusal("wrong_passphrase"));
    const renamed = JSON.stringify({ ...one, format: BOARD_FORMAT }, null, 2) + "\n";
    const opening = openEnvelope(renamed, [BOARD_FORMAT], PASSPHRASE, "some.store", N);
    await assert.rejects(opening, refusal("wrong_passphrase"));
  });

  const hostile: [string, (fields: Fields) => void][] = [
    ["scrypt that wants a terabyte", (fields) => (fields.kdf["n"] = 2 ** 30)],
    ["scrypt that wants 512 MiB", (fields) => (fields.kdf["n"] = 2 ** 19)],
    ["scrypt weaker than is written", (fields) => (fields.kdf["n"] = N / 2)],
    ["an n that is no power of two", (fields) => (fields.kdf["n"] = 100_000)],
    ["an n that is no number", (fields) => (fields.kdf["n"] = "131072")],
    ["a large r", (fields) => (fields.kdf["r"] = 1024)],
    ["a large p", (fields) => (fields.kdf["p"] = 1024)],
    ["another kdf", (fields) => (fields.kdf["name"] = "none")],
    ["another cipher", (fields) => (fields.cipher["name"] = "none")],
    ["a short tag", (fields) => (fields.tag = "AAAA")],
    ["no tag", (fields) => delete fields.tag],
    ["an empty nonce", (fields) => (fields.cipher["nonce"] = "")],
    ["a short salt", (fields) => (fields.kdf["salt"] = "AAAA")],
    ["a field too many", (fields) => (fields.more = 1)],
    ["a format nobody knows", (fields) => (fields.format = "keys")],
    ["version 0", (fields) => (fields.version = 0)],
  ];
  for (const [what, change] of hostile) {
    it(`refuses ${what} before anything is computed`, async () => {
      const fields = JSON.parse(await seal()) as Fields;
      change(fields);
      const started_ms = performance.now();
      await assert.rejects(open(JSON.stringify(fields, null, 2) + "\n"), refusal("damaged", /^some\.store: /));
      assert.ok(performance.now() - started_ms < 1000);
    });
  }

  it("refuses a strength below 2^17 wherever nobody asked for less", async () => {
    const text = await sealEnvelope(STORE_FORMAT, CONTENT, PASSPHRASE, 2 ** 16);
    await assert.rejects(openEnvelope(text, [STORE_FORMAT], PASSPHRASE, "x"), refusal("damaged", /n 65536/));
  });

  it("says that a newer version wrote it, and which kind of file it is instead", async () => {
    const fields = JSON.parse(await seal()) as Fields;
    fields.version = 2;
    await assert.rejects(open(JSON.stringify(fields)), refusal("newer_format", /update curbstop/));
    const board = await sealEnvelope(BOARD_FORMAT, CONTENT, PASSPHRASE, N);
    await assert.rejects(open(board), refusal("damaged", /a file of curbstop board keys, not of curbstop key store/));
  });

  it("refuses what is no envelope at all", async () => {
    const deep = "[".repeat(100_000);
    for (const text of ["", "null", "[]", "{}", "1", '"x"', "{", "\u0000", deep, "x".repeat(ENVELOPE_MAX_BYTES)]) {
      await assert.rejects(open(text), refusal("damaged", /not a file of curbstop keys/));
    }
  });
});
