import assert from "node:assert/strict";
import fc from "fast-check";
import { PAGES } from "../../../firmware/display/pages";
import type { KeyMeaning } from "../../../firmware/token/short_codes";
import { createShortCode, keyMeaning, pageOfKey, placeOfKey } from "../../../firmware/token/short_codes";

/** What each key of a row means. */
function meanings(keys: string): KeyMeaning[] {
  const code = createShortCode();
  return Array.from(keys, (key) => keyMeaning(code, key));
}

describe("short codes", () => {
  it("turn the page with * at any time", () => {
    assert.deepEqual(meanings("*#*##*"), ["next_page", "nothing", "next_page", "nothing", "nothing", "next_page"]);
  });

  it("need two hashes before the digit", () => {
    assert.deepEqual(meanings("8#8"), ["unknown", "nothing", "unknown"]);
    assert.deepEqual(meanings("##8"), ["nothing", "nothing", "emergency"]);
    assert.deepEqual(meanings("##9"), ["nothing", "nothing", "customer_lock"]);
    for (const digit of "01234567") assert.equal(meanings(`##${digit}`)[2], "page");
  });

  it("have the last ten credits behind three hashes and the month behind four, and are over with the digit", () => {
    for (const digit of "0123456789") assert.deepEqual(meanings(`###${digit}1`).slice(3), ["credit", "unknown"]);
    assert.deepEqual(Array.from("1234567890", placeOfKey), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const hashes of ["####", "#####"]) {
      assert.deepEqual(meanings(`${hashes}11`).slice(hashes.length), ["month", "unknown"]);
      for (const digit of "023456789") assert.equal(meanings(hashes + digit).at(-1), "unknown");
    }
  });

  it("are forgotten when * comes between", () => {
    assert.equal(meanings("##*8")[3], "unknown");
    assert.equal(meanings("#*#8")[3], "unknown");
  });

  it("mean something only after two hashes in a row, for any row of keys", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Array.from("0123456789*#"))), (keys) => {
        for (const [place, meaning] of meanings(keys.join("")).entries()) {
          const key = keys[place];
          const hashes = /#*$/.exec(keys.slice(0, place).join(""))![0].length;
          if (key === "#") assert.equal(meaning, "nothing");
          else if (key === "*") assert.equal(meaning, "next_page");
          else if (hashes < 2) assert.equal(meaning, "unknown");
          else if (hashes === 3) assert.equal(meaning, "credit");
          else if (hashes > 3) assert.equal(meaning, key === "1" ? "month" : "unknown");
          else assert.equal(meaning, key === "8" ? "emergency" : key === "9" ? "customer_lock" : "page");
        }
      }),
    );
  });

  it("lead to pages that exist", () => {
    for (const digit of "01234567") assert.ok(pageOfKey(digit) >= 0 && pageOfKey(digit) < PAGES);
  });
});
