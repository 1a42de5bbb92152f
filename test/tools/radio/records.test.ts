import assert from "node:assert/strict";
import fc from "fast-check";
import { crc16 } from "../../../firmware/radio/crc16";
import { Formats } from "../../../tools/radio/compact";
import { compactText } from "../../../tools/radio/encode";
import { numberOf, readRecords } from "../../../tools/radio/records";
import { bytes } from "../../firmware/radio/samples";

/** The only record of some bytes. */
function only(digits: string) {
  const { records, maker_data } = readRecords(bytes(digits));
  assert.deepEqual([records.length, maker_data], [1, []]);
  return records[0];
}

describe("radio: records", () => {
  const numbers: [string, string, number | undefined][] = [
    ["an 8-bit integer", "015B FF", -1],
    ["a 16-bit integer", "023B FA00", 0.25],
    ["a 24-bit integer", "0313 FFFFFF", -0.001],
    ["a 32-bit integer", "0413 40E20100", 123.456],
    ["a 48-bit integer", "06FD00 FFFFFFFFFFFF", -0.001],
    ["a 64-bit integer", "0713 0000000000000080", Number("-9223372036854775.808")],
    ["a real number", "0516 0000C03F", 1.5],
    ["BCD", "0C14 27048502", 28504.27],
    ["BCD with a minus", "0A5A 23F1", -12.3],
    ["twelve digits of BCD", "0E13 563412907856", 567890123.456],
    ["a factor among the VIFEs", "04FD8074 15CD5B07", 1234.56789],
    ["a factor of a thousand", "04937D 01000000", 1],
    ["cubic metres a minute", "0247 0200", 2],
    ["variable length, BCD", "0D78 C4 78563412", 12345678],
    ["variable length, BCD below zero", "0D78 D2 3412", -1234],
    ["no value at all", "0013", undefined],
    ["BCD that is none", "0C13 FFFFFFFF", undefined],
    ["a real that is none", "0513 0000C07F", undefined],
  ];
  for (const [what, digits, expected] of numbers)
    it(`reads ${what}`, () => assert.equal(numberOf(only(digits)), expected));

  const texts: [string, string, unknown][] = [
    ["a date (type G)", "426C 5F3A", { type: "date", text: "2026-10-31" }],
    ["a date that is none", "426C 0000", { type: "invalid" }],
    ["date and time (type F)", "046D 0513553B", { type: "date", text: "2026-11-21 19:05" }],
    ["a time that the meter calls invalid", "046D 8513553B", { type: "invalid" }],
    ["date and time with seconds (type I)", "066D 210A673139 00", { type: "date", text: "2025-09-17 07:10:33" }],
    ["a time of day (type J)", "036D 1E0F0A", { type: "date", text: "10:15:30" }],
    ["text, last character first", "0DFD11 03 434241", { type: "text", text: "ABC" }],
    ["text without what would steer a terminal", "0DFD11 03 1B5B41", { type: "text", text: "A[." }],
    ["flags", "02FD17 1100", { type: "bytes" }],
  ];
  for (const [what, digits, expected] of texts)
    it(`reads ${what}`, () => assert.deepEqual(only(digits).value, expected));

  it("reads storage, tariff, subunit, function and modifiers", () => {
    const { storage, tariff, subunit, function: of, modifiers, quantity } = only("F4B144 933C 01000000");
    assert.deepEqual([storage, tariff, subunit, of], [1 + 2 * 1 + 32 * 4, 3, 2, "error"]);
    assert.deepEqual([quantity, modifiers], ["volume", [0x3c]]);
  });

  it("reads a quantity in the meter's own words", () => {
    const record = only("017C 03 6D7070 2A");
    assert.deepEqual([record.quantity, record.name, numberOf(record)], ["text", "ppm", 42]);
  });

  it("passes over fillers, and keeps the maker's own data apart", () => {
    const { records, maker_data } = readRecords(bytes("2F2F 0413 01000000 2F 0F 0102032F"));
    assert.equal(records.length, 1);
    assert.deepEqual(maker_data, [1, 2, 3, 0x2f]);
  });

  it("refuses what has no end", () => {
    for (const [digits, code] of [
      ["04", "truncated"],
      ["0413 0102", "truncated"],
      ["0D78", "truncated"],
      ["0D78 0541", "truncated"],
      ["84", "truncated"],
      ["0493", "truncated"],
      ["017C 09 41", "truncated"],
      ["8480808080808080808080808013", "unsupported"],
      ["0493939393939393939393939313", "unsupported"],
      ["0D78 F7 00", "unsupported"],
      ["3F", "unsupported"],
      ["017C FF", "unsupported"],
    ])
      assert.throws(() => readRecords(bytes(digits)), { code }, digits);
  });

  it("reads whole numbers of every length as they were written", () => {
    fc.assert(
      fc.property(fc.constantFrom([1, 1], [2, 2], [4, 4], [6, 6]), fc.maxSafeInteger(), ([dif, length], value) => {
        const written = Buffer.alloc(length);
        const fits = Number(BigInt.asIntN(8 * length, BigInt(value)));
        written.writeIntLE(fits, 0, length);
        const [record] = readRecords([dif, 0x16, ...written]).records;
        assert.equal(numberOf(record), fits);
      }),
    );
  });
});

