import assert from "node:assert/strict";
import fc from "fast-check";
import { createTokenBooks, wakeTokens } from "../../../firmware/token/books";
import { judgeToken, TENTH_L } from "../../../firmware/token/judgement";
import { amountField, amountOf, AMOUNT_MAX } from "../../../firmware/token/amount";
import { bytesText } from "../../../firmware/card/bytes";
import { Secret } from "../../../tools/keys/secret";
import { identifiedToken, keyChangeTokens, testToken } from "../../../tools/token/building";
import { decoderKey, dkga04Data } from "../../../tools/token/decoder_key";
import { encodeToken } from "../../../tools/token/encoding";
import { explainToken } from "../../../tools/token/explaining";
import { luhnGood, panFault, panOfDrn } from "../../../tools/token/pan";
import { isSpecial, nextTid, tidAt, tidText } from "../../../tools/token/tid";
import { keyInput, tokenInputs } from "../../../tools/token/token_input";
import { entriesOf } from "../../vectors";
import { SAMPLE_INPUT, refusal } from "./samples";

const secret = (hex: string) => new Secret(Buffer.from(hex, "hex"));

interface PublishedToken {
  token: string;
  decoder_key: string;
  tid: number;
  base: number;
  issue_utc: string;
  cls: number;
  sub: number;
  rnd: number;
  value_field: string;
  value?: number;
}

/** What a meter of litres does with a published token: its result, and for good ones the effect. */
function expectedOf({ cls, sub, value_field, value }: PublishedToken): unknown {
  const amount = amountOf(Number(`0x${value_field}`));
  if (cls === 0) return sub === 1 ? { kind: "credit_volume", volume_l: amount * TENTH_L } : "function";
  if (sub === 0) return { kind: "limit_flow", flow_l_h: amount };
  if (sub === 1) return value === 65_535 ? { kind: "clear_credit" } : "range";
  return "function";
}

describe("token encode, against published tokens", () => {
  entriesOf<PublishedToken>(
    "sts.json",
    "tokens_ea11",
    ({ token, cls, sub }) => `${token}, class ${cls}, subclass ${sub}`,
    (entry) => {
      const [input] = tokenInputs(JSON.stringify([entry]), "vectors");
      const { token, decoder_key, tid } = encodeToken(input, "");
      assert.deepEqual([token, decoder_key, tid], [entry.token, entry.decoder_key, entry.tid]);
      const key = keyInput(JSON.stringify(entry), "vectors");
      const { ea, kt, krn, ti } = key.attributes;
      const text = bytesText(key.decoder_key.bytes());
      const decoder = { algorithm: ea, key: text, type: kt, revision: krn, tariff_index: Number(ti), expiry: key.ken };
      const state = wakeTokens(createTokenBooks(decoder, 0, undefined), 0);
      const terms = { mode: "volume", tables: undefined, paygo_unit: 1 } as const;
      const { result, effect } = judgeToken(terms, state, token, { now_s: 0, room: AMOUNT_MAX * TENTH_L });
      assert.deepEqual(result === "accepted" ? effect : result, expectedOf(entry));
      const { fields } = explainToken(token, key, "volume");
      assert.deepEqual(
        [fields["cls"], fields["sub"], fields["rnd"], fields["tid"]],
        [entry.cls, entry.sub, entry.rnd, tid],
      );
      assert.equal(fields["value_field"], entry.value_field);
    },
  );

  entriesOf<{
    decoder_key: string;
    ea: number;
    tid: number;
    rnd: number;
    sub: number;
    amount_tenths: number;
    token: string;
  }>(
    "sts.json",
    "tokens_ea07_sample_tables",
    ({ token }) => token,
    ({ decoder_key, ea, tid, rnd, sub, amount_tenths, token }) => {
      const fields = { token_class: 0, sub, tid, rnd, amount: amount_tenths };
      assert.equal(identifiedToken({ ea, key: secret(decoder_key) }, fields), token);
    },
  );

  entriesOf<Record<string, string> & { tokens: string[]; ken: number; new_krn: number; new_kt: number }>(
    "sts.json",
    "key_change_ea11",
    () => "key change tokens",
    ({ old_key, new_key, tokens, ken, new_krn, new_kt, new_ti, new_sgc }) => {
      const next = { krn: new_krn, kt: new_kt, ti: new_ti, sgc: new_sgc, ken, rolls_over: false };
      assert.deepEqual(keyChangeTokens({ ea: 11, key: secret(old_key) }, { key: secret(new_key), ...next }), tokens);
    },
  );

  entriesOf<Record<string, string>>(
    "sts.json",
    "class1",
    ({ control_36 }) => `control ${control_36}`,
    ({ control_36, control_28, token_2digit, token_4digit }) => {
      assert.equal(testToken(0, Number(control_36), 0), token_2digit);
      assert.equal(testToken(1, Number(control_28), 0), token_4digit);
    },
  );

  const dkga02 = { dkga: "02", ea: 7, kt: 2, base: 1993 } as const;
  entriesOf<Record<string, string> & { krn: number }>(
    "sts.json",
    "primitives",
    () => "DKGA02",
    ({ vk, pan, sgc, ti, krn, decoder_key }) => {
      const made = decoderKey(secret(vk), { ...dkga02, pan, sgc, ti, krn });
      assert.equal(made.buffer().toString("hex"), decoder_key);
    },
    ({ what }) => what === "DKGA02",
  );

  entriesOf<Record<string, string>>(
    "sts.json",
    "primitives",
    () => "DKGA04 data block",
    ({ hex }) => {
      const attributes = {
        ...dkga02,
        dkga: "04",
        ea: 11,
        pan: "600727000000000009",
        sgc: "123457",
        ti: "01",
        krn: 1,
      } as const;
      assert.equal(Buffer.from(dkga04Data(attributes)).toString("hex"), hex);
    },
    ({ what }) => what.startsWith("DKGA04 data"),
  );

  entriesOf<{ drn?: string }>(
    "sts.json",
    "negative",
    ({ drn }) => `DRN ${drn} is refused`,
    ({ drn }) => assert.throws(() => panOfDrn(drn!), refusal("bad_meter", /check digit/)),
    ({ drn }) => drn !== undefined,
  );
});

