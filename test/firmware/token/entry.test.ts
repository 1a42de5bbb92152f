import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ENTRY_WAIT_S,
  createTokenEntry,
  entryExpired,
  entryText,
  pressTokenKey,
  type Entry,
  type EntryStep,
} from "../../../firmware/token/entry";

const TOKEN = "59386323472137426967";

/** Every step of a row of keys, a second apart. */
function steps(keys: string): EntryStep[] {
  const all: EntryStep[] = [];
  let entry: Entry = createTokenEntry();
  for (const [second, key] of Array.from(keys).entries()) {
    const step = pressTokenKey(entry, key, second);
    entry = step.entry;
    all.push(step);
  }
  return all;
}

describe("token entry", () => {
  it("groups digits while they are typed, and ends with #", () => {
    const all = steps(`${TOKEN}#`);
    assert.equal(entryText(all[5].entry, 30), "5938 63");
    assert.equal(entryText(all[19].entry, 30), "5938 6323 4721 3742 6967");
    assert.equal(entryText(all[19].entry, 8), "742 6967");
    assert.deepEqual(all[20], { entry: { digits: "", hashes: 0, at_s: 20 }, news: "complete", number: TOKEN });
  });

  it("takes back the last digit with *, also of a full number", () => {
    assert.equal(steps("123*4#").at(-1)!.number, "124");
    const full = steps(`${TOKEN}5*8#`);
    assert.equal(full[20].news, "full");
    assert.equal(full.at(-1)!.number, `${TOKEN.slice(0, 19)}8`);
  });

  it("leaves * and # alone before a digit, and the key after ##: those are short codes", () => {
    assert.deepEqual(
      steps("*##3#5#").map(({ news }) => news),
      [...new Array<string>(5).fill("short_code"), "typing", "complete"],
    );
    assert.equal(steps("##*7").at(-1)!.news, "typing");
  });

  it("forgets a number that has waited half a minute, and does not join it to the next", () => {
    let { entry } = steps("1234").at(-1)!;
    assert.equal(entryExpired(entry, 3 + ENTRY_WAIT_S - 1), false);
    assert.equal(entryExpired(entry, 3 + ENTRY_WAIT_S), true);
    ({ entry } = pressTokenKey(entry, "9", 3 + ENTRY_WAIT_S));
    assert.equal(entry.digits, "9");
    assert.equal(pressTokenKey(entry, "#", 100).news, "short_code");
    assert.equal(entryExpired(createTokenEntry(), 10_000), false);
  });

  it("never holds more than twenty digits, and completes with what was on the glass, for any keys", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Array.from("0123456789*#")), { maxLength: 60 }), (keys) => {
        let before = createTokenEntry();
        for (const { entry, news, number } of steps(keys.join(""))) {
          assert.match(entry.digits, /^\d{0,20}$/);
          assert.equal(number, news === "complete" ? before.digits : "");
          assert.ok(entryText(entry, 8).length <= 8);
          before = entry;
        }
      }),
    );
  });
});
