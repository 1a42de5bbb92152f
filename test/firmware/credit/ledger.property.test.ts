/**
 * The ledger against an oracle that knows nothing of it: any sequence of draws, credits, days, tariffs and policies
 * leaves the same books, however the litres are batched. A failure prints its seed and the smallest sequence.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Account } from "../../../firmware/credit/account";
import { booksBalance, createAccount } from "../../../firmware/credit/account";
import { acceptTariff } from "../../../firmware/credit/billing_time";
import { acceptCredit, chargeLitres, grantEmergency, LITRES_MAX } from "../../../firmware/credit/ledger";
import type { Tariff } from "../../../firmware/credit/tariff";
import type { Settings } from "../../../firmware/settings";
import { blocks, DAY_S, settings, START_UTC_S } from "../samples";
import type { Books } from "./oracle";
import { Oracle } from "./oracle";
import { passTime, take } from "./as_meter";

import type { Zone } from "./zones";
import { ZONES } from "./zones";

const DAY_2019 = Math.floor(START_UTC_S / DAY_S);

type Act =
  | { do: "draw"; batches: number[] }
  | { do: "credit"; rise: number; amount_milli: number }
  | { do: "credit_for"; litres: number; over_milli: number }
  | { do: "emergency" }
  | { do: "time"; pass_s: number }
  | { do: "clock_lost" }
  | { do: "tariff"; rise: number; start_in_s: number | undefined; tariff: Tariff };

const price = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 1000000000 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 999, 1000, 1001, 1000000000) },
);

const tariffs: fc.Arbitrary<Tariff> = fc
  .record({
    steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 120 }), price), { minLength: 1, maxLength: 8 }),
    standing_milli: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30000 }), fc.integer({ min: 0, max: 1e9 })),
    free_first: fc.boolean(),
  })
  .map(({ steps, standing_milli, free_first }) => {
    let limit_l = 0;
    const pairs = steps.map(([width_l, price_milli], block): [number, number] => {
      limit_l += width_l;
      return [limit_l, free_first && block === 0 ? 0 : price_milli];
    });
    return blocks(pairs, { standing_milli });
  });

const amounts = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.integer({ min: 0, max: 10000000 }),
  fc.integer({ min: 0, max: 1e12 }),
);

const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("draw" as const),
      batches: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("credit" as const),
      rise: fc.integer({ min: 0, max: 2 }),
      amount_milli: amounts,
    }),
  },
  {
    // Credit for so many litres to the last milli-unit, or one off: where a run of plain litres must end.
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("credit_for" as const),
      litres: fc.integer({ min: 0, max: 40 }),
      over_milli: fc.integer({ min: -1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("emergency" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("time" as const),
      pass_s: fc.oneof(
        fc.integer({ min: 0, max: 2 * DAY_S }),
        fc.integer({ min: 0, max: 100 * DAY_S }),
        fc.integer({ min: -3 * DAY_S, max: 0 }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clock_lost" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("tariff" as const),
      rise: fc.integer({ min: 0, max: 2 }),
      start_in_s: fc.oneof(
        fc.constant(undefined),
        fc.integer({ min: -2 * DAY_S, max: 40 * DAY_S }),
        // On the hour, so that midnights are hit too.
        fc.integer({ min: 0, max: 96 }).map((hours) => hours * 3600),
      ),
      tariff: tariffs,
    }),
  },
);

interface Case {
  zone: Zone;
  policy: Partial<Settings>;
  tariff: Tariff;
  acts: Act[];
}

const minute = fc.integer({ min: 0, max: 1439 });

const cases: fc.Arbitrary<Case> = fc.record({
  zone: fc.constantFrom(...ZONES),
  policy: fc.record({
    low_credit_milli: fc.integer({ min: 0, max: 300000 }),
    emergency_milli: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000000 })),
    friendly_from_minute: fc.oneof(fc.constant(0), minute),
    friendly_to_minute: fc.oneof(fc.constant(0), minute),
    friendly_weekends: fc.boolean(),
    holidays: fc.array(fc.integer({ min: DAY_2019, max: DAY_2019 + 60 }), { maxLength: 4 }),
    lifeline: fc.constantFrom("none", "daily_allowance"),
    lifeline_daily_l: fc.integer({ min: 1, max: 60 }),
  }),
  tariff: tariffs,
  acts: fc.array(acts, { minLength: 1, maxLength: 40 }),
});

function booksOf(account: Account): Books {
  return {
    balance_milli: BigInt(account.balance_milli),
    charged_milli: BigInt(account.charged_milli),
    credited_milli: BigInt(account.credited_milli),
    debt_milli: BigInt(account.debt_milli),
    standing_milli: BigInt(account.standing_milli),
    thousandths: BigInt(account.thousandths),
    month_l: account.month_l,
    lifeline_l: account.lifeline_l,
    lifeline_today_l: account.lifeline_today_l,
    cut: account.cut,
    tariff: account.tariff.id,
    pending: account.pending?.id,
  };
}

/** One case played to an account in batches, to one litre by litre, and to the oracle. */
class Play {
  public readonly batched: Account;
  public readonly single: Account;
  public readonly oracle: Oracle;
  private readonly policy: Settings;
  private utc_s = START_UTC_S;
  private sequence = 0;

