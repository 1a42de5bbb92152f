/** What a whole meter does with tokens that are keyed in: the account, the glass, the buzzer, the journal. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ENTRY_WAIT_S } from "../../firmware/token/entry";
import { noTokens, type TokenSettings } from "../../firmware/token/settings";
import { readFields, writeFields } from "../../firmware/journal/fields";
import { stateFields } from "../../firmware/saved_state";
import { amountField } from "../../firmware/token/amount";
import { paygoNumber } from "../../firmware/token/openpaygo";
import { HOUR_MS, Rig, SECOND_MS, running, type RigOptions } from "./rig";
import { tariff } from "./samples";
import { KEY, OTHER_KEY, changeTokens, decoderKey, tokenOf } from "./token/samples";

const PAYGO_KEY = "bc41ec9530f6dac86b1a29ab82edc5fb";
const PAYGO_START = 516_959_010;

function meterWith(tokens: Partial<TokenSettings>, options: RigOptions = {}): Rig {
  const settings = { ...options.settings, tokens: { ...noTokens(), key: KEY, ...tokens } };
  return running({ opening_milli: 1_000_000, ...options, settings });
}

/** A meter that keeps money, and one that keeps litres. */
const money = (tokens: Partial<TokenSettings> = {}, options: RigOptions = {}) => meterWith(tokens, options);
const litres = (tokens: Partial<TokenSettings> = {}, options: RigOptions = {}) =>
  meterWith({ mode: "volume", ...tokens }, options);

function moneyToken(tid: number, value: number, front = 0): string {
  return tokenOf({ sub: 5, front, middle: tid, value });
}

/** Keys a number in and waits until messages are gone. */
function keyIn(rig: Rig, digits: string): string {
  rig.keys(`${digits}#`);
  const result = rig.see("token");
  rig.pass(12 * SECOND_MS);
  return result;
}

function wrong(digits: string): string {
  return digits.slice(0, -1) + String((Number(digits.at(-1)) + 1) % 10);
}

