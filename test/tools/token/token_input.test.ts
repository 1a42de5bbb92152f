import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { encodeToken } from "../../../tools/token/encoding";
import { explainToken } from "../../../tools/token/explaining";
import { TokenError } from "../../../tools/token/token_error";
import { keyInput, tokenInputs } from "../../../tools/token/token_input";
import { SAMPLE_INPUT, refusal } from "./samples";

const text = (change: object) => JSON.stringify([{ ...SAMPLE_INPUT, ...change }]);

describe("input of token commands", () => {
  it("is refused by the name of its field and its place, in one line", () => {
    const refused = (change: object, message: RegExp) =>
      assert.throws(() => tokenInputs(text(change), "in.json"), refusal("bad_input", message));
    refused({ pan: "600727000000000008" }, /^in\.json: entry 1: pan: its last digit is not its check digit/);
    refused({ pan: "60072700000000009" }, /pan: a meter number has 18 digits/);
    refused({ sgc: "60010" }, /entry 1: sgc: takes 6 digits/);
    refused({ krn: 0 }, /krn: /);
    refused({ kt: 3 }, /kt: /);
    refused({ ea: 8 }, /ea: /);
    refused({ base: 2014 }, /base: /);
    refused({ cls: 1 }, /cls: /);
    refused({ rnd: 16 }, /rnd: /);
    refused({ amount_tenths: 1.5 }, /amount_tenths: /);
    refused({ amount_tenths: undefined }, /give one of amount_tenths, amount_milli, watts, value/);
    refused({ value: 1 }, /give one of/);
    refused({ issue_utc: "yesterday" }, /issue_utc: takes 2004-03-01T13:00:00/);
    refused({ issue_utc: "2026-02-30T00:00:00" }, /there is no such time/);
    refused({ tables: { first: [], second: [], permutation: [] } }, /tables\.first: /);
    const twice = { first: new Array(16).fill(0), second: [...Array(16).keys()], permutation: [...Array(64).keys()] };
    refused({ tables: twice }, /entry 1: tables\.first: every place must stand in it once/);
    assert.throws(() => tokenInputs("[", "in.json"), refusal("bad_file", /not JSON/));
    assert.throws(() => tokenInputs("{}", "in.json"), refusal("bad_input", /a list of objects/));
    const vk = "ab".repeat(8);
    assert.throws(() => tokenInputs(text({ vk }), "x"), refusal("bad_key", /DKGA04 takes a vending key of 20 bytes/));
    assert.throws(() => tokenInputs(text({ vk, dkga: "02" }), "x"), refusal("bad_key", /EA07 alone/));
  });

  it("never has its keys in a message", () => {
    for (const bad of [
      text({ vk: "zz".repeat(20) }),
      text({ pan: "1" }),
      `[${text({})}`,
      text({ ea: 7, dkga: "02" }),
    ]) {
      assert.throws(
        () => tokenInputs(bad, "in.json"),
        (error: Error) => !/abab|0123456|9494|zz/i.test(error.message),
      );
    }
  });

  it("that is mutated anywhere gives tokens or named errors, never anything else", () => {
    const seed = randomInt(2 ** 31);
    const whole = text({});
    const mutations = fc.array(
      fc.tuple(
        fc.nat(whole.length - 1),
        fc.constantFrom(...Array.from('0123456789abef"[]{},:.-+eE\\ \u0000\u00fc'), "null", "1e999", ""),
      ),
      { minLength: 1, maxLength: 5 },
    );
    let read = 0;
    fc.assert(
      fc.property(mutations, (changes) => {
        let mutated = whole;
        for (const [place, by] of changes) mutated = mutated.slice(0, place) + by + mutated.slice(place + 1);
        try {
          for (const input of tokenInputs(mutated, "x")) assert.match(encodeToken(input, "").token, /^\d{20}$/);
          read += 1;
        } catch (error) {
          assert.ok(error instanceof TokenError, `${mutated}: ${String(error)}`);
          assert.equal(error.message.includes("\n"), false);
        }
      }),
      { numRuns: 3000, seed },
    );
    assert.ok(read > 0, "some mutations are harmless");
  });

  it("as any JSON at all gives named errors", () => {
    const any = fc.oneof(
      fc.json(),
      fc.dictionary(fc.constantFrom(...Object.keys(SAMPLE_INPUT)), fc.anything()).map((part) => {
        const json = JSON.stringify([{ ...SAMPLE_INPUT, ...part }], (_, value: unknown) =>
          typeof value === "bigint" ? 1 : value,
        );
        return json;
      }),
    );
    fc.assert(
      fc.property(any, (json) => {
        for (const read of [() => tokenInputs(json, "x"), () => keyInput(json, "x")]) {
          try {
            read();
          } catch (error) {
            assert.ok(error instanceof TokenError, String(error));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("as any digits is explained, never thrown over", () => {
    const key = keyInput(text({}), "x");
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{20}$/), (digits) => {
        const { result, refused } = explainToken(digits, key, "volume");
        assert.equal(
          refused === null,
          ["accepted", "first_kct", "second_kct", "third_kct", "fourth_kct"].includes(result),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
