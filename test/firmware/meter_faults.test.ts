/** What the meter does when something is locked, opened, broken or wrong: one situation each. */
import assert from "node:assert/strict";
import { jumpCount, setSensorFault } from "../../sim/twins/flow_sensor";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, running, SECOND_MS } from "./rig";
import { tariff } from "./samples";

describe("meter and its locks", () => {
  it("shuts for the utility's lock and opens after it", () => {
    const rig = running().then("lock 1");
    assert.deepEqual([rig.see("valve"), rig.see("shut_by")], ["closed", "remote_lock"]);
    rig.then("lock 0");
    assert.deepEqual([rig.see("valve"), rig.see("shut_by")], ["open", "-"]);
  });

  it("shuts and opens for the customer at the keypad", () => {
    const rig = running()
      .keys("##9")
      .pass(3 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.see("shut_by"), rig.see("display")], ["closed", "customer_lock", "LOCKED"]);
    rig.keys("##9").pass(3 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.see("display")], ["open", "UNLOCKED"]);
  });

  it("opens only when the last of all six reasons has gone, in whatever order they go", () => {
    const off: Record<string, string> = {
      no_credit: "credit 1 100000",
      remote_lock: "lock 0",
      tamper: "clear_tamper",
      battery: "brown_out 0",
    };
    for (const last of ["no_credit", "remote_lock", "tamper", "customer_lock", "battery"]) {
      const rig = running({ opening_milli: 2 });
      rig
        .litres(2)
        .step("lock 1", "tamper case 1", "tamper case 0", "brown_out 1")
        .keys("##9")
        .pass(3 * SECOND_MS);
      assert.equal(rig.see("shut_by"), "no_credit+remote_lock+tamper+customer_lock+battery");
      const lift = (reason: string): Rig => (reason === "customer_lock" ? rig.keys("##9") : rig.step(off[reason]));
      for (const reason of [...Object.keys(off), "customer_lock"].filter((reason) => reason !== last)) {
        lift(reason).pass(3 * SECOND_MS);
        assert.equal(rig.see("valve"), "closed", `${last} is left`);
      }
      assert.equal(rig.see("shut_by"), last);
      lift(last).pass(3 * SECOND_MS);
      assert.equal(rig.see("valve"), "open");
    }
  });
});

describe("meter and tampering", () => {
  for (const [input, value] of [
    ["case", 1],
    ["magnet", 2],
    ["reader", 4],
  ] as const) {
    it(`shuts for the ${input} and stays shut until a technician clears it`, () => {
      const rig = running().then(`tamper ${input} 1`);
      assert.deepEqual([rig.see("valve"), rig.see("annunciators")], ["closed", "VT"]);
      assert.equal(rig.events("tamper")[0].value, value);
      rig.then("clear_tamper");
      assert.equal(rig.see("shut_by"), "tamper", "still active: it latches again");
      rig.then(`tamper ${input} 0`).pass(2 * DAY_MS);
      assert.equal(rig.see("valve"), "closed", "gone, but latched");
      rig.then("clear_tamper");
      assert.equal(rig.see("valve"), "open");
    });
  }

  it("only logs it where the settings say so", () => {
    const rig = running({ settings: { tamper_shuts: false } }).then("tamper case 1", "sensor cut 1");
    assert.equal(rig.see("valve"), "open");
    assert.equal(rig.events("tamper").length, 1);
  });

  it("notices what was open before it booted", () => {
    const rig = new Rig();
    assert.equal(rig.see("shut_by"), "not_commissioned");
    rig.step("tamper magnet 1").then("commission 1000");
    assert.equal(rig.see("shut_by"), "tamper");
  });

  it("treats a cut sensor cable like an opened case", () => {
    const rig = running().then("sensor cut 1");
    assert.deepEqual([rig.see("valve"), rig.see("shut_by"), rig.see("sensor")], ["closed", "tamper", "cable_cut"]);
    assert.equal(rig.see("annunciators"), "VAT");
    rig.then("clear_tamper");
    assert.equal(rig.see("shut_by"), "tamper", "the cable is still cut");
    rig.then("sensor cut 0");
    assert.deepEqual([rig.see("sensor"), rig.see("valve")], ["ok", "closed"]);
    rig.then("clear_tamper");
    assert.equal(rig.see("valve"), "open");
  });

  it("notices a cable that is cut in the very instant of a pulse, within a quarter of an hour", () => {
    const rig = running();
    const flow = rig.world.flow;
    const notify = flow.notify;
    flow.notify = () => undefined;
    jumpCount(flow, 1);
    setSensorFault(flow, "cut", true);
    flow.notify = notify;
    notify();
    rig.pass(15 * MINUTE_MS);
    assert.deepEqual([rig.see("sensor"), rig.see("valve")], ["cable_cut", "closed"]);
  });
});

