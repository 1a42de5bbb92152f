/** Promises of the journal, seen from outside: a meter whose power is cut, in the simulated world. */
import assert from "node:assert/strict";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { QUANTUM_L } from "../../firmware/keeping";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, SECOND_MS, running, tariffWords } from "./rig";
import { START_UTC_S, tariff } from "./samples";

const OFF_MS = 5000;

/** A cut without warning, and time for the valve after it. */
function cut(rig: Rig): Rig {
  return rig.step(`power_cut ${OFF_MS}`).pass(OFF_MS + 3 * SECOND_MS);
}

const BOOKS = ["balance_milli", "debt_milli", "charged_milli", "credited_milli", "standing_milli", "month_l", "tariff"];

function books(rig: Rig): Record<string, number> {
  return Object.fromEntries(BOOKS.map((field) => [field, rig.number(field)]));
}

function ask(rig: Rig, line: string): string {
  rig.step(`service ${line}`);
  return rig.see("said").replaceAll("_", " ");
}

describe("keeping", () => {
  it("a meter comes back from a power cut commissioned, with its books, and opens its valve again", () => {
    const rig = running({ opening_milli: 5_000_000 })
      .litres(3 * QUANTUM_L)
      .pass(MINUTE_MS);
    rig.then("credit 1 700000");
    const before = books(rig);
    cut(rig);
    assert.deepEqual(books(rig), before);
    assert.equal(rig.see("volume_l"), String(3 * QUANTUM_L));
    assert.equal(rig.see("valve"), "open");
    assert.equal(rig.see("shut_by"), "-");
  });

  it("litres since the last mark are lost by a cut without warning: less than a quantum", () => {
    for (let litres = 1; litres <= 2 * QUANTUM_L + 3; litres++) {
      const rig = running().litres(litres);
      cut(rig);
      const lost_l = litres - rig.number("volume_l");
      assert.equal(lost_l, litres % QUANTUM_L);
      assert.equal(rig.number("charged_milli"), rig.number("volume_l"));
    }
  });

  it("a cut after the brown-out warning loses no litre", () => {
    for (let litres = 1; litres <= 2 * QUANTUM_L + 3; litres++) {
      const rig = running().litres(litres).then("brown_out 1");
      cut(rig).then("brown_out 0");
      assert.equal(rig.number("volume_l"), litres);
      assert.equal(rig.number("charged_milli"), litres);
    }
  });

  it("a credit is taken once, however often the power fails after it", () => {
    const rig = running({ opening_milli: 1000 }).then("credit 1 500");
    cut(cut(rig)).then("credit 1 500");
    assert.equal(rig.number("credited_milli"), 1500);
    assert.equal(rig.events("credit_refused").length, 1);
  });

  it("emergency credit is lent once, and its debt survives", () => {
    const rig = running({ opening_milli: 100, settings: { emergency_milli: 3000 } }).keys("##8");
    const debt_milli = rig.number("debt_milli");
    cut(rig);
    assert.equal(rig.number("debt_milli"), debt_milli);
  });

  it("locks and the tamper latch hold through a power cut", () => {
    const rig = running().then("lock 1", "tamper case 1", "tamper case 0");
    cut(rig);
    assert.equal(rig.see("shut_by"), "remote_lock+tamper");
    assert.equal(rig.see("valve"), "closed");
    rig.then("lock 0", "clear_tamper");
    cut(rig);
    assert.equal(rig.see("valve"), "open");
  });

  it("a supply that was cut for want of credit stays cut", () => {
    const rig = running({ opening_milli: 5 }).litres(6);
    assert.equal(rig.see("shut_by"), "no_credit");
    cut(rig);
    assert.equal(rig.see("shut_by"), "no_credit");
    assert.equal(rig.see("valve"), "closed");
  });

  it("a pending tariff survives, and starts at its time", () => {
    const start_utc_s = START_UTC_S + 7200;
    const rig = running().step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s, prices_milli: [5000] }))}`);
    cut(cut(rig));
    assert.equal(rig.number("tariff"), 1);
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.number("tariff"), 2);
    assert.equal(rig.number("unit_price_milli"), 5000);
    cut(rig);
    assert.equal(rig.number("tariff"), 2);
  });

  it("a tariff whose start passes without power holds from then on, and days without power are charged", () => {
    const start_utc_s = START_UTC_S + 3600;
    const rig = running({ tariff: tariff({ standing_milli: 100 }) });
    rig.step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s, standing_milli: 300 }))}`);
    rig.step(`power_cut ${2 * DAY_MS}`).pass(2 * DAY_MS + 3 * SECOND_MS);
    assert.equal(rig.number("tariff"), 2);
    assert.equal(rig.number("standing_milli"), 600);
    cut(rig);
    assert.equal(rig.number("standing_milli"), 600);
  });

  it("the day's free litres are not given again after a power cut", () => {
    const settings = { lifeline: "daily_allowance", lifeline_daily_l: 15 } as const;
    const rig = running({ opening_milli: 5, settings }).litres(25);
    cut(rig).litres(25);
    const free_l = rig.number("lifeline_l");
    assert.ok(free_l <= 15 + QUANTUM_L && rig.number("charged_milli") <= 6, `${free_l}`);
  });

  it("events keep their numbers, and those before the cut can still be read", () => {
    const rig = running();
    for (let sequence = 1; sequence <= 30; sequence++) rig.then(`credit ${sequence} 1`);
    const count = rig.number("events");
    const lines = Array.from({ length: count }, (_, place) => ask(rig, `log ${place + 1}`));
    cut(rig);
    assert.match(ask(rig, `log ${count + 1}`), /code=boot/);
    for (let sequence = 1; sequence <= count; sequence++) {
      assert.equal(ask(rig, `log ${sequence}`), lines[sequence - 1]);
    }
  });

  it("hours and months can be read after a power cut", () => {
    const rig = running();
    for (let hour = 0; hour < 30 * 24; hour++) {
      rig.litres(hour % 3).pass(HOUR_MS - Math.ceil((hour % 3) * SECOND_MS));
    }
    cut(rig);
    const newest = ask(rig, "hours 1");
    assert.match(newest, /^from utc s=\d+ hours=[012](,[012])+$/);
    assert.match(ask(rig, "months"), /^months=\d+:\d+:\d+$/);
    assert.match(ask(rig, "hours 900"), /^error no such hours/);
  });

  it("at least 90 days of hours are kept, of a household that uses 600 m3 a year, though power fails every week", () => {
    const rig = running({ opening_milli: 9e11 });
    const drawn: number[] = [];
    for (let hour = 0; hour < 240 * 24; hour++) {
      const litres = (hour * 7919) % 24 < 17 ? (hour * 31) % 40 : 100 + ((hour * 53) % 200);
      drawn.push(litres);
      rig.litres(litres).pass(HOUR_MS - litres * SECOND_MS);
      if (hour % 168 === 167) cut(rig).pass(HOUR_MS - OFF_MS - 3 * SECOND_MS);
    }
    let kept = 0;
    for (let back = 0; ; back++) {
      const answer = ask(rig, `hours ${back}`);
      if (answer.startsWith("error")) break;
      kept += answer.split("hours=")[1].split(",").length;
    }
    const yearly_l = (drawn.reduce((sum, litres) => sum + litres, 0) / drawn.length) * 8766;
    assert.ok(yearly_l > 600_000, `${yearly_l}`);
    assert.ok(kept >= 90 * 24, `${kept} hours`);
  });

  it("water that runs without power is billed when the sensor counts on, and to no one when it does not", () => {
    for (const keeps of [1, 0]) {
      const rig = running({ twins: { sensor_keeps: keeps } as object }).litres(20);
      rig.step("draw 600 600000", "power_cut 300000").pass(600000 + 3 * SECOND_MS);
      const volume_l = rig.number("volume_l");
      assert.ok(keeps === 1 ? volume_l === 120 : volume_l <= 71 && volume_l >= 60, `${volume_l}`);
      assert.equal(rig.number("charged_milli"), volume_l);
    }
  });

  it("more than the pipe can bring while there was no power is refused", () => {
    const rig = running({ twins: { sensor_keeps: 1 } as object }).litres(20);
    rig.step("power_cut 60000").pass(1000).step("sensor jump 30000").pass(MINUTE_MS);
    const { register } = rig.meter;
    assert.ok(register.volume_l <= 20 && register.volume_l >= 20 - QUANTUM_L);
    assert.equal(register.volume_l + register.refused_pulses, 30020);
  });

  it("a meter that restarts again and again is shut and writes nothing until it has run for an hour", () => {
    const rig = running();
    for (let time = 0; time < 10; time++) cut(rig);
    assert.equal(rig.see("valve"), "open");
    cut(rig);
    assert.equal(rig.see("shut_by"), "storage");
    assert.equal(rig.see("valve"), "closed");
    const { operations } = rig.world.nvm;
    cut(rig).then("credit 1 500");
    assert.equal(rig.number("credited_milli"), 1e11);
    assert.equal(rig.world.nvm.operations, operations);
    rig.pass(HOUR_MS);
    assert.equal(rig.see("shut_by"), "-");
    assert.equal(rig.see("valve"), "open");
    rig.then("credit 1 500");
    assert.equal(rig.number("credited_milli"), 1e11 + 500);
  });

  it("a meter that has lost its memory is locked, says so, and writes nothing", () => {
    const rig = running().litres(40);
    rig.step("power_cut 1000");
    const { sectors, geometry, zero_page } = rig.world.nvm;
    const pages = geometry.sector_bytes / geometry.page_bytes;
    for (const sector of sectors) sector.pages = new Array<string>(pages).fill(zero_page);
    rig.pass(5000);
    assert.equal(rig.see("shut_by"), "not_commissioned+storage");
    assert.equal(rig.see("display"), "_ERR_MEM".slice(1));
    const { operations } = rig.world.nvm;
    rig.then("commission 500").pass(DAY_MS);
    assert.equal(rig.see("shut_by"), "not_commissioned+storage");
    assert.equal(rig.world.nvm.operations, operations);
  });

  it("the price of each litre is the same with and without power cuts", () => {
    const limits_l = [15, 40, NO_LIMIT_L];
    const prices_milli = [1500, 2750, 3333];
    const rig = running({ tariff: tariff({ limits_l, prices_milli }) });
    for (let draw = 0; draw < 12; draw++) cut(rig.litres(7).then("brown_out 1")).then("brown_out 0").pass(HOUR_MS);
    assert.equal(rig.number("volume_l"), 84);
    assert.equal(rig.number("charged_milli"), Math.floor((15 * 1500 + 25 * 2750 + 44 * 3333) / 1000));
  });

  it("a memory that has used up four fifths of its erases is said to be worn, once", () => {
    const rig = running();
    const { wear } = rig.meter.keeper.journal!;
    wear.erases[0] = 7999;
    rig.pass(HOUR_MS);
    assert.equal(rig.events("memory_worn").length, 0);
    wear.erases[0] = 8000;
    rig.pass(3 * HOUR_MS);
    assert.deepEqual(
      rig.events("memory_worn").map(({ value }) => value),
      [800],
    );
  });

  it("a tariff that cannot be archived is not taken, and the meter goes on as before", () => {
    const start_utc_s = START_UTC_S + 7200;
    const rig = running().step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s }))}`);
    const { wear, history } = rig.meter.keeper.journal!;
    for (let sector = 0; sector < history.sectors; sector++) wear.retired[history.first + sector] = true;
    history.place = history.layout.sector_blocks;
    rig.step(`tariff ${tariffWords(tariff({ id: 3, start_utc_s }))}`);
    assert.equal(rig.meter.account.pending?.id, 2);
    assert.equal(rig.see("shut_by"), "-");
    rig.then("credit 1 500");
    assert.equal(rig.number("credited_milli"), 1e11 + 500);
  });

  it("a pending tariff lives on through every sector of its archive", () => {
    const start_utc_s = START_UTC_S + 300 * 86400;
    const rig = running({ start_utc_s: START_UTC_S });
    rig.step(`tariff ${tariffWords(tariff({ id: 2, start_utc_s, prices_milli: [7000] }))}`);
    const { history } = rig.meter.keeper.journal!;
    const sectors = new Set<number>();
    for (let day = 0; day < 290; day++) {
      rig.litres(3).pass(DAY_MS - 3 * SECOND_MS);
      sectors.add(history.sector);
    }
    assert.ok(sectors.size === history.sectors, "the archive has gone round");
    cut(rig);
    assert.equal(rig.meter.account.pending?.id, 2);
    rig.pass(11 * DAY_MS);
    assert.equal(rig.number("unit_price_milli"), 7000);
  });

  it("a brown-out that passes opens the valve again at any level above empty", () => {
    const rig = running({ settings: { battery_empty_mv: 3000 } }).then("battery 3050", "brown_out 1");
    assert.equal(rig.see("shut_by"), "battery");
    rig.then("brown_out 0");
    assert.equal(rig.see("valve"), "open");
    rig.step("battery 2990").pass(HOUR_MS).step("battery 3050").pass(HOUR_MS);
    assert.equal(rig.see("shut_by"), "battery");
    rig.step("battery 3100").pass(HOUR_MS);
    assert.equal(rig.see("valve"), "open");
  });

  it("a brown-out while the supply is empty waits for the margin", () => {
    const rig = running({ settings: { battery_empty_mv: 3000 } })
      .then("brown_out 1")
      .step("battery 2990")
      .pass(HOUR_MS);
    rig.then("battery 3050", "brown_out 0").pass(HOUR_MS);
    assert.equal(rig.see("shut_by"), "battery");
  });

  it("a customer's lock pressed all day does not wear out the memory", () => {
    const rig = running();
    const { operations } = rig.world.nvm;
    for (let press = 0; press < 2000; press++) rig.keys("##9").pass(10 * SECOND_MS);
    assert.ok(rig.world.nvm.operations - operations < 2000, `${rig.world.nvm.operations - operations}`);
  });
});
