import assert from "node:assert/strict";
import fc from "fast-check";
import { putDigits } from "../../../firmware/card/bytes";
import * as content from "../../../firmware/card/content";
import { CARD_TYPES, headerBytes, readHeader } from "../../../firmware/card/files";
import { orderBytes, readOrder } from "../../../firmware/card/order";
import {
  EVENTS_BYTES,
  EVENT_CODES,
  DEBT_MOST_MILLI,
  monthBytes,
  noBytes,
  putEvent,
  readBackBytes,
  readReadBack,
  type ReadBack,
} from "../../../firmware/card/read_back";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { readVoucher, voucherBytes } from "../../../firmware/card/voucher";
import { BALANCE_MAX_MILLI } from "../../../firmware/credit/ledger";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { signatureGood } from "../../../firmware/card/signature";

const crypto = createCryptoTwin();
const KEY = cmacKey(crypto, [...Array(16).keys()]);
const OTHER = cmacKey(crypto, new Array<number>(16).fill(9));

/** Records as the firmware makes them: plain objects. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(model, { noNullPrototype: true });

const digits = (length: number) =>
  fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((list) => list.join(""));
const uid = fc.array(fc.nat(255), { minLength: 7, maxLength: 7 });
const whole = (bytes: number) => fc.maxSafeNat().map((value) => value % 2 ** (8 * bytes));

const voucher = record({
  utility: whole(2),
  region: digits(6),
  meter: digits(18),
  uid,
  generation: whole(1),
  sequence: whole(4),
  cumulative_milli: whole(6),
  tariff_id: whole(4),
  expiry_utc_s: whole(5),
  point_of_sale: whole(4),
});

const order = record({
  type: fc.constantFrom(...CARD_TYPES),
  utility: whole(2),
  region: digits(6),
  meter: digits(18),
  uid,
  sequence: whole(4),
  expiry_utc_s: whole(5),
  content: fc.array(fc.nat(255), { maxLength: 207 }),
});

const header = record({
  type: fc.constantFrom(...CARD_TYPES),
  region: digits(6),
  card: whole(4),
  generation: fc.integer({ min: 1, max: 255 }),
});

const tariff = record({
  id: whole(4),
  start_utc_s: whole(5),
  standing_milli: whole(4),
  blocks: fc.array(fc.tuple(fc.nat(2 ** 31), whole(4)), { minLength: 1, maxLength: 8 }),
}).map(({ blocks, ...rest }) => ({
  ...rest,
  limits_l: blocks.map(([limit], place) => (place === blocks.length - 1 ? NO_LIMIT_L : limit)),
  prices_milli: blocks.map(([, price]) => price),
}));

const readBack = record({
  region: digits(6),
  meter: digits(18),
  uid,
  generation: whole(1),
  sequence: whole(4),
  cumulative_milli: whole(6),
  utc_s: whole(5),
  volume_l: whole(5),
  reverse_l: fc.nat(2 ** 24 - 1),
  balance_milli: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  debt_milli: whole(4),
  reasons: fc.nat(127),
  info: fc.nat(15),
  supply_mv: whole(2),
  tariff_id: whole(4),
  result: fc.nat(18),
  month: whole(2),
  months_l: fc.array(fc.nat(2 ** 31), { maxLength: 12 }),
  events: fc.array(
    record({
      code: fc.constantFrom(...EVENT_CODES, ...CARD_RESULTS.map((result) => `card_${result}`)),
      utc_s: fc.nat(2 ** 23).map((minute) => 1_577_836_800 + 60 * (minute + 1)),
      value: fc.nat(2 ** 24 - 2),
    }),
    { maxLength: 10 },
  ),
});

/** A read-back as a meter writes it, which has parts of it ready as bytes. */
function written(said: ReadBack): number[] {
  const { region, meter, month, months_l, events, ...numbers } = said;
  const place: number[] = [];
  putDigits(place, region, 3);
  putDigits(place, meter, 9);
  const event_bytes: number[] = [];
  for (const event of events) putEvent(event_bytes, event);
  return readBackBytes(KEY, {
    ...numbers,
    place,
    months: monthBytes(month, months_l),
    events: event_bytes.concat(noBytes(EVENTS_BYTES - event_bytes.length)),
  });
}

/** Every single changed bit must be seen by `genuine`. */
function assertGuarded(bytes: number[], genuine: (bytes: number[]) => boolean): void {
  assert.ok(genuine(bytes));
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = [...bytes];
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.ok(!genuine(changed), `bit ${bit}`);
  }
}

