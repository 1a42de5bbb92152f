import assert from "node:assert/strict";
import fc from "fast-check";
import { hexText } from "../../../firmware/card/bytes";
import { byteList, wholeNumber, words } from "../../../sim/world/words";

describe("words of a program", () => {
  it("are the fields between single spaces", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[!-~]*$/), { minLength: 1, maxLength: 19 }), (fields) => {
        assert.deepEqual(words(fields.join(" "), 20), fields);
      }),
    );
  });

  it("leave the rest of the line to the last field", () => {
    assert.deepEqual(words("10 service say  it all", 3), ["10", "service", "say  it all"]);
    assert.deepEqual(words("one two", 1), ["one two"]);
    assert.deepEqual(words("", 5), [""]);
  });
});

describe("numbers of a program", () => {
  it("are whole numbers in decimal, up to 2^53 either way", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(wholeNumber(String(value)), value + 0)));
    assert.equal(wholeNumber("007"), 7);
  });

  it("that are none stop the run", () => {
    for (const text of ["", "-", "1.5", "1e3", " 1", "+1", "--1", "0x1", "1 "]) {
      assert.throws(() => wholeNumber(text), `"${text}"`);
    }
  });
});

describe("bytes of a program", () => {
  it("are pairs of hexadecimal digits", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(byteList(hexText([...bytes])), [...bytes]);
      }),
    );
  });

  it("that are none stop the run", () => {
    for (const text of ["0", "0G", "zz", "123"]) assert.throws(() => byteList(text), `"${text}"`);
  });
});
