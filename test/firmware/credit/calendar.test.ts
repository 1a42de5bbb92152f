/** The calendar against JavaScript's Date and the time-zone data of ICU. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  civilDate,
  DAY_S,
  firstOfMonth,
  friendlyAt,
  localSeconds,
  monthNumber,
  nextChange,
  weekday,
  weekdayOfMonth,
} from "../../../firmware/credit/calendar";
import type { Settings } from "../../../firmware/settings";
import { settings } from "../samples";
import { icuLocalSeconds, icuSwitches, ZONES } from "./zones";

const FROM_S = Date.UTC(2019, 0, 1) / 1000;
const TO_S = Date.UTC(2046, 0, 1) / 1000;
const LAST_DAY = Date.UTC(2100, 11, 31) / 1000 / DAY_S;

const anyTime = fc.integer({ min: FROM_S, max: TO_S - 1 });

describe("calendar: civil dates", () => {
  it("are those of Date for every day from 1970 to 2100", () => {
    for (let day = 0; day <= LAST_DAY; day++) {
      const date = new Date(day * DAY_S * 1000);
      const civil = civilDate(day);
      assert.equal(civil.year, date.getUTCFullYear());
      assert.equal(civil.month, date.getUTCMonth() + 1);
      assert.equal(weekday(day), date.getUTCDay());
    }
  });

  it("do not reach before 1970", () => {
    assert.throws(() => civilDate(-1));
  });

  it("find the first of every month from 1970 to 2100", () => {
    for (let year = 1970; year <= 2100; year++) {
      for (let month = 1; month <= 12; month++) {
        assert.equal(firstOfMonth(year, month), Date.UTC(year, month - 1, 1) / 1000 / DAY_S);
      }
    }
  });

  it("find the first to fourth and the last of every weekday of every month", () => {
    for (let year = 1970; year <= 2100; year++) {
      for (let month = 1; month <= 12; month++) {
        const days: number[][] = [[], [], [], [], [], [], []];
        const date = new Date(Date.UTC(year, month - 1, 1));
        for (; date.getUTCMonth() === month - 1; date.setUTCDate(date.getUTCDate() + 1)) {
          days[date.getUTCDay()].push(date.getTime() / 1000 / DAY_S);
        }
        for (const [day_of_week, found] of days.entries()) {
          for (const week of [1, 2, 3, 4]) {
            assert.equal(weekdayOfMonth(year, month, week, day_of_week), found[week - 1]);
          }
          assert.equal(weekdayOfMonth(year, month, 5, day_of_week), found.at(-1));
        }
      }
    }
  });

  it("know no week before the first and none after the fifth, the last", () => {
    for (const week of [0, 6]) assert.throws(() => weekdayOfMonth(2019, 3, week, 0));
  });

  it("number the months without a gap", () => {
    for (let day = 1; day <= LAST_DAY; day++) {
      const first = new Date(day * DAY_S * 1000).getUTCDate() === 1;
      assert.equal(monthNumber(day) - monthNumber(day - 1), first ? 1 : 0);
    }
  });
});

for (const { name, rule } of ZONES) {
  describe(`calendar: local time of ${name}`, () => {
    const zone = settings(rule);
    const icu = icuLocalSeconds(name);

    it("is that of ICU at any time from 2019 to 2045", () => {
      fc.assert(
        fc.property(anyTime, (utc_s) => {
          assert.equal(localSeconds(zone, utc_s), icu(utc_s));
        }),
        { numRuns: 3000 },
      );
    });

    it("is that of ICU in the seconds around every change of the clocks", () => {
      const switches = icuSwitches(name, FROM_S, TO_S);
      assert.equal(switches.length, zone.dst_shift_min === 0 ? 0 : 54);
      for (const switch_s of switches) {
        for (const near_s of [-7200, -3601, -3600, -1, 0, 1, 3599, 3600, 7200]) {
          assert.equal(localSeconds(zone, switch_s + near_s), icu(switch_s + near_s), `${switch_s} ${near_s}`);
        }
      }
    });

    it("is that of ICU around every New Year", () => {
      for (let year = 2019; year <= 2045; year++) {
        const middle_s = Date.UTC(year, 0, 1) / 1000;
        for (let utc_s = middle_s - 18 * 3600; utc_s < middle_s + 18 * 3600; utc_s += 900) {
          assert.equal(localSeconds(zone, utc_s), icu(utc_s));
        }
      }
    });
  });
}

describe("calendar: local time of a rule that ends in the second in which it begins", () => {
  it("is daylight time all year", () => {
    // 03:00 in daylight time is the same second as 02:00 in standard time.
    const zone = settings({ dst_end_month: 3, dst_end_minute: 180 });
    const begins_s = Date.UTC(2019, 2, 31, 1) / 1000;
    for (const utc_s of [begins_s - 1, begins_s, begins_s + 1, begins_s - 80 * DAY_S, begins_s + 200 * DAY_S]) {
      assert.equal(localSeconds(zone, utc_s), utc_s + 2 * 3600);
    }
  });
});

/** Local seconds of a date's minute. */
function local(date: string, minute = 0): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000 + minute * 60;
}

