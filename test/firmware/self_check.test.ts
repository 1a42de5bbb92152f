import assert from "node:assert/strict";
import type { Arithmetic } from "../../firmware/self_check";
import { ENGINE_ARITHMETIC, numberModel } from "../../firmware/self_check";

/** An engine whose results are squeezed through `fit`. */
function engine(fit: (value: number) => number, divide?: (a: number, b: number) => number): Arithmetic {
  return {
    add: (a, b) => fit(a + b),
    multiply: (a, b) => fit(a * b),
    divide: divide ?? ((a, b) => fit(Math.floor(a / b))),
  };
}

const exact = (value: number): number => value;

describe("self-check of the number model", () => {
  it("accepts an engine with 53 bits", () => {
    assert.equal(numberModel(ENGINE_ARITHMETIC), "ok");
  });

  it("accepts an engine with 64-bit integers", () => {
    const wide = (value: bigint): number => Number(BigInt.asIntN(64, value));
    const integers: Arithmetic = {
      add: (a, b) => wide(BigInt(a) + BigInt(b)),
      multiply: (a, b) => wide(BigInt(a) * BigInt(b)),
      divide: (a, b) => wide(BigInt(a) / BigInt(b)),
    };
    assert.equal(numberModel(integers), "ok");
  });

  for (const [what, fit] of [
    ["that wrap", (value: number) => Number(BigInt.asIntN(32, BigInt(value)))],
    ["without a sign, that wrap", (value: number) => Number(BigInt.asUintN(32, BigInt(value)))],
    ["that saturate", (value: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))],
  ] as const) {
    it(`refuses 32-bit integers ${what}`, () => {
      assert.equal(numberModel(engine(fit)), "int32");
    });
  }

  it("refuses 32-bit floats", () => {
    assert.equal(numberModel(engine(Math.fround)), "float32");
  });

  it("refuses numbers that are whole to 2^48 only", () => {
    const step = (value: number): number => (Math.abs(value) < 2 ** 48 ? value : Math.round(value / 32) * 32);
    assert.equal(numberModel(engine(step)), "float32");
  });

  it("refuses a division that rounds up, or cuts to 32 bits", () => {
    assert.equal(numberModel(engine(exact, (a, b) => Math.round(a / b))), "division");
    assert.equal(numberModel(engine(exact, (a, b) => Math.floor(Math.fround(a) / Math.fround(b)))), "division");
    assert.equal(numberModel(engine(exact, (a, b) => Math.trunc(a / b) | 0)), "division");
  });
});
