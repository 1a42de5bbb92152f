import assert from "node:assert/strict";
import type { Account } from "../../../firmware/credit/account";
import { createAccount } from "../../../firmware/credit/account";
import { acceptTariff, CATCH_UP_DAYS_MAX, renewLifeline } from "../../../firmware/credit/billing_time";
import { acceptCredit, useWater } from "../../../firmware/credit/ledger";
import type { Tariff } from "../../../firmware/credit/tariff";
import { blocks, DAY_S, settings, START_UTC_S, tariff } from "../samples";
import { nextBoundary, passTime } from "./as_meter";

const rome = settings();
/** 31 March 2019, 00:00 in Rome: the clocks go forward at 02:00, and the month ends. */
const LAST_OF_MARCH = Date.UTC(2019, 2, 30, 23) / 1000;
/** 1 April 2019, 00:00 in Rome, now in daylight time. */
const FIRST_OF_APRIL = Date.UTC(2019, 2, 31, 22) / 1000;

/** An account that has known the time since START_UTC_S, with 1,000,000 milli-units. */
function opened(prices: Tariff, policy = rome, at_utc_s = START_UTC_S): Account {
  const account = createAccount(prices, 0);
  acceptCredit(account, { sequence: 1, amount_milli: 1000000 });
  passTime(account, policy, at_utc_s);
  return account;
}

const standing = tariff({ standing_milli: 10 });

