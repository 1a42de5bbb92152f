/**
 * Random twin: repeatable bytes from the scenario's seed, so that runs can be compared. Fault: none yet. Never for
 * keys.
 */
import { assert } from "../../firmware/assert";
import type { Random } from "../../hal/random";
import { createRandomNumbers, randomBelow } from "../world/random_numbers";

export function createRandomTwin(seed: number): Random {
  const numbers = createRandomNumbers(seed);
  return {
    bytes: function (length) {
      assert(length >= 1 && length <= 256, "random bytes come in bounded runs");
      const bytes: number[] = [];
      while (bytes.length < length) {
        bytes.push(randomBelow(numbers, 256));
      }
      return bytes;
    },
  };
}
