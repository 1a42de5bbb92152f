import assert from "node:assert/strict";
import fc from "fast-check";
import { DIVERSIFICATION_MAX_BYTES, diversifiedKey } from "../../../firmware/card/diversify";
import { cmac, sameBytes } from "../../../firmware/crypto/cmac";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { vectorsOf } from "../../vectors";

const crypto = createCryptoTwin();
const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
const some = (least: number, most: number) => fc.array(fc.nat(255), { minLength: least, maxLength: most });
const MASTER = some(16, 16);

describe("key diversification", () => {
  it("gives the example of AN10922 2.2.1", () => {
    const master = bytes("00112233445566778899aabbccddeeff");
    const key = diversifiedKey(crypto, master, bytes("04782e21801d80"), bytes("3042f5"), bytes("4e585020416275"));
    assert.deepEqual(key, bytes("a8dd63a3b89d54b37ca802473fda9175"));
  });

  vectorsOf("card.json", "key-diversification", (vector) => {
    const [constant, ...input] = bytes(vector.divInput);
    assert.equal(constant, 1);
    const key = diversifiedKey(crypto, bytes(vector.masterKey), input, [], []);
    assert.deepEqual(key, bytes(vector.key));
    if (vector.issue91Wrong !== undefined) assert.notDeepEqual(key, bytes(vector.issue91Wrong));
    if (vector.uid === undefined) return;
    const parts = [vector.uid, vector.aid, vector.sysId.split(" ")[0]].map(bytes);
    assert.deepEqual(diversifiedKey(crypto, bytes(vector.masterKey), parts[0], parts[1], parts[2]), key);
  });

  it("is the plain CMAC from 17 bytes on, and never for less", () => {
    fc.assert(
      fc.property(MASTER, some(1, DIVERSIFICATION_MAX_BYTES), (master, input) => {
        const key = diversifiedKey(crypto, master, input, [], []);
        const same = sameBytes(key, cmac(crypto, master, [1, ...input]));
        assert.equal(same, input.length >= 16);
      }),
    );
  });

  it("gives another key for another UID, application, system or master", () => {
    const uid = [4, 1, 2, 3, 4, 5, 6];
    const keys = [
      diversifiedKey(crypto, bytes("00".repeat(16)), uid, [1, 2, 3], [9]),
      diversifiedKey(crypto, bytes("00".repeat(15) + "01"), uid, [1, 2, 3], [9]),
      diversifiedKey(crypto, bytes("00".repeat(16)), [...uid.slice(0, 6), 7], [1, 2, 3], [9]),
      diversifiedKey(crypto, bytes("00".repeat(16)), uid, [1, 2, 4], [9]),
      diversifiedKey(crypto, bytes("00".repeat(16)), uid, [1, 2, 3], [8]),
    ];
    assert.equal(new Set(keys.map(String)).size, keys.length);
  });

  it("takes 1 to 31 bytes, and asserts that it is so", () => {
    const master = bytes("00".repeat(16));
    const input = (length: number) => Array.from({ length }, () => 7);
    assert.equal(diversifiedKey(crypto, master, input(31), [], []).length, 16);
    assert.throws(() => diversifiedKey(crypto, master, [], [], []), /1 to 31 bytes/);
    assert.throws(() => diversifiedKey(crypto, master, input(29), [1, 2, 3], []), /1 to 31 bytes/);
  });
});
