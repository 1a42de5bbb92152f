/** Promises of the whole meter in its simulated world, one situation each. */
import assert from "node:assert/strict";
import { blocks, DAY_S, START_UTC_S, tariff } from "./samples";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, running, SECOND_MS, tariffWords } from "./rig";

describe("meter before commissioning", () => {
  it("is shut, says why, and bills no water that runs all the same", () => {
    const rig = new Rig({ tariff: tariff({ standing_milli: 100 }) }).pass(SECOND_MS);
    assert.deepEqual(
      [rig.see("valve"), rig.see("shut_by"), rig.see("display")],
      ["closed", "not_commissioned", "____0.00"],
    );
    rig
      .step("valve leak 60")
      .litres(1, 60)
      .pass(3 * DAY_MS);
    assert.deepEqual([rig.number("volume_l"), rig.number("charged_milli")], [1, 0]);
    rig.then("commission 5000");
    assert.deepEqual([rig.see("valve"), rig.number("volume_l"), rig.number("balance_milli")], ["open", 1, 5000]);
  });

  it("refuses credit, emergency credit and a second commissioning", () => {
    const rig = new Rig({ settings: { emergency_milli: 100 } }).then("credit 1 5000");
    assert.equal(rig.number("credited_milli"), 0);
    rig.keys("##8");
    assert.equal(rig.number("debt_milli"), 0);
    rig.then("commission 700").then("commission 900");
    assert.equal(rig.number("credited_milli"), 700);
  });

  it("refuses an opening credit out of bounds and stays out of service", () => {
    const rig = new Rig().then("commission -1").then("commission 1000000000001");
    assert.equal(rig.see("shut_by"), "not_commissioned");
    assert.equal(rig.events("commission_refused").length, 2);
    rig.then("commission 1000000000000");
    assert.equal(rig.see("valve"), "open");
  });

  it("takes a tariff and charges by it from the first litre", () => {
    const rig = new Rig().then(`tariff ${tariffWords(tariff({ id: 2, prices_milli: [5000] }))}`);
    rig.then("commission 1000").litres(3);
    assert.deepEqual([rig.number("tariff"), rig.number("charged_milli")], [2, 15]);
  });
});

