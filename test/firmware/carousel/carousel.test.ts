/** The carousel: any enough fragments are the content, and nothing else is. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { bytesText } from "../../../firmware/card/bytes";
import { FRAGMENTS_MAX, inverse, product } from "../../../firmware/carousel/erasure";
import {
  collect,
  collected,
  CONTENT_MAX_BYTES,
  createCarousel,
  createCollection,
  fragmentFrame,
  isCollected,
  isDivisible,
  readFragment,
  type Carousel,
  type Fragment,
} from "../../../firmware/carousel/fragments";
import { frameB } from "../../../firmware/radio/frames";
import { GATEWAY } from "../modem/rig";

const SEED = 20_261_122;
const hash = (content: number[]): number[] => [...createHash("sha256").update(Buffer.from(content)).digest()];
const cut = (content: number[], size: number): Carousel => createCarousel("600100", content, hash(content), size);
const byte = fc.integer({ min: 0, max: 255 });

/** A content and a size that fit each other. */
const contents = fc
  .tuple(fc.array(byte, { minLength: 1, maxLength: 600 }), fc.integer({ min: 16, max: 200 }))
  .filter(([content, size]) => isDivisible(content.length, size));

function heard(carousel: Carousel, n: number): Fragment {
  const fragment = readFragment(fragmentFrame(GATEWAY, carousel, n));
  assert.ok(fragment !== undefined);
  return fragment;
}

describe("carousel: erasure code", () => {
  it("multiplies as the field of 0x11D does: every number but 0 has one inverse", () => {
    // x^8 = x^4 + x^3 + x^2 + 1.
    assert.equal(product(0x80, 2), 0x1d);
    for (let one = 1; one < 256; one++) assert.equal(product(one, inverse(one)), 1);
    const powers = new Set<number>();
    for (let power = 1, i = 0; i < 255; i++, power = product(power, 2)) powers.add(power);
    assert.equal(powers.size, 255, "2 makes all of them");
  });

  it(`any fragments that are as many as the content has give it back, in any order (seed ${SEED})`, () => {
    fc.assert(
      fc.property(contents, fc.infiniteStream(fc.nat()), ([content, size], draws) => {
        const carousel = cut(content, size);
        const numbers = Array.from({ length: FRAGMENTS_MAX }, (_, n) => n);
        const collection = createCollection();
        for (const draw of draws) {
          const [n] = numbers.splice(draw % numbers.length, 1);
          assert.equal(collect(collection, heard(carousel, n)), "taken");
          if (isCollected(collection)) break;
        }
        assert.equal(collection.numbers.length, carousel.fragments.length);
        assert.equal(collected(collection), bytesText(content));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("gives the longest content back from parity alone", () => {
    const content = Array.from({ length: CONTENT_MAX_BYTES }, (_, index) => (index * 89) % 251);
    const carousel = cut(content, 32);
    const collection = createCollection();
    for (let n = 255; !isCollected(collection); n--) collect(collection, heard(carousel, n));
    assert.ok(Math.min(...collection.numbers) >= 64);
    assert.equal(collected(collection), bytesText(content));
  });
});

describe("carousel: fragments", () => {
  const content = Array.from({ length: 100 }, (_, index) => index);

  it("are the bytes that their header says", () => {
    const name = hash(content).slice(0, 4);
    const head = [0x45, 0x62, 0x0e, 0x01, 0, 0, 0, 0x01, 0x31, 0xa0, 1, 1, 0x60, 0x01, 0x00, ...name, 0, 100, 40];
    assert.deepEqual(fragmentFrame(GATEWAY, cut(content, 40), 1), [63, ...head, 1, ...content.slice(40, 80)]);
    assert.deepEqual(fragmentFrame(GATEWAY, cut(content, 40), 2), [43, ...head, 2, ...content.slice(80)]);
    const sum = Array.from({ length: 40 }, (_, i) => {
      const terms = [content[i], content[40 + i], i < 20 ? content[80 + i] : 0];
      return terms.reduce((total, term, at) => total ^ product(term, inverse(3 ^ at)), 0);
    });
    assert.deepEqual(fragmentFrame(GATEWAY, cut(content, 40), 3), [63, ...head, 3, ...sum]);
  });

  it("of every size fit a frame", () => {
    for (let size = 16; size <= 200; size++)
      if (isDivisible(2048, size))
        assert.ok(frameB(fragmentFrame(GATEWAY, cut(new Array<number>(2048).fill(1), size), 0)).length <= 256);
  });

  it(`bytes that are no fragment are none, and no bytes make the collection fail (seed ${SEED})`, () => {
    const frame = fragmentFrame(GATEWAY, cut(content, 40), 1);
    const changes = fc.array(fc.tuple(fc.nat(frame.length - 1), byte), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(8), (list, cut_off) => {
        const bytes = [...frame];
        for (const [at, value] of list) bytes[at] = value;
        const fragment = readFragment(bytes.slice(0, bytes.length - (cut_off > 4 ? cut_off : 0)));
        const collection = createCollection();
        if (fragment !== undefined) {
          assert.equal(fragment.text.length, fragment.size);
          assert.equal(collect(collection, fragment), "taken");
          assert.equal(collect(collection, fragment), collection.count === 1 ? "whole" : "known");
        }
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  it("of another content do not get into a collection", () => {
    const collection = createCollection();
    collect(collection, heard(cut(content, 40), 0));
    const other = cut([...content.slice(0, 99), 0], 40);
    assert.equal(collect(collection, heard(other, 1)), "other");
    assert.equal(collect(collection, heard(cut(content, 50), 1)), "other");
    assert.equal(collect(collection, heard(cut(content, 40), 0)), "known");
    assert.equal(collect(collection, heard(cut(content, 40), 9)), "taken");
    assert.equal(collect(collection, heard(cut(content, 40), 1)), "taken");
    assert.equal(collect(collection, heard(cut(content, 40), 2)), "whole");
    assert.equal(collected(collection), bytesText(content));
  });
});
