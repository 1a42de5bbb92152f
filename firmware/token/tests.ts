/**
 * Tests and displays that a class 1 token asks for: one bit of its control field each, or all ones for everything.
 *
 *   bit  0 valve test    1 display test   2 register         3 key revision   4 tariff index   6 flow limit
 *        7 tamper        8 flow now       9 firmware id
 *
 * Bits 5 (a reader of token cards), 10 (phases) and what is above name what this meter has not, or are not settled
 * (11 and 12); such a token is genuine, and has no function here. The manufacturer's code is not looked at: these
 * tokens are the same for every meter and change nothing.
 */
import { wholeAt } from "../card/bytes";

export type MeterTest =
  "valve" | "display" | "register" | "key_revision" | "tariff_index" | "flow_limit" | "tamper" | "flow" | "firmware";

/** In order of their bits; "" for those that this meter has not. */
const TESTS: (MeterTest | "")[] = [
  "valve",
  "display",
  "register",
  "key_revision",
  "tariff_index",
  "",
  "flow_limit",
  "tamper",
  "flow",
  "firmware",
];

/** Subclass 0: 36 bits of control; subclass 1: 28. */
const SUB_SHORT_MANUFACTURER = 0;
const SUB_LONG_MANUFACTURER = 1;

/** 2^36 - 1 and 2^28 - 1: every bit. */
const ALL_SHORT = 68719476735;
const ALL_LONG = 268435455;

export function allTests(): MeterTest[] {
  const all: MeterTest[] = [];
  for (const test of TESTS) {
    if (test !== "") {
      all.push(test);
    }
  }
  return all;
}

/** Weight of a test's bit in the control field. */
export function testControl(test: MeterTest): number {
  let control = 1;
  for (const candidate of TESTS) {
    if (candidate === test) {
      return control;
    }
    control *= 2;
  }
  return 0;
}

/** The control field of a class 1 block; -1 when its subclass has none. */
function controlOf(block: number[]): number {
  const front = block[0] % 16;
  const sub = Math.floor(block[0] / 16);
  if (sub === SUB_SHORT_MANUFACTURER) {
    return front * 4294967296 + wholeAt(block, 1, 4);
  }
  return sub === SUB_LONG_MANUFACTURER ? front * 16777216 + wholeAt(block, 1, 3) : -1;
}

/** What a class 1 block asks for; nothing when it asks for what this meter has not, or for several things. */
export function testsOf(block: number[]): MeterTest[] {
  const control = controlOf(block);
  const all = Math.floor(block[0] / 16) === SUB_SHORT_MANUFACTURER ? ALL_SHORT : ALL_LONG;
  if (control === all) {
    return allTests();
  }
  for (const test of allTests()) {
    if (testControl(test) === control) {
      return [test];
    }
  }
  return [];
}
