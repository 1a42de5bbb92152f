import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { createAes } from "../../../firmware/crypto/aes";

const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
const ZERO = bytes("00".repeat(16));
const block = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });

describe("AES-128", () => {
  const aes = createAes();

  it("gives the vector of FIPS 197 appendix C.1", () => {
    const key = bytes("000102030405060708090a0b0c0d0e0f");
    const plain = bytes("00112233445566778899aabbccddeeff");
    const cipher = bytes("69c4e0d86a7b0430d8cdb78070b4c55a");
    assert.deepEqual(aes.encrypt(key, ZERO, plain), cipher);
    assert.deepEqual(aes.decrypt(key, ZERO, cipher), plain);
  });

  it("gives the CBC vectors of NIST SP 800-38A F.2.1 and F.2.2", () => {
    const key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
    const initial = bytes("000102030405060708090a0b0c0d0e0f");
    const plain = bytes(
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
    );
    const cipher = bytes(
      "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" +
        "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
    );
    assert.deepEqual(aes.encrypt(key, initial, plain), cipher);
    assert.deepEqual(aes.decrypt(key, initial, cipher), plain);
  });

  it("equals node:crypto for any key, first value and blocks, and decrypts what it encrypted", () => {
    fc.assert(
      fc.property(block, block, fc.array(block, { maxLength: 5 }), (key, initial, blocks) => {
        const data = blocks.flat();
        const cipher = createCipheriv("aes-128-cbc", Buffer.from(key), Buffer.from(initial)).setAutoPadding(false);
        const expected = [...Buffer.concat([cipher.update(Buffer.from(data)), cipher.final()])];
        assert.deepEqual(aes.encrypt(key, initial, data), expected);
        assert.deepEqual(aes.decrypt(key, initial, expected), data);
      }),
    );
  });

  it("leaves key, first value and data as they were", () => {
    const key = bytes("000102030405060708090a0b0c0d0e0f");
    const data = bytes("ff".repeat(32));
    const initial = [...ZERO];
    aes.encrypt(key, initial, data);
    aes.decrypt(key, initial, data);
    assert.deepEqual([key, initial, data], [bytes("000102030405060708090a0b0c0d0e0f"), ZERO, bytes("ff".repeat(32))]);
  });

  it("refuses half a block, a short key and a short first value", () => {
    assert.throws(() => aes.encrypt(ZERO, ZERO, [1]));
    assert.throws(() => aes.decrypt(ZERO, ZERO, [1]));
    assert.throws(() => aes.encrypt([1], ZERO, ZERO));
    assert.throws(() => aes.decrypt(ZERO, [1], ZERO));
  });
});
