import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventText, eventWords, isKnownCode, valueText } from "../../../tools/service/event_words";

const README = join(__dirname, "..", "..", "..", "firmware", "README.md");

/** The codes of the table "Events in the log": `a/b` stands for two endings, `...` for a family. */
function codesOfReadme(): string[] {
  const text = readFileSync(README, "utf8");
  const table = text.slice(text.indexOf("## Events in the log"));
  const cells = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)]);
  return cells.flatMap(([, code]) => {
    const [, front, one, other] = /^(.*_)(\w+)\/(\w+)$/.exec(code) ?? [];
    return front === undefined ? [code.replace(/\.\.\.$/, "")] : [front + one, front + other];
  });
}

/** The codes that the firmware's sources name. */
function codesOfFirmware(): string[] {
  const files = ["metering", "supervision", "requests", "meter", "recovery", "keeping", "card/acts", "token/acts"];
  return files.flatMap((file) => {
    const source = readFileSync(join(__dirname, "..", "..", "..", "firmware", `${file}.ts`), "utf8");
    return [...source.matchAll(/\bnote\([\w.]+, "([a-z_]+)",/g)].map(([, code]) => code);
  });
}

describe("event codes in words", () => {
  it("has every code of firmware/README.md", () => {
    const codes = codesOfReadme();
    assert.ok(codes.length > 60, `${codes.length} codes were found`);
    assert.deepEqual(
      codes.filter((code) => !isKnownCode(code)),
      [],
    );
  });

  it("has every code that the firmware's sources write", () => {
    const codes = codesOfFirmware();
    assert.ok(codes.length > 25);
    assert.deepEqual(
      codes.filter((code) => !isKnownCode(code)),
      [],
    );
  });

  it("names what came of a card, a token or the memory behind its family", () => {
    assert.equal(eventWords("card_bad_signature").words, "card: bad signature");
    assert.equal(eventWords("token_crc").words, "token: crc");
    assert.match(eventWords("storage_worn").next ?? "", /change the board's memory/);
    assert.equal(eventWords("storage_ok").next, undefined);
  });

  it("shows a code that it does not know as it is", () => {
    assert.deepEqual(eventWords("of_tomorrow"), { words: "of_tomorrow", value: "value", unit: "number" });
    assert.equal(isKnownCode("of_tomorrow"), false);
  });

  it("shows values in their units: money or litres, inputs, times", () => {
    assert.equal(valueText(-481, "milli", false), "-0.00481");
    assert.equal(valueText(-481, "milli", true), "-481 l");
    assert.equal(valueText(5, "tamper", false), "case+reader");
    assert.equal(valueText(0, "l_h", false), "lifted");
    const event = { utc_s: 1_551_654_000, code: "valve_fault", value: 120 };
    assert.equal(eventText(event, false), "2019-03-03 23:00:00  valve does not reach its end, register 120 l");
    assert.match(eventText({ ...event, utc_s: 0 }, false), /^no time +valve/);
  });
});