describe("card: formats", () => {
  it("a voucher is 64 bytes that read as they were written, and nobody else's key signs it", () => {
    fc.assert(
      fc.property(voucher, (said) => {
        const bytes = voucherBytes(KEY, said);
        assert.equal(bytes.length, 64);
        assert.deepEqual(readVoucher(bytes), said);
        assert.ok(signatureGood(KEY, bytes));
        assert.ok(!signatureGood(OTHER, bytes));
      }),
    );
  });

  it("a voucher's bytes stand where its header says", () => {
    const bytes = voucherBytes(KEY, {
      utility: 0x0102,
      region: "600100",
      meter: "123456789012345678",
      uid: [4, 1, 2, 3, 4, 5, 6],
      generation: 7,
      sequence: 0x01020304,
      cumulative_milli: 0x0a0b0c0d0e0f,
      tariff_id: 0x11121314,
      expiry_utc_s: 0x2122232425,
      point_of_sale: 0x31323334,
    });
    const text = Buffer.from(bytes).toString("hex");
    assert.equal(
      text.slice(0, 96),
      "01" +
        "0102" +
        "600100" +
        "123456789012345678" +
        "04010203040506" +
        "07" +
        "01020304" +
        "0a0b0c0d0e0f" +
        "11121314" +
        "2122232425" +
        "31323334" +
        "0000",
    );
  });

  it("a voucher, an order and a read-back show each changed bit", () => {
    const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed: 1, numRuns: 1 })[0];
    assertGuarded(voucherBytes(KEY, sample(voucher)), (bytes) => signatureGood(KEY, bytes));
    assertGuarded(orderBytes(KEY, sample(order)), (bytes) => signatureGood(KEY, bytes));
    assertGuarded(written(sample(readBack)), (bytes) => signatureGood(KEY, bytes));
  });

  it("an order is 256 bytes that read as they were written", () => {
    fc.assert(
      fc.property(order, (said) => {
        const bytes = orderBytes(KEY, said);
        assert.equal(bytes.length, 256);
        assert.deepEqual(readOrder(bytes), said);
        assert.ok(signatureGood(KEY, bytes) && !signatureGood(OTHER, bytes));
      }),
    );
  });

  it("a header is 16 bytes that read as they were written", () => {
    fc.assert(
      fc.property(header, (said) => {
        const bytes = headerBytes(said);
        assert.equal(bytes.length, 16);
        assert.deepEqual(readHeader(bytes), said);
      }),
    );
  });

  it("a read-back is 200 bytes that read as they were written", () => {
    fc.assert(
      fc.property(readBack, (said) => {
        const bytes = written(said);
        assert.equal(bytes.length, 200);
        assert.deepEqual(readReadBack(bytes), said);
      }),
    );
  });

  it("a read-back holds the largest balance that a meter can have", () => {
    const said = fc.sample(readBack, { seed: 2, numRuns: 1 })[0];
    for (const balance_milli of [BALANCE_MAX_MILLI, -BALANCE_MAX_MILLI]) {
      assert.deepEqual(readReadBack(written({ ...said, balance_milli })), { ...said, balance_milli });
    }
  });

  it("a read-back says that a value does not fit or is not known, and never another one", () => {
    const said = fc.sample(readBack, { seed: 2, numRuns: 1 })[0];
    said.reverse_l = 2 ** 30;
    said.debt_milli = 2 ** 32;
    said.months_l = [2 ** 40];
    said.events = [
      { code: "something_new", utc_s: 0, value: 5 },
      { code: "boot", utc_s: 1_577_836_859, value: -1 },
      { code: "boot", utc_s: 2 ** 40, value: 2 ** 24 },
    ];
    const read = readReadBack(written(said));
    assert.ok(read !== undefined && read !== "none");
    assert.equal(read.reverse_l, 2 ** 24 - 1);
    assert.equal(read.debt_milli, DEBT_MOST_MILLI);
    assert.deepEqual(read.months_l, []);
    assert.deepEqual(read.events, [
      { code: "other", utc_s: 0, value: 5 },
      { code: "boot", utc_s: 0, value: 2 ** 24 - 1 },
      { code: "boot", utc_s: 0, value: 2 ** 24 - 1 },
    ]);
  });

  it("a tariff in an order reads as it was written, and not when it is cut short", () => {
    fc.assert(
      fc.property(tariff, (said) => {
        const bytes = content.tariffBytes(said);
        assert.deepEqual(content.readTariffBytes(bytes, 0), said);
        assert.equal(content.readTariffBytes(bytes.slice(0, -1), 0), undefined);
      }),
    );
  });

  it("a commissioning content is read under its key and front alone, and shows no key byte by byte", () => {
    const key = [...Array(16).keys()];
    const front = new Array<number>(16).fill(3);
    const said = {
      voucher_key: new Array<number>(16).fill(0xaa),
      card_key: new Array<number>(16).fill(0xbb),
      opening_milli: 400_000,
      generation: 2,
      sequence: 70_000,
      cumulative_milli: 2 ** 33,
      tariff: fc.sample(tariff, { seed: 3, numRuns: 1 })[0],
    };
    const bytes = content.commissioningBytes(crypto, key, front, said);
    assert.deepEqual(content.readCommissioning(crypto, key, front, bytes), said);
    assert.ok(!Buffer.from(bytes).includes(Buffer.from([0xaa, 0xaa, 0xaa])));
    assert.notDeepEqual(content.readCommissioning(crypto, front, front, bytes), said);
    assert.equal(content.readCommissioning(crypto, key, front, bytes.slice(1)), undefined);
    assert.equal(content.readCommissioning(crypto, key, front, []), undefined);
  });

  it("any bytes are read safely, and a file of zeros carries nothing", () => {
    const any = fc.array(fc.nat(255), { maxLength: 300 });
    fc.assert(
      fc.property(any, (bytes) => {
        for (const length of [bytes.length, 16, 64, 200, 256]) {
          const file = Array.from({ length }, (_, place) => bytes[place] ?? 0);
          readHeader(file);
          readVoucher(file);
          readOrder(file);
          readReadBack(file);
          content.readTariffBytes(file, 0);
        }
      }),
    );
    assert.equal(readVoucher(new Array<number>(64).fill(0)), "none");
    assert.equal(readOrder(new Array<number>(256).fill(0)), "none");
    assert.equal(readReadBack(new Array<number>(200).fill(0)), "none");
  });
});
