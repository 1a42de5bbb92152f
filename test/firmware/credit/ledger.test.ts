import assert from "node:assert/strict";
import fc from "fast-check";
import type { Account } from "../../../firmware/credit/account";
import { booksBalance, createAccount } from "../../../firmware/credit/account";
import {
  acceptCredit,
  BALANCE_MAX_MILLI,
  chargeLitres,
  chargeStanding,
  clearCredit,
  closeEntry,
  CREDIT_MAX_MILLI,
  creditRoom,
  emergencyOffered,
  grantEmergency,
  lend,
  LITRES_MAX,
  takeIn,
  useWater,
} from "../../../firmware/credit/ledger";
import { PRICE_MAX_MILLI } from "../../../firmware/credit/tariff";
import { blocks, settings, tariff } from "../samples";

const policy = settings({ emergency_milli: 500, low_credit_milli: 100 });

/** An account that was opened with a credit of sequence 1. */
function opened(amount_milli: number, prices = tariff()): Account {
  const account = createAccount(prices, policy.low_credit_milli);
  assert.equal(acceptCredit(account, { sequence: 1, amount_milli }), "accepted");
  return account;
}

/** Runs `change` and asserts that nothing in the account became different. */
function unchanged(account: Account, change: () => void): void {
  const before = structuredClone(account);
  change();
  assert.deepEqual(account, before);
}

describe("ledger: credit", () => {
  it("is added to the balance and remembered as the last one", () => {
    const account = opened(1000);
    assert.equal(acceptCredit(account, { sequence: 5, amount_milli: 250 }), "accepted");
    assert.deepEqual(
      [account.balance_milli, account.credited_milli, account.last_credit_milli, account.credit_sequence],
      [1250, 1250, 250, 5],
    );
  });

  it("of the same or an older sequence is refused as already taken and changes nothing", () => {
    const account = opened(1000);
    acceptCredit(account, { sequence: 7, amount_milli: 1 });
    for (const sequence of [7, 6, 1, 0, -1]) {
      unchanged(account, () => assert.equal(acceptCredit(account, { sequence, amount_milli: 99 }), "already_taken"));
    }
  });

  it("below zero or above the largest is refused as out of range and does not use up its sequence", () => {
    const account = opened(1000);
    for (const amount_milli of [-1, CREDIT_MAX_MILLI + 1]) {
      unchanged(account, () => assert.equal(acceptCredit(account, { sequence: 2, amount_milli }), "out_of_range"));
    }
    assert.equal(acceptCredit(account, { sequence: 2, amount_milli: CREDIT_MAX_MILLI }), "accepted");
    assert.equal(account.balance_milli, 1000 + CREDIT_MAX_MILLI);
  });

  it("of nothing is accepted and uses up its sequence", () => {
    const account = opened(1000);
    assert.equal(acceptCredit(account, { sequence: 2, amount_milli: 0 }), "accepted");
    assert.equal(acceptCredit(account, { sequence: 2, amount_milli: 5 }), "already_taken");
    assert.equal(account.balance_milli, 1000);
  });

  it("is refused when the balance is full, to the last milli-unit", () => {
    const account = opened(0);
    for (let sequence = 2; sequence <= 100; sequence++) {
      assert.equal(acceptCredit(account, { sequence, amount_milli: CREDIT_MAX_MILLI }), "accepted");
    }
    const room_milli = BALANCE_MAX_MILLI - account.balance_milli;
    assert.equal(room_milli, CREDIT_MAX_MILLI);
    assert.equal(acceptCredit(account, { sequence: 101, amount_milli: room_milli }), "accepted");
    unchanged(account, () => assert.equal(acceptCredit(account, { sequence: 102, amount_milli: 1 }), "balance_full"));
    assert.ok(Number.isSafeInteger(account.balance_milli * 9), "far below 2^53");
  });

  it("repays a part of the debt first when it is smaller than the debt", () => {
    const account = opened(0);
    assert.equal(grantEmergency(account, policy), "granted");
    acceptCredit(account, { sequence: 2, amount_milli: 200 });
    assert.deepEqual([account.debt_milli, account.balance_milli, account.credited_milli], [300, 500, 200]);
    assert.ok(booksBalance(account));
  });

  it("repays the whole debt first and adds what is left", () => {
    const account = opened(0);
    grantEmergency(account, policy);
    acceptCredit(account, { sequence: 2, amount_milli: 1200 });
    assert.deepEqual([account.debt_milli, account.balance_milli, account.credited_milli], [0, 1200, 1200]);
    assert.ok(booksBalance(account));
  });

  it("equal to the debt clears it and leaves the balance as it was", () => {
    const account = opened(0);
    grantEmergency(account, policy);
    useWater(account, policy, 500);
    acceptCredit(account, { sequence: 2, amount_milli: 500 });
    assert.deepEqual([account.debt_milli, account.balance_milli], [0, 0]);
  });

  it("brings supply back only when it lifts the balance above zero", () => {
    const account = opened(10);
    useWater(account, policy, 15);
    assert.deepEqual([account.balance_milli, account.cut], [-5, true]);
    acceptCredit(account, { sequence: 2, amount_milli: 5 });
    assert.deepEqual([account.balance_milli, account.cut], [0, true]);
    acceptCredit(account, { sequence: 3, amount_milli: 1 });
    assert.deepEqual([account.balance_milli, account.cut], [1, false]);
  });
});

