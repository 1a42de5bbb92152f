import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tariff } from "../../../firmware/credit/tariff";
import { blockAt, BLOCKS_MAX, NO_LIMIT_L, PRICE_MAX_MILLI, tariffWellFormed } from "../../../firmware/credit/tariff";
import { blocks, tariff } from "../samples";

const MALFORMED: [string, Partial<Tariff>][] = [
  ["no block", { limits_l: [], prices_milli: [] }],
  ["nine blocks", { limits_l: [1, 2, 3, 4, 5, 6, 7, 8, NO_LIMIT_L], prices_milli: [0, 0, 0, 0, 0, 0, 0, 0, 0] }],
  ["more limits than prices", { limits_l: [5, NO_LIMIT_L], prices_milli: [1] }],
  ["more prices than limits", { limits_l: [NO_LIMIT_L], prices_milli: [1, 2] }],
  ["no id", { id: 0 }],
  ["a negative id", { id: -1 }],
  ["a negative start", { start_utc_s: -1 }],
  ["a negative standing charge", { standing_milli: -1 }],
  ["too large a standing charge", { standing_milli: PRICE_MAX_MILLI + 1 }],
  ["a negative price", { prices_milli: [-1] }],
  ["too large a price", { prices_milli: [PRICE_MAX_MILLI + 1] }],
  ["a first block of nothing", { limits_l: [0, NO_LIMIT_L], prices_milli: [1, 2] }],
  ["two blocks with the same limit", { limits_l: [5, 5, NO_LIMIT_L], prices_milli: [1, 2, 3] }],
  ["falling limits", { limits_l: [5, 4, NO_LIMIT_L], prices_milli: [1, 2, 3] }],
  ["a last block with a limit", { limits_l: [5, 10], prices_milli: [1, 2] }],
  ["a block behind the open end", { limits_l: [NO_LIMIT_L, NO_LIMIT_L + 1], prices_milli: [1, 2] }],
];

describe("tariff", () => {
  for (const [what, changes] of MALFORMED) {
    it(`with ${what} is malformed`, () => {
      assert.equal(tariffWellFormed(tariff(changes)), false);
    });
  }

  it("is well formed at every bound", () => {
    const eight = Array.from({ length: BLOCKS_MAX }, (_, block): [number, number] => [block + 1, PRICE_MAX_MILLI]);
    for (const good of [
      tariff(),
      tariff({ standing_milli: PRICE_MAX_MILLI, prices_milli: [PRICE_MAX_MILLI] }),
      blocks(eight),
      blocks([
        [NO_LIMIT_L - 1, 0],
        [0, 0],
      ]),
    ]) {
      assert.equal(tariffWellFormed(good), true);
    }
  });

  it("prices each litre by the first block whose limit lies above the month's litres", () => {
    const limits = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 7 });
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 1100 }), (inner, month_l) => {
        const limits_l = [...inner.sort((a, b) => a - b), NO_LIMIT_L];
        const good = tariff({ limits_l, prices_milli: limits_l.map(() => 1) });
        assert.equal(tariffWellFormed(good), true);
        assert.equal(blockAt(good, month_l), limits_l.filter((limit_l) => limit_l <= month_l).length);
      }),
    );
  });
});
