/**
 * Checked random: bytes from a noise source that gives words of 16 bits, with the repetition count test of NIST SP
 * 800-90B, 4.4.1: a source that repeats itself REPEATS_MAX times in a row has failed, and stays failed until the next
 * boot. A sound source with 8 bits of entropy in 16 does so once in 2^40 words.
 *
 * Port: random (interpreter).
 */
import { assert } from "../../firmware/assert";
import type { Random } from "../../hal/random";

export const REPEATS_MAX = 5;
const WORDS = 65536;

/** `word` gives 0 to 65535. */
export function createCheckedRandom(word: () => number): Random {
  let last = -1;
  let repeats = 0;
  let failed = false;
  return {
    bytes: function (length) {
      assert(length >= 1 && length <= 256, "random bytes come in bounded runs");
      const bytes: number[] = [];
      while (bytes.length < length) {
        const drawn = word();
        repeats = drawn === last ? repeats + 1 : 0;
        last = drawn;
        failed = failed || repeats >= REPEATS_MAX || drawn < 0 || drawn >= WORDS;
        bytes.push(drawn % 256);
        if (bytes.length < length) {
          bytes.push(Math.floor(drawn / 256) % 256);
        }
      }
      return failed ? [] : bytes;
    },
  };
}
