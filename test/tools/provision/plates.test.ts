/** Which nameplates are the same meter's, given on another day. */
import assert from "node:assert/strict";
import { nameplateBytes, type Nameplate } from "../../../firmware/nameplate";
import { blankSettings } from "../../../firmware/settings";
import { isEarlier, isEarlierDigest, plateDigest } from "../../../tools/provision/plates";
import { plateCrc } from "../../../tools/provision/settings_file";

const DAY = 1440;

function plate(first_tid: number, meter_number = "600727000000000009"): string {
  const settings = { ...blankSettings(), meter_number };
  settings.tokens = { ...settings.tokens, first_tid };
  const tariff: Nameplate["tariff"] = { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [1], prices_milli: [1] };
  return nameplateBytes({ settings, tariff, radio: "" }, plateCrc);
}

describe("nameplates", () => {
  const today = plate(5000 * DAY);
  const kept: [string, string, boolean][] = [
    ["today's", today, true],
    ["one from three years before", plate(4000 * DAY), true],
    ["one from a day after", plate(5001 * DAY), false],
    ["another meter's", plate(5000 * DAY, "600727000000000017"), false],
    ["one that is not whole", today.slice(0, -1), false],
    ["none", "", false],
  ];
  for (const [what, stored, same] of kept) {
    it(`are the same, or not, when a board keeps ${what}, whether it shows it or its SHA-256`, () => {
      assert.equal(isEarlier(stored, today), same);
      assert.equal(isEarlierDigest(plateDigest(stored), today), same);
    });
  }

  it("are not the same as what a board without one says", () => {
    assert.equal(isEarlierDigest("none", today), false);
    assert.equal(isEarlierDigest("", today), false);
  });

  it("without tokens have no day, and are found all the same", () => {
    assert.equal(isEarlierDigest(plateDigest(plate(0)), plate(0)), true);
  });
});
