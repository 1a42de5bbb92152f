/**
 * Moments: things that happen at the same time or in an unlucky order. Each was once wrong in a long random run.
 */
import assert from "node:assert/strict";
import { createEvent, scheduleEvent } from "../../sim/world/queue";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, running, SECOND_MS, tariffWords } from "./rig";
import { blocks, tariff } from "./samples";

const JUMP_S = 370 * 86400;

describe("meter in unlucky moments", () => {
  it("keeps its watchdog kicked when pulses come just before each boundary", () => {
    // Each litre of a household that is overdrawn in friendly hours is looked at, which leaves only the late alarms.
    for (const [phase_ms, flow_l_h] of [
      [707, 3781],
      [500, 3600],
      [1, 2999],
    ]) {
      const rig = new Rig({ settings: { friendly_to_minute: 1439 } }).pass(phase_ms).step("commission 1");
      rig.step(`draw ${flow_l_h} ${12 * HOUR_MS}`).pass(12 * HOUR_MS);
    }
  });

  it("keeps its watchdog kicked when one pulse comes in the last second of each quarter of an hour", () => {
    const rig = new Rig({ settings: { friendly_to_minute: 1439 } }).pass(500).step("commission 1").pass(1500);
    rig.litres(3);
    for (let quarter = 1; quarter <= 3; quarter++) {
      rig.pass(quarter * 15 * MINUTE_MS + 500 - quarter * 100 - rig.now_ms).step("flow 1000");
    }
    rig.pass(HOUR_MS);
  });

  it("does not bill a train of pulses that no pipe could bring", () => {
    for (const [jump, times] of [
      [1, 3600],
      [50, 100],
    ]) {
      const rig = running();
      for (let i = 0; i < times; i++) rig.step(`sensor jump ${jump}`).pass(1);
      // 6250 l/h for 30 s are 52 l; the first pulse also closes a window.
      assert.ok(rig.number("volume_l") <= 54, `${rig.see("volume_l")} l billed`);
      assert.equal(rig.see("sensor"), "impossible_rate");
      assert.equal(rig.events("impossible_rate").length, 1);
      assert.equal(rig.number("volume_l") + rig.meter.register.refused_pulses, jump * times);
    }
  });

  it("bills the largest flow that the pipe can bring to the litre", () => {
    const rig = running();
    rig.step(`draw 6250 ${HOUR_MS}`).pass(HOUR_MS);
    assert.deepEqual([rig.number("volume_l"), rig.meter.register.refused_pulses], [6250, 0]);
  });

  it("gives the daily lifeline again after a clock that was false by a year", () => {
    const rig = running({ settings: { lifeline: "daily_allowance", lifeline_daily_l: 25 }, opening_milli: 0 });
    rig.step(`clock jump ${JUMP_S}`).pass(HOUR_MS).step(`clock jump -${JUMP_S}`).pass(HOUR_MS);
    const before_l = rig.number("lifeline_l");
    for (let day = 0; day < 5; day++) rig.litres(40).pass(DAY_MS);
    assert.ok(rig.number("lifeline_l") - before_l >= 4 * 25, "every day has its free litres");
  });

  it("gives the daily lifeline every 24 hours while the time is not known", () => {
    const rig = running({ settings: { lifeline: "daily_allowance", lifeline_daily_l: 25 }, opening_milli: 0 });
    rig
      .step("clock lost 0")
      .litres(40)
      .pass(10 * DAY_MS);
    assert.equal(rig.see("valve"), "open");
    rig.litres(40);
    assert.equal(rig.number("lifeline_l"), 50);
  });

  it("does not open the valve for a moment when the battery is found empty", () => {
    const rig = running({ trace: true }).then("lock 1");
    rig.step("valve stuck 1", "lock 0").pass(30 * SECOND_MS);
    rig.step("valve stuck 0", "battery 2500");
    const from_ms = rig.now_ms;
    rig.pass(2 * HOUR_MS);
    const drives = rig.trace().filter((line) => line.t > from_ms && line["drive"] === "open");
    assert.deepEqual(drives, []);
    assert.equal(rig.see("valve"), "closed");
  });

  it("shows a valve that failed its exercise as an alarm, and does not wear it down", () => {
    const rig = running({ trace: true }).step("valve stuck 1");
    rig.pass(31 * DAY_MS);
    const drives = rig.trace().filter((line) => line["drive"] !== undefined && line.t > DAY_MS);
    assert.ok(drives.length <= 4, `${drives.length} drives in a month`);
    assert.deepEqual([rig.number("alarms"), rig.events("valve_fault").length], [1, 1]);
    rig.step("valve stuck 0").then("lock 1");
    assert.deepEqual([rig.see("valve"), rig.number("alarms")], ["closed", 0]);
  });

  it("tells of a valve that cannot shut once, and not every hour", () => {
    const rig = running({ trace: true }).step("valve stuck 1", "lock 1").pass(DAY_MS);
    assert.deepEqual([rig.number("alarms"), rig.events("valve_fault").length], [1, 1]);
    assert.equal(rig.trace().filter((line) => line["beep"] === "bad").length, 1);
  });

  it("takes the message of a credit off the glass after five seconds", () => {
    const rig = running()
      .pass(2 * MINUTE_MS)
      .step("credit 1 500000");
    assert.equal(rig.see("display"), "+___5.00");
    rig.pass(6 * SECOND_MS);
    assert.notEqual(rig.see("display"), "+___5.00");
  });

  it("sees a cable that is cut in the same millisecond as a pulse", () => {
    const rig = running();
    const { queue } = rig.world;
    // In the queue before the pulse of that millisecond is.
    const cut = createEvent(() => rig.step("sensor cut 1"));
    scheduleEvent(queue, cut, rig.now_ms + 10 * SECOND_MS);
    rig.step("draw 3600 1200000").pass(13 * SECOND_MS);
    assert.deepEqual([rig.see("sensor"), rig.see("valve"), rig.number("volume_l")], ["cable_cut", "closed", 10]);
  });

  it("lets a tariff whose time has come hold before a newer one takes its place", () => {
    const rig = running();
    const tomorrow_s = rig.world.start_utc_s + 86400;
    rig.step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s: tomorrow_s }))}`).step("clock jump 86400");
    rig.pass(MINUTE_MS).step(`tariff ${tariffWords(tariff({ id: 3, start_utc_s: tomorrow_s + 30 * 86400 }))}`);
    assert.equal(rig.number("tariff"), 2);
  });

  it("does not use up the emergency credit where it would bring no water", () => {
    const rig = running({
      settings: { emergency_milli: 500 },
      tariff: tariff({ standing_milli: 100 }),
      opening_milli: 10,
    });
    rig.pass(10 * DAY_MS).keys("##8");
    assert.deepEqual([rig.see("display"), rig.number("debt_milli")], ["REFUSED", 0]);
    rig.step("credit 1 600").keys("##8");
    assert.deepEqual([rig.see("display"), rig.number("debt_milli")], ["EMERG_OK", 500]);
  });

  it("does not cut a household that is commissioned without credit in friendly hours", () => {
    const rig = running({ settings: { friendly_to_minute: 1439 }, opening_milli: 0 });
    assert.deepEqual([rig.see("valve"), rig.see("shut_by")], ["open", "-"]);
  });

  it("takes no alarm from the rest of a coarse pulse after the valve has shut", () => {
    const rig = running({ settings: { pulse_litres: 10 } }).litres(9);
    rig.then("lock 1").step("valve leak 3600").litres(1);
    assert.deepEqual([rig.number("volume_l"), rig.number("alarms")], [10, 0]);
    rig.litres(10);
    assert.equal(rig.number("alarms"), 1);
  });

  it("sees the stagnant hour between a burst and the next draw, even across the hourly work", () => {
    const rig = running({ settings: { burst_permille: 100 }, tariff: blocks([[0, 0]]) });
    // The burst ends ten seconds after one hourly work, the next pulse comes just after the next.
    rig.pass(20 * MINUTE_MS - rig.now_ms).step(`draw 1000 ${40 * MINUTE_MS + 10 * SECOND_MS}`);
    rig.pass(40 * MINUTE_MS + 10 * SECOND_MS);
    assert.equal(rig.see("info"), "burst");
    const next_ms = rig.meter.flow.last_pulse_ms + HOUR_MS + 2 * SECOND_MS;
    rig.pass(next_ms - rig.now_ms).step("flow 1000");
    assert.equal(rig.meter.flow.last_pulse_ms, next_ms);
    assert.equal(rig.meter.flow.stagnant_ms, next_ms);
    assert.equal(rig.see("info"), "-");
  });
});
