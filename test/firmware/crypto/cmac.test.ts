import assert from "node:assert/strict";
import fc from "fast-check";
import { cmac, cmacFrom, cmacKey, sameBytes, zeroBlock } from "../../../firmware/crypto/cmac";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { vectorsOf } from "../../vectors";

const crypto = createCryptoTwin();
const bytes = (hex: string) => [...Buffer.from(hex, "hex")];

/** Published in RFC 4493 section 4. */
const KEY = bytes("2b7e151628aed2a6abf7158809cf4f3c");
const MESSAGE = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411");

describe("AES-CMAC", () => {
  it("gives the vectors of RFC 4493 section 4", () => {
    assert.deepEqual(cmac(crypto, KEY, []), bytes("bb1d6929e95937287fa37d129b756746"));
    assert.deepEqual(cmac(crypto, KEY, MESSAGE.slice(0, 16)), bytes("070a16b46b4d4144f79bdd9dd04a287c"));
    assert.deepEqual(cmac(crypto, KEY, MESSAGE), bytes("dfa66747de9ae63030ca32611497c827"));
  });

  vectorsOf("card.json", "aes-cmac", (vector) => {
    assert.deepEqual(cmac(crypto, bytes(vector.key), bytes(vector.msg)), bytes(vector.mac));
  });

  vectorsOf("card.json", "aes-cmac-subkeys", (vector) => {
    const subkeys = cmacKey(crypto, bytes(vector.key));
    assert.deepEqual([subkeys.whole, subkeys.padded], [bytes(vector.k1), bytes(vector.k2)]);
  });

  it("chained on from a first value, equals the MAC of a message with a block in front that leads to it", () => {
    const block = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(block, block, fc.array(fc.nat(255), { minLength: 1, maxLength: 70 }), (key, front, message) => {
        const initial = crypto.aes_cbc_encrypt(key, zeroBlock(), front);
        assert.deepEqual(cmacFrom(cmacKey(crypto, key), initial, message), cmac(crypto, key, [...front, ...message]));
      }),
    );
  });

  it("leaves the whole message to a board that can do it, with the key's subkeys", () => {
    const told: unknown[] = [];
    const board = createCryptoTwin();
    const native = {
      ...board,
      aes_cmac: (...subkeys: number[][]) => {
        told.push(subkeys);
        return (initial: number[], message: number[]) => [...initial, ...message];
      },
    };
    const key = new Array<number>(16).fill(3);
    const { whole, padded } = cmacKey(board, key);
    assert.deepEqual(cmacFrom(cmacKey(native, key), [1], [2, 3]), [1, 2, 3]);
    assert.deepEqual(told, [[key, whole, padded]]);
  });

  it("tells bytes apart by each bit of each, at any length up to twenty", () => {
    for (let length = 1; length <= 20; length++) {
      const one = Array.from({ length }, (_, place) => (place * 37) % 256);
      assert.ok(sameBytes(one, [...one]));
      for (let bit = 0; bit < 8 * length; bit++) {
        const other = [...one];
        other[bit >> 3] ^= 1 << (bit & 7);
        assert.ok(!sameBytes(one, other) && !sameBytes(other, one));
      }
    }
  });

  it("tells equal bytes from others, and from longer ones", () => {
    assert.equal(sameBytes([], []), true);
    assert.equal(sameBytes([1, 2], [1, 2]), true);
    assert.equal(sameBytes([1, 2], [1, 3]), false);
    assert.equal(sameBytes([9, 2], [1, 2]), false);
    assert.equal(sameBytes([1, 2], [1, 2, 0]), false);
  });
});
