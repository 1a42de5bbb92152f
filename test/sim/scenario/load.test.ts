import assert from "node:assert/strict";
import { parseScenario } from "../../../sim/scenario/load";
import { UserError } from "../../../sim/scenario/user_error";

/** A scenario that is right, one field a line, so that a change has a line number. */
function lines(): string[] {
  return [
    "{",
    '  "name": "n",',
    '  "description": "d",',
    '  "start": 1551654000,',
    '  "tariff": { "id": 1, "blocks": [{ "price_milli": 1000 }] },',
    '  "meter": {},',
    '  "steps": [',
    '    { "at": 10, "lock": true },',
    '    { "at": "00:01:00", "draw": { "flow_l_h": 600, "duration_s": 60 } }',
    "  ],",
    '  "expect": [{ "field": "valve", "is": "open" }],',
    '  "end": "1d"',
    "}",
  ];
}

function messageOf(text: string): string {
  try {
    parseScenario("x.json", text);
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exit_code, 2);
    return error.message;
  }
  return "";
}

/** The message when line `number` reads otherwise. */
function messageWith(number: number, line: string): string {
  const changed = lines();
  changed[number - 1] = line;
  return messageOf(changed.join("\n"));
}

describe("scenario file", () => {
  it("is taken when it is right, and says what is left out", () => {
    const scenario = parseScenario("x.json", lines().join("\n"));
    assert.equal(scenario.seed, 1);
    assert.equal(scenario.commissioned, true);
    assert.deepEqual(scenario.meter.pulse, { litres: 1, pulses: 1 });
    assert.equal(scenario.meter.time_zone.daylight_saving?.start.month, 3);
  });

  const refused: [number, string, string][] = [
    [2, '  "name": "n"', "x.json:3: not valid JSON: a comma is expected"],
    [2, '  "name": "n", // why', "x.json:2: not valid JSON: comments are not JSON"],
    [2, '  "name": "n", "name": "m",', "x.json:2: name: stands here twice"],
    [2, '  "nam": "n",', "x.json:1: name: is missing (and 1 more)"],
    [2, '  "name": "n", "tarif": {},', "x.json:2: tarif: is not a field of a scenario"],
    [4, '  "start": "2019-03-01T08:00:00",', "x.json:4: start: must be a time such as"],
    [4, '  "start": -1,', "x.json:4: start: must be at least 86400 (got -1)"],
    [5, '  "tariff": { "id": 1, "blocks": [] },', "x.json:5: tariff.blocks: must have at least 1 entries (got [])"],
    [
      5,
      '  "tariff": { "id": 1, "blocks": [{ "price_milli": 1000000001 }] },',
      "x.json:5: tariff.blocks[0].price_milli: must be at most 1000000000 (got 1000000001)",
    ],
    [
      5,
      '  "tariff": { "id": 1, "blocks": [{ "price_milli": 1 }, { "price_milli": 2 }] },',
      "x.json:5: tariff.blocks[0].up_to_l: is missing: only the last block has no limit",
    ],
    [
      5,
      '  "tariff": { "id": 1, "blocks": [{ "up_to_l": 9, "price_milli": 1 }, { "up_to_l": 9, "price_milli": 2 }, { "price_milli": 3 }] },',
      "x.json:5: tariff.blocks[1].up_to_l: must be above the limit before it, 9",
    ],
    [6, '  "meter": { "q3_l_h": "2500" },', 'x.json:6: meter.q3_l_h: must be a whole number (got "2500")'],
    [
      6,
      '  "meter": { "time_zone": { "utc_offset_min": 50 } },',
      "x.json:6: meter.time_zone.utc_offset_min: must be a multiple of 15 (got 50)",
    ],
    [
      6,
      '  "meter": { "friendly_hours": { "from": "20:10" } },',
      'x.json:6: meter.friendly_hours.from: must be a quarter of an hour such as "07:30" (got "20:10")',
    ],
    [
      6,
      '  "meter": { "lifeline": { "kind": "flow_limit", "open_s": 591, "period_s": 600 } },',
      "x.json:6: meter.lifeline.open_s: must be at most period_s - 10, 590",
    ],
    [6, '  "meter": { "lifeline": { "kind": "some" } },', 'x.json:6: meter.lifeline.kind: must have a "kind"'],
    [
      6,
      '  "meter": { "sensor": { "wrap": 256, "start": 256 } },',
      "x.json:6: meter.sensor.start: must be below wrap, 256",
    ],
    [
      6,
      '  "meter": {}, "opening_credit_milli": 1.5,',
      "x.json:6: opening_credit_milli: must be a whole number (got 1.5)",
    ],
    [
      6,
      '  "meter": {}, "opening_credit_milli": 5, "commissioned": false,',
      'x.json:6: opening_credit_milli: needs "commissioned": true',
    ],
    [8, '    { "at": "1:00", "lock": true },', "x.json:8: steps[0].at: must be a time such as"],
    [8, '    { "at": 61, "lock": true },', "x.json:9: steps[1].at: must not be before the step above it"],
    [8, '    { "at": 1 },', 'x.json:8: steps[0]: must have exactly one verb beside "at", not none'],
    [
      8,
      '    { "at": 1, "lock": true, "household": true },',
      'x.json:8: steps[0]: must have exactly one verb beside "at", not lock and household',
    ],
    [8, '    { "at": 1, "unlock": true },', "x.json:8: steps[0].unlock: is not a field of a scenario"],
    [8, '    { "at": 1, "keys": "##A" },', "x.json:8: steps[0].keys: must be 1 to 40 of the keys 0-9 * #"],
    [8, '    { "at": 1, "radio": "2c4" },', "x.json:8: steps[0].radio: must be 1 to 255 bytes in hexadecimal"],
    [8, '    { "at": 1, "sensor": {} },', "x.json:8: steps[0].sensor: must have exactly one field"],
    [8, '    { "at": 1, "nvm": {} },', "x.json:8: steps[0].nvm: must have exactly one field"],
    [
      8,
      '    { "at": 1, "nvm": { "wear": { "sector": 8, "operation": "erase" } } },',
      "x.json:8: steps[0].nvm.wear.sector: must be below 8, the sectors of nrf52-8x4k",
    ],
    [
      8,
      '    { "at": 1, "card": { "in": "04a1" } },',
      "x.json:8: steps[0].card.in: must be 4 to 10 bytes in hexadecimal",
    ],
    [
      8,
      '    { "at": 1, "card": { "in": {} } },',
      "x.json:8: steps[0].card.in: must be a UID in hexadecimal or an object",
    ],
    [
      8,
      '    { "at": 1, "card": { "in": "04a1b2c3", "spoil": true } },',
      "x.json:8: steps[0].card: must have exactly one field",
    ],
    [8, '    { "at": 1, "card": { "out": true } },', "x.json:8: steps[0].card.out: needs a card that is there"],
    [
      8,
      '    { "at": 1, "card": { "pull_after": { "bytes": 1 } } },',
      "x.json:8: steps[0].card.pull_after: needs a card that is there",
    ],
    [
      8,
      '    { "at": 1, "card": { "in": "04a1b2c3" } }, { "at": 2, "card": { "in": "04a1b2c3" } },',
      "x.json:8: steps[1].card.in: must wait until the card before is out",
    ],
    [8, '    { "at": 1, "power_cut": {} },', "x.json:8: steps[0].power_cut.off_ms: is missing"],
    [6, '  "meter": { "nvm": "core" },', "x.json:6: meter.nvm: must be one of nrf52-8x4k"],
    [
      8,
      '    { "at": 1, "commission": { "opening_milli": 1 } },',
      'x.json:8: steps[0].commission: needs "commissioned": false',
    ],
    [
      9,
      '    { "at": 60, "draw": { "flow_l_h": 1.5, "duration_s": 60 } }',
      "x.json:9: steps[1].draw.flow_l_h: must be a whole number (got 1.5)",
    ],
    [9, '    { "at": 60, "draw": { "flow_l_h": 1 } }', "x.json:9: steps[1].draw.duration_s: is missing"],
    [11, '  "expect": [{ "field": "volume", "is": 1 }],', "x.json:11: expect[0].field: must be one of volume_l"],
    [11, '  "expect": [{ "field": "volume_l" }],', 'x.json:11: expect[0]: needs "is", "min" or "max"'],
    [
      11,
      '  "expect": [{ "field": "volume_l", "is": "1" }],',
      "x.json:11: expect[0].is: must be a number, as volume_l is",
    ],
    [11, '  "expect": [{ "field": "valve", "is": "shut" }],', "x.json:11: expect[0].is: must be one of open, closed"],
    [11, '  "expect": [{ "field": "card", "is": "good" }],', "x.json:11: expect[0].is: must be one of none, accepted"],
    [11, '  "expect": [{ "field": "valve", "min": 1 }],', "x.json:11: expect[0].min: is for numbers"],
    [12, '  "end": "00:00:30"', "x.json:12: end: must not be before the last step"],
    [12, '  "end": "25:00:00"', "x.json:12: end: must be a time such as"],
  ];
  for (const [number, line, message] of refused) {
    it(`refuses ${line.trim()}`, () => {
      const got = messageWith(number, line);
      assert.ok(got.startsWith(message), got);
      assert.equal(got.includes("\n"), false);
    });
  }

  it("refuses a file that is empty or holds something else", () => {
    assert.equal(messageOf(""), "x.json:1: not valid JSON: the file is empty");
    assert.equal(messageOf("[]"), "x.json:1: the scenario: must be an object (got [])");
  });
});
