import assert from "node:assert/strict";
import fc from "fast-check";
import type { Fields } from "../../../firmware/journal/fields";
import {
  bytesField,
  flagField,
  readFields,
  WHOLE_MAX,
  WHOLE_MIN,
  wholeField,
  writeFields,
} from "../../../firmware/journal/fields";

const MOST = Number.MAX_SAFE_INTEGER;
const plain = { noNullPrototype: true } as const;

function written(value: number): string {
  const fields = writeFields();
  assert(fields.ok);
  wholeField(fields, value, -MOST, MOST);
  assert(fields.ok && Array.from(fields.text).every((character) => character.charCodeAt(0) < 256), "bytes, no more");
  return Buffer.from(fields.text, "latin1").toString("hex");
}

describe("journal: fields", () => {
  it("writes whole numbers byte by byte as specified", () => {
    const vectors: [number, string][] = [
      [0, "00"],
      [-1, "01"],
      [1, "02"],
      [63, "7e"],
      [-64, "7f"],
      [64, "8001"],
      [-65, "8101"],
      [8191, "fe7f"],
      [8192, "808001"],
      [MOST, "feffffffffffff1f"],
      [-MOST, "fdffffffffffff1f"],
    ];
    for (const [value, hex] of vectors) assert.equal(written(value), hex, String(value));
    assert.deepEqual([WHOLE_MIN, WHOLE_MAX], [-MOST, MOST], "all that an engine keeps exactly");
  });

  it("reads back what it wrote, every value, in order, to the end", () => {
    const one = fc.oneof(
      fc.record({ whole: fc.maxSafeInteger() }, plain),
      fc.record({ whole: fc.constantFrom(-MOST, MOST, 0, -1, 63, 64, -64, -65) }, plain),
      fc.record({ flag: fc.boolean() }, plain),
      fc.record({ bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => String.fromCharCode(...bytes)) }, plain),
    );
    const walk = (fields: Fields, values: object[], blank: boolean) =>
      values.map((value) => {
        if ("whole" in value) return { whole: wholeField(fields, blank ? 0 : (value.whole as number), -MOST, MOST) };
        if ("flag" in value) return { flag: flagField(fields, blank ? false : (value.flag as boolean)) };
        return { bytes: bytesField(fields, blank ? "" : (value as { bytes: string }).bytes, 200) };
      });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (values) => {
        const source = writeFields();
        walk(source, values, false);
        const fields = readFields(source.text);
        assert.deepEqual(walk(fields, values, true), values);
        assert.equal(fields.ok, true);
        assert.equal(fields.place, source.text.length);
      }),
    );
  });

  it("keeps the given value and stays not ok once a field is out of range", () => {
    const source = writeFields();
    wholeField(source, 11, 0, 100);
    wholeField(source, 5, 0, 100);
    const fields = readFields(source.text);
    assert.equal(wholeField(fields, 7, 0, 10), 7);
    assert.equal(fields.ok, false);
    assert.equal(wholeField(fields, 3, 0, 100), 3);
    assert.equal(bytesField(fields, "as it was", 100), "as it was");
    for (const [least, most] of [
      [12, 100],
      [0, 10],
    ] as const) {
      const again = readFields(source.text);
      assert.equal(wholeField(again, 50, least, most), 50);
    }
  });

  it("reads any bytes without an assertion, within range or not at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const fields = readFields(String.fromCharCode(...bytes));
        for (let i = 0; i < 12; i++) {
          const before = fields.place;
          const value = wholeField(fields, 4, -9, 1000);
          assert(value >= -9 && value <= 1000);
          if (!fields.ok) assert.equal(value, 4);
          else assert(fields.place > before);
          const run = bytesField(fields, "x", 20);
          assert(run.length <= 20);
          if (!fields.ok) assert.equal(run, "x");
        }
        assert(fields.place <= bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses a whole number that never ends, one beyond 2^53, and a run longer than what is left", () => {
    const endless = readFields("\xff".repeat(30));
    wholeField(endless, 0, -MOST, MOST);
    assert.equal(endless.ok, false);
    const beyond = readFields(Buffer.from("feffffffffffff3f", "hex").toString("latin1"));
    wholeField(beyond, 0, -MOST, MOST);
    assert.equal(beyond.ok, false);
    const nine = readFields("\x80".repeat(8) + "\x00");
    wholeField(nine, 0, -MOST, MOST);
    assert.equal(nine.ok, false, "eight bytes hold them all");
    const eight = readFields("\x80".repeat(7) + "\x00");
    assert.deepEqual([wholeField(eight, 1, 0, MOST), eight.ok, eight.place], [0, true, 8]);
    const short = readFields("\x06ab");
    assert.equal(bytesField(short, "", 10), "");
    assert.equal(short.ok, false);
    const exact = readFields("\x06abc");
    assert.equal(bytesField(exact, "", 3), "abc");
    const long = readFields("\x06abc");
    assert.equal(bytesField(long, "", 2), "");
  });

  it("asserts that a written field is in its range", () => {
    assert.throws(() => wholeField(writeFields(), 11, 0, 10), /in its range/);
    assert.throws(() => wholeField(writeFields(), -1, 0, 10), /in its range/);
    assert.throws(() => bytesField(writeFields(), "abc", 2), /in its range/);
  });
});