describe("radio: compact frames", () => {
  const FULL = bytes("0413 40E20100 02FD17 0000 01FD74 05");
  const compact = (formats: Formats, content: number[]) => formats.read(content, false).map(numberOf);

  it("reads a format that a full frame has shown, and no other", () => {
    const formats = new Formats();
    const { records } = readRecords(FULL);
    const content = compactOf(
      records.map(({ head }) => head),
      records.map(({ bytes: value }) => value),
    );
    assert.throws(() => compact(formats, content), { code: "unknown_format" });
    formats.learn(records);
    assert.deepEqual(compact(formats, content), [123.456, undefined, 5]);
    const damaged = [...content];
    damaged[5] ^= 1;
    assert.throws(() => compact(formats, damaged), { code: "bad_crc" });
    assert.throws(() => compact(formats, content.slice(0, -1)), { code: "bad_crc" });
    assert.throws(() => compact(formats, [...content, 0]), { code: "bad_crc" });
    assert.throws(() => compact(formats, content.slice(0, 3)), { code: "truncated" });
  });

  it("reads the formats of Kamstrup's meters without having heard a full frame", () => {
    // 02FF20 0413 4413: volume 1.000 and 0.900 m3.
    const heads = [bytes("02FF20"), bytes("0413"), bytes("4413")];
    const content = compactOf(heads, [bytes("0000"), bytes("E8030000"), bytes("84030000")]);
    assert.deepEqual(compact(new Formats(), content), [undefined, 1, 0.9]);
  });

  it("tells two formats with the same sum apart by the values", () => {
    const formats = new Formats();
    const [one, other] = sameSum();
    const values = [bytes("E8030000"), bytes("84030000")];
    for (const heads of [one, other])
      formats.learn(heads.flatMap((head, at) => readRecords([...head, ...values[at]]).records));
    for (const heads of [one, other]) {
      const records = formats.read(compactOf(heads, values), false);
      assert.deepEqual(
        records.map(({ head }) => head),
        heads,
      );
    }
  });

  it("forgets the oldest format rather than grow without end", () => {
    const formats = new Formats();
    const first = readRecords(bytes("0413 01000000")).records;
    formats.learn(first);
    const content = compactOf([first[0].head], [first[0].bytes]);
    assert.deepEqual(compact(formats, content), [0.001]);
    for (let storage = 1; storage <= 1100; storage++) {
      const head = [0x84, 0x80 + (storage & 15), ((storage >> 4) & 15) | 0x80, storage >> 8, 0x13];
      formats.learn(readRecords([...head, 0, 0, 0, 0]).records);
    }
    assert.throws(() => compact(formats, content), { code: "unknown_format" });
  });
});

/** Two formats of two 32-bit records, which differ in their storage numbers and have the same sum. */
function sameSum(): [number[][], number[][]] {
  const seen = new Map<number, number[][]>();
  const headOf = (number: number): number[] => {
    const difes = [number & 15, (number >> 4) & 15, (number >> 8) & 15, (number >> 12) & 15, (number >> 16) & 15];
    return [0x84, ...difes.map((dife, at) => (at < 4 ? dife | 0x80 : dife)), 0x13];
  };
  for (let number = 0; ; number++) {
    const heads = [headOf(number), headOf(number * 31 + 7)];
    const format = heads.flat();
    const before = seen.get(crc16(format, 0, format.length));
    if (before !== undefined) return [before, heads];
    seen.set(crc16(format, 0, format.length), heads);
  }
}

/** Content of a compact frame behind its CI. */
function compactOf(heads: number[][], values: number[][]): number[] {
  return compactText(heads, values).slice(1);
}
