/** Every page of the display, to the character, and which keys lead there. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ATTENTION_MS, MESSAGE_MS, REFRESH_MS } from "../../../firmware/display/display";
import { PAGES, pageText } from "../../../firmware/display/pages";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../../firmware/metrology/identity";
import { FIRMWARE_ID } from "../../../firmware/version";
import type { Rig } from "../rig";
import { HOUR_MS, MINUTE_MS, running, SECOND_MS } from "../rig";
import { blocks, tariff } from "../samples";

/** What stands on the glass, with its spaces. */
function glass(rig: Rig): string {
  return rig.world.display.text;
}

/** Its pages, in their order, as they are now. */
function pages(rig: Rig): string[] {
  return Array.from({ length: PAGES }, (_, page) => pageText(rig.meter, page, rig.now_ms));
}

describe("display: pages", () => {
  it("show balance, register, number, tariff, price, last credit, flow, codes and identity, to the character", () => {
    const rig = running({ opening_milli: 123456789, tariff: tariff({ id: 42, prices_milli: [215000] }) });
    rig.then("credit 1 2550000").litres(600, 600);
    assert.deepEqual(pages(rig), [
      " 1258.77",
      "00000600",
      "00000017",
      "n 000000",
      "t     42",
      "P   2.15",
      "+  25.50",
      "F    600",
      "In ----",
      `Id ${FIRMWARE_ID}`,
      `Id ${METROLOGY_VERSION}`,
      METROLOGY_CHECKSUM,
    ]);
  });

  it("show debts with their sign", () => {
    const rig = running({ opening_milli: 5, tariff: tariff({ prices_milli: [150000000] }) });
    rig.litres(1);
    assert.equal(pages(rig)[0], "   -1.50");
  });

  it("show every info code by its letter", () => {
    const rig = running().then("sensor empty 1");
    assert.equal(pages(rig)[8], "In d---");
    rig.step("sensor empty 0", "draw -600 60000").pass(MINUTE_MS);
    assert.equal(pages(rig)[8], "In -r--");
    rig
      .pass(2 * HOUR_MS)
      .step(`draw 60 ${30 * HOUR_MS}`)
      .pass(27 * HOUR_MS);
    assert.equal(pages(rig)[8], "In --L-");
    rig.step(`draw 900 ${HOUR_MS}`).pass(40 * MINUTE_MS);
    assert.equal(pages(rig)[8], "In --Lb");
  });

  it("show a short meter number whole, and a long one in two parts", () => {
    for (const [meter_number, low, high] of [
      ["7", "7", "n "],
      ["12345678", "12345678", "n "],
      ["123456789", "23456789", "n 1"],
      ["12345678901234", "78901234", "n 123456"],
      ["123456789012345678", "12345678", "n 567890"],
    ] as const) {
      const rig = running({ settings: { meter_number } });
      assert.deepEqual(pages(rig).slice(2, 4), [low, high]);
    }
  });

  it("have at most eight characters, whatever the books hold", () => {
    const big = fc.oneof(fc.constantFrom(0, 1, -1, 1e15, -1e15), fc.integer({ min: -1e15, max: 1e15 }));
    const rig = running();
    fc.assert(
      fc.property(big, big, fc.nat(), fc.nat({ max: 2 ** 31 - 1 }), (balance, credit, volume, id) => {
        const meter = rig.meter;
        meter.account.balance_milli = balance;
        meter.account.last_credit_milli = Math.abs(credit) % 1e12;
        meter.account.unit_price_milli = volume % 1000000001;
        meter.register.volume_l = volume * 1000;
        meter.account.tariff = tariff({ id: id + 1 });
        meter.flow.flow_l_h = volume % 200000;
        for (const text of pages(rig)) assert.ok(text.length <= 8 && /^[ -~]+$/.test(text), `"${text}"`);
      }),
    );
  });

  // A price of 10,000.00 and a credit of 12,345.67 once lost their first digit.
  it("lose decimals, never the first digits, of large amounts", () => {
    const rig = running({ tariff: tariff({ prices_milli: [1000000000] }) }).then("credit 1 1234567000");
    assert.deepEqual(pages(rig).slice(5, 7), ["P  10000", "+  12345"]);
    assert.equal(pages(rig)[0], " 1012345");
  });

  it("show the last digits of a long tariff id and of a long register", () => {
    const rig = running({ tariff: tariff({ id: 2147483647 }) });
    rig.meter.register.volume_l = 123456789012;
    assert.equal(pages(rig)[4], "t7483647");
    assert.equal(pages(rig)[1], "56789012");
  });
});

