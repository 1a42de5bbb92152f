import assert from "node:assert/strict";
import type { Account } from "../../../firmware/credit/account";
import { createAccount } from "../../../firmware/credit/account";
import { creditShuts, dutyCycled, hasAllowance, judgeSupply } from "../../../firmware/credit/supply";
import { settings, tariff } from "../samples";

function account(changes: Partial<Account>): Account {
  return { ...createAccount(tariff(), 0), unit_price_milli: 1000, ...changes };
}

/** What supply becomes from `cut`. */
function judged(changes: Partial<Account>): boolean {
  const judgedAccount = account(changes);
  judgeSupply(judgedAccount);
  return judgedAccount.cut;
}

describe("supply", () => {
  it("follows balance, price and friendly hours in all their combinations", () => {
    for (const balance_milli of [-5, 0, 1]) {
      for (const unit_price_milli of [0, 1000]) {
        for (const friendly of [false, true]) {
          for (const cut of [false, true]) {
            const runs = balance_milli > 0 || unit_price_milli === 0;
            const expected = runs ? false : friendly ? cut : true;
            const state = { balance_milli, unit_price_milli, friendly, cut };
            assert.equal(judged(state), expected, JSON.stringify(state));
          }
        }
      }
    }
  });

  it("keeps an uncut valve open whatever the lifeline", () => {
    for (const lifeline of ["none", "daily_allowance", "flow_limit"] as const) {
      assert.equal(creditShuts(account({ cut: false }), settings({ lifeline }), false), false);
    }
  });

  it("shuts a cut household's valve where there is no lifeline, also in a duty turn", () => {
    for (const duty_open of [false, true]) {
      assert.equal(creditShuts(account({ cut: true }), settings(), duty_open), true);
    }
  });

  it("leaves a cut household its daily litres and shuts with the last of them", () => {
    const policy = settings({ lifeline: "daily_allowance", lifeline_daily_l: 40 });
    for (const [lifeline_today_l, left] of [
      [0, true],
      [39, true],
      [40, false],
      [41, false],
    ] as const) {
      const cut = account({ cut: true, lifeline_today_l });
      assert.equal(hasAllowance(cut, policy), left);
      assert.equal(creditShuts(cut, policy, true), !left);
    }
  });

  it("opens in turns under a flow limit, and only when cut", () => {
    const policy = settings({ lifeline: "flow_limit", lifeline_open_s: 60, lifeline_period_s: 600 });
    assert.equal(dutyCycled(account({ cut: true }), policy), true);
    assert.equal(dutyCycled(account({ cut: false }), policy), false);
    assert.equal(dutyCycled(account({ cut: true }), settings()), false);
    assert.equal(creditShuts(account({ cut: true }), policy, true), false);
    assert.equal(creditShuts(account({ cut: true }), policy, false), true);
  });
});
