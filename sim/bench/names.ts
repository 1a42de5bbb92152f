/**
 * Names of the benches, in the order in which they run. Apart from the benches themselves, so that a command line can
 * be checked without loading bundlers.
 */
export const BENCH_NAMES = [
  "node",
  "espruino-instructions",
  "espruino-size",
  "espruino-variables",
  "card-top-up",
  "lms-verification",
  "keyed-token",
  "lua-size",
] as const;

export type BenchName = (typeof BENCH_NAMES)[number];