describe("meter through the year", () => {
  it("kicks its watchdog for a year without any water", () => {
    const rig = running({ tariff: tariff({ standing_milli: 100 }) }).pass(365 * DAY_MS);
    assert.deepEqual([rig.number("volume_l"), rig.number("standing_milli")], [0, 36500]);
    assert.equal(rig.see("valve"), "open");
  });

  it("kicks its watchdog without the time, shut and out of service too", () => {
    new Rig({ start_utc_s: 0 }).pass(40 * DAY_MS);
    running({ start_utc_s: 0 }).pass(40 * DAY_MS);
  });

  it("is reset by the watchdog of a world in which its alarm never comes", () => {
    const rig = running();
    rig.meter.on_alarm = () => undefined;
    assert.throws(() => rig.pass(DAY_MS), /watchdog/);
  });

  it("begins months and days at local midnight, also on the nights of the clock changes", () => {
    // From 30 March 2019 23:00 to 1 April 2019 01:00 in Rome: 31 March has 23 hours.
    const rig = running({
      start_utc_s: Date.UTC(2019, 2, 30, 22) / 1000,
      tariff: blocks(
        [
          [10, 0],
          [0, 1000],
        ],
        { standing_milli: 7 },
      ),
    });
    rig.litres(15);
    assert.deepEqual([rig.number("month_l"), rig.number("charged_milli")], [15, 5]);
    rig.pass(24 * HOUR_MS - rig.now_ms - SECOND_MS);
    assert.deepEqual([rig.number("month_l"), rig.number("standing_milli")], [15, 7]);
    rig.pass(2 * SECOND_MS);
    assert.deepEqual([rig.number("month_l"), rig.number("standing_milli")], [0, 14]);
    rig.litres(10);
    assert.equal(rig.number("charged_milli"), 5 + 14);
  });

  it("charges a litre at its old block when it was complete a moment before the month began", () => {
    const midnight_ms = 24 * HOUR_MS;
    const rig = running({
      start_utc_s: Date.UTC(2019, 3, 29, 22) / 1000,
      tariff: blocks([
        [1, 0],
        [0, 1000],
      ]),
    });
    rig.pass(midnight_ms - 5 * SECOND_MS - rig.now_ms);
    // One litre a second: complete at 23:59:56, :57, :58, :59, 00:00:00, :01.
    rig.step("draw 3600 6000").pass(10 * SECOND_MS);
    assert.deepEqual([rig.number("charged_milli"), rig.number("month_l")], [3 + 1, 2]);
  });

  it("exercises an open valve after 30 days, when no water runs, and opens it again", () => {
    const rig = running().pass(30 * DAY_MS - HOUR_MS);
    assert.equal(rig.events("valve_exercise").length, 0);
    rig.pass(2 * HOUR_MS + MINUTE_MS);
    assert.equal(rig.events("valve_exercise").length, 1);
    const [{ sequence }] = rig.events("valve_exercise");
    const after = rig.events().filter((event) => event.sequence > sequence);
    assert.deepEqual(
      after.map((event) => event.code),
      ["valve_shut", "valve_opened"],
    );
    assert.equal(rig.see("valve"), "open");
    rig.pass(29 * DAY_MS);
    assert.equal(rig.events("valve_exercise").length, 1);
    rig.pass(2 * DAY_MS);
    assert.equal(rig.events("valve_exercise").length, 2);
  });

  it("does not exercise the valve while water runs", () => {
    const rig = running().pass(30 * DAY_MS - 2 * HOUR_MS);
    rig.step(`draw 60 ${5 * HOUR_MS}`).pass(5 * HOUR_MS);
    assert.equal(rig.events("valve_exercise").length, 0);
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.events("valve_exercise").length, 1);
  });

  it("never opens a shut valve for exercise", () => {
    const rig = running({ trace: true })
      .then("lock 1")
      .pass(95 * DAY_MS);
    assert.equal(rig.events("valve_exercise").length, 0);
    const drives = rig.trace().filter((line) => line.port === "valve" && line["drive"] !== undefined);
    assert.deepEqual(
      drives.map((line) => line["drive"]),
      ["open", "close"],
    );
  });
});

