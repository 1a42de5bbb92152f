/** The carousel: any enough fragments are the content, and nothing else is. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesText } from "../../../firmware/card/bytes";
import { FRAGMENTS_MAX, inverse, product } from "../../../firmware/carousel/erasure";
import {
  collect,
  createCollection,
  isCollected,
  stepCollected,
  takeAtOnce,
} from "../../../firmware/carousel/collection";
import {
  CONTENT_MAX_BYTES,
  createCarousel,
  fragmentFrame,
  isDivisible,
  readFragment,
  type Carousel,
  type Fragment,
} from "../../../firmware/carousel/fragments";
import { frameB } from "../../../firmware/radio/frames";
import { NODE_HASH } from "../crypto/made_signatures";
import { GATEWAY } from "../modem/rig";

const SEED = 20_261_122;
const cut = (content: number[], size: number): Carousel =>
  createCarousel("600100", content, NODE_HASH.sha256(content), size);
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
          assert.equal(collect(collection, heard(carousel, n), 0), "taken");
          if (isCollected(collection)) break;
        }
        assert.equal(collection.numbers.length, carousel.fragments.length);
        assert.equal(takeAtOnce(collection, NODE_HASH), bytesText(content));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("gives the longest content back from parity alone", () => {
    const content = Array.from({ length: CONTENT_MAX_BYTES }, (_, index) => (index * 89) % 251);
    const carousel = cut(content, 32);
    const collection = createCollection();
    for (let n = 255; !isCollected(collection); n--) collect(collection, heard(carousel, n), 0);
    assert.ok(Math.min(...collection.numbers) >= 64);
    let steps = 1;
    for (; !stepCollected(collection); steps++);
    assert.equal(steps, 2 * 64, "one step to set up an equation for each that is lost, and one to solve it");
    assert.equal(takeAtOnce(collection, NODE_HASH), bytesText(content));
  });
});

describe("carousel: fragments", () => {
  const content = Array.from({ length: 100 }, (_, index) => index);

  it("are the bytes that their header says", () => {
    const name = NODE_HASH.sha256(content).slice(0, 4);
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
          assert.equal(collect(collection, fragment, 0), "taken");
          assert.equal(collect(collection, fragment, 0), collection.count === 1 ? "whole" : "known");
        }
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

describe("carousel: a collection", () => {
  const ours = cut(Array.from({ length: 900 }, (_, index) => index % 256), 100); // prettier-ignore
  const others = cut(new Array<number>(900).fill(7), 100);

  it("takes fragments in any order, with repetitions, until enough are there, and none of another content", () => {
    const collection = createCollection();
    for (const n of [8, 7, 6, 5, 4, 3, 2, 12]) assert.equal(collect(collection, heard(ours, n), 1), "taken");
    for (const n of [8, 12]) assert.equal(collect(collection, heard(ours, n), 2), "known");
    assert.equal(collect(collection, heard(others, 0), 3), "other");
    assert.equal(collect(collection, heard(ours, 255), 4), "taken");
    assert.equal(isCollected(collection), true);
    assert.equal(collect(collection, heard(ours, 0), 5), "whole");
    assert.equal(takeAtOnce(collection, NODE_HASH), ours.fragments.join(""));
    assert.equal(isCollected(collection), false);
  });

  it("gives way to another when nothing of its own has come for ten minutes", () => {
    const collection = createCollection();
    collect(collection, heard(ours, 0), 1000);
    assert.equal(collect(collection, heard(others, 0), 1000 + 599_999), "other");
    assert.equal(collect(collection, heard(ours, 1), 1000 + 599_999), "taken");
    assert.equal(collect(collection, heard(others, 0), 1000 + 599_999 + 600_000), "taken");
  });

  it("gives way to a carousel that turns, but not to a fragment now and then", () => {
    const collection = createCollection();
    collect(collection, heard(others, 0), 0);
    assert.equal(collect(collection, heard(ours, 0), 1), "other");
    assert.equal(collect(collection, heard(ours, 1), 2), "taken", "two in a row take the place of one");
    for (const n of [0, 2, 3, 4, 5, 6, 7]) {
      assert.equal(collect(collection, heard(others, n), 3), "other");
      assert.equal(collect(collection, heard(ours, n), 3), "taken");
    }
    assert.equal(collect(collection, heard(ours, 9), 4), "taken");
    assert.equal(takeAtOnce(collection, NODE_HASH), ours.fragments.join(""));
  });

  it("puts together wrong what has a stolen name, says so, and begins anew", () => {
    const collection = createCollection();
    for (let n = 0; n < 8; n++) collect(collection, heard(ours, n), 0);
    collect(collection, { ...heard(others, 9), name: ours.name }, 0);
    assert.equal(takeAtOnce(collection, NODE_HASH), "");
    assert.equal(collect(collection, heard(ours, 0), 0), "taken");
  });
});
