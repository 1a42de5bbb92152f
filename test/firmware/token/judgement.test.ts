import assert from "node:assert/strict";
import fc from "fast-check";
import { amountField, amountOf, AMOUNT_MAX, currencyAmount, currencyFields } from "../../../firmware/token/amount";
import { blockOf } from "../../../firmware/token/block";
import { wakeTokens } from "../../../firmware/token/books";
import { TENTH_L, judgeToken } from "../../../firmware/token/judgement";
import { tokenDigits } from "../../../firmware/token/number";
import { tokenWait } from "../../../firmware/token/lockout";
import * as misty1 from "../../../firmware/crypto/misty1";
import sinon from "sinon";
import {
  TIDS_REMEMBERED,
  createTids,
  tidJudgement,
  tidPlace,
  tidsGood,
  tidsOf,
  withTid,
} from "../../../firmware/token/tid_memory";
import { CURRENCY, KeyedMeter, NOW_S, OTHER_KEY, ROOM_L, VOLUME, decoderKey, freshMeter, tokenOf } from "./samples";

/** A number whose check is wrong under the key of the samples. */
const WRONG = tokenOf({ middle: 9 }, 0, decoderKey({}, OTHER_KEY));

describe("judgement of tokens", () => {
  it("takes a water token once, and never again", () => {
    const meter = new KeyedMeter();
    const token = tokenOf({ middle: 100, value: 256 });
    const { result, effect } = meter.key(token);
    assert.deepEqual({ result, effect }, { result: "accepted", effect: { kind: "credit_volume", volume_l: 25_600 } });
    assert.equal(meter.key(token).result, "used");
    assert.deepEqual(meter.key(token).effect, { kind: "none" });
  });

  it("credits any amount from 0.1 to 1,820,162.4 m3 once, rounded up as the standard says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: AMOUNT_MAX }), fc.nat(15), fc.nat(2 ** 24 - 2), (tenths, rnd, tid) => {
        const meter = new KeyedMeter();
        const token = tokenOf({ front: rnd, middle: tid + 1, value: amountField(tenths)! });
        const { result, effect } = meter.key(token);
        assert.equal(result, "accepted");
        assert.equal(effect.kind, "credit_volume");
        if (effect.kind !== "credit_volume") return;
        // The least amount of its band that is not below: 1, 10, 100 or 1000 tenths apart, from the band's first.
        const [first, step] = [
          [1_818_624, 1000],
          [180_224, 100],
          [16_384, 10],
          [0, 1],
        ].find(([band]) => tenths > band - 1)!;
        const inside = first + Math.ceil((tenths - first) / step) * step;
        const next_band = [16_384, 180_224, 1_818_624].find((band) => band > tenths) ?? Infinity;
        const last = first + 16_383 * step;
        assert.equal(effect.volume_l, (inside > last ? next_band : inside) * TENTH_L);
        assert.equal(meter.key(token).result, "used");
      }),
      { numRuns: 1500 },
    );
  });

  it("credits money exactly as the token says it, on a meter of money", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 11 }),
        fc.integer({ min: 1, max: 2 ** 24 - 1 }),
        (amount_milli, tid) => {
          const fields = currencyFields(amount_milli)!;
          const token = tokenOf({ sub: 5, front: fields.sign_exponent, middle: tid, value: fields.amount });
          const { result, effect } = new KeyedMeter(freshMeter(), CURRENCY).key(token, { room: 10 ** 12 });
          assert.equal(result, "accepted");
          assert.deepEqual(effect, { kind: "credit_money", amount_milli: currencyAmount(fields) });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has one mode: litres on a meter of money, and money on one of litres, are no function of it", () => {
    assert.equal(new KeyedMeter(freshMeter(), CURRENCY).key(tokenOf({ middle: 100 })).result, "function");
    assert.equal(new KeyedMeter().key(tokenOf({ sub: 5, front: 0, middle: 100 })).result, "function");
  });

  it("asks in the order of the standard: who fails several questions is told the first", () => {
    const expired = { expiry: 0, type: 1 };
    const meter = () => new KeyedMeter(freshMeter(decoderKey(expired), 80_000));
    assert.equal(meter().key("9".repeat(20)).result, "format");
    // Wrong key; then a subclass of electricity; then the default key; then expired, old; then without value.
    assert.equal(meter().key(WRONG).result, "crc");
    assert.equal(meter().key(tokenOf({ sub: 0, middle: 70_000, value: 0 })).result, "function");
    assert.equal(meter().key(tokenOf({ sub: 1, middle: 70_000, value: 0 })).result, "ddtk");
    assert.equal(meter().key(tokenOf({ sub: 1, middle: 70_000, value: 9 }, 2)).result, "key_expired");
    assert.equal(meter().key(tokenOf({ sub: 1, middle: 60_000, value: 9 }, 2)).result, "old");
    const unique = new KeyedMeter(freshMeter(decoderKey(), 80_000));
    assert.equal(unique.key(tokenOf({ middle: 80_000, value: 0 })).result, "used");
    assert.equal(unique.key(tokenOf({ middle: 80_001, value: 0 })).result, "range");
    assert.equal(unique.key(tokenOf({ middle: 80_001, value: 5 }), { room: 499 }).result, "overflow");
    assert.equal(unique.key(tokenOf({ middle: 80_001, value: 5 }), { room: 500 }).result, "accepted");
  });

  it("refuses what is expired, from the first TID past the key's expiry number on", () => {
    for (const expiry of [0, 85, 254]) {
      const meter = new KeyedMeter(freshMeter(decoderKey({ expiry })));
      assert.equal(meter.key(tokenOf({ middle: (expiry + 1) * 65_536 })).result, "key_expired");
      assert.equal(meter.key(tokenOf({ middle: (expiry + 1) * 65_536 - 1 })).result, "accepted");
    }
    assert.equal(new KeyedMeter().key(tokenOf({ middle: 2 ** 24 - 1 })).result, "accepted");
  });

  it("clears credit and tamper, limits the flow and lifts the limit; nothing else of class 2", () => {
    const effectOf = (sub: number, value: number, terms = VOLUME) => {
      const { result, effect } = new KeyedMeter(freshMeter(), terms).key(tokenOf({ sub, middle: 100, value }, 2));
      return result === "accepted" ? effect : result;
    };
    assert.deepEqual(effectOf(0, 0x416a), { kind: "limit_flow", flow_l_h: 20_004 });
    assert.deepEqual(effectOf(0, 0), { kind: "limit_flow", flow_l_h: 0 });
    assert.deepEqual(effectOf(1, 65_535), { kind: "clear_credit" });
    assert.deepEqual(effectOf(1, 1), { kind: "clear_credit" });
    assert.deepEqual(effectOf(1, 5, CURRENCY), { kind: "clear_credit" });
    assert.deepEqual(effectOf(5, 0), { kind: "clear_tamper" });
    for (const register of [0, 2, 3, 4, 5, 6, 7, 8, 65_534]) assert.equal(effectOf(1, register), "range");
    assert.equal(effectOf(1, 1, CURRENCY), "range");
    assert.equal(effectOf(5, 1), "range");
    // 7 is the water meter factor: genuine, and refused.
    for (const sub of [2, 6, 7, 10, 12, 15]) assert.equal(effectOf(sub, 1), "function");
  });

  it("lends by a maker's own class 2, as credit is said: its value, or 0 for the settings'", () => {
    const lent = (fields: object, terms = VOLUME, moment = {}) => {
      const meter = new KeyedMeter(freshMeter(), terms);
      const { result, effect } = meter.key(tokenOf({ sub: 11, middle: 100, ...fields }, 2), moment);
      assert.equal(meter.key(tokenOf({ sub: 11, middle: 100, ...fields }, 2)).result === "used", result === "accepted");
      return effect.kind === "lend" ? effect.amount : result;
    };
    assert.equal(lent({ value: 25 }), 2500);
    assert.equal(lent({ value: 0 }), 0);
    assert.equal(lent({ value: 25 }, VOLUME, { room: 2499 }), "overflow");
    assert.equal(lent({ value: 25, front: 0 }, CURRENCY), 25);
    assert.equal(lent({ value: 25, front: 8 }, CURRENCY), "range");
    const default_key = new KeyedMeter(freshMeter(decoderKey({ type: 1 })));
    assert.equal(default_key.key(tokenOf({ sub: 11, middle: 100, value: 1 }, 2)).result, "ddtk");
  });

  it("takes less than nothing for nothing", () => {
    const meter = new KeyedMeter(freshMeter(), CURRENCY);
    assert.equal(meter.key(tokenOf({ sub: 5, front: 8, middle: 100, value: 7 })).result, "range");
    assert.equal(meter.key(tokenOf({ sub: 5, front: 7, middle: 100, value: 7 })).result, "overflow");
  });

  it("runs the tests of class 1 without a key, and as often as one likes", () => {
    const valve = "00000000000150997584";
    const bare = new KeyedMeter(wakeTokens({ ...freshMeter().books, sts: undefined }, NOW_S));
    for (const meter of [bare, new KeyedMeter(), new KeyedMeter()]) {
      const { result, effect, state } = meter.key(valve);
      assert.deepEqual({ result, effect }, { result: "accepted", effect: { kind: "run_tests", tests: ["valve"] } });
      assert.equal(state, meter.state);
    }
    const typo = tokenDigits(1, [...blockOf(1, { sub: 0, front: 0, middle: 0, value: 256 }).slice(0, 7), 99]);
    assert.equal(bare.key(typo).result, "crc");
  });

  it("leaves the state as it was when it refuses, but for the count of wrong numbers", () => {
    const state = freshMeter(decoderKey({ type: 1 }), 80_000);
    for (const token of [tokenOf({ middle: 90_000 }), tokenOf({ sub: 9, middle: 1 }), "1", "9".repeat(20)]) {
      assert.equal(judgeToken(VOLUME, state, token, { now_s: NOW_S, room: ROOM_L }).state, state);
    }
    const before = structuredClone(state);
    const after = judgeToken(VOLUME, state, WRONG, { now_s: NOW_S, room: ROOM_L }).state;
    assert.deepEqual(state, before, "the state that was handed in is not changed in place");
    assert.deepEqual(after.books, { ...state.books, failures: 1 });
  });

  it("deciphers once at most, and not at all where it can tell without", () => {
    const spy = sinon.spy(misty1, "misty1Decrypt");
    try {
      const cost = (token: string, state = freshMeter()) => {
        spy.resetHistory();
        new KeyedMeter(state).key(token);
        return spy.callCount;
      };
      assert.equal(cost(tokenOf({ middle: 100 })), 1);
      assert.equal(cost(WRONG), 1);
      for (const token of ["", "1".repeat(9), "9".repeat(20), "00000000000150997584"]) assert.equal(cost(token), 0);
      const locked = { ...freshMeter(), session: { parts: undefined, locked_until_s: NOW_S + 1 } };
      assert.equal(cost(tokenOf({ middle: 100 }), locked), 0);
    } finally {
      spy.restore();
    }
  });

  it("calls 9 digits no number on a meter without OpenPAYGO, and 20 none on one without STS", () => {
    assert.equal(new KeyedMeter().key("123456789").result, "format");
    const bare = new KeyedMeter(wakeTokens({ ...freshMeter().books, sts: undefined }, NOW_S));
    assert.equal(bare.key(tokenOf({ middle: 100 })).result, "format");
  });
});