describe("billing time: days", () => {
  it("charges nothing for the day on which the clock was first seen", () => {
    assert.equal(opened(standing).standing_milli, 0);
    assert.equal(opened(standing, rome, START_UTC_S + DAY_S - 1).standing_milli, 0);
  });

  it("charges each local day once, in its first second", () => {
    const account = opened(standing);
    for (const [utc_s, charged_milli] of [
      [START_UTC_S + DAY_S - 1, 0],
      [START_UTC_S + DAY_S, 10],
      [START_UTC_S + DAY_S + 1, 10],
      [START_UTC_S + 2 * DAY_S - 1, 10],
      [START_UTC_S + 2 * DAY_S, 20],
    ]) {
      passTime(account, rome, utc_s);
      assert.equal(account.standing_milli, charged_milli);
    }
  });

  it("charges one day each for the short and the long day of the clock change", () => {
    const account = opened(standing, rome, LAST_OF_MARCH);
    passTime(account, rome, FIRST_OF_APRIL - 1);
    assert.equal(account.standing_milli, 0);
    passTime(account, rome, FIRST_OF_APRIL);
    assert.equal(account.standing_milli, 10);

    const autumn = Date.UTC(2019, 9, 26, 22) / 1000;
    const winter = opened(standing, rome, autumn);
    passTime(winter, rome, autumn + 25 * 3600 - 1);
    assert.equal(winter.standing_milli, 0);
    passTime(winter, rome, autumn + 25 * 3600);
    assert.equal(winter.standing_milli, 10);
  });

  it("catches up on missed days, but on 31 at most", () => {
    for (const [days, charged] of [
      [5, 5],
      [CATCH_UP_DAYS_MAX, CATCH_UP_DAYS_MAX],
      [CATCH_UP_DAYS_MAX + 1, CATCH_UP_DAYS_MAX],
      [3000, CATCH_UP_DAYS_MAX],
    ]) {
      const account = opened(standing);
      passTime(account, rome, START_UTC_S + days * DAY_S + 7200);
      assert.equal(account.standing_milli, charged * 10, `${days} days`);
    }
  });

  it("keeps the limit of 31 days when a tariff began among the missed ones", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + 20 * DAY_S, standing_milli: 1000 }));
    passTime(account, rome, START_UTC_S + 60 * DAY_S);
    assert.equal(account.standing_milli, 19 * 10 + 12 * 1000);
  });

  it("never charges a day again when the clock was set back", () => {
    const account = opened(standing);
    passTime(account, rome, START_UTC_S + 3 * DAY_S);
    assert.equal(account.standing_milli, 30);
    for (const days of [0, 1, 2, 3, -40, 3]) {
      passTime(account, rome, START_UTC_S + days * DAY_S);
      assert.equal(account.standing_milli, 30, `at day ${days}`);
    }
    passTime(account, rome, START_UTC_S + 4 * DAY_S);
    assert.equal(account.standing_milli, 40);
  });

  it("charges on after a date that was false by years, without charging a paid day twice", () => {
    const account = opened(standing);
    const jump_s = 3650 * DAY_S;
    passTime(account, rome, START_UTC_S + jump_s);
    passTime(account, rome, START_UTC_S + jump_s + DAY_S);
    assert.equal(account.standing_milli, (CATCH_UP_DAYS_MAX + 1) * 10);
    for (let day = 1; day <= CATCH_UP_DAYS_MAX + 1; day++) {
      passTime(account, rome, START_UTC_S + day * DAY_S);
      assert.equal(account.standing_milli, (CATCH_UP_DAYS_MAX + 1) * 10, `day ${day} was paid in advance`);
    }
    passTime(account, rome, START_UTC_S + (CATCH_UP_DAYS_MAX + 2) * DAY_S);
    assert.equal(account.standing_milli, (CATCH_UP_DAYS_MAX + 2) * 10);
  });

  it("counts only the days that were paid while a false date went on with a gap of 31 days", () => {
    const account = opened(standing);
    for (const days of [1000, 1000 + CATCH_UP_DAYS_MAX]) passTime(account, rome, START_UTC_S + days * DAY_S);
    const paid_days = 2 * CATCH_UP_DAYS_MAX;
    for (let day = 60; day <= paid_days; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.equal(account.standing_milli, paid_days * 10);
    passTime(account, rome, START_UTC_S + (paid_days + 1) * DAY_S);
    assert.equal(account.standing_milli, (paid_days + 1) * 10);
  });

  it("goes on where the very first date was false by years, and the months with it", () => {
    const prices = tariff({
      ...blocks([
        [5, 1000],
        [0, 2000],
      ]),
      standing_milli: 10,
    });
    const account = opened(prices, rome, START_UTC_S + 3650 * DAY_S);
    passTime(account, rome, START_UTC_S + 3653 * DAY_S);
    assert.equal(account.standing_milli, 30);
    useWater(account, rome, 9);
    for (let day = 3; day <= 122; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.ok(account.standing_milli >= 30 + (119 - 62) * 10, `${account.standing_milli} of ${1190 + 30}`);
    assert.ok(account.standing_milli <= 30 + 119 * 10);
    assert.equal(account.month_l, 0);
    const paid_milli = account.standing_milli;
    for (let day = 123; day <= 132; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.equal(account.standing_milli, paid_milli + 100);
  });

  it("goes on after two false dates, one beyond the other, and charges no paid day twice", () => {
    const account = opened(standing);
    for (const days of [1000, 3000]) passTime(account, rome, START_UTC_S + days * DAY_S);
    assert.equal(account.standing_milli, 2 * CATCH_UP_DAYS_MAX * 10);
    for (let day = 0; day <= 100; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.equal(account.standing_milli, 1000);
  });

  it("charges no day twice after a clock that fell back by any number of days, for however long, and was put right", () => {
    for (const back_days of [32, 40, 62, 63, 64, 80, 93, 94, 95, 400, 3650])
      for (const false_days of [0, 1, 20, 40, 61, 62, 63, 100, 200]) {
        const account = opened(standing);
        passTime(account, rome, START_UTC_S + 10 * DAY_S);
        for (let day = 10; day <= 10 + false_days; day++)
          passTime(account, rome, START_UTC_S + (day - back_days) * DAY_S);
        for (let day = 10 + false_days; day <= 300; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
        const why = `back by ${back_days} for ${false_days}: ${account.standing_milli}`;
        assert.ok(account.standing_milli <= 3000, why);
        assert.ok(account.standing_milli >= 3000 - 10 * Math.min(false_days, 62 + CATCH_UP_DAYS_MAX + 107), why);
      }
  });

  it("charges no day again when the clock falls back by years and is put right", () => {
    const account = opened(standing);
    passTime(account, rome, START_UTC_S + 10 * DAY_S);
    passTime(account, rome, START_UTC_S - 3650 * DAY_S);
    passTime(account, rome, START_UTC_S - 3649 * DAY_S);
    passTime(account, rome, START_UTC_S + 10 * DAY_S);
    assert.equal(account.standing_milli, 100);
    passTime(account, rome, START_UTC_S + 11 * DAY_S);
    assert.equal(account.standing_milli, 110);
  });

  it("takes a jump back by 31 days for a late clock, and one by 32 for the end of a false date", () => {
    for (const [back_days, then_charged] of [
      [CATCH_UP_DAYS_MAX, 0],
      [CATCH_UP_DAYS_MAX + 1, 1],
    ]) {
      // Of 100 days, 31 were paid.
      const account = opened(standing);
      passTime(account, rome, START_UTC_S + 100 * DAY_S);
      const paid_milli = account.standing_milli;
      passTime(account, rome, START_UTC_S + (100 - back_days) * DAY_S);
      passTime(account, rome, START_UTC_S + (101 - back_days) * DAY_S);
      assert.equal(account.standing_milli, paid_milli + then_charged * 10, `back by ${back_days} days`);
    }
  });

  it("charges no day twice when a false date came and went long after an outage of months", () => {
    const account = opened(standing);
    passTime(account, rome, START_UTC_S + 100 * DAY_S);
    for (let day = 101; day <= 160; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.equal(account.standing_milli, (31 + 60) * 10);
    passTime(account, rome, START_UTC_S + 3650 * DAY_S);
    assert.equal(account.standing_milli, (31 + 60 + 31) * 10);
    for (let day = 161; day <= 191; day++) passTime(account, rome, START_UTC_S + day * DAY_S);
    assert.equal(account.standing_milli, (31 + 60 + 31) * 10, "these 31 days were paid in advance");
    passTime(account, rome, START_UTC_S + 192 * DAY_S);
    assert.equal(account.standing_milli, (31 + 60 + 32) * 10);
  });

  it("charges days from the first one of 1970 on, where a clock may begin", () => {
    const account = opened(standing, rome, 1);
    passTime(account, rome, DAY_S);
    assert.equal(account.standing_milli, 10);
  });

  it("charges nothing while the time is not known, and only known days after it", () => {
    const account = opened(standing);
    passTime(account, rome, 0);
    assert.equal(account.standing_milli, 0);
    passTime(account, rome, START_UTC_S + 2 * DAY_S);
    assert.equal(account.standing_milli, 20);
  });

  it("gives the daily allowance anew each local day, not when the clock goes back", () => {
    const account = opened(tariff());
    account.lifeline_today_l = 9;
    passTime(account, rome, START_UTC_S + DAY_S - 1);
    assert.equal(account.lifeline_today_l, 9);
    passTime(account, rome, START_UTC_S + DAY_S);
    assert.equal(account.lifeline_today_l, 0);
    account.lifeline_today_l = 9;
    passTime(account, rome, START_UTC_S);
    passTime(account, rome, START_UTC_S + DAY_S);
    assert.equal(account.lifeline_today_l, 9);
  });

  it("gives the daily allowance anew on request, for meters that have lost the time", () => {
    const policy = settings({ lifeline: "daily_allowance", lifeline_daily_l: 3 });
    const account = createAccount(tariff(), 0);
    passTime(account, policy, 0);
    useWater(account, policy, 3);
    assert.deepEqual([account.lifeline_today_l, account.balance_milli], [3, 0]);
    renewLifeline(account);
    assert.equal(account.lifeline_today_l, 0);
    useWater(account, policy, 4);
    assert.deepEqual([account.lifeline_l, account.balance_milli], [6, -1]);
  });
});

describe("billing time: friendly hours", () => {
  it("do not let the standing charge of their first minute cut supply", () => {
    const policy = settings({ friendly_weekends: true });
    const friday = START_UTC_S + 4 * DAY_S;
    const account = opened(tariff({ standing_milli: 2000000 }), policy, friday);
    passTime(account, policy, friday + DAY_S);
    assert.deepEqual([account.balance_milli, account.cut], [-1000000, false]);
    passTime(account, policy, friday + 3 * DAY_S - 1);
    assert.equal(account.cut, false);
    passTime(account, policy, friday + 3 * DAY_S);
    assert.equal(account.cut, true);
  });

  it("end when the time is lost", () => {
    const policy = settings({ friendly_weekends: true });
    const saturday = START_UTC_S + 5 * DAY_S;
    const account = opened(tariff(), policy, saturday);
    useWater(account, policy, 1000000);
    assert.equal(account.cut, false);
    passTime(account, policy, 0);
    assert.deepEqual([account.friendly, account.cut], [false, true]);
  });
});

describe("billing time: a cut supply", () => {
  // The new tariff's free block was seen for a moment with the old month's litres, and supply came back for free.
  it("is not brought back in friendly hours by a price that never held", () => {
    const policy = settings({ friendly_from_minute: 0, friendly_to_minute: 360 });
    const account = createAccount(tariff(), 0);
    acceptCredit(account, { sequence: 1, amount_milli: 5 });
    passTime(account, policy, LAST_OF_MARCH + 12 * 3600);
    useWater(account, policy, 10);
    assert.equal(account.cut, true);
    acceptTariff(
      account,
      blocks(
        [
          [5, 1000],
          [0, 0],
        ],
        { id: 2, start_utc_s: FIRST_OF_APRIL },
      ),
    );
    passTime(account, policy, FIRST_OF_APRIL);
    assert.deepEqual([account.friendly, account.unit_price_milli, account.cut], [true, 1000, true]);
  });
});

describe("billing time: months", () => {
  it("begin their blocks anew at local midnight of the first", () => {
    const account = opened(
      blocks([
        [100, 0],
        [0, 1000],
      ]),
      rome,
      LAST_OF_MARCH,
    );
    useWater(account, rome, 150);
    assert.deepEqual([account.month_l, account.unit_price_milli], [150, 1000]);
    passTime(account, rome, FIRST_OF_APRIL - 1);
    assert.equal(account.month_l, 150);
    passTime(account, rome, FIRST_OF_APRIL);
    assert.deepEqual([account.month_l, account.unit_price_milli], [0, 0]);
  });

  it("are not begun again by a clock that was set back over the end of one", () => {
    const account = opened(tariff(), rome, FIRST_OF_APRIL);
    useWater(account, rome, 10);
    passTime(account, rome, FIRST_OF_APRIL - 10);
    useWater(account, rome, 10);
    passTime(account, rome, FIRST_OF_APRIL);
    assert.equal(account.month_l, 20);
  });

  it("go on after a date that was false by years, and are not begun anew by one that fell back", () => {
    const prices = blocks([
      [5, 1000],
      [0, 2000],
    ]);
    const account = opened(prices, rome, LAST_OF_MARCH);
    useWater(account, rome, 3);
    passTime(account, rome, LAST_OF_MARCH - 3650 * DAY_S);
    passTime(account, rome, LAST_OF_MARCH + 60);
    assert.equal(account.month_l, 3);
    passTime(account, rome, LAST_OF_MARCH + 3650 * DAY_S);
    useWater(account, rome, 4);
    for (let day = 1; day <= 70; day++) passTime(account, rome, LAST_OF_MARCH + day * DAY_S);
    assert.equal(account.month_l, 0, "a month that really began has begun the blocks");
  });

  it("change with the year", () => {
    const new_year = Date.UTC(2019, 11, 31, 23) / 1000;
    const account = opened(tariff(), rome, new_year - 1);
    useWater(account, rome, 5);
    passTime(account, rome, new_year);
    assert.equal(account.month_l, 0);
  });
});

describe("billing time: tariffs", () => {
  it("start in their second, not before, and say so once", () => {
    const account = opened(standing);
    const start_utc_s = START_UTC_S + 36000;
    assert.equal(acceptTariff(account, tariff({ id: 2, start_utc_s })), "accepted");
    assert.equal(passTime(account, rome, start_utc_s - 1), false);
    assert.equal(account.tariff.id, 1);
    assert.equal(passTime(account, rome, start_utc_s), true);
    assert.equal(account.tariff.id, 2);
    assert.equal(passTime(account, rome, start_utc_s), false);
  });

  it("that start exactly at midnight hold for the standing charge of that day", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + DAY_S, standing_milli: 70 }));
    passTime(account, rome, START_UTC_S + DAY_S);
    assert.equal(account.standing_milli, 70);
  });

  it("that start a second after midnight do not", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + DAY_S + 1, standing_milli: 70 }));
    passTime(account, rome, START_UTC_S + DAY_S + 1);
    assert.equal(account.standing_milli, 10);
  });

  it("that start at once hold from the next look at the time, known or not", () => {
    for (const utc_s of [0, START_UTC_S]) {
      const account = opened(standing);
      acceptTariff(account, tariff({ id: 2, start_utc_s: 0 }));
      assert.equal(passTime(account, rome, utc_s), true);
      assert.equal(account.tariff.id, 2);
    }
  });

  it("that start in the first hours of 1970, as one that holds since ever, start at once in every zone", () => {
    for (const utc_offset_min of [-720, -240, 0, 840])
      for (const start_utc_s of [1, 43_200, DAY_S, DAY_S + 1]) {
        const account = opened(standing, settings({ utc_offset_min }));
        assert.equal(acceptTariff(account, tariff({ id: 2, start_utc_s, standing_milli: 70 })), "accepted");
        assert.equal(passTime(account, settings({ utc_offset_min }), START_UTC_S + DAY_S), true);
        assert.deepEqual([account.tariff.id, account.standing_milli], [2, 70]);
      }
  });

  it("with a start wait while the time is not known", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S - 1 }));
    assert.equal(passTime(account, rome, 0), false);
    assert.equal(account.tariff.id, 1);
  });

  it("that are not newer than the newest known are refused as old", () => {
    const account = opened(tariff({ id: 5 }));
    for (const id of [1, 4, 5]) assert.equal(acceptTariff(account, tariff({ id })), "old");
    assert.equal(acceptTariff(account, tariff({ id: 7, start_utc_s: START_UTC_S + 100 })), "accepted");
    for (const id of [6, 7]) assert.equal(acceptTariff(account, tariff({ id })), "old");
    assert.equal(account.pending?.id, 7);
  });

  it("replace the one that waits", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + 100 }));
    assert.equal(acceptTariff(account, tariff({ id: 3, start_utc_s: START_UTC_S + 200 })), "accepted");
    passTime(account, rome, START_UTC_S + 100);
    assert.equal(account.tariff.id, 1);
    passTime(account, rome, START_UTC_S + 200);
    assert.equal(account.tariff.id, 3);
  });

  it("that wait but are not newer than the one that holds stop the meter", () => {
    for (const id of [4, 5]) {
      const account = opened(tariff({ id: 5 }));
      account.pending = tariff({ id });
      assert.throws(() => passTime(account, rome, START_UTC_S + 1));
    }
  });

  it("that are malformed are refused and change nothing", () => {
    const account = opened(standing);
    const before = structuredClone(account);
    assert.equal(acceptTariff(account, tariff({ id: 2, prices_milli: [-1] })), "malformed");
    assert.deepEqual(account, before);
  });

  it("keep the month's litres, so a change does not start the blocks anew", () => {
    const account = opened(
      blocks([
        [100, 1000],
        [0, 2000],
      ]),
    );
    useWater(account, rome, 99);
    acceptTariff(
      account,
      blocks(
        [
          [50, 3000],
          [0, 4000],
        ],
        { id: 2 },
      ),
    );
    passTime(account, rome, START_UTC_S + 1);
    assert.deepEqual([account.month_l, account.unit_price_milli], [99, 4000]);
  });
});