describe("calendar: friendly hours", () => {
  it("hold from the first minute to before the last of a window within a day", () => {
    const policy = settings({ friendly_from_minute: 600, friendly_to_minute: 720 });
    for (const [minute, friendly] of [
      [0, false],
      [599, false],
      [600, true],
      [719, true],
      [720, false],
      [1439, false],
    ] as const) {
      assert.equal(friendlyAt(policy, local("2019-03-05", minute)), friendly, `${minute}`);
    }
  });

  it("hold over midnight when the window does", () => {
    const policy = settings({ friendly_from_minute: 1320, friendly_to_minute: 360 });
    for (const [minute, friendly] of [
      [0, true],
      [359, true],
      [360, false],
      [1319, false],
      [1320, true],
      [1439, true],
    ] as const) {
      assert.equal(friendlyAt(policy, local("2019-03-05", minute)), friendly, `${minute}`);
    }
  });

  it("are none when a window begins where it ends", () => {
    for (const minute of [0, 600]) {
      const policy = settings({ friendly_from_minute: minute, friendly_to_minute: minute });
      for (let at = 0; at < 1440; at++) assert.equal(friendlyAt(policy, local("2019-03-05", at)), false);
    }
  });

  it("hold on whole weekends, from Saturday to Sunday, where the settings say so", () => {
    for (const [date, friendly] of [
      ["2019-03-08", false],
      ["2019-03-09", true],
      ["2019-03-10", true],
      ["2019-03-11", false],
    ] as const) {
      for (const minute of [0, 1439]) {
        assert.equal(friendlyAt(settings({ friendly_weekends: true }), local(date, minute)), friendly);
        assert.equal(friendlyAt(settings(), local(date, minute)), false);
      }
    }
  });

  it("hold on listed holidays, all day and only then", () => {
    const policy = settings({ holidays: [local("2019-12-25") / DAY_S, local("2020-01-01") / DAY_S] });
    for (const [date, friendly] of [
      ["2019-12-24", false],
      ["2019-12-25", true],
      ["2019-12-26", false],
      ["2020-01-01", true],
    ] as const) {
      assert.equal(friendlyAt(policy, local(date)), friendly);
      assert.equal(friendlyAt(policy, local(date, 1439)), friendly);
    }
  });
});

describe("calendar: the next change", () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const policies: fc.Arbitrary<Settings> = fc
    .record({
      zone: fc.constantFrom(...ZONES),
      friendly_from_minute: minute,
      friendly_to_minute: minute,
      friendly_weekends: fc.boolean(),
    })
    .map(({ zone, ...rest }) => settings({ ...zone.rule, ...rest }));
  // Half of the times lie around a change of the clocks, where most can go wrong.
  const switches = ZONES.flatMap(({ name }) => icuSwitches(name, FROM_S, TO_S));
  const times = fc.oneof(
    anyTime,
    fc.tuple(fc.constantFrom(...switches), fc.integer({ min: -7200, max: 7200 })).map(([at_s, by_s]) => at_s + by_s),
  );

  it("is never skipped: day, offset and friendly hours stay the same until it comes", () => {
    const seen = (policy: Settings, utc_s: number): string => {
      const local_s = localSeconds(policy, utc_s);
      return `${Math.floor(local_s / DAY_S)} ${local_s - utc_s} ${friendlyAt(policy, local_s)}`;
    };
    fc.assert(
      fc.property(policies, times, (policy, utc_s) => {
        const next_s = nextChange(policy, utc_s, localSeconds(policy, utc_s));
        assert.ok(next_s > utc_s && next_s <= utc_s + 900, `${next_s - utc_s} s ahead`);
        const now = seen(policy, utc_s);
        for (let later_s = utc_s + 1; later_s < next_s; later_s++) assert.equal(seen(policy, later_s), now);
      }),
      { numRuns: 400 },
    );
  });
});
