/**
 * A life's promises: the independent books by hand-made cases, that a life balances and repeats, and that its checks
 * can fail.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Books, type LifeTariff } from "../../sim/life/books";
import { Life, type LifeOptions } from "../../sim/life/life";
import { runLife, type LifeResult } from "../../sim/life/result";
import { dayStartUtcS, localDay, monthOfDay } from "../../sim/life/zone";
import { readFlowCsv } from "../../sim/scenario/flow_csv";

const ROOT = join(__dirname, "..", "..");
const DATA = join(ROOT, "..", "shared", "data");
const SAMPLE_FILE = join(ROOT, "sim", "scenarios", "flow", "sample-day.csv");
const LONG = process.env.CURBSTOP_LONG === "1";
const DAY_MS = 86_400_000;

const OPTIONS: LifeOptions = {
  years: 1,
  seed: 1,
  geometry: "nor-8x4k",
  litres_year: 600_000,
  sensor_keeps: false,
  flows: [],
  erases_max: 8000,
};

/** Little water makes a life quick; what befalls the meter is the same. */
const DRY: LifeOptions = { ...OPTIONS, litres_year: 20_000 };

function live(options: LifeOptions): LifeResult {
  return runLife(options, () => undefined);
}

function utcS(text: string): number {
  return Date.parse(text) / 1000;
}

describe("independent books of a life", () => {
  const tariff: LifeTariff = {
    id: 1,
    start_utc_s: 0,
    standing_milli: 10,
    blocks: [{ up_to_l: 3, price_milli: 1500 }, { price_milli: 2700 }],
  };
  const NOON = utcS("2021-03-10T11:00:00Z");

  function charged(act: (books: Books) => void): bigint {
    const books = new Books(tariff);
    books.look(NOON);
    act(books);
    return books.sums().charged_milli;
  }

  it("sum a litre at the price of its place in the month, and cut the thousandths once", () => {
    // 3 * 1.5 + 2 * 2.7 = 9.9
    assert.equal(
      charged((books) => books.read(5)),
      9n,
    );
  });

  it("take litres back at the price they were added at", () => {
    const sum = charged((books) => {
      books.read(5);
      books.read(2);
      books.read(4);
    });
    // 3 * 1.5 + 2.7 = 7.2
    assert.equal(sum, 7n);
  });

  it("begin the blocks anew with the local month, and take litres of the month before back as such", () => {
    const sum = charged((books) => {
      books.read(4);
      // 31 March, 22:00 UTC is 1 April in Rome; 22 days later, with 10 each.
      books.look(utcS("2021-03-31T22:00:00Z"));
      books.read(5);
      books.read(3);
      books.read(4);
    });
    // 3 * 1.5 + 1.5 of April = 6, and the standing charges
    assert.equal(sum, 6n + 220n);
  });

  it("charge a day once, however the clock goes back", () => {
    const sum = charged((books) => {
      books.look(NOON + 2 * 86_400);
      books.look(NOON);
      books.look(NOON + 2 * 86_400);
    });
    assert.equal(sum, 20n);
  });

  it("charge 31 days for a date far ahead, and none again until they are over", () => {
    const sum = charged((books) => {
      books.look(NOON + 400 * 86_400);
      books.look(NOON);
      books.look(NOON + 31 * 86_400);
      books.look(NOON + 32 * 86_400);
    });
    assert.equal(sum, 320n);
  });

  it("charge a day at the tariff of its first second", () => {
    const next = (start_utc_s: number): LifeTariff => ({ ...tariff, id: 2, standing_milli: 1000, start_utc_s });
    const midnight_s = utcS("2021-03-10T23:00:00Z");
    const from = (start_s: number) =>
      charged((books) => {
        books.announce(next(start_s));
        books.look(midnight_s + 7200);
      });
    assert.equal(from(midnight_s), 1000n);
    assert.equal(from(midnight_s + 1), 10n);
  });

  it("repay what was lent before anything else", () => {
    const books = new Books(tariff);
    books.lend(100);
    books.credit(30);
    assert.deepEqual([books.sums().debt_milli, books.sums().balance_milli], [70n, 100n]);
    books.credit(100);
    assert.deepEqual([books.sums().debt_milli, books.sums().balance_milli], [0n, 130n]);
  });

  it("know Rome's days: 23 and 25 hours long where the clocks change", () => {
    const hours = (date: string) => {
      const day = utcS(`${date}T00:00:00Z`) / 86_400;
      assert.equal(localDay(dayStartUtcS(day)), day);
      return (dayStartUtcS(day + 1) - dayStartUtcS(day)) / 3600;
    };
    assert.deepEqual(["2021-03-28", "2021-10-31", "2021-11-01"].map(hours), [23, 25, 24]);
    assert.equal(
      monthOfDay(utcS("2022-01-01T00:00:00Z") / 86_400) - monthOfDay(utcS("2021-12-31T00:00:00Z") / 86_400),
      1,
    );
  });
});

