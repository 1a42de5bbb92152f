import assert from "node:assert/strict";
import fc from "fast-check";
import { alignRight, decimal, money, moneyField, padded } from "../../firmware/text";

const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -1000, max: 1000 }));
const EDGES = [0, 9, 10, 99, 100, 999999999999999, 2 ** 53 - 1, -1, -10, 1 - 2 ** 53, 2 ** 32, 2 ** 31];

/** Money with two decimals, by BigInt: credit is rounded down, a debt up, so nobody is shown what is not there. */
function expectedMoney(value_milli: number): string {
  const cents = value_milli < 0 ? (999n - BigInt(value_milli)) / 1000n : BigInt(value_milli) / 1000n;
  return `${value_milli < 0 ? "-" : ""}${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
}

describe("text of numbers", () => {
  it("is that of JavaScript for every whole number", () => {
    for (const value of EDGES) assert.equal(decimal(value), String(value));
    fc.assert(fc.property(whole, (value) => assert.equal(decimal(value), String(value))));
  });

  it("of minus zero is 0", () => {
    assert.equal(decimal(-0), "0");
  });

  it("is padded with zeros and never cut", () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.nat({ max: 20 }), (value, width) => {
        assert.equal(padded(value, width), String(value).padStart(width, "0"));
      }),
    );
  });

  it("is right-aligned in the width it is given", () => {
    for (let width = 1; width <= 8; width++) {
      for (let length = 0; length <= 12; length++) {
        const text = "123456789012".slice(0, length);
        assert.equal(alignRight(text, width), text.slice(0, width).padStart(width, " "));
      }
    }
  });
});

describe("text of money", () => {
  it("has two decimals, and never more than is there", () => {
    for (const [value_milli, text] of [
      [0, "0.00"],
      [999, "0.00"],
      [1000, "0.01"],
      [100000, "1.00"],
      [123456789, "1234.56"],
      [-1, "-0.01"],
      [-99999, "-1.00"],
      [-100000, "-1.00"],
    ] as const) {
      assert.equal(money(value_milli), text);
    }
    fc.assert(fc.property(whole, (value_milli) => assert.equal(money(value_milli), expectedMoney(value_milli))));
  });

  it("fills its field exactly, keeps its decimals while they fit, and never shows another amount", () => {
    fc.assert(
      fc.property(whole, fc.constantFrom(7, 8), (value_milli, width) => {
        const text = moneyField(value_milli, width);
        const full = expectedMoney(value_milli);
        // Whole units, credit rounded down and debt up.
        const units = String(value_milli < 0 ? -Math.ceil(-value_milli / 100_000) : Math.floor(value_milli / 100_000));
        assert.equal(text.length, width);
        if (full.length <= width) assert.equal(text, full.padStart(width));
        else if (units.length <= width) assert.equal(text, units.padStart(width));
        else assert.match(text, /^-+$/, `${full} does not fit and must not be cut to another amount`);
      }),
    );
  });
});