describe("display: keys", () => {
  it("turns the pages with * from the balance on, and comes round", () => {
    const rig = running({ opening_milli: 100000 });
    const expected = pages(rig);
    for (const [turn, text] of [...expected.slice(1), expected[0], expected[1]].entries()) {
      assert.equal(glass(rig.keys("*")), text, `turn ${turn}`);
    }
  });

  it("goes straight to a page with ## and its digit", () => {
    const rig = running({ opening_milli: 100000 });
    const at = pages(rig);
    for (const [digit, page] of Object.entries({ 1: 0, 2: 1, 3: 2, 4: 4, 5: 5, 6: 6, 7: 8, 0: 9 })) {
      assert.equal(glass(rig.keys(`##${digit}`)), at[page], `##${digit}`);
    }
  });

  it("goes back to the balance a minute after the last key", () => {
    const rig = running({ opening_milli: 100000 }).keys("##2");
    rig.pass(ATTENTION_MS - SECOND_MS);
    assert.equal(glass(rig), "00000000");
    rig.pass(2 * SECOND_MS);
    assert.equal(glass(rig), "    1.00");
    assert.equal(glass(rig.keys("*")), "00000000", "and turns on from there");
  });
});

describe("display: messages", () => {
  it("stand for five seconds before the page", () => {
    const rig = running({ opening_milli: 0 }).step("credit 1 2550000");
    assert.equal(glass(rig), "+  25.50");
    rig.pass(MESSAGE_MS - 1);
    assert.equal(glass(rig), "+  25.50");
    rig.pass(1);
    assert.equal(glass(rig), "   25.50");
  });

  it("give way to a key at once", () => {
    const rig = running({ opening_milli: 100000 }).step("credit 1 100000").keys("##1");
    assert.equal(glass(rig), "    2.00");
  });

  it("are not written over by running water", () => {
    const rig = running({ opening_milli: 1e9 })
      .step("draw 3600 60000")
      .pass(10 * SECOND_MS);
    rig.step("credit 1 100000").pass(4 * SECOND_MS);
    assert.equal(glass(rig), "+   1.00");
  });
});

describe("display: while water runs", () => {
  it("is never more than a minute behind", () => {
    const rig = running({ opening_milli: 1e9, tariff: blocks([[0, 100000000]]) });
    rig.step(`draw 60 ${HOUR_MS}`);
    let seen = glass(rig);
    let behind_ms = 0;
    for (let second = 0; second < 3900; second++) {
      rig.pass(SECOND_MS);
      behind_ms = glass(rig) === pages(rig)[0] ? 0 : behind_ms + SECOND_MS;
      assert.ok(behind_ms <= REFRESH_MS, `${behind_ms} ms behind at ${second} s`);
      seen = glass(rig);
    }
    assert.equal(seen, " 9940.00");
  });

  it("follows within a second while someone looks", () => {
    const rig = running({ opening_milli: 1e9 })
      .step(`draw 3600 ${10 * MINUTE_MS}`)
      .keys("##2");
    for (let second = 0; second < 55; second++) {
      rig.pass(SECOND_MS);
      const behind = Number(pages(rig)[1]) - Number(glass(rig));
      assert.ok(behind >= 0 && behind <= 2, `${behind} l behind after ${second} s`);
    }
  });

  it("is written only when something on it changes", () => {
    const rig = running({ trace: true, opening_milli: 1e9 });
    const writes = (): number => rig.trace().filter((line) => line.port === "display").length;
    const before = writes();
    rig.pass(24 * HOUR_MS);
    assert.equal(writes(), before);
  });
});

describe("display: annunciators", () => {
  it("stand in the order V L E A T B, one for each thing that holds", () => {
    const rig = running({ opening_milli: 0, settings: { emergency_milli: 10 } })
      .keys("##8")
      .pass(3 * SECOND_MS);
    assert.equal(rig.world.display.annunciators, "LE");
    rig.step("tamper case 1", "brown_out 1", "sensor jump 9000").pass(10 * SECOND_MS);
    assert.equal(rig.world.display.annunciators, "VLEATB");
  });
});
