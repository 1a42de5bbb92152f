import assert from "node:assert/strict";
import fc from "fast-check";
import { crc16 } from "../../../firmware/radio/crc16";
import { contentOfA, contentOfB, frameA, frameB, lengthA } from "../../../firmware/radio/frames";
import { telegramsOf } from "../../vectors";
import { bytes } from "./samples";

/** Content with the right L, of 10 to `most` bytes. */
const contents = (most: number) =>
  fc.array(fc.nat(255), { minLength: 9, maxLength: most - 1 }).map((rest) => [rest.length, ...rest]);

/** With these bits turned over, counted from the first bit sent. */
function turned(frame: number[], ...bits: number[]): number[] {
  const damaged = [...frame];
  for (const bit of bits) damaged[bit >> 3] ^= 128 >> (bit & 7);
  return damaged;
}

describe("radio: frame formats", () => {
  it("has the sum that the standard's polynomial gives for 123456789", () => {
    assert.equal(crc16([...Buffer.from("123456789")], 0, 9), 0xc2b7);
    assert.equal(crc16([], 0, 0), 0xffff);
  });

  it("takes the sum bit by bit as the polynomial says", () => {
    const plain = (data: number[]): number => {
      let rest = 0;
      for (const byte of data)
        for (let bit = 7; bit >= 0; bit--) {
          const out = (rest >> 15) ^ ((byte >> bit) & 1);
          rest = ((rest << 1) & 0xffff) ^ (out === 1 ? 0x3d65 : 0);
        }
      return rest ^ 0xffff;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 40 }), (data) => {
        assert.equal(crc16(data, 0, data.length), plain(data));
      }),
    );
  });

  telegramsOf(
    "puts the published sums of format A",
    ({ frame_format_A_with_crc }) => frame_format_A_with_crc !== undefined,
    ({ telegram, frame_format_A_with_crc }) => {
      const content = bytes(telegram!);
      assert.deepEqual(frameA(content), bytes(frame_format_A_with_crc!));
      assert.deepEqual(contentOfA(bytes(frame_format_A_with_crc!)), content);
    },
  );

  telegramsOf(
    "puts the published sum of format B",
    ({ telegram_with_crc }) => telegram_with_crc !== undefined,
    ({ telegram_with_crc, telegram_without_crc }) => {
      // Published with the L of format B, which counts the sum.
      const content = bytes(telegram_without_crc!);
      content[0] = content.length - 1;
      assert.deepEqual(frameB(content), bytes(telegram_with_crc!));
      assert.deepEqual(contentOfB(bytes(telegram_with_crc!)), content);
    },
  );

  it("takes off what it has put on, at every length", () => {
    for (let length = 10; length <= 256; length++) {
      const content = [length - 1, ...Array.from({ length: length - 1 }, (_, index) => (index * 37 + length) & 255)];
      const framed = frameA(content);
      assert.equal(framed.length, lengthA(content[0]));
      assert.deepEqual(contentOfA(framed), content);
      if (length > 252) continue;
      const other = frameB(content);
      assert.equal(other[0], other.length - 1);
      assert.deepEqual(contentOfB(other), content);
    }
  });

  it("refuses a frame with a bit turned over, with an end cut off, or with a byte more", () => {
    const forms = [
      { put: frameA, take: contentOfA, most: 256 },
      { put: frameB, take: contentOfB, most: 252 },
    ];
    for (const { put, take, most } of forms) {
      fc.assert(
        fc.property(contents(most), fc.nat(), (content, at) => {
          const framed = put(content);
          assert.equal(take(turned(framed, at % (8 * framed.length))), undefined);
          assert.equal(take(framed.slice(0, at % framed.length)), undefined);
          assert.equal(take([...framed, 0]), undefined);
        }),
      );
    }
  });

  it("refuses two bits turned over in format A; in format B all but those 151 bits apart", () => {
    fc.assert(
      fc.property(contents(252), fc.nat(), fc.nat(), (content, one, two) => {
        const in_a = frameA(content);
        const bits = [one % (8 * in_a.length), two % (8 * in_a.length)];
        if (bits[0] !== bits[1]) assert.equal(contentOfA(turned(in_a, ...bits)), undefined);
      }),
    );
    const in_b = frameB([49, ...Array.from({ length: 49 }, (_, index) => index * 5)]);
    for (let distance = 1; distance < 300; distance++) {
      const passes = contentOfB(turned(in_b, 16, 16 + distance)) !== undefined;
      assert.equal(passes, distance === 151, `${distance} bits apart`);
    }
  });

  it("puts the first sum of format B behind 126 bytes, and the second one at the end", () => {
    const content = [199, ...Array.from({ length: 199 }, (_, index) => index & 255)];
    const framed = frameB(content);
    assert.equal(framed.length, 204);
    assert.deepEqual(framed.slice(1, 126), content.slice(1, 126));
    assert.deepEqual(framed.slice(128, 202), content.slice(126));
    const sums = [crc16(framed, 0, 126), crc16(framed, 128, 202)];
    assert.deepEqual([framed[126] * 256 + framed[127], framed[202] * 256 + framed[203]], sums);
  });

  it("refuses noise of any length without a word", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 300 }), fc.boolean(), (noise, has_length) => {
        if (has_length && noise.length > 0) noise[0] = (noise.length - 1) & 255;
        // One in 65,536 has the right sum by chance; this seed has none.
        assert.deepEqual([contentOfA(noise), contentOfB(noise)], [undefined, undefined]);
      }),
      { numRuns: 5000, seed: 20_261_122 },
    );
  });

  it("has no frame in format B between one block and two", () => {
    // 128 bytes are one full block; a second one has a byte and its sum at least.
    for (const length of [129, 130]) {
      const framed = [length - 1, ...Array<number>(length - 1).fill(0)];
      assert.equal(contentOfB(framed), undefined);
    }
  });
});