describe("a meter with a keypad", () => {
  it("tells what came of a number, then what it brought, and credits it once", () => {
    const rig = money({}, { trace: true });
    rig.keys(`${moneyToken(100, 5000)}#`);
    assert.equal(rig.world.display.text, "ACCEPTED");
    rig.pass(5 * SECOND_MS);
    assert.equal(rig.world.display.text, "+   0.05");
    assert.equal(rig.number("balance_milli"), 1_005_000);
    assert.equal(keyIn(rig, moneyToken(100, 5000)), "used");
    assert.equal(rig.number("balance_milli"), 1_005_000);
    const beeps = rig.trace().filter(({ port }) => port === "buzzer").map(({ beep }) => beep); // prettier-ignore
    assert.deepEqual(beeps.slice(-2), ["good", "bad"]);
  });

  it("has committed a token before it says so", () => {
    const rig = money();
    const commits: number[] = [];
    const shown: string[] = [];
    const { display } = rig.meter.hal;
    const show = display.show.bind(display);
    display.show = (text, lit) => {
      if (text === "ACCEPTED") shown.push(String(commits.length));
      show(text, lit);
    };
    rig.world.nvm.before = () => commits.push(1);
    rig.keys(`${moneyToken(100, 5000)}#`);
    assert.equal(shown.length, 1);
    assert.equal(Number(shown[0]), commits.length);
    assert.ok(commits.length > 0);
  });

  it("takes tokens in any order of their TIDs, and leaves the sequences of other carriers alone", () => {
    const rig = money();
    for (const tid of [500, 300, 400]) assert.equal(keyIn(rig, moneyToken(tid, 100)), "accepted");
    rig.step("credit 1 700");
    assert.equal(rig.number("balance_milli"), 1_001_000);
    assert.equal(rig.meter.account.credit_sequence, 1);
  });

  it("shows digits in groups while they are typed, forgets them, and beeps at the twenty-first", () => {
    const rig = money({}, { trace: true });
    rig.keys("123456");
    assert.equal(rig.world.display.text, "1234 56");
    rig.keys("*");
    assert.equal(rig.world.display.text, "1234 5");
    rig.pass(ENTRY_WAIT_S * SECOND_MS);
    assert.equal(rig.world.display.text, "   10.00");
    rig.keys("9".repeat(21));
    assert.equal(rig.world.display.text, "999 9999");
    assert.deepEqual(rig.trace().filter(({ port }) => port === "buzzer").map(({ beep }) => beep).slice(-1), ["bad"]); // prettier-ignore
  });

  it("waits after three wrong numbers, 10 s to 1,280 s, and again after each power cut", () => {
    const rig = money();
    const bad = wrong(moneyToken(100, 5000));
    const waits: number[] = [];
    for (let failure = 1; failure <= 12; failure++) {
      assert.equal(keyIn(rig, bad), "crc");
      rig.step("power_cut 0").pass(SECOND_MS);
      waits.push(rig.number("token_wait_s"));
      rig.pass(10 * SECOND_MS);
      if (waits[failure - 1] > 15) assert.equal(keyIn(rig, moneyToken(100, 5000)), "lockout");
      // An hour, so that so many boots are no reset loop.
      rig.pass(HOUR_MS);
    }
    // A second has passed since the boot.
    assert.deepEqual(waits, [0, 0, 9, 19, 39, 79, 159, 319, 639, 1279, 1279, 1279]);
    assert.equal(keyIn(rig, moneyToken(100, 5000)), "accepted");
    assert.equal(rig.meter.tokens.state.books.failures, 0);
  });

  it("has not taken a token that it could not store, and takes it when it can", () => {
    const rig = money();
    const books = rig.meter.tokens.state.books;
    rig.step("nvm low 1");
    assert.equal(keyIn(rig, moneyToken(100, 5000)), "not_stored");
    assert.equal(rig.number("balance_milli"), 1_000_000);
    assert.equal(rig.meter.tokens.state.books, books);
    assert.equal(rig.events("credit_accepted").length, 0);
    rig.step("nvm low 0").pass(2 * HOUR_MS);
    assert.equal(keyIn(rig, moneyToken(100, 5000)), "accepted");
    assert.equal(rig.number("balance_milli"), 1_005_000);
  });

  it("counts a wrong number in its memory before it says so", () => {
    const rig = money();
    rig.keys(wrong(moneyToken(100, 5000)));
    const noted = rig.world.nvm.operations;
    rig.keys("#");
    assert.ok(rig.world.nvm.operations > noted);
    rig.step("power_cut 0").pass(SECOND_MS);
    assert.equal(rig.meter.tokens.state.books.failures, 1);
  });

  it("lets no one push events out of its log with numbers that are none", () => {
    const rig = money();
    const events = rig.number("events");
    for (let i = 0; i < 40; i++) keyIn(rig, "1");
    assert.equal(rig.number("events"), events);
  });

  it("takes no credit before it is in service, and leaves the token good", () => {
    const settings = { tokens: { ...noTokens(), key: KEY } };
    const rig = new Rig({ settings });
    assert.equal(keyIn(rig, moneyToken(100, 5000)), "not_commissioned");
    for (const part of changeTokens(OTHER_KEY)) keyIn(rig, part);
    assert.equal(rig.see("token"), "accepted");
    rig.then("commission 1000");
    const token = tokenOf({ sub: 5, front: 0, middle: 100, value: 5000 }, 0, decoderKey({}, OTHER_KEY));
    assert.equal(keyIn(rig, token), "accepted");
    assert.equal(rig.number("balance_milli"), 6000);
  });

  it("changes its key with four tokens within their time, and then knows the new one alone, also after a power cut", () => {
    const rig = money();
    const old = moneyToken(300, 10);
    const results = changeTokens(OTHER_KEY, { ro: 1 }).map((part) => keyIn(rig, part));
    assert.deepEqual(results, ["first_kct", "second_kct", "third_kct", "accepted"]);
    rig.step("power_cut 0").pass(SECOND_MS);
    assert.equal(keyIn(rig, old), "crc");
    const token = tokenOf({ sub: 5, front: 0, middle: 1, value: 5000 }, 0, decoderKey({}, OTHER_KEY));
    assert.equal(keyIn(rig, token), "accepted");
    assert.equal(keyIn(rig, token), "used");
  });

  it("is not brought back to its first key by settings that are written again", () => {
    const rig = money();
    for (const part of changeTokens(OTHER_KEY)) keyIn(rig, part);
    rig.step("power_cut 0").pass(SECOND_MS);
    assert.equal(rig.world.settings.tokens.key, KEY);
    assert.notEqual(keyIn(rig, moneyToken(100, 5000)), "accepted");
  });

  it("clears credit and with it what was lent of it, and never a debt that was drawn", () => {
    const rig = money({}, { opening_milli: 100, settings: { low_credit_milli: 1000, emergency_milli: 500 } });
    rig.keys("##8").litres(300);
    assert.equal(rig.number("balance_milli"), 300);
    assert.equal(keyIn(rig, tokenOf({ sub: 1, middle: 100, value: 65_535 }, 2)), "accepted");
    assert.deepEqual(
      ["balance_milli", "debt_milli", "credited_milli"].map((field) => rig.number(field)),
      [0, 200, 100],
    );
  });

  it("lends what an emergency token says, or what the settings lend, on top of what is owed", () => {
    const rig = money({}, { settings: { emergency_milli: 700 } });
    const lend = (tid: number, value: number) => keyIn(rig, tokenOf({ sub: 11, front: 0, middle: tid, value }, 2));
    assert.deepEqual([lend(1, 3000), lend(2, 0), lend(2, 0)], ["accepted", "accepted", "used"]);
    assert.equal(rig.number("debt_milli"), 3700);
    assert.equal(rig.number("balance_milli"), 1_003_700);
    const without = money();
    assert.equal(keyIn(without, tokenOf({ sub: 11, front: 0, middle: 1, value: 0 }, 2)), "range");
    assert.equal(keyIn(without, tokenOf({ sub: 11, front: 0, middle: 1, value: 5 }, 2)), "accepted");
  });

  it("limits the flow by turns of the valve, whatever else happens, until the limit is lifted", () => {
    const rig = money({}, { settings: { q3_l_h: 2500 } });
    assert.equal(keyIn(rig, tokenOf({ sub: 0, middle: 100, value: 625 }, 2)), "accepted");
    const seconds = { open: 0, closed: 0 };
    for (let minute = 0; minute < 240; minute++) {
      rig.pass(60 * SECOND_MS);
      seconds[rig.see("valve") === "open" ? "open" : "closed"] += 60;
    }
    assert.ok(Math.abs(seconds.open - 3600) <= 120, `open ${seconds.open} s of four hours, a quarter is wanted`);
    rig.step("power_cut 0").pass(1000 * SECOND_MS);
    assert.equal(rig.see("shut_by"), "flow_limit");
    assert.equal(keyIn(rig, tokenOf({ sub: 0, middle: 101, value: 0 }, 2)), "accepted");
    rig.pass(5 * SECOND_MS);
    assert.equal(rig.see("valve"), "open");
  });

  it("moves the valve for a test token only when it is open, and never opens a shut one", () => {
    const rig = litres();
    rig.step("lock 1").pass(5 * SECOND_MS);
    rig.keys("00000000000150997584#").pass(20 * SECOND_MS);
    assert.equal(rig.see("token"), "accepted");
    assert.equal(rig.see("valve"), "closed");
    assert.equal(rig.events("valve_exercise").length, 0);
    rig.step("lock 0").pass(5 * SECOND_MS);
    rig.keys("00000000000150997584#").pass(20 * SECOND_MS);
    assert.equal(rig.events("valve_exercise").length, 1);
    assert.equal(rig.see("valve"), "open");
  });

  it("looks for OpenPAYGO numbers in turns, and counts water between them", () => {
    const rig = litres({ paygo_key: PAYGO_KEY, paygo_start: PAYGO_START, paygo_unit: 100 });
    const bytes = [...Buffer.from(PAYGO_KEY, "hex")];
    const number = String(paygoNumber(bytes, PAYGO_START, 60, 10, false)).padStart(9, "0");
    rig.step("draw 3600 60000").pass(10 * SECOND_MS);
    const before = rig.number("volume_l");
    rig.keys(`${number}#`).pass(300);
    assert.equal(rig.world.display.text, "WAIT");
    rig.keys("##8");
    rig.pass(700);
    assert.equal(rig.see("token"), "accepted");
    assert.ok(rig.number("volume_l") > before);
    assert.equal(rig.number("credited_milli"), 1_001_000);
  });

  it("shows the last ten credits and this month's litres", () => {
    const rig = money();
    for (let i = 1; i <= 11; i++) keyIn(rig, moneyToken(100 + i, i * 1000));
    const credit = (digit: string) => rig.keys(`###${digit}`).world.display.text;
    assert.equal(credit("1"), "1   0.11");
    assert.equal(credit("9"), "9   0.03");
    assert.equal(credit("0"), "0   0.02");
    rig.step("power_cut 0").pass(SECOND_MS);
    assert.equal(credit("2"), "2   0.10");
    rig.litres(25);
    assert.equal(rig.keys("####1").world.display.text, "m     25");
  });

  it("keeps litres by the same books: any amount that a token can say, once, and not one of them rounded", () => {
    const amounts = fc.integer({ min: 1, max: 18_201_624 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 40 }), (tenths, drawn_l) => {
        const rig = litres();
        const field = amountField(tenths)!;
        const exponent = Math.floor(field / 16_384);
        const offset = [0, 16_384, 180_224, 1_818_624][exponent];
        const litres_l = (offset + (field % 16_384) * 10 ** exponent) * 100;
        assert.ok(litres_l >= tenths * 100);
        const token = tokenOf({ sub: 1, middle: 100, value: field });
        assert.equal(keyIn(rig, token), "accepted");
        assert.equal(keyIn(rig, token), "used");
        rig.litres(drawn_l);
        assert.equal(rig.number("balance_milli"), 1_000_000 + litres_l - drawn_l);
      }),
      { numRuns: 25 },
    );
  });

  it("does not boot with a tariff or a standpipe under which litres would not be litres", () => {
    const boot = (options: RigOptions) => new Rig(options).world.boot;
    const tokens: TokenSettings = { ...noTokens(), mode: "volume", key: KEY };
    assert.equal(boot({ settings: { tokens } }), "ok");
    assert.equal(boot({ settings: { tokens }, tariff: tariff({ prices_milli: [2000] }) }), "tariff:malformed");
    assert.equal(boot({ settings: { tokens }, tariff: tariff({ standing_milli: 1 }) }), "tariff:malformed");
    assert.equal(boot({ settings: { tokens, standpipe_step_l: 10 } }), "settings:token_mode");
  });
});

