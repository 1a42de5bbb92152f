import assert from "node:assert/strict";
import fc from "fast-check";
import { AMOUNT_MAX, amountField, amountOf, currencyAmount, currencyFields } from "../../../firmware/token/amount";
import { blockCrc, blockOf, crcGood, fieldsOf, keyChangeBlock, keyChangePart } from "../../../firmware/token/block";
import { CREDIT_MAX_MILLI } from "../../../firmware/credit/ledger";
import { groupedDigits, readTokenNumber, tokenDigits } from "../../../firmware/token/number";
import { TOKEN_RESULTS, tokenResultPlace, tokenResultText } from "../../../firmware/token/results";
import { allTests, testControl, testsOf } from "../../../firmware/token/tests";
import { entriesOf } from "../../vectors";

const bytes = (hex: string) => [...Buffer.from(hex, "hex")];
const block = fc.array(fc.nat(255), { minLength: 8, maxLength: 8 });

describe("token number", () => {
  it("puts the class where bits 28 and 27 were, as the standard's worked example", () => {
    assert.equal(tokenDigits(0, bytes("c45ed1619406df95")), "51043465443420856213");
    assert.deepEqual(readTokenNumber("51043465443420856213"), { token_class: 0, block: bytes("c45ed1619406df95") });
  });

  it("equals exact arithmetic on 66 bits, for any class and block", () => {
    fc.assert(
      fc.property(fc.nat(3), block, (token_class, inner) => {
        const whole = BigInt(`0x${Buffer.from(inner).toString("hex")}`);
        const moved = (whole >> 27n) & 3n;
        const number = (moved << 64n) | (whole & ~(3n << 27n)) | (BigInt(token_class) << 27n);
        const digits = number.toString().padStart(20, "0");
        assert.equal(tokenDigits(token_class, inner), digits);
        assert.deepEqual(readTokenNumber(digits), { token_class, block: inner });
      }),
      { numRuns: 2000 },
    );
  });

  it("ends with 66 bits: the next number is none", () => {
    assert.deepEqual(readTokenNumber("73786976294838206463"), { token_class: 3, block: bytes("ffffffffffffffff") });
    assert.equal(readTokenNumber("73786976294838206464"), undefined);
    assert.equal(readTokenNumber("99999999999999999999"), undefined);
  });

  it("is twenty digits and nothing else", () => {
    for (const text of ["", "1", "0".repeat(19), "0".repeat(21), "0000000000000000000a", "0000 0000 0000 0000 0"]) {
      assert.equal(readTokenNumber(text), undefined);
    }
  });

  it("is printed in groups of four", () => {
    assert.equal(groupedDigits("51043465443420856213"), "5104 3465 4434 2085 6213");
    assert.equal(groupedDigits("510434"), "5104 34");
    assert.equal(groupedDigits(""), "");
  });
});

describe("token amounts", () => {
  entriesOf<{ what: string; t_in: number; field: string; decodes: number }>(
    "sts.json",
    "primitives",
    ({ t_in }) => `amount ${t_in}`,
    ({ t_in, field, decodes }) => {
      assert.equal(amountField(t_in), Number(`0x${field}`));
      assert.equal(amountOf(Number(`0x${field}`)), decodes);
    },
    ({ what }) => what.startsWith("TransferAmount"),
  );

  it("are the least that can be said and not below what was asked for, for every one of the 65,536 fields", () => {
    for (let field = 1; field < 65_536; field++) {
      const before = amountOf(field - 1);
      const amount = amountOf(field);
      assert.ok(amount > before, "amounts rise with their fields");
      assert.equal(amountField(amount), field);
      assert.equal(amountField(before + 1), field);
    }
  });

  it("end with 1,820,162.4 m3", () => {
    assert.equal(amountOf(65_535), AMOUNT_MAX);
    assert.equal(amountField(AMOUNT_MAX + 1), undefined);
  });

  it("of money are rounded up by less than a ten-thousandth, up to the largest credit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: CREDIT_MAX_MILLI - CREDIT_MAX_MILLI / 5000 }), (amount_milli) => {
        const fields = currencyFields(amount_milli)!;
        const said_milli = currencyAmount(fields);
        assert.ok(said_milli >= amount_milli && said_milli <= amount_milli * 1.0007 + 1);
        assert.ok(fields.sign_exponent < 8 && fields.amount < 65_536);
        assert.deepEqual(currencyFields(said_milli), fields);
      }),
      { numRuns: 2000 },
    );
  });

  it("of money below zero, or beyond any credit, are told from real ones", () => {
    assert.equal(currencyAmount({ sign_exponent: 8, amount: 1 }), -1);
    assert.equal(currencyAmount({ sign_exponent: 7, amount: 65_535 }), CREDIT_MAX_MILLI + 1);
    assert.equal(currencyAmount({ sign_exponent: 2, amount: 3 * 16_384 }), CREDIT_MAX_MILLI + 1);
    assert.equal(currencyFields(10 ** 15), undefined);
  });
});

