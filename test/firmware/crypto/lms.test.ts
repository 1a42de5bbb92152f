/**
 * LMS verification: RFC 8554's own vector, every way to be another signature, and what it costs in hashes.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { bytesText } from "../../../firmware/card/bytes";
import {
  beginVerification,
  chainDigits,
  lmsParameters,
  stepVerification,
  verifyLms,
  type LmsHash,
  type LmsParameters,
} from "../../../firmware/crypto/lms";
import { createSha256 } from "../../../firmware/crypto/sha256";
import { NODE_HASH, bytesFrom, madeSignature, parametersOf } from "./made_signatures";

const VECTORS = join(__dirname, "..", "..", "..", "..", "shared", "vectors", "lms.json");

interface Case {
  name: string;
  public_key: string;
  message: string;
  signature: string;
  verify_hash_calls: number;
}

/** Every byte of the long vector takes minutes. */
const STRIDE = process.env["CURBSTOP_LONG"] === "1" ? 1 : 37;

const bytes = (hex: string) => [...Buffer.from(hex, "hex")];

/** A hash that counts its calls. */
function countingHash(): LmsHash & { calls: number } {
  const hash = {
    calls: 0,
    sha256: (data: number[]) => {
      hash.calls += 1;
      return NODE_HASH.sha256(data);
    },
  };
  return hash;
}

function flipped(values: readonly number[], place: number, mask: number): number[] {
  return values.map((value, index) => (index === place ? value ^ mask : value));
}

/** The mean of a digit's steps to the end of its chain, and of a checksum's, by counting every sum of digits. */
function meanHashes(parameters: LmsParameters): number {
  const { n, w, chains, checksum_shift, height } = parameters;
  const largest = 2 ** w - 1;
  const digits = (8 * n) / w;
  // How probable each checksum is: digits are independent and even.
  let chances = [1];
  for (let digit = 0; digit < digits; digit++) {
    const next = new Array<number>(chances.length + largest).fill(0);
    chances.forEach((chance, sum) => {
      for (let more = 0; more <= largest; more++) next[sum + more] += chance / 2 ** w;
    });
    chances = next;
  }
  let mean_checksum_steps = 0;
  chances.forEach((chance, sum) => {
    let rest = sum * 2 ** checksum_shift;
    const parts: number[] = [];
    for (let i = 0; i < 16 / w; i++) {
      parts.unshift(rest % 2 ** w);
      rest = Math.floor(rest / 2 ** w);
    }
    const steps = parts.slice(0, chains - digits).reduce((all, part) => all + largest - part, 0);
    mean_checksum_steps += chance * steps;
  });
  // The message, the ends of the chains, the leaf, and a node for each height.
  return 3 + height + (digits * largest) / 2 + mean_checksum_steps;
}

