/** The displays: what the glass shows is what was asked for, after sparks and failed transfers too. */
import assert from "node:assert/strict";
import { createHd44780, REFRESH_SHOWS as LCD_REFRESH_SHOWS } from "../../../boards/drivers/hd44780";
import { createHt1621, REFRESH_SHOWS } from "../../../boards/drivers/ht1621";
import { SEGMENT_NAMES, segmentsOf } from "../../../boards/drivers/segment_font";
import type { Display } from "../../../hal/display";
import { createBusTime, waitUs } from "../../../sim/bus/bus_time";
import type { Hd44780Chip } from "../../../sim/bus/hd44780_chip";
import { createHd44780Chip, rowOf, upsetLcd } from "../../../sim/bus/hd44780_chip";
import type { Ht1621Chip } from "../../../sim/bus/ht1621_chip";
import { createHt1621Chip, glassLit, upset } from "../../../sim/bus/ht1621_chip";
import type { I2cBus } from "../../../sim/bus/i2c_bus";
import { createI2cBus, i2cDevice } from "../../../sim/bus/i2c_bus";
import { describePortContract } from "../../hal/contract";

const PRINTABLE = Array.from({ length: 95 }, (_, place) => String.fromCharCode(32 + place));

/** What a person reads on the glass: by the drawing in ht1621.ts, not by its code. */
function readGlass(chip: Ht1621Chip): { text: string; annunciators: string } {
  if (!glassLit(chip)) return { text: "", annunciators: "" };
  const names = ["abcd", "efgh", "ijkl", "mnp"];
  const bit = (character: number, row: number, place: number): boolean =>
    (Math.floor(chip.memory[4 * character + row] / 2 ** place) & 1) === 1;
  const lit = (character: number): string =>
    names
      .map((row, at) =>
        Array.from(row)
          .filter((_, place) => bit(character, at, place))
          .join(""),
      )
      .join("");
  const glyphs = new Map(PRINTABLE.map((one) => [sorted(segmentsOf(one.toUpperCase().charCodeAt(0))), one]));
  for (const capital of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") glyphs.set(sorted(segmentsOf(capital.charCodeAt(0))), capital);
  const text = Array.from({ length: 8 }, (_, character) => glyphs.get(sorted(lit(character))) ?? "?!").join("");
  const annunciators = Array.from("VLEATB")
    .filter((_, character) => bit(character, 3, 3))
    .join("");
  return { text: text.trimEnd(), annunciators };
}

function sorted(segments: string): string {
  return Array.from(segments.trim()).sort().join("");
}

function ht1621(): { chip: Ht1621Chip; port: Display } {
  const chip = createHt1621Chip();
  return { chip, port: createHt1621(chip.line) };
}

interface LcdRig {
  bus: I2cBus;
  chip: Hd44780Chip;
  port: Display;
  seen: () => { text: string; annunciators: string };
}

function hd44780(): LcdRig {
  const bus = createI2cBus(createBusTime());
  const chip = createHd44780Chip(bus, 0x27);
  const delay = {
    wait_us: (span_us: number) => {
      waitUs(bus.time, span_us);
    },
  };
  const seen = (): { text: string; annunciators: string } => ({
    text: rowOf(chip, 0, 16).trimEnd(),
    annunciators: rowOf(chip, 1, 16).trimEnd(),
  });
  return { bus, chip, port: createHd44780(i2cDevice(bus, 0x27), delay, true), seen };
}

describePortContract("display", "HT1621 driver on its glass", () => {
  const { chip, port } = ht1621();
  return { port, pass: () => undefined, seen: () => readGlass(chip) };
});

describePortContract("display", "HD44780 driver on its display", () => {
  const { port, seen } = hd44780();
  return { port, pass: () => undefined, seen };
});

describe("the segment font", () => {
  it("shows no two printable characters alike, but letters as capitals", () => {
    const looks = new Map<string, string>();
    for (const one of PRINTABLE) {
      const look = sorted(segmentsOf(one.charCodeAt(0)));
      const other = looks.get(look);
      if (other !== undefined) assert.equal(one.toUpperCase(), other);
      looks.set(look, one.toUpperCase());
    }
    assert.equal(looks.size, 95 - 26);
  });

  it("uses each segment of a character at most once, and only those that exist", () => {
    for (const one of PRINTABLE) {
      const segments = Array.from(segmentsOf(one.charCodeAt(0)).trim());
      assert.equal(new Set(segments).size, segments.length, one);
      assert.ok(segments.every((segment) => SEGMENT_NAMES.includes(segment)));
    }
  });

  it("is blank for what is not printable", () => {
    for (const code of [0, 31, 127, 255, 8364]) assert.equal(segmentsOf(code), "");
  });
});

describe("the HT1621 driver", () => {
  it("shows every printable character, in every place", () => {
    const { chip, port } = ht1621();
    for (const [place, one] of PRINTABLE.entries()) {
      const text = " ".repeat(place % 8) + one;
      port.show(text, "");
      assert.deepEqual(readGlass(chip), { text: text.toUpperCase().trimEnd(), annunciators: "" });
    }
  });

  it("sends only what has changed", () => {
    const { chip, port } = ht1621();
    port.show("12345678", "V");
    const before = chip.taken;
    port.show("12345678", "V");
    assert.equal(chip.taken, before);
    port.show("12345679", "V");
    assert.ok(chip.taken - before <= 4);
    assert.equal(readGlass(chip).text, "12345679");
  });

  it(`shows all again after a spark, at the latest ${REFRESH_SHOWS} shows later`, () => {
    const { chip, port } = ht1621();
    port.show("   -1.49", "VA");
    upset(chip);
    for (let shows = 0; shows < REFRESH_SHOWS; shows++) port.show("   -1.49", "VA");
    assert.deepEqual(readGlass(chip), { text: "   -1.49", annunciators: "VA" });
  });
});

describe("the HD44780 driver", () => {
  it("never sends faster than the display can take", () => {
    const { chip, port } = hd44780();
    for (let shows = 0; shows < 250; shows++) port.show(`${shows}`, shows % 2 === 0 ? "V" : "LE");
    assert.equal(chip.lost, 0);
    assert.equal(chip.light, true);
  });

  it(`is right again after a spark between two nibbles, at the latest ${LCD_REFRESH_SHOWS} shows later`, () => {
    const { chip, port, seen } = hd44780();
    port.show("ABCDEFGH", "T");
    upsetLcd(chip);
    for (let shows = 0; shows < LCD_REFRESH_SHOWS; shows++) port.show("ABCDEFGH", "T");
    assert.deepEqual(seen(), { text: "ABCDEFGH", annunciators: "T" });
  });

  it("shows what it could not send with the next show, once the bus works", () => {
    const { bus, port, seen } = hd44780();
    port.show("FIRST", "");
    bus.stuck_clocks = 9;
    port.show("SECOND", "A");
    bus.stuck_clocks = 0;
    assert.equal(seen().text, "FIRST");
    port.show("SECOND", "A");
    assert.deepEqual(seen(), { text: "SECOND", annunciators: "A" });
  });
});
