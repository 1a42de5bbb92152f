import assert from "node:assert/strict";
import fc from "fast-check";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { opened } from "../../../firmware/radio/mode7";
import { durationStep, infoWord, uplinkRecords, uplinkTelegram } from "../../../firmware/radio/uplink";
import { dateBytes, putSigned, timeBytes } from "../../../firmware/radio/records";
import {
  idBytes,
  linkAddress,
  manufacturerAt,
  manufacturerBytes,
  transportAddress,
} from "../../../firmware/radio/link";
import { bytes, CONTENT, contents, countingCrypto, HEADER, KEY, LONGEST, METER } from "./samples";

const AES_BLOCKS_MAX = 20;
const NOW = "0413 40E20100 04933C 0C000000 4413 C0D40100 426C 5F3A 023B FA00 02FF20 0410 02FD17 0000 02FD74 420E";
const MONEY = "02FD1A 0100 06FD00 40E201000000 06FD04 B90B00000000 04FD0B 07000000 046D 0513 553B";

describe("radio: uplink", () => {
  it("has the records of the published layout, in order", () => {
    assert.deepEqual(uplinkRecords(CONTENT), bytes(`${NOW} ${MONEY}`));
  });

  it(`takes at most ${AES_BLOCKS_MAX} blocks of AES, however much there is to say`, () => {
    for (const [content, expected] of [
      [CONTENT, 15],
      [LONGEST, 17],
    ] as const) {
      const { crypto, blocks } = countingCrypto();
      uplinkTelegram(crypto, KEY, HEADER, content);
      assert.equal(blocks(), expected);
      assert.ok(blocks() <= AES_BLOCKS_MAX);
    }
    fc.assert(
      fc.property(contents, (content) => {
        const { crypto, blocks } = countingCrypto();
        uplinkTelegram(crypto, KEY, HEADER, content);
        assert.ok(blocks() <= AES_BLOCKS_MAX, `${blocks()} blocks`);
      }),
    );
  });

  it("is a report or an installation of this meter, in profile B, and opens again", () => {
    const crypto = createNodeCrypto();
    for (const [kind, c_field] of [
      ["report", 0x44],
      ["installation", 0x46],
    ] as const) {
      const telegram = uplinkTelegram(crypto, KEY, { ...HEADER, kind }, CONTENT);
      assert.deepEqual(telegram.slice(0, 13), [115, c_field, ...bytes("620E 01004200 01 07 8C 80 05")]);
      assert.deepEqual(telegram.slice(13, 22), bytes("90 0F 002C 25 4D000000"));
      assert.deepEqual(telegram.slice(30, 36), bytes("7A 05 00 5007 10"));
      const message = opened(crypto, KEY, "from_meter", idBytes(METER.id), 0x7a, telegram, 13);
      assert.deepEqual(message.text.slice(2, 80), uplinkRecords(CONTENT));
    }
    const silent = uplinkTelegram(crypto, KEY, { ...HEADER, listens: false }, CONTENT);
    assert.equal(silent[11], 0);
  });

  it("never shows credit that is not there, nor hides a debt", () => {
    const wire = (balance_milli: number, debt_milli: number) => {
      const records = Buffer.from(uplinkRecords({ ...CONTENT, balance_milli, debt_milli }));
      return [records.indexOf("06fd00", 0, "hex"), records.indexOf("06fd04", 0, "hex")].map((at) =>
        records.readIntLE(at + 3, 6),
      );
    };
    assert.deepEqual(wire(0, 0), [0, 0]);
    assert.deepEqual(wire(99, 1), [0, 1]);
    assert.deepEqual(wire(100, 100), [1, 1]);
    assert.deepEqual(wire(-1, 101), [-1, 2]);
    assert.deepEqual(wire(-100, 199), [-1, 2]);
    assert.deepEqual(wire(2 ** 45, 2 ** 45), [Math.floor(2 ** 45 / 100), Math.ceil(2 ** 45 / 100)]);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (milli) => {
        // What a person sees has two decimals, rounded down: the wire's three give the same.
        assert.equal(Math.floor(wire(milli, 0)[0] / 10), Math.floor(milli / 1000));
      }),
    );
  });

  it("says 32767 days of a battery that has more, in the same two bytes", () => {
    const [usual, long] = [3650, 40_000].map((battery_days) => uplinkRecords({ ...CONTENT, battery_days }));
    assert.equal(long.length, usual.length);
    assert.equal(Buffer.from(long).indexOf("02fd74ff7f", 0, "hex"), 37);
  });

  it("leaves out the time while the clock is not set, and the due date before the first one", () => {
    const records = uplinkRecords({ ...CONTENT, time: undefined, due: undefined });
    const text = Buffer.from(records).toString("hex").toUpperCase();
    assert.ok(!text.includes("046D") && !text.includes("4413C0D4") && !text.includes("426C"), text);
  });

  it("says how long info codes were active in Kamstrup's steps", () => {
    const steps = [0, 1, 8, 9, 24, 25, 72, 73, 168, 169, 336, 337, 504, 505, 720];
    assert.deepEqual(steps.map(durationStep), [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
    // Words that a Kamstrup meter sends: leak 4-7 days; burst 1-8 hours and dry 2-3 days; reverse 9-24 hours.
    assert.equal(infoWord([false, false, true, false], [0, 0, 100, 0]), 0x1004);
    assert.equal(infoWord([false, false, false, true], [48, 0, 0, 5]), 0x2038);
    assert.equal(infoWord([false, true, false, false], [0, 20, 0, 0]), 0x0102);
  });

  it("tells the gateway by its status that something is wrong before anything is decrypted", () => {
    const crypto = createNodeCrypto();
    const status = (error: number) => {
      const errors = CONTENT.errors.map((_, index) => index === error);
      return uplinkTelegram(crypto, KEY, HEADER, { ...CONTENT, errors })[32];
    };
    assert.deepEqual(
      CONTENT.errors.map((_, error) => status(error)),
      [8, 3, 8, 3, 3, 3, 8, 4, 16, 16],
    );
    assert.equal(status(-1), 0);
  });
});