describe("meter and its supply voltage", () => {
  it("shuts below the empty level within the hour, and opens again well above it", () => {
    const rig = running().step("battery 2999").pass(HOUR_MS);
    assert.deepEqual([rig.see("valve"), rig.see("shut_by"), rig.see("annunciators")], ["closed", "battery", "VB"]);
    rig.step("battery 3099").pass(2 * HOUR_MS);
    assert.equal(rig.see("valve"), "closed");
    rig.step("battery 3100").pass(HOUR_MS);
    assert.equal(rig.see("valve"), "open");
  });

  it("stays open at the empty level itself", () => {
    assert.equal(
      running()
        .step("battery 3000")
        .pass(2 * HOUR_MS)
        .see("valve"),
      "open",
    );
  });

  it("shuts at the brown-out warning at once", () => {
    const rig = running().then("brown_out 1");
    assert.deepEqual([rig.see("valve"), rig.see("shut_by")], ["closed", "battery"]);
    rig.then("brown_out 0");
    assert.equal(rig.see("valve"), "open");
  });

  // The hourly look at the voltage took the reason away while the warning was still there.
  it("stays shut for as long as the brown-out lasts, whatever the voltage reads", () => {
    const rig = running()
      .then("brown_out 1")
      .pass(5 * HOUR_MS);
    assert.deepEqual([rig.see("valve"), rig.see("shut_by")], ["closed", "battery"]);
  });

  it("does not open after a brown-out that leaves the battery empty", () => {
    const rig = running().step("battery 2800").then("brown_out 1").then("brown_out 0");
    assert.equal(rig.see("valve"), "closed");
  });
});

