import assert from "node:assert/strict";
import fc from "fast-check";
import { cardImage, IMAGE_BYTES_MAX, readImage } from "../../../sim/desfire/image";
import { respond } from "../../../sim/desfire/respond";
import { createRandomTwin } from "../../../sim/twins/random";
import { CRYPTO, freshCard, jamcrc, le, Reader, readerAtApplication, rights } from "./reader";

const RANDOM = createRandomTwin(3);

function fullCard() {
  const { card, reader } = readerAtApplication();
  reader.command(0xcd, [1, 0, ...rights(14, 0, 15, 1), ...le(40, 3)]);
  reader.command(0xcb, [0, 1, ...rights(1, 2, 3, 0), ...le(9, 3)]);
  reader.command(0xcc, [31, 3, ...rights(1, 1, 1, 1), ...le(-5, 4), ...le(2147483647, 4), ...le(-1, 4), 3]);
  reader.select(0);
  reader.command(0xca, [...le(0xffffff, 3), 0x0b, 0x8e, 0x10, 0xe1, 0x41]);
  return card;
}

const withChecksum = (body: number[]): number[] => [...body, ...jamcrc(body)];

describe("virtual card: images", () => {
  it("come back as the same card", () => {
    for (const card of [freshCard(), fullCard()]) {
      const image = cardImage(card);
      const read = readImage(CRYPTO, RANDOM, image);
      assert.equal(read.problem, "none");
      assert.deepEqual(cardImage(read.card!), image);
      assert.deepEqual(
        { applications: read.card!.applications, uid: read.card!.uid, used_bytes: read.card!.used_bytes },
        { applications: card.applications, uid: card.uid, used_bytes: card.used_bytes },
      );
    }
  });

  it("of a fresh card are laid out as the header says", () => {
    const image = cardImage(freshCard());
    const body = [...Buffer.from("CURBCARD"), 1, 4, 161, 178, 195, 212, 229, 246, 0, 0, 1];
    assert.deepEqual(image, withChecksum([...body, 0, 0, 0, 15, 0, 1, 0, ...new Array<number>(16).fill(0), 0]));
  });

  it("are refused by name when cut off, changed, of another version or no image", () => {
    const image = cardImage(fullCard());
    const problem = (bytes: number[]) => readImage(CRYPTO, RANDOM, bytes).problem;
    for (let length = 0; length < image.length; length++) {
      assert.equal(problem(image.slice(0, length)), length < 9 ? "no_image" : "damaged", `${length} bytes`);
    }
    for (let place = 0; place < image.length; place++) {
      const expected = place < 8 ? "no_image" : place === 8 ? "other_version" : "damaged";
      assert.equal(problem(image.map((byte, index) => (index === place ? byte ^ 1 : byte))), expected, `byte ${place}`);
    }
    const long = [...image, ...new Array<number>(IMAGE_BYTES_MAX).fill(0)];
    assert.equal(problem(long), "damaged");
  });

  it("never crash what reads them, whatever they hold, and make only cards that can be", () => {
    const body = cardImage(fullCard()).slice(0, -4);
    let read = 0;
    const mutation = fc.record({ place: fc.nat(body.length - 10), byte: fc.nat(255), cut: fc.option(fc.nat(9)) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        let changed = [...body];
        for (const { place, byte, cut } of mutations) {
          if (9 + place < changed.length) changed[9 + place] = byte;
          if (cut !== null) changed = changed.slice(0, changed.length - cut);
        }
        const { card, problem } = readImage(CRYPTO, RANDOM, withChecksum(changed));
        assert.ok(problem === "none" || problem === "impossible" || problem === "damaged");
        if (card === undefined) return;
        read++;
        const again = readImage(CRYPTO, RANDOM, cardImage(card));
        assert.equal(again.problem, "none");
        for (const aid of card.applications) respond(card, [0x90, 0x5a, 0, 0, 3, ...le(aid.aid, 3), 0]);
        assert.ok(respond(card, [0x90, 0x6f, 0, 0, 0]).length >= 2);
      }),
      { numRuns: 2000 },
    );
    assert.ok(read > 50, `${read} were still cards`);
  });

  it("of other bytes are refused", () => {
    const start = [...Buffer.from("CURBCARD"), 1];
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 200 }), (bytes) => {
        assert.notEqual(readImage(CRYPTO, RANDOM, bytes).problem, "none");
        assert.notEqual(readImage(CRYPTO, RANDOM, withChecksum([...start, ...bytes])).problem, "none");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("virtual card: any command", () => {
  it("is answered with 2 to 61 bytes, in any state, and leaves a card whose image is read", () => {
    const codes = [
      0x0c, 0x1c, 0x3d, 0x45, 0x51, 0x54, 0x5a, 0x5f, 0x60, 0x64, 0x6a, 0x6c, 0x6e, 0x6f, 0xa7, 0xaa, 0xaf,
    ];
    codes.push(0xbd, 0xc4, 0xc7, 0xca, 0xcb, 0xcc, 0xcd, 0xda, 0xdc, 0xdf, 0xf5, 0xfc);
    const data = fc.oneof(fc.array(fc.nat(3), { maxLength: 20 }), fc.array(fc.nat(255), { maxLength: 70 }));
    const wrapped = fc
      .tuple(fc.constantFrom(...codes), data)
      .map(([code, body]) => [0x90, code, 0, 0, ...(body.length > 0 ? [body.length, ...body] : []), 0]);
    const select = fc.constantFrom(0x123456, 0).map((aid) => [0x90, 0x5a, 0, 0, 3, ...le(aid, 3), 0]);
    const command = fc.oneof(
      { weight: 8, arbitrary: wrapped },
      { weight: 1, arbitrary: select },
      { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 80 }) },
    );
    const image = cardImage(fullCard());
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 30 }), fc.boolean(), (commands, with_session) => {
        const card = readImage(CRYPTO, createRandomTwin(1), image).card!;
        if (with_session) {
          const reader = new Reader(card);
          reader.select(0x123456);
          assert.equal(reader.authenticate(0), 0);
        }
        for (const one of commands) {
          const answer = respond(card, one);
          assert.ok(answer.length >= 2 && answer.length <= 61);
          assert.ok(answer.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255));
        }
        assert.equal(readImage(CRYPTO, RANDOM, cardImage(card)).problem, "none");
      }),
      { numRuns: 1000 },
    );
  });
});