describe("tokens in a commit", () => {
  const saved = () => ({ utc_s: 7, pending_id: 0, resets: 0 });

  it("come back as they were, in every field", () => {
    const rig = litres({ paygo_key: PAYGO_KEY, paygo_start: PAYGO_START, paygo_unit: 100 });
    keyIn(rig, tokenOf({ middle: 100, value: 7 }));
    keyIn(rig, tokenOf({ sub: 0, middle: 90, value: 800 }, 2));
    keyIn(rig, "361434015");
    keyIn(rig, wrong(tokenOf({ middle: 101 })));
    const { tokens } = rig.meter;
    assert.equal(tokens.state.books.failures, 1);
    assert.equal(tokens.state.books.paygo!.count, 4);
    const fields = writeFields();
    stateFields(fields, rig.meter, saved());
    const other = litres({ paygo_key: PAYGO_KEY, paygo_start: PAYGO_START, paygo_unit: 100 }).meter;
    const reading = readFields(fields.text);
    stateFields(reading, other, saved());
    assert.ok(reading.ok);
    assert.deepEqual(other.tokens.state.books, tokens.state.books);
    assert.equal(other.tokens.flow_limit_l_h, 800);
    assert.equal(other.tokens.credits, tokens.credits);
  });

  it("from before there were tokens leave a meter the keys of its settings", () => {
    const old = running().meter;
    const fields = writeFields();
    stateFields(fields, old, saved());
    for (const end of [fields.text.length, fields.text.length - 1]) {
      const reading = readFields(fields.text.substring(0, end));
      const { meter } = money();
      const { books } = meter.tokens.state;
      stateFields(reading, meter, saved());
      assert.ok(reading.ok);
      assert.equal(meter.tokens.state.books, books);
      const of_litres = readFields(fields.text.substring(0, end));
      stateFields(of_litres, litres().meter, saved());
      assert.equal(of_litres.ok, false, "money is never taken for litres");
    }
  });

  it("are refused when cut short anywhere, and then nothing of them is believed", () => {
    const rig = litres();
    keyIn(rig, tokenOf({ middle: 100, value: 7 }));
    const fields = writeFields();
    stateFields(fields, rig.meter, saved());
    const length = fields.text.length;
    for (let end = length - 100; end < length; end++) {
      const { meter } = litres();
      const { books } = meter.tokens.state;
      const reading = readFields(fields.text.substring(0, end));
      stateFields(reading, meter, saved());
      assert.equal(reading.ok, false);
      assert.equal(meter.tokens.state.books, books);
    }
  });
});