describe("ledger: emergency credit", () => {
  it("is granted once, and again only after it has been repaid in full", () => {
    const account = opened(0);
    assert.equal(grantEmergency(account, policy), "granted");
    assert.deepEqual([account.balance_milli, account.debt_milli, account.cut], [500, 500, false]);
    useWater(account, policy, 600);
    assert.ok(account.cut);
    unchanged(account, () => assert.equal(grantEmergency(account, policy), "refused"));
    acceptCredit(account, { sequence: 2, amount_milli: 499 });
    assert.equal(account.debt_milli, 1);
    unchanged(account, () => assert.equal(grantEmergency(account, policy), "refused"));
    acceptCredit(account, { sequence: 3, amount_milli: 1 });
    assert.equal(grantEmergency(account, policy), "granted");
    assert.deepEqual([account.balance_milli, account.debt_milli], [400, 500]);
  });

  it("is offered at the low-credit mark and not above it", () => {
    const account = opened(101);
    assert.equal(emergencyOffered(account, policy), false);
    unchanged(account, () => assert.equal(grantEmergency(account, policy), "refused"));
    useWater(account, policy, 1);
    assert.equal(emergencyOffered(account, policy), true);
  });

  it("is not offered where the settings grant none", () => {
    const none = settings({ emergency_milli: 0 });
    for (const balance_milli of [0, 50]) assert.equal(emergencyOffered(opened(balance_milli), none), false);
  });

  it("is not offered where it would be used up by what is owed, and bring no water", () => {
    const account = opened(0, tariff({ standing_milli: 1 }));
    chargeStanding(account, 499);
    assert.equal(emergencyOffered(account, policy), true);
    chargeStanding(account, 1);
    assert.deepEqual([account.balance_milli, emergencyOffered(account, policy)], [-500, false]);
  });

  it("is no income: it raises the debt, not what was credited", () => {
    const account = opened(0);
    grantEmergency(account, policy);
    assert.equal(account.credited_milli, 0);
    assert.ok(booksBalance(account));
  });
});

describe("ledger: water", () => {
  it("carries thousandths across block, month and tariff instead of rounding", () => {
    const account = opened(
      1000,
      blocks([
        [2, 333],
        [0, 667],
      ]),
    );
    useWater(account, policy, 2);
    assert.deepEqual([account.charged_milli, account.thousandths], [0, 666]);
    useWater(account, policy, 1);
    assert.deepEqual([account.charged_milli, account.thousandths], [1, 333]);
    account.month_l = 0;
    closeEntry(account);
    useWater(account, policy, 1);
    assert.deepEqual([account.charged_milli, account.thousandths], [1, 666]);
    account.tariff = tariff({ id: 2, prices_milli: [334] });
    closeEntry(account);
    useWater(account, policy, 1);
    assert.deepEqual([account.charged_milli, account.thousandths], [2, 0]);
  });

  it("of a free first block needs no credit, and supply ends with its last litre", () => {
    const account = opened(
      0,
      blocks([
        [50, 0],
        [0, 1000],
      ]),
    );
    assert.equal(account.cut, false);
    useWater(account, policy, 49);
    assert.deepEqual([account.cut, account.charged_milli], [false, 0]);
    useWater(account, policy, 1);
    assert.deepEqual([account.cut, account.charged_milli, account.balance_milli], [true, 0, 0]);
  });

  it("cuts supply with the litre that uses up the last milli-unit, not before", () => {
    const account = opened(10);
    useWater(account, policy, 9);
    assert.deepEqual([account.balance_milli, account.cut], [1, false]);
    useWater(account, policy, 1);
    assert.deepEqual([account.balance_milli, account.cut], [0, true]);
  });

  it("in friendly hours is owed without a cut; after them supply is cut", () => {
    const account = opened(10);
    account.friendly = true;
    useWater(account, policy, 25);
    assert.deepEqual([account.balance_milli, account.cut], [-15, false]);
    account.friendly = false;
    closeEntry(account);
    assert.equal(account.cut, true);
  });

  it("stays cut when friendly hours begin after the cut", () => {
    const account = opened(1);
    useWater(account, policy, 1);
    assert.equal(account.cut, true);
    account.friendly = true;
    closeEntry(account);
    assert.equal(account.cut, true);
    acceptCredit(account, { sequence: 2, amount_milli: 10 });
    assert.equal(account.cut, false);
  });

  it("of a cut household is free up to the daily allowance, outside the monthly blocks, and owed beyond", () => {
    const allowance = settings({ lifeline: "daily_allowance", lifeline_daily_l: 3 });
    const account = opened(2);
    useWater(account, allowance, 4);
    assert.deepEqual([account.balance_milli, account.month_l, account.lifeline_l], [0, 2, 2]);
    useWater(account, allowance, 3);
    assert.deepEqual(
      [account.balance_milli, account.month_l, account.lifeline_l, account.lifeline_today_l],
      [-2, 4, 3, 3],
    );
  });

  it("is planned in runs that end just before the block, the low-credit mark and the end of the credit", () => {
    const two_blocks: [number, number][] = [
      [100, 1000],
      [0, 2000],
    ];
    const free_block: [number, number][] = [
      [50, 0],
      [0, 1000],
    ];
    for (const [account, fit_l, why] of [
      [opened(1000000, blocks(two_blocks)), 99, "the block ends"],
      [opened(200), 99, "the low-credit mark"],
      [opened(100), 99, "the end of the credit, at the mark"],
      [opened(50), 49, "the end of the credit, below the mark"],
      [opened(0, blocks(free_block)), 49, "free water needs no credit"],
      [opened(CREDIT_MAX_MILLI, tariff({ prices_milli: [PRICE_MAX_MILLI] })), 1000, "10,000 units of credit"],
      [opened(0), 0, "no credit"],
    ] as const) {
      assert.ok(account.run_l <= fit_l && account.run_l >= Math.max(fit_l - 2, 0), `${why}: ${account.run_l}`);
      const { cut } = account;
      chargeLitres(account, account.run_l);
      closeEntry(account);
      assert.equal(account.cut, cut);
    }
  });

  it("comes in bounded runs and never backward", () => {
    for (const litres of [0, -1, LITRES_MAX + 1]) assert.throws(() => useWater(opened(1), policy, litres));
    const account = opened(0);
    useWater(account, policy, LITRES_MAX);
    assert.equal(account.balance_milli, -LITRES_MAX);
  });
});

