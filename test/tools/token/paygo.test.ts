/**
 * OpenPAYGO tokens at the desk: counts that never repeat, amounts that a meter credits, and the meter's own judgement of
 * what was sold.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { judgeToken, type TokenEffect } from "../../../firmware/token/judgement";
import { createPaygoBooks, paygoStart } from "../../../firmware/token/openpaygo";
import type { TokenResult } from "../../../firmware/token/results";
import { paygoKey } from "../../../tools/keys/derive";
import { KeyRing, withRegion, withRotated } from "../../../tools/keys/ring";
import { explainPaygo } from "../../../tools/token/explaining";
import { paygoOffer } from "../../../tools/token/paygo";
import { vendedReceipt } from "../../../tools/token/receipts";
import { VendingDesk, type Order } from "../../../tools/token/vending";
import { LATER, METER, NOON, REGION, STS, temporaryFolder } from "../keys/samples";
import { refusal } from "./samples";

const UNIT = 100;

describe("OpenPAYGO at the vending desk", function () {
  const folder = temporaryFolder();
  const ring = withRegion(new KeyRing(), REGION, STS, NOON);
  let number = 0;
  let records = "";
  beforeEach(() => (records = folder.file(`desk-${(number += 1)}`)));

  const order = (change: Partial<Order> = {}): Order => ({
    ...{ request: "r1", region: REGION, meter: METER, use: "water", amount: 10, reason: "" },
    paygo: { unit: UNIT },
    ...change,
  });
  const desk = (keys = ring) => new VendingDesk(keys, records, { now: () => NOON });
  const key = () => paygoKey(ring.current(REGION, "vending"), METER).bytes();

  /** A meter of litres or money that was provisioned with this key. */
  function meter(mode: "volume" | "currency" = "volume", unit = UNIT) {
    let state = wakeTokens(createTokenBooks(undefined, 0, createPaygoBooks(key(), paygoStart(key()))), 0);
    return (token: string): TokenEffect | TokenResult => {
      const judgement = judgeToken({ mode, tables: undefined, paygo_unit: unit }, state, token, {
        now_s: 0,
        room: 10 ** 9,
      });
      state = judgement.state;
      return judgement.result === "accepted" ? judgement.effect : judgement.result;
    };
  }

  it("sells what the meter credits once, in nine digits or in twelve, in any order", async () => {
    const at = desk();
    const sold: string[] = [];
    for (const amount of [10, 995, 996, 125_000]) {
      const { issued } = await at.issue(order({ request: `w${amount}`, amount }));
      sold.push(issued.tokens[0]);
    }
    assert.deepEqual(
      sold.map(({ length }) => length),
      [9, 9, 12, 12],
    );
    const take = meter();
    const litres = (token: string) => (take(token) as { volume_l: number }).volume_l;
    assert.deepEqual(
      [3, 0, 2, 1].map((place) => litres(sold[place])),
      [12_500_000, 1000, 99_600, 99_500],
    );
    assert.deepEqual(sold.map(take), ["used", "used", "used", "used"]);
  });

  it("sells money to a meter of money, rounded up to its unit", async () => {
    const { issued } = await desk().issue(order({ use: "money", amount: 12_301, paygo: { unit: 1000 } }));
    assert.deepEqual([issued.said, issued.paygo], [13_000, { count: 2, value: 13 }]);
    assert.deepEqual(meter("currency", 1000)(issued.tokens[0]), { kind: "credit_money", amount_milli: 13_000 });
  });

  it("never credits less than was asked for, nor a whole unit more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000 }), fc.constantFrom(1, 10, 50, 100, 1000), (amount, unit) => {
        const { value, said } = paygoOffer("water", amount, unit);
        assert.ok(said >= amount && said - amount < Math.max(1, unit / 100), `${amount} of ${unit}: ${value}`);
        assert.equal(value * unit, said * 100);
      }),
    );
  });

  it("answers one request with one token and one count, also after a restart, and beside STS tokens", async () => {
    const first = await desk().issue(order());
    const again = await desk().issue(order({ paygo: {} }));
    assert.deepEqual([again.issued, again.repeated], [first.issued, true]);
    await desk().issue(order({ request: "sts", paygo: undefined }));
    const next = await desk().issue(order({ request: "r2", paygo: {} }));
    assert.deepEqual([first.issued.paygo?.count, next.issued.paygo?.count], [2, 4]);
    await assert.rejects(desk().issue(order({ paygo: undefined })), refusal("request_conflict", /other family/));
    const reissued = await desk().reissue(METER, "r1");
    assert.deepEqual(reissued.issued.tokens, first.issued.tokens);
    assert.match(vendedReceipt(reissued, "reissued").text, /^did +water reissued \(REISSUE/);
    const { json } = vendedReceipt(reissued, "reissued") as { json: { family: string; qr: string; count: number } };
    assert.deepEqual([json.family, json.count, json.qr], ["openpaygo", 2, first.issued.tokens[0]]);
  });

  it("keeps to the key of the first token when the vending key is rotated, or the meter moves to another region", async () => {
    await desk().issue(order());
    const rotated = withRotated(ring, REGION, "vending", LATER);
    const { issued } = await desk(rotated).issue(order({ request: "r2", paygo: {} }));
    assert.deepEqual(meter()(issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
    const both = withRegion(ring, "600201", STS, NOON);
    await desk(both).changeKey({ request: "k", region: REGION, meter: METER, reason: "", new_region: "600201" });
    const moved = await desk(both).issue(order({ request: "r3", region: "600201", paygo: {} }));
    assert.deepEqual(meter()(moved.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
  });

  it("refuses what it cannot say, in one line: no unit, another unit, other uses, too much", async () => {
    await assert.rejects(desk().issue(order({ paygo: {} })), refusal("bad_input", /give --first-unit/));
    await assert.rejects(desk().issue(order({ paygo: { unit: 30 } })), refusal("out_of_range", /divides 100/));
    await assert.rejects(desk().issue(order({ use: "limit" })), refusal("bad_input", /add water or money/));
    await assert.rejects(desk().issue(order({ amount: 1_000_000 })), refusal("out_of_range", /sell it in parts/));
    await desk().issue(order());
    await assert.rejects(
      desk().issue(order({ request: "r2", paygo: { unit: 10 } })),
      refusal("bad_input", /is 100, not 10/),
    );
  });

  it("is explained by its key: count and value, and what a meter says of another's", async () => {
    const { issued } = await desk().issue(order());
    const input = { key: key(), start: paygoStart(key()), count: 0 };
    const good = explainPaygo(issued.tokens[0], input, "volume");
    assert.deepEqual([good.refused, good.fields], [null, { family: "OpenPAYGO", count: 2, meaning: "add", value: 10 }]);
    const late = explainPaygo(issued.tokens[0], { ...input, count: 40 }, "volume");
    assert.equal(late.result, "used");
    const other = explainPaygo(issued.tokens[0], { ...input, key: key().reverse() }, "volume");
    assert.deepEqual([other.result, other.fields], ["crc", { family: "OpenPAYGO" }]);
  });
});