describe("LMS", () => {
  it("knows the parameter sets of RFC 8554 and SP 800-208, and no pair of different hashes", () => {
    const known: string[] = [];
    for (let tree_type = 0; tree_type <= 20; tree_type++) {
      for (let ots_type = 0; ots_type <= 12; ots_type++) {
        const set = lmsParameters(tree_type, ots_type);
        if (set !== undefined) known.push(`n${set.n} h${set.height} w${set.w} p${set.chains} ls${set.checksum_shift}`);
      }
    }
    const n32 = ["w1 p265 ls7", "w2 p133 ls6", "w4 p67 ls4", "w8 p34 ls0"];
    const n24 = ["w1 p200 ls8", "w2 p101 ls6", "w4 p51 ls4", "w8 p26 ls0"];
    const sets = (n: number, all: string[]) => [5, 10, 15, 20, 25].flatMap((h) => all.map((w) => `n${n} h${h} ${w}`));
    assert.deepEqual(known, [...sets(32, n32), ...sets(24, n24)]);
  });

  it("takes as many chains as a hash and its checksum have digits", () => {
    for (const tree_type of [5, 10]) {
      for (let width = 0; width < 4; width++) {
        const parameters = parametersOf(tree_type, (tree_type === 5 ? 1 : 5) + width);
        for (const seed of ["a", "b", "c"]) {
          const digits = chainDigits(parameters, bytesFrom(seed, parameters.n));
          assert.equal(digits.length, parameters.chains);
          // Whoever raises a digit of the message lowers the checksum, so no signature leads to another message's.
          const of_message = digits.slice(0, (8 * parameters.n) / parameters.w);
          const sum = of_message.reduce((all, digit) => all + 2 ** parameters.w - 1 - digit, 0);
          const checksum = digits.slice(of_message.length).reduce((all, digit) => all * 2 ** parameters.w + digit, 0);
          const unused = 16 - parameters.w * (parameters.chains - of_message.length);
          assert.equal(checksum, (sum * 2 ** parameters.checksum_shift) / 2 ** unused);
        }
      }
    }
  });

  if (existsSync(VECTORS)) {
    for (const vector of (JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: Case[] }).cases) {
      const [public_key, message, signature] = [vector.public_key, vector.message, vector.signature].map(bytes);

      it(`gives the published vector ${vector.name}, with so many hashes`, () => {
        const hash = countingHash();
        assert.equal(verifyLms(hash, public_key, message, bytesText(signature)), true);
        assert.equal(hash.calls, vector.verify_hash_calls);
      });

      it(`gives the published vector ${vector.name} with the firmware's own SHA-256`, () => {
        const hash = { sha256: createSha256() };
        assert.equal(verifyLms(hash, public_key, message, bytesText(signature)), true);
      });

      it(`refuses ${vector.name} when a byte of key or message is another, and for bytes of the signature`, function () {
        const text = bytesText(signature);
        public_key.forEach((_, place) => {
          assert.equal(verifyLms(NODE_HASH, flipped(public_key, place, 1), message, text), false, `key ${place}`);
        });
        message.forEach((_, place) => {
          assert.equal(verifyLms(NODE_HASH, public_key, flipped(message, place, 128), text), false, `at ${place}`);
        });
        for (let place = 0; place < signature.length; place += STRIDE) {
          const changed = bytesText(flipped(signature, place, 1 << (place % 8)));
          assert.equal(verifyLms(NODE_HASH, public_key, message, changed), false, `signature ${place}`);
        }
      });

      it(`refuses ${vector.name} when it is shorter or longer`, () => {
        for (const length of [0, 3, 4, 7, 8, 1000, signature.length - 1]) {
          assert.equal(verifyLms(NODE_HASH, public_key, message, bytesText(signature.slice(0, length))), false);
        }
        assert.equal(verifyLms(NODE_HASH, public_key, message, bytesText([...signature, 0])), false);
        assert.equal(verifyLms(NODE_HASH, public_key.slice(0, -1), message, bytesText(signature)), false);
        assert.equal(verifyLms(NODE_HASH, [...public_key, 0], message, bytesText(signature)), false);
        assert.equal(verifyLms(NODE_HASH, [], message, bytesText(signature)), false);
      });
    }
  } else {
    it(`gives the published vectors of RFC 8554 (../shared/vectors/lms.json is not there)`);
  }

  it("refuses a signature of which any byte is another", () => {
    const { public_key, message, signature } = madeSignature(10, 7, "flip");
    assert.equal(verifyLms(NODE_HASH, public_key, message, bytesText(signature)), true);
    signature.forEach((_, place) => {
      const changed = bytesText(flipped(signature, place, 1 << (place % 8)));
      assert.equal(verifyLms(NODE_HASH, public_key, message, changed), false, `byte ${place}`);
    });
  });

  it("answers the same in steps of any size, and no step is longer than it may be", () => {
    const { public_key, message, signature } = madeSignature(11, 7, "steps");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.boolean(), (step_hashes, good) => {
        const hash = countingHash();
        const text = bytesText(good ? signature : flipped(signature, 700, 1));
        const work = beginVerification(hash, public_key, message, text);
        let verdict = work.verdict;
        while (verdict === "working") {
          const before = hash.calls;
          verdict = stepVerification(work, step_hashes);
          assert.ok(hash.calls - before <= step_hashes && hash.calls > before);
        }
        assert.equal(verdict, good ? "good" : "bad");
        assert.equal(work.hashes, hash.calls);
        // An answer stays.
        assert.equal(stepVerification(work, 1), verdict);
        assert.equal(work.hashes, hash.calls);
      }),
      { numRuns: 40 },
    );
  });

  it("answers the same with a board's native chains", () => {
    const native: LmsHash = {
      sha256: NODE_HASH.sha256,
      sha256_chain: (link, value_first, n, step_place, from, to) => {
        for (let step = from; step < to; step++) {
          link[step_place] = step;
          link.splice(value_first, n, ...NODE_HASH.sha256(link).slice(0, n));
        }
        const value = link.slice(value_first, value_first + n);
        // What the port may leave of a link.
        link.fill(0xee, step_place, value_first + n);
        return value;
      },
    };
    for (const [tree_type, ots_type] of [
      [10, 8],
      [5, 3],
    ]) {
      const { public_key, message, signature } = madeSignature(tree_type, ots_type, "native");
      for (const step_hashes of [1, 7, 100_000]) {
        const work = beginVerification(native, public_key, message, bytesText(signature));
        while (work.verdict === "working") stepVerification(work, step_hashes);
        assert.equal(work.verdict, "good");
      }
    }
  });

  // What facts/radio.md states as averages (its own measurement, of another verifier) beside the theory here.
  for (const [name, tree_type, ots_type, stated, times] of [
    ["SHA-256/192 W4 H10", 11, 7, 403, 300],
    ["SHA-256/192 W8 H10", 11, 8, 3450, 60],
    ["SHA-256 W4 H10", 6, 3, 520, 200],
    ["SHA-256 W8 H10", 6, 4, 4481, 40],
  ] as const) {
    it(`takes the theory's mean of hashes within 5 % for ${name}, over ${times} signatures`, function () {
      const mean = meanHashes(parametersOf(tree_type, ots_type));
      assert.ok(Math.abs(mean - stated) <= stated / 100, `theory ${mean}, stated ${stated}`);
      const hash = countingHash();
      for (let i = 0; i < times; i++) {
        const { public_key, message, signature } = madeSignature(tree_type, ots_type, `mean ${i}`);
        assert.equal(verifyLms(hash, public_key, message, bytesText(signature)), true);
      }
      const measured = hash.calls / times;
      assert.ok(Math.abs(measured - mean) <= mean * 0.05, `measured ${measured}, theory ${mean}`);
    });
  }
});
