import assert from "node:assert/strict";
import fc from "fast-check";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import {
  PAYGO_SYNC,
  createPaygoBooks,
  createPaygoSearch,
  paygoNumber,
  paygoStart,
  stepPaygoSearch,
} from "../../../firmware/token/openpaygo";
import { entriesOf } from "../../vectors";
import { KeyedMeter, NOW_S } from "./samples";

const KEY = [...Buffer.from("bc41ec9530f6dac86b1a29ab82edc5fb", "hex")];
const START = 516_959_010;

interface Published {
  key: string;
  starting_code: number;
  count: number;
  value_raw: number | null;
  restricted_digit_set: boolean;
  extended_token: boolean;
  new_count: number;
  token: string;
}

function numberOf(count: number, value: number, long = false): string {
  return String(paygoNumber(KEY, START, count, value, long)).padStart(long ? 12 : 9, "0");
}

function paygoMeter(): KeyedMeter {
  return new KeyedMeter(wakeTokens(createTokenBooks(undefined, 0, createPaygoBooks(KEY, START)), NOW_S));
}

describe("OpenPAYGO tokens", () => {
  // test/test_tokens.jsonl of EnAccess/OpenPAYGO-python (MIT): count, value, digits.
  it("are those of the reference, of 9 digits and of 12", () => {
    assert.equal(numberOf(2, 1), "588224011");
    assert.equal(numberOf(2, 2), "639704012");
    assert.equal(numberOf(2, 1, true), "247264959011");
    assert.equal(numberOf(2, 2, true), "088026959012");
  });

  entriesOf<Published>(
    "sts.json",
    "openpaygo",
    ({ token }) => token,
    ({ key, starting_code, value_raw, extended_token, new_count, token }) => {
      const bytes = [...Buffer.from(key, "hex")];
      const number = paygoNumber(bytes, starting_code, new_count, value_raw ?? 0, extended_token);
      assert.equal(String(number).padStart(token.length, "0"), token);
      const books = createPaygoBooks(bytes, starting_code);
      const meter = new KeyedMeter(wakeTokens(createTokenBooks(undefined, 0, books), NOW_S));
      const { result, effect } = meter.key(token);
      assert.deepEqual([result, effect], ["accepted", { kind: "credit_volume", volume_l: (value_raw ?? 0) * 100 }]);
    },
    ({ restricted_digit_set }) => !restricted_digit_set,
  );

  it("have a starting code of nine digits that follows from the key", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }), (key) => {
        const start = paygoStart(key);
        assert.ok(Number.isInteger(start) && start >= 0 && start <= 999_999_999);
        assert.equal(start, paygoStart([...key]));
      }),
    );
  });

  it("are taken once, in any order among the last eight, and never twice", () => {
    const order = fc.shuffledSubarray([2, 4, 6, 8, 10, 12, 14, 16]);
    fc.assert(
      fc.property(order, fc.integer({ min: 1, max: 995 }), (counts, value) => {
        const meter = paygoMeter();
        for (const count of counts) {
          const { result, effect } = meter.key(numberOf(count, value));
          assert.deepEqual([result, effect], ["accepted", { kind: "credit_volume", volume_l: value * 100 }]);
          assert.equal(meter.key(numberOf(count, value)).result, "used");
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are taken up to 64 counts ahead, and once left behind by 16 no more", () => {
    assert.equal(paygoMeter().key(numberOf(64, 7)).result, "accepted");
    assert.equal(paygoMeter().key(numberOf(66, 7)).result, "crc");
    const meter = paygoMeter();
    meter.key(numberOf(40, 7));
    assert.equal(meter.key(numberOf(24, 7)).result, "used");
    assert.equal(meter.key(numberOf(26, 7)).result, "accepted");
  });

  it("that synchronise bring the count up to 100 ahead, close what is behind, and cannot be played again", () => {
    const meter = paygoMeter();
    const sync = numberOf(99, PAYGO_SYNC);
    assert.deepEqual(meter.key(sync).effect, { kind: "none" });
    assert.equal(meter.state.books.paygo!.count, 99);
    for (let count = 84; count < 99; count += 2) assert.equal(meter.key(numberOf(count, 7)).result, "used");
    assert.equal(meter.key(numberOf(100, 7)).result, "accepted");
    assert.equal(meter.key(sync).result, "used");
    assert.equal(meter.key(numberOf(100, 7)).result, "used");
    assert.equal(paygoMeter().key(numberOf(101, PAYGO_SYNC)).result, "crc");
  });

  it("that set or lift are genuine, and no function of this meter; the books stay", () => {
    const meter = paygoMeter();
    const { books } = meter.state;
    for (const token of [numberOf(3, 30), numberOf(3, 998), numberOf(3, 30, true), numberOf(5, 999, true)]) {
      assert.equal(meter.key(token).result, "function");
    }
    assert.equal(meter.state.books, books);
  });

  it("without a value, or with one that is reserved, bring nothing", () => {
    for (const value of [0, 996, 997, 998, 999]) assert.equal(paygoMeter().key(numberOf(2, value)).result, "range");
    assert.equal(paygoMeter().key(numberOf(2, 996, true)).result, "accepted");
    assert.equal(paygoMeter().key(numberOf(2, 995), { room: 99_499 }).result, "overflow");
  });

  it("lock the keypad when they are wrong, as others do", () => {
    const meter = paygoMeter();
    for (let i = 0; i < 3; i++) assert.equal(meter.key("000000000").result, "crc");
    assert.equal(meter.key(numberOf(2, 1)).result, "lockout");
    assert.equal(meter.key(numberOf(2, 1), { now_s: NOW_S + 10 }).result, "accepted");
  });

  it("can be looked for in steps, with the same end", () => {
    for (const digits of [numberOf(50, 7), numberOf(3, 8), "123456789"]) {
      const whole = createPaygoSearch(createPaygoBooks(KEY, START), digits);
      stepPaygoSearch(whole, 1000);
      const slow = createPaygoSearch(createPaygoBooks(KEY, START), digits);
      while (!slow.done) stepPaygoSearch(slow, 1);
      assert.deepEqual(slow, whole);
    }
  });
});
