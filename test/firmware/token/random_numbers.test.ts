/**
 * How many numbers that nobody made does a meter take? As many as the format lets through, and no more: a check of 16
 * bits, and what follows from classes, subclasses and TIDs. Counts are held against bounds that a right meter leaves
 * about once in a thousand million runs; every run has a seed of its own, which its title names.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { blockCrc } from "../../../firmware/token/block";
import { encryptBlock } from "../../../firmware/token/cipher";
import { judgeToken } from "../../../firmware/token/judgement";
import { tokenWait } from "../../../firmware/token/lockout";
import { tokenDigits } from "../../../firmware/token/number";
import { NOW_S, ROOM_L, VOLUME, decoderKey, freshMeter, seeded } from "./samples";

const NUMBERS = process.env["CURBSTOP_LONG"] === "1" ? 10_000_000 : 200_000;
const CHECKED = 200_000;
const SEED = randomInt(2 ** 31);

/** TID of 2026-01-01 from 2014: what is below it is old. */
const MADE_TID = 6_311_520;
const TIDS = 2 ** 24;

/** The share of 20-digit numbers that are below 2^66. */
const IN_RANGE = 2 ** 66 / 1e20;
/** Of a class's numbers with a good check, those of one subclass whose TID is new. */
const SUB_AND_NEW = (1 / 16) * ((TIDS - MADE_TID - 1) / TIDS);
const VALUES = 65_536;
/**
 * Of class 0, water alone with any value but none; of class 2, any limit, two registers, one clearing of tamper, and any
 * emergency credit.
 */
const TAKEN_CREDIT = SUB_AND_NEW * ((VALUES - 1) / VALUES);
const TAKEN_MANAGEMENT = SUB_AND_NEW * (1 + 2 / VALUES + 1 / VALUES + 1);
/** Key change parts: not of three, of two key types, nine revisions; a hundred tariff indexes; the others any. */
const PARTS = (1 / 16) * ((1 / 2) * (1 / 2) * (9 / 16) + 100 / 256 + 1 + 1);

/** Six standard deviations. */
function assertBinomial(count: number, trials: number, share: number, what: string): void {
  const expected = trials * share;
  const most = 6 * Math.sqrt(expected * (1 - share));
  assert.ok(
    Math.abs(count - expected) <= most,
    `${what}: ${count}, expected ${expected.toFixed(1)} +- ${most.toFixed(1)}`,
  );
}

/** Chance of more than `count` in a Poisson distribution. */
function poissonAbove(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = term;
  for (let k = 1; k <= count; k++) {
    term *= mean / k;
    below += term;
  }
  return 1 - below;
}

function assertRare(count: number, mean: number, what: string): void {
  let most = 0;
  while (poissonAbove(most, mean) > 1e-9) most++;
  let least = 0;
  while (1 - poissonAbove(least, mean) < 1e-9) least++;
  assert.ok(count >= least && count <= most, `${what}: ${count}, expected ${mean.toFixed(2)}, ${least} to ${most}`);
}

describe(`numbers that nobody made (seed ${SEED})`, function () {
  this.timeout(1_200_000);
  const state = freshMeter(decoderKey(), MADE_TID);
  const next = seeded(SEED);

  function judged(digits: string): string {
    const { result, effect } = judgeToken(VOLUME, state, digits, { now_s: NOW_S, room: ROOM_L });
    return result === "accepted" && effect.kind.startsWith("credit") ? "credited" : result;
  }

  it(`${NUMBERS.toLocaleString("en")} of twenty digits are taken as often as their check lets them`, function () {
    const counts: Record<string, number> = {};
    for (let i = 0; i < NUMBERS; i++) {
      let digits = "";
      for (let group = 0; group < 4; group++) digits += String(next() % 100_000).padStart(5, "0");
      const result = judged(digits);
      counts[result] = (counts[result] ?? 0) + 1;
    }
    const of = (...results: string[]) => results.reduce((sum, result) => sum + (counts[result] ?? 0), 0);
    const class_share = (IN_RANGE / 4) * 2 ** -16;
    const taken = of("credited", "accepted");
    const expected = NUMBERS * class_share * (TAKEN_CREDIT + TAKEN_MANAGEMENT);
    console.log(
      `      taken ${taken}, of them credited ${of("credited")}; expected ${expected.toFixed(2)}:`,
      JSON.stringify(counts),
    );
    assertBinomial(of("format"), NUMBERS, 1 - (IN_RANGE * 3) / 4, "no tokens");
    const through = NUMBERS - of("format", "crc");
    assertRare(through, NUMBERS * class_share * 3, "good checks");
    assertRare(taken, expected, "taken");
    assertRare(of("credited"), NUMBERS * class_share * TAKEN_CREDIT, "credited");
    assertRare(of("first_kct", "second_kct", "third_kct", "fourth_kct"), NUMBERS * class_share * PARTS, "key parts");
  });

  it("with a good check are taken as often as classes, subclasses and TIDs allow", () => {
    const key = decoderKey();
    for (const token_class of [0, 2]) {
      const counts: Record<string, number> = {};
      for (let i = 0; i < CHECKED; i++) {
        const words = [next(), next()];
        const block = [0, 8, 16]
          .map((by) => (words[0] >>> by) & 255)
          .concat([0, 8, 16].map((by) => (words[1] >>> by) & 255));
        const crc = blockCrc(token_class, block);
        block.push(Math.floor(crc / 256), crc % 256);
        const result = judged(tokenDigits(token_class, encryptBlock(key.algorithm, undefined, key.key, block)));
        counts[result] = (counts[result] ?? 0) + 1;
      }
      const of = (...results: string[]) => results.reduce((sum, result) => sum + (counts[result] ?? 0), 0);
      assert.equal(of("crc", "format"), 0);
      assertBinomial(of("credited", "accepted"), CHECKED, token_class === 0 ? TAKEN_CREDIT : TAKEN_MANAGEMENT, "taken");
      const parts = of("first_kct", "second_kct", "third_kct", "fourth_kct");
      assertBinomial(parts, CHECKED, token_class === 0 ? 0 : PARTS, "key parts");
    }
  });

  it("need more than 60 years at the keypad until one is credited, on the average", () => {
    // Whoever knows the format tries numbers of class 0 alone, each after the longest wait; emergency credit, in class 2,
    // is guessed no sooner.
    const tries = 1 / (2 ** -16 * Math.max(TAKEN_CREDIT, SUB_AND_NEW));
    const years = (tries * tokenWait(255)) / (365.25 * 86_400);
    console.log(`      ${Math.round(tries).toLocaleString("en")} tries, ${years.toFixed(1)} years`);
    assert.ok(years > 60);
  });
});
