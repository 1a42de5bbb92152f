import assert from "node:assert/strict";
import fc from "fast-check";
import { createBuzzerTwin } from "../../../sim/twins/buzzer";
import { numberField, quoted, textField, writeLine } from "../../../sim/world/trace";
import { virtualTime } from "../../hal/twins";

describe("trace", () => {
  it("quotes printable texts so that JSON reads them back", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (text) => {
        assert.equal(JSON.parse(quoted(text)), text);
      }),
    );
  });

  it("makes what is not printable ASCII a question mark, and stays JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const read = JSON.parse(quoted(text)) as string;
        assert.equal(
          read,
          text.replace(/[^ -~]/gu, (character) => "?".repeat(character.length)),
        );
      }),
    );
  });

  it("writes one JSON object a line, with its time first", () => {
    const { trace, lines, pass } = virtualTime();
    pass(1234);
    writeLine(trace, "event", "draw", textField("kind", "tap") + numberField("flow_l_h", -90071992547));
    assert.deepEqual(lines, ['{"t":1234,"event":"draw","kind":"tap","flow_l_h":-90071992547}']);
  });

  it("is silent about ports when it is off, and about nothing else", () => {
    const { trace, lines } = virtualTime();
    trace.on = false;
    createBuzzerTwin(trace).port.beep("good");
    writeLine(trace, "event", "end", "");
    assert.deepEqual(lines, ['{"t":0,"event":"end"}']);
  });
});