describe("numbers of meters", () => {
  it("have a check digit that finds any wrong digit, and most exchanged ones", () => {
    assert.equal(panOfDrn("00000000000"), "600727000000000009");
    assert.equal(panOfDrn("0100000000008"), "000001000000000082");
    fc.assert(
      fc.property(fc.nat(10 ** 10 - 1), fc.nat(17), fc.integer({ min: 1, max: 9 }), (serial, place, by) => {
        const digits = String(serial).padStart(10, "0");
        const drn = [...Array(10).keys()].map((last) => `${digits}${last}`).find(luhnGood)!;
        const pan = panOfDrn(drn);
        assert.equal(panFault(pan), undefined);
        const wrong = pan.slice(0, place) + String((Number(pan[place]) + by) % 10) + pan.slice(place + 1);
        assert.match(panFault(wrong)!, /mistyped/);
      }),
    );
  });
});

describe("TIDs of tokens", () => {
  const at = (text: string) => new Date(`${text}Z`);

  it("count minutes, and leave out 00:01 of every day", () => {
    assert.equal(tidAt(1993, at("2016-12-11T15:49:59")), 12_593_749);
    assert.equal(tidAt(1993, at("2020-01-01T08:00")), 14_200_320);
    assert.equal(tidAt(2014, at("2020-01-01T08:00")), 3_155_520);
    assert.equal(tidAt(1993, at("2004-03-29T00:01")), 5_911_202);
    assert.equal(tidText(1993, 5_871_660), "2004-03-01T13:00:00");
  });

  it("rise by a minute for each token more, past the special minute, also when the clock goes back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 200 }), (steps_s) => {
        let now_s = at("2026-06-01T23:50").getTime() / 1000;
        let last: number | undefined;
        for (const step_s of steps_s) {
          now_s += step_s;
          const tid = nextTid(2014, new Date(now_s * 1000), last);
          assert.ok(last === undefined || tid > last);
          assert.equal(isSpecial(tid), false);
          last = tid;
        }
      }),
    );
  });

  it("end with their 24 bits, and begin with their base date: the message says what to do", () => {
    assert.equal(tidAt(1993, at("2024-11-24T20:15")), 2 ** 24 - 1);
    assert.throws(() => tidAt(1993, at("2024-11-24T20:16")), refusal("base_date_over", /new base date/));
    assert.throws(() => nextTid(2014, at("2045-11-24T20:15"), 2 ** 24 - 1), refusal("base_date_over"));
    assert.throws(() => tidAt(2035, at("2034-12-31T23:59")), refusal("out_of_range", /earlier one/));
  });
});

describe("token encode", () => {
  it("makes a token that its meter takes and that says what was asked, for any amount", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: AMOUNT_MAX }), (amount_tenths) => {
        const entry = { ...SAMPLE_INPUT, amount_tenths };
        const [input] = tokenInputs(JSON.stringify([entry]), "x");
        const key = keyInput(JSON.stringify(entry), "x");
        const { result, fields } = explainToken(encodeToken(input, "").token, key, "volume");
        assert.equal(result, "accepted");
        assert.equal(fields["amount_tenths"], amountOf(amountField(amount_tenths)!));
        assert.equal(fields["issue_utc"], SAMPLE_INPUT.issue_utc);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a TID past the key's expiry, and subclasses that change keys", () => {
    const encode = (change: object) => () =>
      encodeToken(tokenInputs(JSON.stringify([{ ...SAMPLE_INPUT, ...change }]), "x")[0], "x: ");
    assert.throws(
      encode({ ken: 85, issue_utc: "2035-01-01T00:00:00" }),
      refusal("key_expired", /rotate the vending key/),
    );
    for (const sub of [3, 4, 8, 9]) assert.throws(encode({ cls: 2, sub }), refusal("bad_input", /key-change/));
    assert.throws(encode({ amount_tenths: AMOUNT_MAX + 1 }), refusal("out_of_range", /in parts/));
  });

  it("uses the operator's tables of EA07 when they are given", () => {
    const shift = (length: number) => Array.from({ length }, (_, i) => (i + 1) % length);
    const tables = { first: shift(16), second: shift(16), permutation: shift(64) };
    const entry = { ...SAMPLE_INPUT, ea: 7, tables };
    const [input] = tokenInputs(JSON.stringify([entry]), "x");
    const { token } = encodeToken(input, "");
    assert.equal(explainToken(token, keyInput(JSON.stringify(entry), "x"), "volume").result, "accepted");
    const sample = keyInput(JSON.stringify({ ...entry, tables: null }), "x");
    assert.equal(explainToken(token, sample, "volume").result, "crc");
  });
});