describe("a life", () => {
  function checkBooks(result: LifeResult): void {
    const { books, litres, money, memory } = result;
    assert.deepEqual(books.problems, []);
    assert.ok(result.ok);
    assert.equal(money.balance_milli + money.charged_milli, money.credited_milli + money.debt_milli);
    const { delivered_l, registered_l, lost_l, while_off_l, refused_l } = litres;
    assert.equal(delivered_l, registered_l + lost_l + while_off_l + refused_l);
    assert.ok(lost_l <= litres.lost_bound_l);
    memory.erases_known.forEach((known, sector) => assert.ok(known <= memory.erases[sector]));
  }

  it("balances to the unit through a year of a heavy household with every kind of trouble", function () {
    const result = live(OPTIONS);
    checkBooks(result);
    assert.ok(Math.abs(result.litres.delivered_l - 600_000) < 20_000, String(result.litres.delivered_l));
    assert.ok(result.books.checks > 500 && result.memory.erases_most > 0 && result.memory.commits > 0);
    const { warned, unwarned, in_write } = result.cuts;
    assert.ok(warned > 0 && unwarned > 0 && in_write > 0);
    const { tariffs_in_draw = 0, credits_replayed = 0, false_dates = 0 } = result.done;
    assert.deepEqual([tariffs_in_draw > 0, credits_replayed > 0, false_dates], [true, true, 1]);
    assert.ok((result.logged.supply_cut ?? 0) > 0 && result.logged.supply_back === result.logged.supply_cut);
  });

  it("is the same for the same seed, and another for another", () => {
    const facts = (seed: number) => ({ ...live({ ...DRY, seed }), wall_s: 0, years_per_s: 0 });
    const first = facts(5);
    assert.deepEqual(facts(5), first);
    assert.notDeepEqual(facts(6), { ...first, seed: 6 });
  });

  it("loses no litre when the sensor counts on without power", () => {
    const { litres, books } = live({ ...OPTIONS, litres_year: 60_000, sensor_keeps: true });
    assert.deepEqual(books.problems, []);
    assert.deepEqual([litres.lost_l, litres.while_off_l, litres.refused_l], [0, 0, 0]);
  });

  it("can be lived on real seconds: a flow CSV, laid over itself until it comes to the litres of a year", async () => {
    const flows = [{ file: SAMPLE_FILE, rows: await readFlowCsv(SAMPLE_FILE) }];
    const result = live({ ...OPTIONS, litres_year: 60_000, flows });
    checkBooks(result);
    assert.ok(Math.abs(result.litres.delivered_l - 60_000) < 10_000, String(result.litres.delivered_l));
  });

  it("says when the worst sector has more erases than it may", () => {
    assert.equal(live({ ...DRY, erases_max: 1 }).ok, false);
  });

  describe("whose meter is made to lie", () => {
    function problems(lie: (life: Life) => void): string[] {
      const life = new Life(DRY, () => undefined);
      life.stage.at(60 * DAY_MS, () => lie(life));
      // A month is enough to be found out.
      life.stage.at(90 * DAY_MS, () => (life.stage.world.queue.head = undefined));
      life.run();
      return life.stage.problems;
    }

    it("is found out by one milli-unit that it charges more", () => {
      const found = problems(({ stage }) => {
        const { account } = stage.world.meter!;
        account.balance_milli -= 1;
        account.charged_milli += 1;
      });
      assert.match(found[0] ?? "", /balance: the meter says \d+, the independent books \d+/);
    });

    it("breaks off, with the day, where it asserts that its books balance", () => {
      const unbalance = (life: Life) => (life.stage.world.meter!.account.balance_milli -= 1);
      assert.throws(
        () => problems(unbalance),
        /^Error: the life broke off at 2020-0[23]-\d\dT.*Z: Error: the books balance/,
      );
    });

    it("is found out by a credit that nobody paid", () => {
      const found = problems(({ stage }) => {
        const { account } = stage.world.meter!;
        account.balance_milli += 5;
        account.credited_milli += 5;
      });
      assert.match(found.join("\n"), /credited: the meter says/);
    });

    it("is found out by a litre that its register leaves out", () => {
      const found = problems(({ stage }) => (stage.world.flow.counted_pulses += 65_536));
      assert.match(found.join("\n"), /65536 l ran through the sensor and not into the register/);
    });

    it("is found out by a register that falls", () => {
      const found = problems(({ stage }) => {
        const { register, keeper, history } = stage.world.meter!;
        register.volume_l -= 1;
        // What the firmware itself would notice.
        keeper.kept_l -= 1;
        history.hour_l -= 1;
      });
      assert.match(found[0] ?? "", /the register fell from/);
    });

    it("is found out by a litre charged at another price", () => {
      const found = problems(({ stage }) => (stage.world.meter!.account.tariff.prices_milli[0] += 1000));
      assert.match(found.join("\n"), /charged: the meter says/);
    });
  });
});

describe("fifteen years of a life (CURBSTOP_LONG=1)", function () {
  this.timeout(600_000);
  const MONTHS = ["2019-03", "2019-04", "2019-05", "2019-06"];
  const files = MONTHS.map((month) => join(DATA, `apartment-flow-${month}.csv.gz`));

  async function fifteen(real: boolean): Promise<void> {
    const flows: { file: string; rows: Awaited<ReturnType<typeof readFlowCsv>> }[] = [];
    for (const file of real ? files : []) flows.push({ file, rows: await readFlowCsv(file) });
    const result = live({ ...OPTIONS, years: 15, flows });
    assert.deepEqual(result.books.problems, []);
    assert.ok(result.ok);
    assert.ok(result.litres.delivered_l > 8_500_000, String(result.litres.delivered_l));
    assert.ok(result.memory.erases_most <= 8000, String(result.memory.erases_most));
    assert.ok(result.wall_s <= 60, `${result.wall_s} s`);
  }

  it("of the built-in household take at most 60 s, and 8,000 erases of the worst sector", async function () {
    if (!LONG) return this.skip();
    await fifteen(false);
  });

  it("of real months as well", async function () {
    if (!LONG || !files.every((file) => existsSync(file))) return this.skip();
    await fifteen(true);
  });
});