  public constructor({ zone, policy, tariff }: Case) {
    this.policy = settings({ ...zone.rule, ...policy });
    this.batched = createAccount(tariff, this.policy.low_credit_milli);
    this.single = createAccount(tariff, this.policy.low_credit_milli);
    this.oracle = new Oracle(tariff, this.policy, zone.name);
    this.act({ do: "time", pass_s: 0 });
  }

  public act(act: Act): void {
    switch (act.do) {
      case "draw":
        for (const litres of act.batches) this.draw(litres);
        break;
      case "credit":
        this.credit(this.sequence + act.rise, act.amount_milli);
        break;
      case "credit_for": {
        const { balance_milli, debt_milli, unit_price_milli } = this.batched;
        const missing_milli = Math.floor((act.litres * unit_price_milli) / 1000) + act.over_milli - balance_milli;
        this.credit(this.sequence + 1, Math.min(Math.max(missing_milli + debt_milli, 0), 1e12));
        break;
      }
      case "emergency":
        this.both((account) => grantEmergency(account, this.policy));
        this.oracle.emergency();
        break;
      case "time":
        this.utc_s += act.pass_s;
        this.both((account) => passTime(account, this.policy, this.utc_s));
        this.oracle.time(this.utc_s);
        break;
      case "clock_lost":
        this.both((account) => passTime(account, this.policy, 0));
        this.oracle.time(0);
        break;
      case "tariff": {
        const newest = this.batched.pending ?? this.batched.tariff;
        const start_utc_s = act.start_in_s === undefined ? 0 : this.utc_s + act.start_in_s;
        const tariff = { ...act.tariff, id: newest.id + act.rise, start_utc_s };
        this.both((account) => acceptTariff(account, tariff));
        this.oracle.announce(tariff);
        break;
      }
    }
  }

  private both(change: (account: Account) => unknown): void {
    change(this.batched);
    change(this.single);
  }

  private credit(sequence: number, amount_milli: number): void {
    this.sequence = sequence;
    this.both((account) => acceptCredit(account, { sequence, amount_milli }));
    this.oracle.credit(sequence, amount_milli);
  }

  private draw(litres: number): void {
    take(this.batched, this.policy, litres);
    for (let litre = 0; litre < litres; litre++) {
      take(this.single, this.policy, 1);
      this.oracle.litre();
    }
  }
}

describe("ledger, for any sequence of draws, credits, days and tariffs", function () {
  it("equals the oracle after every step, in batches and litre by litre, and its books balance", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const play = new Play(given);
        for (const act of given.acts) {
          const before = { ...play.batched };
          play.act(act);
          const expected = play.oracle.books();
          assert.deepEqual(booksOf(play.batched), expected, "in batches");
          assert.deepEqual(booksOf(play.single), expected, "litre by litre");
          assert.ok(booksBalance(play.batched) && booksBalance(play.single));
          assert.ok(play.batched.charged_milli >= before.charged_milli, "nothing charged is given back");
          assert.ok(play.batched.lifeline_l >= before.lifeline_l);
        }
      }),
      { numRuns: 2500 },
    );
  });

  it("keeps price and block of the next litre true after every step", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const play = new Play(given);
        for (const act of given.acts) {
          play.act(act);
          const account = play.batched;
          if (account.block_limit_l === 0) continue; // No entry yet.
          const block = account.tariff.limits_l.findIndex((limit_l) => account.month_l < limit_l);
          assert.equal(account.unit_price_milli, account.tariff.prices_milli[block]);
          assert.equal(account.litre_milli * 1000 + account.litre_thousandths, account.unit_price_milli);
          assert.equal(account.block_limit_l, account.tariff.limits_l[block]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("charges floor(litres x price / 1000) for any price, however long the meter runs", () => {
    const runs = fc.array(fc.integer({ min: 1, max: LITRES_MAX }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000000000 }), runs, (price_milli, batches) => {
        const account = createAccount(blocks([[0, price_milli]]), 0);
        acceptCredit(account, { sequence: 1, amount_milli: 0 });
        let litres = 0n;
        for (const batch of batches) {
          chargeLitres(account, batch);
          litres += BigInt(batch);
        }
        assert.equal(BigInt(account.charged_milli), (litres * BigInt(price_milli)) / 1000n);
      }),
    );
  });
});
