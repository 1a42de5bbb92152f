import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { CRC_START, checksum, crcEnd, crcText } from "../../../firmware/journal/crc";
import { textOf } from "../../byte_texts";
import { createTearingNvm, GEOMETRIES, seeded } from "./tearing_nvm";

/** Bit by bit, as the catalogue of CRC algorithms defines it, in BigInt. */
function bitwise(bytes: Uint8Array): number {
  let register = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0n; bit < 8n; bit++) {
      const low = (register & 1n) ^ ((BigInt(byte) >> bit) & 1n);
      register = (register >> 1n) ^ (low === 1n ? 0xedb88320n : 0n);
    }
  }
  return Number(register ^ 0xffffffffn);
}

describe("journal: crc", () => {
  it("gives the catalogue's check value of CRC-32 without its top bit", () => {
    assert.equal(crcEnd(crcText(CRC_START, "123456789")), 0xcbf43926 - 2 ** 31);
    assert.equal(crcEnd(CRC_START), 0);
  });

  it("equals the bitwise definition and zlib for any bytes, in runs of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, split) => {
        const first = crcText(CRC_START, textOf(bytes.slice(0, split)));
        const crc = crcEnd(crcText(first, textOf(bytes.slice(split))));
        assert.equal(crc, bitwise(bytes) % 2 ** 31);
        assert.equal(crc, crc32(bytes) % 2 ** 31);
      }),
    );
  });

  it("is never the word that erased flash holds", () => {
    const { port } = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const natives = [undefined, (text: string) => crc32(Buffer.from(text, "latin1")), () => 0xffffffff];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...natives), (bytes, native) => {
        const crc = checksum({ ...port, crc32: native }, textOf(bytes));
        assert.ok(crc >= 0 && crc < 2 ** 31);
      }),
    );
  });

  it("is the board's own where it computes one, and the same", () => {
    const { port } = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const asked: string[] = [];
    const native = (text: string) => {
      asked.push(text);
      return crc32(Buffer.from(text, "latin1"));
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = textOf(bytes);
        assert.equal(checksum({ ...port, crc32: native }, text), checksum(port, text));
        assert.equal(asked.pop(), text);
      }),
    );
  });
});
