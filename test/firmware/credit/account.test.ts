import assert from "node:assert/strict";
import type { Account } from "../../../firmware/credit/account";
import { booksBalance, createAccount } from "../../../firmware/credit/account";
import { acceptCredit, chargeStanding, closeEntry, grantEmergency, useWater } from "../../../firmware/credit/ledger";
import { blocks, settings } from "../samples";

const policy = settings({ emergency_milli: 500, low_credit_milli: 100 });

/** Books in which everything has happened: credit, water at a broken price, standing charges, a debt. */
function used(): Account {
  const prices: [number, number][] = [
    [1000, 1500],
    [0, 3000],
  ];
  const account = createAccount(blocks(prices, { standing_milli: 10 }), policy.low_credit_milli);
  acceptCredit(account, { sequence: 1, amount_milli: 200 });
  chargeStanding(account, 2);
  useWater(account, policy, 111);
  assert.equal(grantEmergency(account, policy), "granted");
  return account;
}

describe("account: new books", () => {
  it("know no day, and have neither cut nor warned", () => {
    const account = createAccount(blocks([[0, 1]]), 0);
    const { day, month, paid_day, lifeline_day } = account;
    assert.deepEqual({ day, month, paid_day, lifeline_day }, { day: -1, month: -1, paid_day: -1, lifeline_day: -1 });
    assert.deepEqual([account.cut, account.friendly, account.warned], [false, false, false]);
  });
});

describe("account: the books", () => {
  it("balance after credit, water, standing charges and emergency credit", () => {
    const account = used();
    assert.deepEqual([account.balance_milli, account.charged_milli, account.thousandths], [514, 186, 500]);
    assert.equal(booksBalance(account), true);
  });

  it("balance at every bound of their numbers", () => {
    const all_standing = { charged_milli: 186, standing_milli: 186 };
    for (const bound of [{ thousandths: 0 }, { thousandths: 999 }, { run_l: 0 }, { month_l: 999 }, all_standing]) {
      assert.equal(booksBalance({ ...used(), ...bound }), true, JSON.stringify(bound));
    }
    assert.equal(booksBalance({ ...used(), debt_milli: 0, balance_milli: 14 }), true);
  });

  for (const [what, wrong] of [
    ["a milli-unit too much", { balance_milli: 515 }],
    ["a milli-unit too little", { balance_milli: 513 }],
    ["a charge that nobody paid", { charged_milli: 187 }],
    ["less than no thousandths", { thousandths: -1 }],
    ["thousandths that make a milli-unit", { thousandths: 1000 }],
    ["a debt below zero", { debt_milli: -1, balance_milli: 13 }],
    ["more standing charges than charges", { standing_milli: 187 }],
    ["a month beyond its block", { month_l: 1000 }],
    ["a run backward", { run_l: -1 }],
  ] satisfies [string, Partial<Account>][]) {
    it(`do not balance with ${what}`, () => {
      assert.equal(booksBalance({ ...used(), ...wrong }), false);
    });
  }

  it("stop the meter at the next entry when they do not balance", () => {
    const account = used();
    account.balance_milli += 1;
    assert.throws(() => closeEntry(account));
  });
});