describe("TID memory", () => {
  it("takes each TID once, whatever the order, and none that is below all it remembers", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 400 }), (tids) => {
        let memory = createTids(0);
        const taken = new Set([0]);
        for (const tid of tids) {
          const judged = tidJudgement(tidPlace(memory, tid));
          if (judged === "new") {
            assert.equal(taken.has(tid), false, `${tid} is taken twice`);
            taken.add(tid);
            memory = withTid(memory, tid, tidPlace(memory, tid));
          } else {
            assert.equal(judged === "used", tidsOf(memory).includes(tid));
            assert.ok(judged === "used" || tid < tidsOf(memory)[0]);
          }
          assert.equal(tidsGood(memory), true);
          const newest = [...taken].sort((one, other) => other - one).slice(0, TIDS_REMEMBERED);
          assert.deepEqual(tidsOf(memory), newest.reverse());
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of a factory-fresh meter takes 50 tokens in any order, and still refuses what is older than itself", () => {
    let memory = createTids(1000);
    for (let tid = 1049; tid > 1000; tid--) memory = withTid(memory, tid, tidPlace(memory, tid));
    assert.equal(tidsOf(memory).length, TIDS_REMEMBERED);
    assert.equal(tidJudgement(tidPlace(memory, 999)), "old");
    assert.equal(tidJudgement(tidPlace(memory, 1000)), "used");
  });

  it("that comes back damaged is noticed", () => {
    const text = (...tids: number[]) => tids.map(createTids).join("");
    assert.equal(tidsGood(text(1, 2, 70_000)), true);
    for (const bad of ["", "ab", "abcd", text(2, 1), text(1, 1), text(...Array.from({ length: 51 }, (_, i) => i))]) {
      assert.equal(tidsGood(bad), false);
    }
  });
});

