import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { createAes } from "../../../firmware/crypto/aes";
import { boardKeysOf, BOARD_KEY_NAMES } from "../../../tools/keys/board";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { fingerprint } from "../../../tools/keys/fingerprint";
import { Secret } from "../../../tools/keys/secret";
import { METER, REGION, assertNoSecret, rotatedRing } from "./samples";

describe("secrets", () => {
  it("show nothing, however a ring or the keys of a board are printed", () => {
    const ring = rotatedRing();
    const board = boardKeysOf(ring, REGION, METER);
    const secrets = [...ring.keys.map(({ key }) => key), ...BOARD_KEY_NAMES.map((name) => board.keys[name].key)];
    for (const value of [ring, board, secrets, secrets[0], { deep: { deeper: [secrets] } }]) {
      const printed = [
        inspect(value, { depth: null, showHidden: true, getters: true }),
        inspect(value, { depth: null, customInspect: false, showHidden: true }),
        JSON.stringify(value),
        format("%s %o %O %j", value, value, value, value),
        secrets.join(),
        Object.entries(value).join(),
      ];
      assertNoSecret(printed.join("\n"), secrets);
    }
    assert.equal(inspect(secrets[0]), "[secret]");
  });

  it("are found by the search that these tests rely on", () => {
    const secret = new Secret(Buffer.from("00112233445566778899aabbccddeeff", "hex"));
    for (const leak of [
      "x44556677x",
      "AABBCCDD",
      "17, 34, 51, 68",
      "11 22 33 44",
      secret.buffer().toString("base64"),
    ]) {
      assert.throws(() => assertNoSecret(leak, [secret]), /is in what was printed/);
    }
  });

  it("give copies, so that nobody changes a key by accident", () => {
    const secret = new Secret([1, 2, 3]);
    secret.bytes()[0] = 9;
    secret.buffer()[0] = 9;
    assert.deepEqual(secret.bytes(), [1, 2, 3]);
    assert.equal(secret.equals(new Secret([1, 2, 3])), true);
    assert.equal(secret.equals(new Secret([1, 2, 4])), false);
    assert.equal(secret.equals(new Secret([1, 2])), false);
  });

  it("have fingerprints of three bytes: the CMAC of zeros, an HMAC for a vending key", () => {
    // FIPS 197's key; the CMAC of a block of zeros by OpenSSL.
    const key = new Secret(Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex"));
    assert.equal(fingerprint(key), "7AD386");
    const vending = Buffer.from("abababababababab949494949494949401234567", "hex");
    const whole = createHmac("sha256", vending).update(Buffer.alloc(16)).digest("hex");
    assert.equal(fingerprint(new Secret(vending)), whole.slice(0, 6).toUpperCase());
  });
});

describe("crypto port of the desktop", () => {
  const node = createNodeCrypto();
  const block = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });

  it("computes what the firmware's own AES does", () => {
    const own = createAes();
    fc.assert(
      fc.property(block, block, fc.array(block, { maxLength: 4 }), (key, initial, blocks) => {
        const data = blocks.flat();
        const encrypted = node.aes_cbc_encrypt(key, initial, data);
        assert.deepEqual(encrypted, own.encrypt(key, initial, data));
        assert.deepEqual(node.aes_cbc_decrypt(key, initial, encrypted), data);
      }),
    );
  });

  it("has SHA-256: the vector of FIPS 180-4 for abc", () => {
    const hash = Buffer.from(node.sha256?.([97, 98, 99]) ?? []).toString("hex");
    assert.equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
