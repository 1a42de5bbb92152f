import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesText, textBytes } from "../../../firmware/card/bytes";
import { KEY_PARTS_WAIT_S } from "../../../firmware/token/key_change";
import { tidsOf } from "../../../firmware/token/tid_memory";
import { entriesOf } from "../../vectors";
import { KeyedMeter, NOW_S, OTHER_KEY, changeTokens, decoderKey, freshMeter, tokenOf } from "./samples";

const RESULTS = ["first_kct", "second_kct", "third_kct", "fourth_kct"];
const SHORT_KEY = "e653341f9d5bf36f";
const SHORT_OTHER = "0abc12def3456789";
const next = decoderKey({ revision: 2 }, OTHER_KEY);

function hexKey(meter: KeyedMeter): string {
  return Buffer.from(textBytes(meter.state.books.sts!.key)).toString("hex");
}

describe("key change", () => {
  entriesOf<Record<string, string> & { tokens: string[]; ken: number; new_krn: number; new_kt: number }>(
    "sts.json",
    "key_change_ea11",
    ({ source }) => source,
    ({ old_key, new_key, tokens, ken, new_krn, new_kt, new_ti, new_sgc }) => {
      const meter = new KeyedMeter(freshMeter(decoderKey({}, old_key)));
      assert.deepEqual(
        tokens.map((token) => meter.key(token).result),
        [...RESULTS.slice(0, 3), "accepted"],
      );
      assert.equal(hexKey(meter), new_key);
      const { type, revision, tariff_index, expiry } = meter.state.books.sts!;
      assert.deepEqual([type, revision, tariff_index, expiry], [new_kt, new_krn, Number(new_ti), ken]);
      const again = new KeyedMeter(freshMeter(decoderKey({}, old_key)));
      const effect = tokens.map((token) => again.key(token).effect).at(-1);
      assert.deepEqual(effect, { kind: "change_key", rolls_over: false, region: Number(new_sgc) });
    },
  );

  it("takes its four tokens in any order, each as often as one likes, and the new key at the end", () => {
    const places = fc.array(fc.nat(3), { maxLength: 8 });
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(places, order, (before, rest) => {
        const tokens = changeTokens(OTHER_KEY);
        const meter = new KeyedMeter();
        const there = new Set<number>();
        for (const place of [...before, ...rest]) {
          if (there.size === 4) break;
          there.add(place);
          const { result } = meter.key(tokens[place]);
          assert.equal(result, there.size === 4 ? "accepted" : RESULTS[place]);
        }
        assert.equal(hexKey(meter), OTHER_KEY);
        // Under the old key nothing is taken any more, under the new one everything.
        assert.equal(meter.key(tokens[0]).result, "crc");
        assert.equal(meter.key(tokenOf({ middle: 100 })).result, "crc");
        assert.equal(meter.key(tokenOf({ middle: 100 }, 0, next)).result, "accepted");
      }),
    );
  });

  it("takes two tokens where the key has 8 bytes, and knows no third there", () => {
    const old = decoderKey({}, SHORT_KEY);
    const meter = new KeyedMeter(freshMeter(old));
    const [first, second] = changeTokens(SHORT_OTHER, { ken: 0x5a }, old);
    assert.equal(meter.key(tokenOf({ sub: 8, middle: 100 }, 2, old)).result, "function");
    assert.equal(meter.key(second).result, "second_kct");
    const { result, effect } = meter.key(first);
    assert.deepEqual(
      { result, effect },
      { result: "accepted", effect: { kind: "change_key", rolls_over: false, region: -1 } },
    );
    assert.equal(hexKey(meter), SHORT_OTHER);
    assert.equal(meter.state.books.sts!.expiry, 0x5a);
  });

  it("remembers its TIDs, but begins them anew with roll-over", () => {
    for (const ro of [0, 1]) {
      const meter = new KeyedMeter();
      meter.key(tokenOf({ middle: 100 }));
      for (const token of changeTokens(OTHER_KEY, { ro })) meter.key(token);
      assert.equal(meter.key(tokenOf({ middle: 100 }, 0, next)).result, ro === 1 ? "accepted" : "used");
    }
    const late = new KeyedMeter(freshMeter(decoderKey(), 50_000));
    for (const token of changeTokens(OTHER_KEY, { ro: 1 })) late.key(token);
    assert.deepEqual(tidsOf(late.state.books.tids), [0]);
  });

  it("forgets parts that have waited longer than 90 s, and after a power cut", () => {
    const tokens = changeTokens(OTHER_KEY);
    const meter = new KeyedMeter();
    for (let i = 0; i < 3; i++) meter.key(tokens[i], { now_s: NOW_S + i * KEY_PARTS_WAIT_S });
    const late_s = NOW_S + 3 * KEY_PARTS_WAIT_S + 1;
    assert.equal(meter.key(tokens[3], { now_s: late_s }).result, "fourth_kct");
    for (let i = 0; i < 2; i++) assert.equal(meter.key(tokens[i], { now_s: late_s + i }).result, RESULTS[i]);
    assert.equal(meter.key(tokens[2], { now_s: late_s + 2 }).result, "accepted");
  });

  it("keeps the books as they are until the last part", () => {
    const meter = new KeyedMeter();
    const { books } = meter.state;
    for (const token of changeTokens(OTHER_KEY).slice(1)) meter.key(token);
    assert.equal(meter.state.books, books);
  });

  it("refuses keys that are not for this meter: of cards, of three tokens, the factory's once it is left", () => {
    const refusal = (change: object, key = decoderKey()) =>
      new KeyedMeter(freshMeter(key)).key(changeTokens(OTHER_KEY, change, key)[0]).result;
    assert.equal(refusal({ kt: 3 }), "key_type");
    assert.equal(refusal({ three: 1 }), "key_type");
    assert.equal(refusal({ kt: 0 }), "key_type");
    assert.equal(refusal({ kt: 0 }, decoderKey({ type: 0 })), "first_kct");
    assert.equal(refusal({ kt: 1 }), "first_kct");
  });

  it("refuses revisions, tariff indexes and regions that there are not", () => {
    const results = (change: object) => {
      const meter = new KeyedMeter();
      return changeTokens(OTHER_KEY, change).map((token) => meter.key(token).result);
    };
    assert.equal(results({ krn: 0 })[0], "range");
    assert.equal(results({ krn: 10 })[0], "range");
    assert.equal(results({ ti: 100 })[1], "range");
    assert.equal(results({ sgc: 1_000_000 })[3], "range");
    assert.equal(results({ sgc: 999_999 })[3], "accepted");
  });

  it("may come to a meter with the region's default key, and ends its refusal of credit", () => {
    const key = decoderKey({ type: 1 });
    const meter = new KeyedMeter(freshMeter(key));
    assert.equal(meter.key(tokenOf({ middle: 100 }, 0, key)).result, "ddtk");
    for (const token of changeTokens(OTHER_KEY, {}, key)) meter.key(token);
    assert.equal(meter.key(tokenOf({ middle: 100 }, 0, next)).result, "accepted");
  });

  it("does not clear a lock-out by its parts, only by the whole", () => {
    const meter = new KeyedMeter();
    const wrong = tokenOf({ middle: 9 }, 0, next);
    meter.key(wrong);
    meter.key(wrong);
    const tokens = changeTokens(OTHER_KEY);
    for (const token of tokens.slice(1)) meter.key(token);
    assert.equal(meter.state.books.failures, 2);
    assert.equal(meter.key(tokens[0]).result, "accepted");
    assert.equal(meter.state.books.failures, 0);
  });

  it("keeps keys as bytes of any value", () => {
    const hex = "00ff80017f0a0d20e2c3ff00fffe00d1";
    const meter = new KeyedMeter();
    for (const token of changeTokens(hex)) meter.key(token);
    assert.equal(meter.state.books.sts!.key, bytesText([...Buffer.from(hex, "hex")]));
  });
});