describe("meter and credit", () => {
  it("warns once when credit runs low, shuts when it is gone, and opens with new credit", () => {
    const rig = running({ opening_milli: 30, settings: { low_credit_milli: 20 } }).litres(9);
    assert.equal(rig.events("low_credit").length, 0);
    rig.litres(1);
    assert.deepEqual([rig.events("low_credit").length, rig.see("annunciators")], [1, "L"]);
    rig.litres(20).pass(3 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.events("low_credit").length], ["closed", 1]);
    assert.deepEqual([rig.see("shut_by"), rig.see("annunciators")], ["no_credit", "VL"]);
    rig.then("credit 1 100");
    assert.deepEqual([rig.see("valve"), rig.see("annunciators"), rig.see("last_event")], ["open", "-", "valve_opened"]);
  });

  it("lends emergency credit on ##8 once, and repays it from the next credit", () => {
    const rig = running({ opening_milli: 5, settings: { emergency_milli: 50, low_credit_milli: 1 } });
    rig.keys("##8");
    assert.equal(rig.see("display"), "REFUSED");
    rig
      .litres(5)
      .pass(3 * SECOND_MS)
      .keys("##8")
      .pass(3 * SECOND_MS);
    assert.deepEqual([rig.see("display"), rig.see("valve"), rig.see("annunciators")], ["EMERG_OK", "open", "E"]);
    rig.keys("##8");
    assert.deepEqual([rig.see("display"), rig.number("debt_milli")], ["REFUSED", 50]);
    rig.then("credit 1 80");
    assert.deepEqual([rig.number("debt_milli"), rig.number("balance_milli")], [0, 80]);
  });

  it("lets water run in friendly hours on account, and shuts in the minute they end", () => {
    const rig = running({ opening_milli: 10, settings: { friendly_from_minute: 0, friendly_to_minute: 6 * 60 + 1 } });
    rig.litres(50).pass(SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.number("balance_milli")], ["open", -40]);
    rig.pass(6 * HOUR_MS + MINUTE_MS - SECOND_MS - rig.now_ms);
    assert.equal(rig.see("valve"), "open");
    rig.pass(4 * SECOND_MS);
    assert.equal(rig.see("valve"), "closed");
    rig.pass(18 * HOUR_MS + 5 * MINUTE_MS);
    assert.equal(rig.see("valve"), "closed", "the next friendly night does not bring it back");
  });

  it("leaves a cut household its daily litres, anew each local day", () => {
    const rig = running({ opening_milli: 3, settings: { lifeline: "daily_allowance", lifeline_daily_l: 20 } });
    for (let day = 0; day < 3; day++) {
      rig.litres(60).pass(3 * SECOND_MS);
      assert.deepEqual([rig.see("valve"), rig.number("balance_milli")], ["closed", 0]);
      assert.equal(rig.number("lifeline_l"), 20 * (day + 1));
      rig.pass((day + 1) * DAY_MS + 5 * SECOND_MS - rig.now_ms);
      assert.equal(rig.see("valve"), "open");
    }
  });

  it("opens a cut household's valve in turns under a flow limit, and charges what runs", () => {
    const rig = running({
      opening_milli: 1,
      settings: { lifeline: "flow_limit", lifeline_open_s: 60, lifeline_period_s: 600 },
    });
    rig.litres(1);
    let open_s = 0;
    for (let second = 0; second < 6000; second++) {
      if (rig.pass(SECOND_MS).see("valve") === "open") open_s += 1;
    }
    assert.ok(open_s >= 580 && open_s <= 660, `${open_s} s of 6000`);
    rig.step(`draw 600 ${HOUR_MS}`).pass(HOUR_MS);
    assert.ok(rig.number("balance_milli") < -50);
    assert.equal(rig.number("volume_l") - 1, 0 - rig.number("balance_milli"));
  });

  it("refuses a credit twice, says so, and keeps its books", () => {
    const rig = running({ opening_milli: 100 }).then("credit 3 50").step("credit 3 50");
    assert.deepEqual([rig.see("display"), rig.number("balance_milli")], ["REFUSED", 150]);
    assert.equal(rig.events("credit_refused")[0].value, 3);
  });
});

describe("meter and a clock that lies", () => {
  it("never charges a day twice when the clock goes back", () => {
    const rig = running({ tariff: tariff({ standing_milli: 10 }) }).pass(2 * DAY_MS);
    assert.equal(rig.number("standing_milli"), 20);
    rig.step(`clock jump ${-3 * DAY_S}`).pass(2 * DAY_MS);
    assert.equal(rig.number("standing_milli"), 20);
    rig.pass(2 * DAY_MS);
    assert.equal(rig.number("standing_milli"), 30);
  });

  it("charges 31 days at most when the clock goes far ahead", () => {
    const rig = running({ tariff: tariff({ standing_milli: 10 }) })
      .step(`clock jump ${900 * DAY_S}`)
      .pass(HOUR_MS);
    assert.equal(rig.number("standing_milli"), 310);
  });

  it("goes on selling water without the time, and charges no days", () => {
    const rig = running({ tariff: tariff({ standing_milli: 10 }) })
      .step("clock lost 0")
      .litres(10)
      .pass(3 * DAY_MS);
    assert.deepEqual([rig.number("charged_milli"), rig.see("valve")], [10, "open"]);
    rig.step(`clock set ${START_UTC_S + 3 * DAY_S + 3600}`).pass(HOUR_MS);
    assert.equal(rig.number("standing_milli"), 30);
  });
});