describe("meter and its sensor", () => {
  it("alarms when water passes the shut valve, charges it, and forgets the alarm when the valve opens", () => {
    const rig = running({ opening_milli: 5000 }).then("valve leak 600", "lock 1");
    rig.litres(1, 600).pass(SECOND_MS);
    assert.equal(rig.number("alarms"), 0, "a litre of grace: its pulse may have begun before");
    rig.litres(1, 600).pass(SECOND_MS);
    assert.equal(rig.events("flow_while_shut").length, 1);
    assert.deepEqual([rig.see("annunciators"), rig.number("charged_milli")], ["VLA", 2]);
    rig.litres(5, 600);
    assert.equal(rig.events("flow_while_shut").length, 1);
    rig.then("lock 0");
    assert.equal(rig.number("alarms"), 0);
  });

  it("does not bill what no pipe can bring, logs its size, alarms at once and for the hour", () => {
    const rig = running({ tariff: tariff({ prices_milli: [1000] }) }).litres(3);
    rig.step("sensor jump 5000").pass(SECOND_MS);
    assert.deepEqual([rig.number("volume_l"), rig.number("charged_milli")], [3, 3]);
    assert.deepEqual(
      rig.events("impossible_rate").map((event) => event.value),
      [5000],
    );
    assert.deepEqual([rig.see("sensor"), rig.see("annunciators")], ["impossible_rate", "A"]);
    rig.litres(2);
    assert.equal(rig.number("volume_l"), 5, "and goes on counting");
    rig.pass(HOUR_MS);
    assert.equal(rig.see("sensor"), "ok");
  });

  it("counts over the wrap of the sensor's counter", () => {
    const rig = running({ twins: { sensor_wrap: 256, sensor_start: 250 } }).litres(1000);
    assert.equal(rig.number("volume_l"), 1000);
  });

  it("books reverse water apart, shows it for the hour, and never refunds it", () => {
    const rig = running().litres(10);
    rig.step("draw -600 60000").pass(2 * MINUTE_MS);
    assert.deepEqual([rig.number("reverse_l"), rig.number("volume_l"), rig.number("charged_milli")], [10, 10, 10]);
    assert.equal(rig.see("info"), "reverse");
    rig.pass(2 * HOUR_MS);
    assert.deepEqual([rig.see("info"), rig.number("reverse_h")], ["-", 1]);
  });

  it("shows an empty pipe for as long as it is empty", () => {
    const rig = running().then("sensor empty 1");
    assert.equal(rig.see("info"), "dry");
    rig.pass(3 * HOUR_MS).then("sensor empty 0");
    assert.equal(rig.see("info"), "-");
    rig.pass(HOUR_MS);
    assert.equal(rig.number("dry_h"), 4);
  });

  it("shows LEAK after a day without an hour of rest, until an hour of rest", () => {
    const rig = running().pass(10 * HOUR_MS);
    // The drip begins with an hour of rest behind it; its first litre comes after half an hour.
    rig.step(`draw 2 ${40 * HOUR_MS}`).pass(24 * HOUR_MS);
    assert.equal(rig.see("info"), "-");
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.see("info"), "leak");
    rig.pass(14 * HOUR_MS);
    assert.equal(rig.see("info"), "leak");
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.see("info"), "-");
    assert.ok(rig.number("leak_h") >= 14 && rig.number("leak_h") <= 17, rig.see("leak_h"));
  });

  it("shows no LEAK for a household that rests an hour a day", () => {
    const rig = running();
    for (let day = 0; day < 4; day++) {
      rig.step(`draw 60 ${22 * HOUR_MS}`).pass(DAY_MS);
      assert.equal(rig.see("info"), "-");
    }
  });

  it("shows BURST after half an hour above 30 % of Q3, until the flow falls", () => {
    const rig = running();
    rig.step(`draw 800 ${40 * MINUTE_MS}`).pass(29 * MINUTE_MS);
    assert.equal(rig.see("info"), "-");
    rig.pass(2 * MINUTE_MS);
    assert.equal(rig.see("info"), "burst");
    rig
      .pass(9 * MINUTE_MS)
      .step(`draw 100 ${30 * MINUTE_MS}`)
      .pass(3 * MINUTE_MS);
    assert.equal(rig.see("info"), "-");
    assert.ok(rig.pass(2 * HOUR_MS).number("burst_h") >= 1);
  });

  it("ends BURST within the hour when the flow stops altogether", () => {
    const rig = running();
    rig.step(`draw 800 ${40 * MINUTE_MS}`).pass(40 * MINUTE_MS);
    assert.equal(rig.see("info"), "burst");
    rig.pass(HOUR_MS);
    assert.equal(rig.see("info"), "-");
  });

  it("shows no BURST at 30 % of Q3 itself", () => {
    const rig = running();
    rig.step(`draw 750 ${3 * HOUR_MS}`).pass(3 * HOUR_MS);
    assert.equal(rig.see("info"), "-");
  });
});

describe("meter and its valve", () => {
  it("gets a slow valve there with its retries", () => {
    const rig = running()
      .step("valve slow 1", "lock 1")
      .pass(10 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.events("valve_fault").length], ["closed", 0]);
  });

  it("alarms about a stuck valve and brings it home within an hour of its coming free", () => {
    const rig = running()
      .step("valve stuck 1", "lock 1")
      .pass(15 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.number("alarms")], ["open", 1]);
    rig
      .pass(5 * HOUR_MS)
      .step("valve stuck 0")
      .pass(HOUR_MS);
    assert.deepEqual([rig.see("valve"), rig.number("alarms")], ["closed", 0]);
  });

  // A switch that came right by itself left the meter in alarm until the next change of mind.
  it("forgets the alarm when a lying switch tells the truth again", () => {
    const rig = running()
      .step("valve lying 1", "lock 1")
      .pass(15 * SECOND_MS);
    assert.deepEqual([rig.see("valve"), rig.number("alarms")], ["closed", 1]);
    rig.step("valve lying 0").pass(HOUR_MS);
    assert.deepEqual([rig.number("alarms"), rig.see("annunciators")], [0, "V"]);
  });

  it("shuts again a valve that someone has opened by hand", () => {
    const rig = running().then("lock 1");
    rig.world.valve.opened_ms = rig.world.valve.travel_ms;
    rig.pass(HOUR_MS);
    assert.equal(rig.see("valve"), "closed");
  });
});