describe("ledger: standing charges", () => {
  it("are charged with the water and cut supply when they use up the credit", () => {
    const account = opened(100, tariff({ standing_milli: 40 }));
    chargeStanding(account, 2);
    assert.deepEqual([account.balance_milli, account.standing_milli, account.charged_milli], [20, 80, 80]);
    assert.equal(account.cut, false);
    chargeStanding(account, 1);
    assert.deepEqual([account.balance_milli, account.cut], [-20, true]);
    assert.ok(booksBalance(account));
  });

  it("are never given back", () => {
    assert.throws(() => chargeStanding(opened(1), -1));
  });
});

describe("ledger: debts by shares", () => {
  it("are repaid with the meter's share of each credit, to the unit, until nothing is owed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 }),
        (share, owed_milli, credits) => {
          const account = opened(1000);
          account.repay_permille = share;
          lend(account, owed_milli);
          let debt = owed_milli;
          let balance = 1000 + owed_milli;
          for (const amount_milli of credits) {
            // The smallest whole number that is not below the share.
            let repaid = 0;
            while (repaid < debt && repaid * 1000 < amount_milli * share) repaid += 1;
            debt -= repaid;
            balance += amount_milli - repaid;
            assert.equal(takeIn(account, amount_milli), "accepted");
            assert.deepEqual([account.debt_milli, account.balance_milli], [debt, balance]);
            assert.ok(booksBalance(account));
          }
        },
      ),
    );
  });

  it("of one unit come to an end by any credits", () => {
    const account = opened(1000);
    account.repay_permille = 1;
    lend(account, 3);
    for (const left of [2, 1, 0, 0]) {
      takeIn(account, 1);
      assert.equal(account.debt_milli, left);
    }
  });
});

describe("ledger: credit that is taken away", () => {
  it("leaves balanced books, no credit, and what was drawn of a debt", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), fc.nat(9000), (opening_milli, lent_milli, litres) => {
        const account = opened(opening_milli);
        if (lent_milli > 0) lend(account, lent_milli);
        account.friendly = true;
        if (litres > 0) useWater(account, policy, litres);
        const balance = account.balance_milli;
        clearCredit(account);
        assert.equal(account.balance_milli, Math.min(balance, 0));
        assert.equal(account.debt_milli, Math.max(0, lent_milli - Math.max(balance, 0)));
        assert.ok(account.credited_milli >= 0);
        assert.ok(booksBalance(account));
      }),
    );
  });
});

describe("ledger: room", () => {
  it("is what one credit may bring, less as the balance nears its end", () => {
    const account = opened(0);
    assert.equal(creditRoom(account), CREDIT_MAX_MILLI);
    account.balance_milli = BALANCE_MAX_MILLI - 5;
    account.credited_milli = account.balance_milli;
    assert.equal(creditRoom(account), 5);
    assert.equal(takeIn(account, 6), "balance_full");
    assert.equal(takeIn(account, 5), "accepted");
    assert.equal(creditRoom(account), 0);
  });
});
