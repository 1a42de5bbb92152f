/**
 * Boot self-check of the engine's number model.
 *
 * Money and volumes are whole numbers up to 2^53. Lua can be built with 32-bit integers or 32-bit floats, and such a
 * build miscounts without any error, so the meter must refuse to run on it (facts: NodeMCU and LuatOS default builds).
 */
export type NumberModel = "ok" | "int32" | "float32" | "division";

/** The two operations the check stands on, so that a test can hand in those of a poorer engine. */
export interface Arithmetic {
  add(a: number, b: number): number;
  multiply(a: number, b: number): number;
  /** floor(a / b) */
  divide(a: number, b: number): number;
}

export const ENGINE_ARITHMETIC: Arithmetic = {
  add: function (a, b) {
    return a + b;
  },
  multiply: function (a, b) {
    return a * b;
  },
  divide: function (a, b) {
    return Math.floor(a / b);
  },
};

/** Names the first thing that is wrong. Numbers are built at run time: a compiler could fold constants correctly. */
export function numberModel(engine: Arithmetic): NumberModel {
  const two_24 = engine.multiply(4096, 4096);
  if (engine.add(two_24, 1) === two_24) {
    return "float32";
  }
  const two_32 = engine.multiply(65536, 65536);
  if (!(two_32 > two_24) || !(engine.multiply(two_32, 1024) > two_32)) {
    return "int32";
  }
  const two_53_less_1 = engine.add(engine.multiply(engine.multiply(two_32, 1024), 2048), -1);
  if (engine.add(two_53_less_1, -1) === two_53_less_1 || !(two_53_less_1 > engine.multiply(two_32, 1024))) {
    return "float32";
  }
  // One below a multiple must not be rounded up to it.
  if (engine.divide(engine.add(engine.multiply(two_32, 1000), -1), 1000) !== engine.add(two_32, -1)) {
    return "division";
  }
  return "ok";
}
