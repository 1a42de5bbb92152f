import assert from "node:assert/strict";
import pc from "picocolors";
import { renderFace, type FaceState } from "../../tools/face";
import { bigText } from "../../tools/glyphs";
import { centsText, moneyText } from "../../tools/money";

const STATE: FaceState = {
  title: "Curbstop · A household's week",
  clock: "Wed 6 Mar 07:15",
  display: "   -0.12",
  annunciators: "VLE",
  valve: "closed",
  shut_by: "no_credit+customer_lock",
  flow_l_h: 480,
  balance_milli: -12_200,
  volume_l: 1211,
  unit_price_milli: 200_000,
  info: "-",
  hours_l: [0, 3, 20, 75],
  events: ["Wed 6 Mar 07:00  valve shut at 1211 l", "x".repeat(200)],
  progress: 0.33,
};

describe("meter face", () => {
  for (const columns of [48, 60, 80, 100, 200]) {
    it(`fits a terminal of ${columns} columns and 24 rows`, () => {
      const lines = renderFace(STATE, { columns, rows: 24 }, pc.createColors(false));
      assert.ok(lines.length <= 24, `${lines.length} lines`);
      const widths = new Set(lines.map((line) => line.length));
      assert.equal(widths.size, 1, "every line is as wide as the frame");
      assert.ok([...widths][0] < columns);
    });
  }

  it("shows what is on the meter and beside it", () => {
    const text = renderFace(STATE, { columns: 100, rows: 40 }, pc.createColors(false)).join("\n");
    for (const word of [
      "SHUT LOW EMERG",
      "closed (no credit, customer lock)",
      "480 l/h",
      "-0.12",
      "1211 l",
      "2.00",
      "33 %",
    ]) {
      assert.ok(text.includes(word), word);
    }
    assert.equal(text.includes("ALARM"), false);
  });

  it("draws characters three cells wide", () => {
    assert.deepEqual(bigText("1."), ["▄█     ", " █     ", "▀▀▀  ▀ "]);
  });
});

describe("money for people", () => {
  it("has five decimals, or two cut towards zero", () => {
    assert.equal(moneyText(-481), "-0.00481");
    assert.equal(moneyText(1_234_567), "12.34567");
    assert.equal(centsText(1_234_567), "12.34");
    assert.equal(centsText(-12_999), "-0.12");
    assert.equal(centsText(-999), "0.00");
  });
});
