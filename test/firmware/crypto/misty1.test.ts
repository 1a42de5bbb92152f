import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesText } from "../../../firmware/card/bytes";
import { misty1Decrypt, misty1Encrypt, misty1Schedule } from "../../../firmware/crypto/misty1";
import { entriesOf } from "../../vectors";
import { oracleEncrypt } from "./misty1_oracle";

const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
const array = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length });

/** RFC 2994 appendix. */
const KEY = "00112233445566778899aabbccddeeff";
const PUBLISHED = [
  ["0123456789abcdef", "8b1da5f56ab3d07c"],
  ["fedcba9876543210", "04b68240b13be95d"],
];

describe("MISTY1", () => {
  for (const [plain, cipher] of PUBLISHED) {
    it(`gives the vector of RFC 2994 for ${plain}, both ways`, () => {
      const schedule = misty1Schedule(bytesText(bytes(KEY)));
      assert.deepEqual(misty1Encrypt(schedule, bytes(plain)), bytes(cipher));
      assert.deepEqual(misty1Decrypt(schedule, bytes(cipher)), bytes(plain));
    });
  }

  it("has the key schedule that RFC 2994 prints", () => {
    const words = misty1Schedule(bytesText(bytes(KEY))).map((word) => word.toString(16).padStart(4, "0"));
    assert.equal(words.slice(0, 8).join(""), KEY);
    assert.equal(words.slice(8).join(""), "cf518e7f5e29673acdbc07d6bf355e11");
  });

  entriesOf<{ what: string; key: string; pt: string; ct: string }>(
    "sts.json",
    "primitives",
    ({ what }) => what,
    ({ key, pt, ct }) => {
      assert.deepEqual(misty1Encrypt(misty1Schedule(bytesText(bytes(key))), bytes(pt)), bytes(ct));
    },
    ({ what }) => what === "MISTY1",
  );

  it("equals one made from the formulas of the RFC, for any key and block", () => {
    fc.assert(
      fc.property(array(16), array(8), (key, block) => {
        const enciphered = misty1Encrypt(misty1Schedule(bytesText(key)), block);
        assert.deepEqual(enciphered, oracleEncrypt(Buffer.from(key), Buffer.from(block)));
      }),
      { numRuns: 500 },
    );
  });

  it("deciphers what it has enciphered, for any key and block", () => {
    fc.assert(
      fc.property(array(16), array(8), (key, block) => {
        const schedule = misty1Schedule(bytesText(key));
        assert.deepEqual(misty1Decrypt(schedule, misty1Encrypt(schedule, block)), block);
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no key and no block of another length", () => {
    const schedule = misty1Schedule(bytesText(bytes(KEY)));
    assert.throws(() => misty1Schedule(bytesText(bytes(KEY).slice(1))), /16 bytes/);
    assert.throws(() => misty1Encrypt(schedule, [1, 2, 3]), /8 bytes/);
    assert.throws(() => misty1Decrypt(schedule, new Array<number>(9).fill(0)), /8 bytes/);
  });
});
