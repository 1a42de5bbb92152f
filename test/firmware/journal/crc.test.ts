import assert from "node:assert/strict";
import fc from "fast-check";
import { CRC_START, crcEnd, crcText } from "../../../firmware/journal/crc";

/** Bit by bit, as the catalogue of CRC algorithms defines it, in BigInt. */
function bitwise(bytes: Uint8Array): number {
  let register = 0x7fffffffn;
  for (const byte of bytes) {
    for (let bit = 7n; bit >= 0n; bit--) {
      const top = (register >> 30n) ^ ((BigInt(byte) >> bit) & 1n);
      register = ((register << 1n) & 0x7fffffffn) ^ (top === 1n ? 0x04c11db7n : 0n);
    }
  }
  return Number(register ^ 0x7fffffffn);
}

const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);

describe("journal: crc", () => {
  it("gives the catalogue's check value of CRC-31/PHILIPS", () => {
    assert.equal(crcEnd(crcText(CRC_START, "123456789")), 0x0ce9e46c);
  });

  it("equals the bitwise definition for any bytes, in runs of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, split) => {
        const first = crcText(CRC_START, textOf(bytes.slice(0, split)));
        assert.equal(crcEnd(crcText(first, textOf(bytes.slice(split)))), bitwise(bytes));
      }),
    );
  });

  it("is never the word that erased flash holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => crcEnd(crcText(CRC_START, textOf(bytes))) < 2 ** 31),
    );
  });
});