describe("lock-out", () => {
  it("begins with the third wrong number, doubles from 10 s, and stays at 1,280 s", () => {
    const waits = Array.from({ length: 14 }, (_, failures) => tokenWait(failures));
    assert.deepEqual(waits, [0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 1280, 1280, 1280, 1280]);
    assert.equal(tokenWait(255), 1280);
  });

  function locked(): KeyedMeter {
    const meter = new KeyedMeter();
    for (let i = 0; i < 3; i++) assert.equal(meter.key(WRONG).result, "crc");
    return meter;
  }

  it("looks at nothing until it is over, and a good token then clears it", () => {
    const meter = locked();
    const good = tokenOf({ middle: 100 });
    assert.equal(meter.key(good, { now_s: NOW_S + 9 }).result, "lockout");
    assert.equal(meter.state.books.failures, 3, "what is not looked at does not count");
    assert.equal(meter.key(good, { now_s: NOW_S + 10 }).result, "accepted");
    assert.equal(meter.state.books.failures, 0);
    for (let i = 0; i < 2; i++) assert.equal(meter.key(WRONG, { now_s: NOW_S + 10 }).result, "crc");
    assert.equal(meter.key(tokenOf({ middle: 101 }), { now_s: NOW_S + 10 }).result, "accepted");
  });

  it("begins again after a power cut", () => {
    const woken = wakeTokens(locked().state.books, 5000);
    assert.equal(woken.session.locked_until_s, 5010);
  });

  it("lets test tokens through, which do not clear it", () => {
    const meter = locked();
    assert.equal(meter.key("00000000000150997584").result, "accepted");
    assert.equal(meter.key(tokenOf({ middle: 100 })).result, "lockout");
    assert.equal(meter.state.books.failures, 3);
  });

  it("is not cleared by a token that was used before, nor grows by it", () => {
    const used = tokenOf({ middle: 100 });
    const meter = new KeyedMeter();
    meter.key(used);
    meter.key(WRONG);
    meter.key(WRONG);
    assert.equal(meter.key(used).result, "used");
    assert.equal(meter.state.books.failures, 2);
  });

  it("stays with numbers that end", () => {
    const meter = new KeyedMeter();
    for (let i = 0; i < 400; i++) meter.key(WRONG, { now_s: NOW_S + i * 1280 });
    assert.equal(meter.state.books.failures, 255);
    assert.equal(meter.key(WRONG, { now_s: NOW_S + 400 * 1280 }).result, "crc");
  });
});

describe("amounts and rounding", () => {
  it("never credits less than was asked for", () => {
    for (const tenths of [1, 16_383, 16_385, 180_215, 180_223, 1_818_623, 18_201_623]) {
      assert.ok(amountOf(amountField(tenths)!) >= tenths);
    }
  });
});
