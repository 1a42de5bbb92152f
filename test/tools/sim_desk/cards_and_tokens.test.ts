/**
 * What the desk of a session sells, in front of its meter: cards of the tray, top-ups, tokens, and what pages are told.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Rig } from "./rig";

const HOUR_MS = 3_600_000;

describe("the desk of a session", function () {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.open();
  });
  afterEach(() => rig.close());

  it("lays out cards that the meter takes, and others that it refuses for what is wrong with them", async () => {
    assert.equal(rig.state.numbers.balance_milli, 100_000);
    for (const [card, result] of [
      ["foreign", "foreign_region"],
      ["household", "accepted"],
      ["expired", "expired"],
      ["other-meter", "wrong_meter"],
      ["household-sold-again", "accepted"],
      ["household", "already_taken"],
      ["inspection", "read_out"],
      ["clearing", "accepted"],
      ["tariff", "accepted"],
      ["forged", "bad_signature"],
    ]) {
      assert.equal(await rig.holdUp(`tray/${card}.card`), result, card);
    }
    assert.equal(rig.state.numbers.balance_milli, 900_000);
    assert.equal(rig.state.numbers.tariff, 3);
  });

  it("sells onto the household's card what the meter then takes, and says in the receipt how much it was in all", async () => {
    await rig.ask({ do: "sell_card", amount_milli: 250_000 });
    assert.match(rig.shown.sales[0].receipt, /^sold +2\.50\n[\s\S]*\nsold so far +10\.50\n/);
    assert.equal(await rig.holdUp(rig.shown.sales[0].card), "accepted");
    assert.equal(rig.state.numbers.balance_milli, 100_000 + 1_050_000);
    await rig.ask({ do: "sell_card", amount_milli: 100_000 });
    // What the meter has written onto the card is known to the desk by now, and on the next one.
    assert.equal(await rig.holdUp(rig.shown.sales[0].card), "accepted");
    assert.equal(rig.state.numbers.balance_milli, 100_000 + 1_150_000);
    assert.equal(rig.shown.tray.filter(({ kind }) => kind === "sold").length, 1);
    assert.equal(await rig.replays("cards"), true);
  });

  it("does not sell onto a card that is in the meter's slot", async () => {
    await rig.ask({ do: "card", card: "tray/household.card", copy: false, pull_bytes: null });
    await rig.ask({ do: "sell_card", amount_milli: 250_000 });
    assert.match(rig.refusal, /^nothing sold: the card is in the meter's slot \(take it out [^\n]*\)$/);
  });

  it("sells tokens that the meter takes once, until too many wrong ones lock its keypad", async () => {
    await rig.ask({ do: "issue_token", order: { use: "money", amount: 500_000, reason: "by phone" } });
    const [{ digits, receipt }] = rig.shown.sales;
    assert.match(digits, /^\d{20}$/);
    assert.match(receipt, /asked for +5\.00\n[\s\S]*reason +by phone\n/);
    assert.match(receipt, new RegExp(`token +${digits.replaceAll(/\d{4}(?=\d)/g, "$& ")}\n`));
    assert.equal(await rig.keyIn(digits), "accepted");
    // Rounded up to what a token can say.
    assert.equal(rig.state.numbers.balance_milli, 600_024);
    assert.equal(await rig.keyIn(digits), "used");
    const wrong = digits.slice(0, -1) + String((Number(digits.at(-1)) + 1) % 10);
    for (let time = 0; time < 3; time++) assert.equal(await rig.keyIn(wrong), "crc");
    assert.ok(rig.state.numbers.token_wait_s > 0);
    assert.equal(await rig.keyIn(digits), "lockout");
    assert.equal(await rig.replays("tokens"), true);
  });

  it("lends, limits and clears by token", async () => {
    const sold = async (use: "lend_money" | "limit" | "clear_tamper" | "clear_credit", amount: number) => {
      await rig.ask({ do: "issue_token", order: { use, amount, reason: "" } });
      return rig.keyIn(rig.shown.sales[0].digits);
    };
    assert.equal(await sold("lend_money", 100_000), "accepted");
    // Rounded up to what a token can say.
    assert.equal(rig.state.numbers.debt_milli, 100_004);
    assert.equal(await sold("limit", 500), "accepted");
    assert.equal(rig.state.numbers.flow_limit_l_h, 500);
    await rig.ask({ do: "act", steps: [{ tamper: { input: "case", active: true } }] });
    await rig.ask({ do: "act", steps: [{ tamper: { input: "case", active: false } }] });
    assert.match(rig.state.texts.shut_by, /tamper/);
    assert.equal(await sold("clear_tamper", 0), "accepted");
    assert.doesNotMatch(rig.state.texts.shut_by, /tamper/);
    assert.equal(await sold("clear_credit", 0), "accepted");
    assert.equal(rig.state.numbers.balance_milli, 0);
  });

  it("refuses in one line what no token can say", async () => {
    await rig.ask({ do: "issue_token", order: { use: "clear_credit", amount: 5, reason: "" } });
    assert.match(rig.refusal, /^5: no clear_credit token can say this/);
    assert.doesNotMatch(rig.refusal, /\n/);
  });

  it("begins anew with a meter that begins anew", async () => {
    await rig.ask({ do: "sell_card", amount_milli: 250_000 });
    await rig.ask({ do: "reset" });
    assert.deepEqual(rig.last("welcome").welcome.desk?.sales, []);
    await rig.pass(10_000);
    await rig.ask({ do: "sell_card", amount_milli: 100_000 });
    assert.match(rig.shown.sales[0].receipt, /sold so far +9\.00\n/);
    assert.equal(await rig.holdUp(rig.shown.sales[0].card), "accepted");
    assert.equal(rig.state.numbers.balance_milli, 1_000_000);
  });

  it("says that it has no keys of another scenario's meter", async () => {
    await rig.ask({ do: "load", scenario: "tokens.json" });
    assert.equal(rig.last("welcome").welcome.desk, null);
    await rig.ask({ do: "sell_card", amount_milli: 100_000 });
    assert.match(rig.refusal, /^the desk has no keys of this meter \([^\n]*\)$/);
  });

  it("tells pages none of its keys, and keeps a recording, which needs the meter's, for its owner alone", async () => {
    await rig.ask({ do: "sell_card", amount_milli: 250_000 });
    await rig.ask({ do: "issue_token", order: { use: "money", amount: 500_000, reason: "" } });
    await rig.ask({
      do: "push_tariff",
      wish: {
        manner: "good",
        version: 3,
        start_local_s: null,
        standing_milli: 0,
        blocks: [{ up_to_l: null, price_milli: 1 }],
      },
    });
    await rig.pass(2 * HOUR_MS);
    const told = JSON.stringify(rig.answers).toLowerCase();
    const { transport_key, token_key, radio_master_key } = rig.desk.keys;
    for (const key of [transport_key, token_key, radio_master_key]) {
      assert.ok(/^[0-9a-f]{32}$/.test(key));
      assert.equal(told.includes(key), false);
    }
    await rig.ask({ do: "record", name: "kept" });
    const file = join(rig.folder, "kept.json");
    assert.ok(readFileSync(file, "utf8").includes(token_key), "a recording replays with the meter's own key");
    assert.equal(statSync(file).mode % 0o1000, 0o600);
    for (const card of readdirSync(join(rig.folder, "kept-cards"))) {
      assert.equal(statSync(join(rig.folder, "kept-cards", card)).mode % 0o1000, 0o600);
    }
  });

  it("leaves nothing on the disk when it closes", async () => {
    await rig.ask({ do: "issue_token", order: { use: "money", amount: 500_000, reason: "" } });
    assert.equal(existsSync(join(rig.desk.folder, "meters")), true);
    rig.desk.close();
    assert.equal(existsSync(rig.desk.folder), false);
  });
});