describe("radio: records and addresses", () => {
  it("writes whole numbers with their sign in every length", () => {
    const put = (value: number, length: number) => {
      const record: number[] = [];
      putSigned(record, value, length);
      return record;
    };
    assert.deepEqual(put(-1, 2), [255, 255]);
    assert.deepEqual(put(-32768, 2), [0, 128]);
    for (const length of [2, 4, 6]) {
      const half = 2 ** (8 * length - 1);
      for (const value of [0, 1, -1, half - 1, -half])
        assert.equal(Buffer.from(put(value, length)).readIntLE(0, length), value);
      for (const value of [half, -half - 1]) assert.throws(() => put(value, length), /fits its record/);
    }
  });

  it("writes dates of type G and times of type F", () => {
    const date = { year: 2008, month: 5, day: 31 };
    assert.deepEqual(timeBytes({ date, hour: 23, minute: 50, summer_time: false }), bytes("32171F15"));
    assert.deepEqual(dateBytes({ year: 2031, month: 2, day: 28 }), [28 + (7 << 5), 2 + (3 << 4)]);
    assert.deepEqual(dateBytes({ year: 2099, month: 12, day: 31 }), [0x1f + (3 << 5), 12 + (12 << 4)]);
    assert.equal(timeBytes({ date, hour: 0, minute: 0, summer_time: true })[1], 128);
    assert.throws(() => dateBytes({ year: 1999, month: 1, day: 1 }), /century/);
  });

  it("packs manufacturers and addresses both ways round", () => {
    assert.deepEqual(manufacturerBytes("KAM"), bytes("2D2C"));
    assert.equal(manufacturerAt(bytes("2D2C"), 0), "KAM");
    assert.deepEqual(linkAddress(METER), bytes("620E 01004200 01 07"));
    assert.deepEqual(transportAddress(METER), bytes("01004200 620E 01 07"));
    assert.throws(() => manufacturerBytes("ab1"), /capital/);
  });
});
