import assert from "node:assert/strict";
import { analyse, analysisText } from "../../../tools/service/analysis";
import { bundleText, parseBundle, type SupportBundle } from "../../../tools/service/support_bundle";
import { HOUR_MS, running, type Rig } from "../../firmware/rig";
import { settings, START_UTC_S } from "../../firmware/samples";
import { contentOf } from "./meter_line";

async function bundleOf(rig: Rig): Promise<SupportBundle> {
  return parseBundle(bundleText(await contentOf(rig, "espruino-esp32")), "x");
}

describe("analysis of a support bundle", () => {
  it("finds nothing to do about a meter that is well", async () => {
    const rig = running({ opening_milli: 500_000 })
      .litres(20, 600)
      .pass(2 * HOUR_MS);
    const found = analyse(await bundleOf(rig));
    assert.deepEqual([found.faults, found.next, found.gaps], [[], [], []]);
    assert.equal(found.log.length, rig.meter.log.count);
    assert.match(found.log[0], /^1 {2}2019-03-03 23:00:00 {2}started, boots without an hour between 0$/);
  });

  it("says a reason that it does not know as the bundle has it, whatever its name", async () => {
    const bundle = await bundleOf(running({ opening_milli: 500_000 }));
    for (const shut_by of ["constructor", "__proto__", "some_other"]) {
      const { next } = analyse({ ...bundle, readings: { ...bundle.readings, shut_by } });
      assert.deepEqual(next, [`it is shut by ${shut_by}`]);
    }
  });

  it("shows the register by the hour and the balance where an event tells it, in order of time", async () => {
    const rig = running({ opening_milli: 200_030 });
    for (let hour = 0; hour < 4; hour++) rig.litres(15, 300).pass(HOUR_MS);
    const { register, balance } = analyse(await bundleOf(rig));
    const hours = register.filter(({ source }) => source === "hours");
    assert.ok(hours.length >= 4);
    assert.equal(hours.at(-1)?.value, 60);
    assert.equal(hours[0].utc_s, START_UTC_S + 3600);
    for (const points of [register, balance]) {
      const times = points.map(({ utc_s }) => utc_s);
      assert.deepEqual(
        times,
        [...times].sort((one, other) => one - other),
      );
    }
    const values = hours.map(({ value }) => value);
    assert.deepEqual(
      values,
      [...values].sort((one, other) => one - other),
      "a register never falls",
    );
    assert.deepEqual(
      balance.map(({ source, value }) => [source, value]),
      [
        ["low_credit", 200_000],
        ["now", 199_970],
      ],
    );
  });

  it("names faults that stand, those that have ended, and what to do next", async () => {
    const rig = running({ opening_milli: 500_000 });
    rig.step("sensor cable_cut 1").pass(HOUR_MS).step("sensor cable_cut 0").pass(HOUR_MS);
    rig.step("tamper magnet 1").pass(HOUR_MS);
    const found = analyse(await bundleOf(rig));
    assert.deepEqual(
      found.faults.map(({ code, times, stands }) => [code, times, stands]),
      [
        ["sensor_cable_cut", 1, false],
        ["tamper", 1, true],
      ],
    );
    assert.match(found.next.join("\n"), /^clear the tamper with an inspection card[^\n]*\ntamper: close the case/);
  });

  it("says what shuts the valve, and that the battery wants changing", async () => {
    const rig = running({ opening_milli: undefined, settings: settings({ battery_empty_mv: 3500 }) });
    const found = analyse(await bundleOf(rig.step("battery 3600").pass(HOUR_MS)));
    assert.deepEqual(found.next, [
      "commission it with a card, or by radio: until then it is shut",
      "its supply is 3600 mV, empty is 3500: change the battery",
    ]);
  });

  it("names gaps in the log", async () => {
    const bundle = await bundleOf(running({ opening_milli: 1000 }).step("lock 1", "lock 0", "lock 1"));
    const events = bundle.events.filter(({ sequence }) => ![2, 4, 5].includes(sequence));
    assert.deepEqual(analyse({ ...bundle, events }).gaps, ["event 2", "events 4 to 5"]);
  });

  it("is a page for people, with no character that a terminal would obey", async () => {
    const rig = running({ opening_milli: 500_000 }).litres(9, 60).step("tamper case 1").pass(HOUR_MS);
    const text = analysisText(await bundleOf(rig));
    for (const title of ["the log, times in UTC", "register", "balance", "faults", "what to do next"])
      assert.match(text, new RegExp(`^${title}$`, "m"));
    assert.match(text, /^meter 600100000000000017 of region 600100, firmware \S+, espruino-esp32, written 2019-/);
    assert.match(text, /^ {2}stands {2}tamper, 1 time, 2019-/m);
    assert.match(text, /^[\n\x20-\x7e]+$/);
  });
});