describe("billing time: the next boundary", () => {
  it("is the start of the waiting tariff when that comes first", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + 100 }));
    assert.equal(nextBoundary(account, rome, START_UTC_S), START_UTC_S + 100);
    assert.equal(nextBoundary(account, rome, START_UTC_S + 99), START_UTC_S + 100);
  });

  it("is the quarter of an hour when no tariff waits, or one that has begun", () => {
    const account = opened(standing);
    assert.equal(nextBoundary(account, rome, START_UTC_S), START_UTC_S + 900);
    for (const [id, start_utc_s] of [
      [2, 0],
      [3, START_UTC_S - 1],
      [4, START_UTC_S],
    ]) {
      acceptTariff(account, tariff({ id, start_utc_s }));
      assert.equal(nextBoundary(account, rome, START_UTC_S), START_UTC_S + 900);
    }
  });

  it("is at most a quarter of an hour ahead, and never now", () => {
    const account = opened(standing);
    acceptTariff(account, tariff({ id: 2, start_utc_s: START_UTC_S + 5000 }));
    assert.equal(nextBoundary(account, rome, START_UTC_S), START_UTC_S + 900);
    assert.equal(nextBoundary(account, rome, START_UTC_S + 899), START_UTC_S + 900);
    assert.equal(nextBoundary(account, rome, START_UTC_S + 900), START_UTC_S + 1800);
  });
});