describe("token block", () => {
  /** CRC-16/MODBUS in its textbook form, stored low byte first. */
  function modbus(input: readonly number[]): number {
    let crc = 0xffff;
    for (const byte of input) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
    }
    return ((crc & 255) << 8) | (crc >> 8);
  }

  it("has the CRC that the STS Association prints, and one byte more of money", () => {
    assert.equal(modbus(bytes("00004a2d900ff2")), 0x0ffa);
    assert.equal(modbus(bytes("00004a2d900ff201")), 0x7bc4);
    assert.equal(blockCrc(0, bytes("004a2d900ff2")), 0x0ffa);
    for (const front of ["404a2d900ff2", "554a2d900ff2", "7a4a2d900ff2"]) {
      assert.equal(blockCrc(0, bytes(front)), modbus([0, ...bytes(front), 1]));
      assert.equal(blockCrc(2, bytes(front)), modbus([2, ...bytes(front)]));
    }
    for (const front of ["304a2d900ff2", "804a2d900ff2"]) {
      assert.equal(blockCrc(0, bytes(front)), modbus([0, ...bytes(front)]));
    }
  });

  entriesOf<{ tid: number; rnd: number; amount_field: number; crc: string }>(
    "sts.json",
    "primitives",
    () => "CRC of full fields",
    ({ tid, rnd, amount_field, crc }) => {
      const made = blockOf(0, { sub: 0, front: rnd, middle: tid, value: amount_field });
      assert.equal(Buffer.from(made.slice(6)).toString("hex"), crc);
    },
    ({ tid }) => tid !== undefined,
  );

  it("says what it was made of, and finds any changed bit", () => {
    const fields = fc.record({
      sub: fc.nat(15),
      front: fc.nat(15),
      middle: fc.nat(2 ** 24 - 1),
      value: fc.nat(65_535),
    });
    fc.assert(
      fc.property(fc.nat(3), fields, fc.nat(63), (token_class, said, bit) => {
        const made = blockOf(token_class, said);
        assert.deepEqual(fieldsOf(made), { ...said });
        assert.equal(crcGood(token_class, made), true);
        made[Math.floor(bit / 8)] ^= 1 << (bit % 8);
        assert.equal(crcGood(token_class, made), false);
      }),
    );
  });

  it("of a key change says what it was made of", () => {
    const parts = fc.record({
      sub: fc.constantFrom(3, 4, 8, 9),
      attributes: fc.nat(4095),
      key: fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
    });
    fc.assert(fc.property(parts, (part) => assert.deepEqual(keyChangePart(keyChangeBlock(part)), { ...part })));
  });
});

describe("test tokens", () => {
  const controlBlock = (control: number) =>
    blockOf(1, { sub: 0, front: 0, middle: Math.floor(control / 256), value: (control % 256) * 256 });

  it("ask for one test each, or for all", () => {
    for (const test of allTests()) assert.deepEqual(testsOf(controlBlock(testControl(test))), [test]);
    assert.deepEqual(testsOf(blockOf(1, { sub: 0, front: 15, middle: 2 ** 24 - 1, value: 0xff00 })), allTests());
    assert.deepEqual(testsOf(blockOf(1, { sub: 1, front: 15, middle: 2 ** 24 - 1, value: 0 })), allTests());
  });

  it("ask for nothing where this meter has nothing, for two at once, or with another subclass", () => {
    for (const control of [0, 3, 1 << 5, 1 << 10, 1 << 11, 1 << 12])
      assert.deepEqual(testsOf(controlBlock(control)), []);
    assert.deepEqual(testsOf(blockOf(1, { sub: 2, front: 0, middle: 0, value: 256 })), []);
  });

  entriesOf<Record<string, string>>(
    "sts.json",
    "class1",
    ({ control_36 }) => `control ${control_36}`,
    ({ control_36, token_2digit, token_4digit }) => {
      for (const digits of [token_2digit, token_4digit]) {
        const token = readTokenNumber(digits)!;
        assert.equal(token.token_class, 1);
        assert.equal(crcGood(1, token.block), true);
        const expected = allTests().filter((test) => testControl(test) === Number(control_36));
        assert.deepEqual(testsOf(token.block), expected);
      }
    },
  );
});

describe("token results", () => {
  it("keep their places, and have eight characters at most", () => {
    assert.equal(TOKEN_RESULTS.length, 16);
    assert.deepEqual(TOKEN_RESULTS.map(tokenResultPlace), [...TOKEN_RESULTS.keys()]);
    const texts = TOKEN_RESULTS.map(tokenResultText);
    assert.deepEqual(texts.slice(0, 5), ["ACCEPTED", "1ST KCT", "2ND KCT", "OVERFLOW", "KEY TYPE"]);
    assert.equal(new Set(texts).size, texts.length);
    assert.ok(texts.every((text) => text.length <= 8));
  });
});
