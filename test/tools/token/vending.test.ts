import assert from "node:assert/strict";
import fs from "node:fs";
import sinon from "sinon";
import path from "node:path";
import { bytesText } from "../../../firmware/card/bytes";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { judgeToken, type TokenEffect } from "../../../firmware/token/judgement";
import type { TokenResult } from "../../../firmware/token/results";
import { KeyRing, withRegion, withRotated } from "../../../tools/keys/ring";
import type { MeterKey } from "../../../tools/token/entries";
import { vendedReceipt } from "../../../tools/token/receipts";
import { VendingDesk, type Order } from "../../../tools/token/vending";
import { LATER, METER, NOON, REGION, STS, assertNoSecret, temporaryFolder } from "../keys/samples";
import { refusal } from "./samples";

const OTHER_METER = "000001000000000082";
const OTHER_REGION = "600201";

describe("vending desk", function () {
  const folder = temporaryFolder();
  const ring = withRegion(withRegion(new KeyRing(), REGION, STS, NOON), OTHER_REGION, STS, NOON);
  const rotated = withRotated(ring, REGION, "vending", LATER, { base_date: 2035 });
  let number = 0;
  let records = "";
  beforeEach(() => (records = folder.file(`desk-${(number += 1)}`)));

  const order = (change: Partial<Order> = {}): Order => ({
    ...{ request: "r1", region: REGION, meter: METER, use: "water", amount: 10, reason: "" },
    ...change,
  });
  const desk = (keys = ring, now = NOON) => new VendingDesk(keys, records, { now: () => now });
  const file = () => path.join(records, "meters", METER.slice(-3, -1), METER);

  /** A meter of litres, or of money, that has this key. */
  function meterWith(from: VendingDesk, key: MeterKey, mode: "volume" | "currency" = "volume", meter = METER) {
    const bytes = from.tokenKey(meter, key).key.bytes();
    const attributes = { type: key.kt, revision: key.krn, tariff_index: Number(key.ti), expiry: key.ken };
    const decoder = { algorithm: 11, key: bytesText(bytes), ...attributes };
    let state = wakeTokens(createTokenBooks(decoder, 0, undefined), 0);
    return (token: string): TokenEffect | TokenResult => {
      const judgement = judgeToken({ mode, tables: undefined, paygo_unit: 1 }, state, token, {
        now_s: 0,
        room: 10 ** 9,
      });
      state = judgement.state;
      return judgement.result === "accepted" ? judgement.effect : judgement.result;
    };
  }

  it("sells water, money, limits and clearings that the meter takes", async () => {
    const at = desk();
    const sold = async (use: Order["use"], amount: number, mode: "volume" | "currency" = "volume") => {
      const { issued, key } = await at.issue(order({ request: `${use}-${amount}`, use, amount }));
      return meterWith(at, key, mode)(issued.tokens[0]);
    };
    assert.deepEqual(await sold("water", 125), { kind: "credit_volume", volume_l: 12_500 });
    assert.deepEqual(await sold("water", 20_000), { kind: "credit_volume", volume_l: 2_000_400 });
    assert.deepEqual(await sold("money", 12_345, "currency"), { kind: "credit_money", amount_milli: 12_345 });
    assert.deepEqual(await sold("limit", 30), { kind: "limit_flow", flow_l_h: 30 });
    assert.deepEqual(await sold("limit", 0), { kind: "limit_flow", flow_l_h: 0 });
    assert.deepEqual(await sold("clear_credit", 0), { kind: "clear_credit" });
    assert.deepEqual(await sold("clear_tamper", 0), { kind: "clear_tamper" });
    assert.deepEqual(await sold("lend_water", 125), { kind: "lend", amount: 12_500 });
    assert.deepEqual(await sold("lend_water", 20_000), { kind: "lend", amount: 2_000_400 });
    assert.deepEqual(await sold("lend_money", 12_345, "currency"), { kind: "lend", amount: 12_345 });
    assert.deepEqual(await sold("lend_money", 2_000_004, "currency"), { kind: "lend", amount: 2_000_624 });
  });

  it("answers one request with one token, also after a restart; the id for something else is refused", async () => {
    const first = await desk().issue(order());
    for (const again of [desk(), desk(ring, LATER)]) {
      const { issued, repeated } = await again.issue(order());
      assert.deepEqual([issued, repeated], [first.issued, true]);
    }
    const refused = (change: Partial<Order>) =>
      assert.rejects(desk().issue(order(change)), refusal("request_conflict", /give a new request id/));
    await refused({ amount: 11 });
    await refused({ use: "limit" });
    await refused({ meter: OTHER_METER });
    assert.equal(fs.readFileSync(file(), "utf8").trim().split("\n").length, 2, "the key, and one token");
  });

  it("gives every token of a meter a TID of its own, also within a minute and when the clock goes back", async () => {
    const tids: number[] = [];
    const times = [NOON, NOON, LATER, NOON, LATER];
    for (const [index, now] of times.entries()) {
      const { issued } = await desk(ring, now).issue(order({ request: `t${index}` }));
      tids.push(issued.tid!);
    }
    assert.deepEqual(
      [...new Set(tids)].sort((one, other) => one - other),
      tids,
    );
  });

  it("sells to meters of one desk at once, each with its own TIDs", async () => {
    const at = desk();
    const both = await Promise.all([at.issue(order()), at.issue(order({ request: "r2", meter: OTHER_METER }))]);
    assert.equal(both[0].issued.tid, both[1].issued.tid);
    assert.notEqual(both[0].issued.tokens[0], both[1].issued.tokens[0]);
  });

  it("changes a key with tokens under the old one, and sells under the new one from then on", async () => {
    const old = await desk().issue(order());
    const meter = meterWith(desk(), old.key);
    assert.deepEqual(meter(old.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
    // The vending key was rotated: the meter keeps its revision until its key is changed.
    const same = withRotated(ring, REGION, "vending", LATER);
    const between = await desk(same).issue(order({ request: "r2" }));
    assert.equal(between.key.krn, 1);
    const change = await desk(same).changeKey({ request: "c1", region: REGION, meter: METER, reason: "", ti: "07" });
    const after = await desk(same).issue(order({ request: "r3" }));
    assert.deepEqual([after.key.krn, after.key.ti], [2, "07"]);
    assert.equal(meter(between.issued.tokens[0]) instanceof Object, true);
    const results = change.issued.tokens.map(meter);
    assert.deepEqual(results, [
      ...["first_kct", "second_kct", "third_kct"],
      { kind: "change_key", rolls_over: false, region: Number(REGION) },
    ]);
    assert.deepEqual(meter(after.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
    const again = await desk(same).changeKey({ request: "c1", region: REGION, meter: METER, reason: "", ti: "07" });
    assert.deepEqual([again.issued, again.repeated], [change.issued, true]);
    const other = { request: "c1", region: REGION, meter: METER, reason: "", ti: "08" };
    await assert.rejects(desk(same).changeKey(other), refusal("request_conflict", /another key/));
    const nothing = { request: "c2", region: REGION, meter: METER, reason: "" };
    await assert.rejects(desk(same).changeKey(nothing), refusal("same_key", /nothing to change/));
  });

  it("rolls over to a new base date, and begins its TIDs anew", async () => {
    const in_2036 = new Date("2036-01-01T12:00:00Z");
    const old = await desk(ring, in_2036).issue(order());
    const change = await desk(rotated, in_2036).changeKey({ request: "c1", region: REGION, meter: METER, reason: "" });
    const after = await desk(rotated, in_2036).issue(order({ request: "r2" }));
    assert.ok(after.issued.tid! < old.issued.tid!);
    const meter = meterWith(desk(rotated), old.key);
    meter(old.issued.tokens[0]);
    const last = change.issued.tokens.map(meter).at(-1);
    assert.deepEqual(last, { kind: "change_key", rolls_over: true, region: Number(REGION) });
    assert.deepEqual(meter(after.issued.tokens[0]), { kind: "credit_volume", volume_l: 1000 });
  });

  it("moves a meter to another region, and then sells to it there alone", async () => {
    await desk().issue(order());
    const move = { request: "c1", region: REGION, meter: METER, reason: "", new_region: OTHER_REGION };
    const { issued } = await desk().changeKey(move);
    assert.equal(issued.new_key!.region, OTHER_REGION);
    await assert.rejects(desk().issue(order({ request: "r2" })), refusal("wrong_region", /give --region 600201/));
    const { key } = await desk().issue(order({ request: "r2", region: OTHER_REGION }));
    assert.equal(key.region, OTHER_REGION);
  });

  it("hands a lost token out again, marked, and writes that down", async () => {
    await assert.rejects(desk().reissue(METER), refusal("request_unknown", /no token was issued/));
    const first = await desk().issue(order());
    const second = await desk().issue(order({ request: "r2" }));
    assert.deepEqual((await desk().reissue(METER)).issued, second.issued);
    const again = await desk().reissue(METER, "r1");
    assert.deepEqual(again.issued, first.issued);
    assert.match(vendedReceipt(again, "reissued").text, /REISSUE of a token that was issued before: it works once/);
    await assert.rejects(desk().reissue(METER, "r9"), refusal("request_unknown", /no request r9/));
    assert.equal(fs.readFileSync(file(), "utf8").match(/"kind":"reissued"/g)?.length, 2);
  });

  it("refuses what no token can say, bad names, and a TID past the key's expiry", async () => {
    const refused = (change: Partial<Order>, check: (error: unknown) => boolean) =>
      assert.rejects(desk().issue(order(change)), check);
    for (const amount of [0, -1, 1.5, NaN, 18_201_625]) await refused({ amount }, refusal("out_of_range"));
    await refused({ use: "clear_tamper", amount: 1 }, refusal("out_of_range"));
    await refused({ use: "money", amount: 10 ** 13 }, refusal("out_of_range"));
    await refused({ meter: "600727000000000008" }, refusal("bad_meter"));
    await refused({ request: "" }, refusal("bad_input"));
    await refused({ request: "../../x" }, refusal("bad_input"));
    await refused({ reason: "x".repeat(101) }, refusal("bad_input"));
    const expiring = withRegion(new KeyRing(), REGION, { base_date: 2014, key_expiry: 85 }, NOON);
    await assert.rejects(desk(expiring).issue(order()), refusal("key_expired", /rotate the vending key/));
  });

  it("forces to the disk whatever it shows: a new token, and one that a process wrote which was then cut off", async () => {
    const forced: number[] = [];
    const fsync = sinon.stub(fs, "fsyncSync").callsFake((descriptor) => {
      forced.push(fs.fstatSync(descriptor).ino);
    });
    try {
      // The file, and its name in the folder, whoever made it.
      const both = () => [file(), path.dirname(file())].map((name) => forced.includes(fs.statSync(name).ino));
      await desk().issue(order());
      assert.deepEqual(both(), [true, true]);
      for (const again of [() => desk().issue(order()), () => desk().reissue(METER)]) {
        forced.length = 0;
        await again();
        assert.deepEqual(both(), [true, true]);
      }
    } finally {
      fsync.restore();
    }
  });

  it("finds a line that was changed, lost or moved, and sells nothing then", async () => {
    for (let i = 0; i < 3; i++) await desk().issue(order({ request: `r${i}` }));
    const good = fs.readFileSync(file(), "utf8");
    const lines = good.trimEnd().split("\n");
    const bad = [
      good.replace('"said":10', '"said":11'),
      [lines[0], lines[2], lines[1], lines[3]].join("\n") + "\n",
      [lines[0], lines[1], lines[3]].join("\n") + "\n",
      good + "{}\n",
      good + "null\n",
    ];
    for (const text of bad) {
      fs.writeFileSync(file(), text);
      await assert.rejects(desk().issue(order({ request: "r9" })), refusal("records_damaged", /newest good copy/));
    }
  });

  it("notices records that were put back while it is open", async () => {
    const at = desk();
    await at.issue(order({ request: "r1" }));
    const old = fs.readFileSync(file());
    await at.issue(order({ request: "r2" }));
    fs.writeFileSync(file(), old);
    await assert.rejects(at.issue(order({ request: "r3" })), refusal("records_damaged"));
  });

  it("cuts off what a crash has torn, and goes on", async () => {
    await desk().issue(order());
    const good = fs.readFileSync(file(), "utf8");
    const second = await desk().issue(order({ request: "r2" }));
    const whole = fs.readFileSync(file(), "utf8");
    for (let length = good.length; length < whole.length; length += 37) {
      fs.writeFileSync(file(), whole.slice(0, length));
      const { issued } = await desk().issue(order({ request: "r3" }));
      // The torn token was shown to nobody, so its TID is free.
      assert.equal(issued.tid, second.issued.tid);
      assert.match(fs.readFileSync(file(), "utf8"), /"request":"r3".*\}\n$/);
    }
  });

  it("keeps no key in its records, and its files for their owner alone", async () => {
    const { issued, key } = await desk().issue(order());
    await desk().changeKey({ request: "c1", region: REGION, meter: METER, reason: "", ti: "02" });
    const decoder = desk().tokenKey(METER, key).key;
    const names = fs.readdirSync(records, { recursive: true, withFileTypes: true });
    const files = names.filter((name) => name.isFile()).map((name) => path.join(name.parentPath, name.name));
    assert.equal(files.length, 3);
    for (const name of files) {
      assertNoSecret(fs.readFileSync(name, "utf8"), [decoder, ring.current(REGION, "vending").key]);
      assert.equal(fs.statSync(name).mode & 0o777, 0o600);
    }
    assertNoSecret(vendedReceipt({ issued, key, repeated: false }, "issued").text, [decoder]);
  });
});
