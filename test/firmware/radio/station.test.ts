/** Promises of the station: what a meter sends and when, and what it does for those who prove themselves. */
import assert from "node:assert/strict";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { COUNTER_STEP, REQUESTS_KEPT } from "../../../firmware/radio/radio_books";
import { CREDIT_FIRST, RADIO_RESULTS, TOKEN_FIRST, type RadioResult } from "../../../firmware/radio/radio_results";
import { attachRadio, INSTALLATIONS } from "../../../firmware/radio/station";
import { OPENS_MAX, RETRIES_MAX } from "../../../firmware/radio/sending";
import { CLASS_MANAGEMENT } from "../../../firmware/token/block";
import { TOKEN_RESULTS, type TokenResult } from "../../../firmware/token/results";
import { noTokens } from "../../../firmware/token/settings";
import { ownFields } from "../../../tools/radio/own_meter";
import { DAY_MS, HOUR_MS, MINUTE_MS, Rig, SECOND_MS, running } from "../rig";
import { START_UTC_S } from "../samples";
import { Gateway, VOUCHER_KEY, fitted, radio, voucher, whole } from "./gateway";
import { OTHER_KEY, KEY as TOKEN_KEY, decoderKey, tokenOf } from "../token/samples";
import { KEY, countingCrypto } from "./samples";

const OFF_MS = 2000;

function cut(rig: Rig): Rig {
  return rig.step(`power_cut ${OFF_MS}`).pass(OFF_MS + 5 * SECOND_MS);
}

const code = (result: RadioResult) => RADIO_RESULTS.indexOf(result);
const creditCode = (result: (typeof CARD_RESULTS)[number]) => CREDIT_FIRST + CARD_RESULTS.indexOf(result);

describe("station", () => {
  describe("sends", () => {
    it("nothing where there is no radio, and keeps nothing of it", () => {
      const rig = running({ trace: true }).pass(2 * DAY_MS);
      assert.equal(rig.meter.annex.kept, "");
      assert.deepEqual(rig.trace().filter(({ port }) => port === "radio"), []); // prettier-ignore
    });

    it("nothing before the meter is in service", () => {
      const gateway = new Gateway(new Rig({ radio: radio() }));
      gateway.rig.pass(DAY_MS);
      assert.deepEqual(gateway.heard, []);
    });

    it("three telegrams at installation, then a report each interval", () => {
      const gateway = new Gateway(new Rig({ radio: radio({ interval_s: 900 }) }));
      // The longest interval is 3 % above its name.
      gateway.rig.step("commission 1000000").pass(HOUR_MS + 2 * MINUTE_MS);
      const kinds = gateway.heard.map((_, place) => gateway.heard[place][1]);
      assert.deepEqual(kinds, [...new Array<number>(INSTALLATIONS).fill(0x46), 0x44, 0x44, 0x44, 0x44]);
    });

    it("what the meter's own pages say", () => {
      const gateway = fitted({ opening_milli: 5_000_000 });
      gateway.rig.litres(123).pass(HOUR_MS);
      const telegram = gateway.telegram();
      const fields = ownFields(telegram, []);
      assert.equal(telegram.layers.sender.id, "00000017");
      assert.equal(fields.total_m3, 0.123);
      assert.equal(fields.credit_nr, Math.floor(gateway.rig.number("balance_milli") / 100) / 1000);
      assert.equal(fields.tariff_version_nr, 1);
      assert.equal(fields.valve, "OPEN");
      assert.equal(fields.battery_d, 4383);
      assert.equal(fields.status, "OK");
      assert.equal(fields.meter_datetime, "2019-03-04 00:20", "within an hour after it went into service at midnight");
    });

    it("the end of the last month as due date", () => {
      const gateway = fitted();
      gateway.rig
        .litres(40)
        .pass(28 * DAY_MS)
        .litres(5)
        .pass(HOUR_MS);
      const fields = ownFields(gateway.telegram(), []);
      assert.equal(fields.due_date_m3 ?? fields.target_m3, 0.04);
      assert.equal(fields.due_date ?? fields.target_date, "2019-03-31");
    });

    it("a telegram at the cost of at most 20 blocks of AES, with every answer that it can hold", () => {
      const gateway = fitted();
      const { crypto, blocks } = countingCrypto();
      Object.assign(gateway.rig.meter.hal, { crypto });
      gateway.rig.pass(HOUR_MS);
      assert.ok(blocks() > 0 && blocks() <= 20, `${blocks()}`);
      gateway.window();
      for (let i = 0; i < 6; i++) gateway.ask("valve", [i % 2]);
      const opened = blocks();
      gateway.window();
      assert.ok(gateway.told().length >= 3, `${gateway.told().length}`);
      assert.ok(blocks() - opened <= 20, `${blocks() - opened}`);
    });

    it("an alarm at once, and the next one not before five minutes", () => {
      const gateway = fitted();
      gateway.rig.step("tamper case 1").pass(SECOND_MS);
      assert.equal(gateway.heard.length, 1);
      assert.match(String(ownFields(gateway.telegram(), []).status), /CASE_OPEN/);
      for (let second = 0; second < 290; second++) {
        gateway.rig.step(`tamper magnet ${second % 2}`).pass(SECOND_MS);
      }
      assert.equal(gateway.heard.length, 1);
      gateway.rig.step("tamper magnet 1").pass(MINUTE_MS);
      assert.equal(gateway.heard.length, 2);
    });

    it("nothing more for a quarter of an hour when the airtime is used up, and then what waited", () => {
      const gateway = fitted();
      const { port } = gateway.rig.world.radio;
      const send = port.send.bind(port);
      let tries = 0;
      port.send = (frame, done) => {
        tries += 1;
        return send(frame, done);
      };
      gateway.rig.step("modem duty_cycle");
      for (let second = 0; second < 3800 && tries === 0; second++) gateway.rig.pass(SECOND_MS);
      const events = gateway.rig.number("events");
      assert.deepEqual([tries, gateway.heard.length], [1, 0]);
      gateway.rig.step("modem ok", "tamper case 1").pass(14 * MINUTE_MS);
      assert.equal(gateway.heard.length, 0);
      gateway.rig.pass(2 * MINUTE_MS);
      assert.equal(gateway.heard.length, 1);
      assert.ok(gateway.rig.number("events") > events);
    });

    for (const state of ["failed", "silent"]) {
      it(`a few times again through a modem that is ${state}, and then not before the next report`, () => {
        const rig = running({ radio: radio(), trace: true }).pass(MINUTE_MS).step(`modem ${state}`);
        const { port } = rig.world.radio;
        let tries = 0;
        const send = port.send.bind(port);
        port.send = (frame, done) => {
          tries += 1;
          return send(frame, done);
        };
        rig.pass(HOUR_MS + 10 * MINUTE_MS);
        assert.equal(tries, 1 + RETRIES_MAX);
        assert.equal(rig.events("radio_failed").length, 1);
        rig.step("modem ok").pass(HOUR_MS);
        assert.equal(tries, 2 + RETRIES_MAX);
      });
    }

    it("no counter twice, however often the power fails", () => {
      const gateway = fitted();
      for (let i = 0; i < 100; i++) {
        gateway.rig.pass(((i * 7919) % 5) * HOUR_MS + 1000 * (i % 61));
        cut(gateway.rig);
        if (i % 7 === 0) gateway.rig.pass(2 * HOUR_MS);
      }
      const counters = gateway.counters();
      assert.ok(counters.length > 100);
      for (let i = 1; i < counters.length; i++) assert.ok(counters[i] > counters[i - 1]);
    });

    it("as many telegrams as it reserves counters at once with one commit, not one each", () => {
      const gateway = fitted({ radio: radio({ interval_s: 300 }) });
      const before = gateway.rig.meter.annex.kept;
      let changes = 0;
      let kept = before.slice(0, 4);
      for (let i = 0; i < 2 * COUNTER_STEP; i++) {
        gateway.window();
        if (gateway.rig.meter.annex.kept.slice(0, 4) !== kept) changes += 1;
        kept = gateway.rig.meter.annex.kept.slice(0, 4);
      }
      assert.equal(changes, 2);
    });
  });

  describe("obeys", () => {
    it("a lock and an unlocking, and tells so", () => {
      const gateway = fitted();
      assert.equal(gateway.answer("valve", [1]), code("accepted"));
      assert.equal(gateway.rig.see("shut_by"), "remote_lock");
      cut(gateway.rig);
      assert.equal(gateway.rig.see("shut_by"), "remote_lock");
      assert.equal(gateway.answer("valve", [0]), code("accepted"));
      assert.equal(gateway.rig.pass(5000).see("valve"), "open");
    });

    it("what comes later than over the air only where a network stands between, and not later than that takes", () => {
      const shutAfter = (late_ms: number | undefined, after_ms: number): boolean => {
        const gateway = fitted();
        if (late_ms !== undefined) Object.assign(gateway.rig.meter.hal.radio, { late_ms });
        gateway.window().rig.pass(after_ms);
        gateway.ask("valve", [1]);
        return gateway.rig.see("shut_by") === "remote_lock";
      };
      assert.deepEqual([shutAfter(undefined, 2000), shutAfter(undefined, 4000)], [true, false]);
      assert.deepEqual([shutAfter(10_000, 11_000), shutAfter(10_000, 14_000)], [true, false]);
    });

    it("a credit through the door of the cards, once", () => {
      const gateway = fitted({ opening_milli: 1000 });
      assert.equal(gateway.answer("credit", voucher()), creditCode("accepted"));
      assert.equal(gateway.rig.number("balance_milli"), 501_000);
      assert.equal(gateway.answer("credit", voucher()), creditCode("already_taken"));
      assert.equal(
        gateway.answer("credit", voucher({ sequence: 2, cumulative_milli: 700_000 })),
        creditCode("accepted"),
      );
      cut(gateway.rig);
      assert.equal(gateway.answer("credit", voucher({ sequence: 2, cumulative_milli: 900_000 })), 39);
      assert.equal(gateway.rig.number("credited_milli"), 701_000);
    });

    it("no voucher that is for another meter or region, of a card, expired, smaller, or not signed by this meter's key", () => {
      const gateway = fitted({ opening_milli: 1000 });
      const wrong: [Parameters<typeof voucher>[0], (typeof CARD_RESULTS)[number]][] = [
        [{ region: "600201" }, "foreign_region"],
        [{ utility: 8 }, "foreign_region"],
        [{ meter: "600100000000000025" }, "wrong_meter"],
        [{ uid: [4, 1, 2, 3, 4, 5, 6] }, "bad_signature"],
        [{ expiry_utc_s: START_UTC_S }, "expired"],
      ];
      for (const [said, result] of wrong) {
        assert.equal(gateway.answer("credit", voucher(said)), creditCode(result), JSON.stringify(said));
      }
      assert.equal(gateway.answer("credit", voucher({}, KEY)), creditCode("bad_signature"));
      assert.equal(gateway.answer("credit", voucher().slice(1)), creditCode("bad_signature"));
      assert.equal(gateway.answer("credit", new Array<number>(64).fill(0)), creditCode("no_voucher"));
      assert.equal(gateway.rig.number("credited_milli"), 1000);
      assert.equal(gateway.rig.meter.card.books.sequence, 0);
    });

    it("a request once, however often it is repeated, and answers every repetition in the same words", () => {
      const gateway = fitted({ opening_milli: 1000 });
      gateway.window();
      const frame = gateway.ask("credit", voucher());
      const { request } = gateway;
      for (let i = 0; i < 3; i++) {
        gateway.counter += 1;
        gateway.put(gateway.frame("credit", voucher({ sequence: 9 + i, cumulative_milli: 1_000_000 }), { request }));
      }
      gateway.window();
      assert.deepEqual(gateway.told(), [{ request, code: creditCode("accepted") }]);
      gateway.window();
      assert.deepEqual(gateway.told(), []);
      cut(gateway.rig);
      gateway.window();
      gateway.counter += 1;
      gateway.put(gateway.frame("credit", voucher({ sequence: 20, cumulative_milli: 1_000_000 }), { request }));
      gateway.put(frame);
      gateway.window();
      assert.deepEqual(gateway.told(), [{ request, code: creditCode("accepted") }]);
      assert.equal(gateway.rig.number("credited_milli"), 501_000);
    });

    it("no request that is older than those it remembers", () => {
      const gateway = fitted();
      gateway.request = 100;
      for (let i = 0; i < REQUESTS_KEPT + 2; i++) gateway.answer("valve", [1]);
      gateway.window();
      gateway.counter += 1;
      gateway.put(gateway.frame("valve", [0], { request: 101 }));
      gateway.window();
      assert.deepEqual(gateway.told(), [{ request: 101, code: code("old_request") }]);
      assert.equal(gateway.rig.see("shut_by"), "remote_lock");
    });

    it("no telegram twice: what was heard once changes nothing when it is played again", () => {
      const gateway = fitted();
      const shut = gateway.window().ask("valve", [1]);
      const open = gateway.window().ask("valve", [0]);
      gateway.window();
      for (const boots of [false, true]) {
        if (boots) cut(gateway.rig);
        for (const frame of [shut, open, shut]) {
          gateway.window().put(frame);
          const sent = gateway.heard.length;
          gateway.rig.pass(20 * SECOND_MS);
          assert.equal(gateway.heard.length, sent, "who plays it again makes the meter send nothing");
        }
        assert.equal(gateway.rig.see("shut_by"), "-");
      }
      assert.ok(gateway.rig.events("radio_replayed").length > 0);
    });

    it("nobody without the key, nobody who means another meter, nobody outside of a window", () => {
      const gateway = fitted();
      gateway.key = VOUCHER_KEY;
      gateway.window().ask("valve", [1]);
      assert.equal(gateway.rig.events("radio_wrong_mac").length, 1);
      gateway.key = KEY;
      gateway.rig.pass(MINUTE_MS);
      const late = gateway.ask("valve", [1]);
      assert.equal(gateway.rig.see("shut_by"), "-");
      for (let place = 0; place < late.length; place++) {
        const frame = [...late];
        frame[place] ^= 1;
        gateway.window().put(frame);
      }
      assert.equal(gateway.rig.see("shut_by"), "-");
    });

    it("so many forged messages in a window, each of which costs energy, and no more", () => {
      const gateway = fitted();
      gateway.window();
      const { crypto, blocks } = countingCrypto();
      Object.assign(gateway.rig.meter.hal, { crypto });
      gateway.key = VOUCHER_KEY;
      for (let i = 0; i < 10 * OPENS_MAX; i++) gateway.ask("valve", [1]);
      assert.ok(blocks() > 0 && blocks() <= OPENS_MAX * 10, `${blocks()}`);
    });

    it("a time that answers its last telegram, and none that was held back", () => {
      const gateway = fitted();
      const utc_s = 1_600_000_000;
      gateway.window();
      const counter = gateway.counters()[0];
      gateway.ask("time", [...whole(utc_s, 5), ...whole(counter, 4)]);
      assert.equal(gateway.rig.world.clock.port.now_utc_s(), utc_s);
      gateway.window();
      assert.deepEqual(gateway.told(), [{ request: 1, code: code("accepted") }]);
      assert.equal(gateway.answer("time", [...whole(utc_s - 86_400, 5), ...whole(counter, 4)]), code("stale"));
      assert.equal(gateway.answer("time", [...whole(5, 5), ...whole(counter, 4)]), code("out_of_range"));
      assert.equal(gateway.answer("time", [1]), code("malformed"));
      assert.ok(gateway.rig.world.clock.port.now_utc_s() >= utc_s);
    });

    it("settings of a bounded list, all of a message or none, and keeps them", () => {
      const gateway = fitted();
      const set = (...pairs: [number, number][]) => pairs.flatMap(([number, value]) => [number, ...whole(value, 4)]);
      assert.equal(gateway.answer("settings", set([1, 900], [2, 2000])), code("out_of_range"));
      assert.equal(gateway.answer("settings", set([1, 0])), code("out_of_range"));
      assert.equal(gateway.answer("settings", set([9, 1])), code("out_of_range"));
      assert.equal(gateway.answer("settings", [1, 2]), code("malformed"));
      assert.equal(gateway.answer("settings", set([1, 900], [4, 77])), code("accepted"));
      cut(gateway.rig);
      gateway.heard.length = 0;
      gateway.rig.pass(HOUR_MS + MINUTE_MS);
      assert.equal(gateway.heard.length, 4);
    });

    it("a new key: it holds from the answer on, and the old one no more", () => {
      const gateway = fitted();
      gateway.window().ask("key", VOUCHER_KEY);
      gateway.key = VOUCHER_KEY;
      gateway.window();
      assert.deepEqual(gateway.told(), [{ request: 1, code: code("accepted") }]);
      cut(gateway.rig);
      assert.equal(gateway.answer("valve", [1]), code("accepted"));
      gateway.key = KEY;
      gateway.window().ask("valve", [0]);
      assert.equal(gateway.rig.see("shut_by"), "remote_lock");
      gateway.key = VOUCHER_KEY;
      assert.equal(gateway.answer("key", [1, 2]), code("malformed"));
    });

    it("a limited flow for a household without credit", () => {
      const gateway = fitted({ opening_milli: 5 });
      gateway.rig.litres(8);
      assert.equal(gateway.rig.see("shut_by"), "no_credit");
      assert.equal(gateway.answer("lifeline", [2, ...whole(60, 4), ...whole(600, 4)]), code("accepted"));
      cut(gateway.rig);
      gateway.rig.pass(HOUR_MS);
      assert.ok(gateway.rig.events("valve_opened").length >= 4);
      assert.equal(gateway.answer("lifeline", [2, ...whole(60, 4), ...whole(599, 4)]), code("out_of_range"));
      assert.equal(gateway.answer("lifeline", [3]), code("malformed"));
    });

    describe("tokens, through the door of the keypad:", () => {
      const tokens = { ...noTokens(), key: TOKEN_KEY };
      const withTokens = () => fitted({ opening_milli: 1000, settings: { tokens } });
      const token = (tid: number, amount = 5000) => tokenOf({ sub: 5, front: 0, middle: tid, value: amount });
      const body = (digits: string) => [...Buffer.from(digits, "hex")];
      const tokenCode = (result: TokenResult) => TOKEN_FIRST + TOKEN_RESULTS.indexOf(result);

      it("credit, once, whether by radio or by hand, and kept", () => {
        const gateway = withTokens();
        assert.equal(gateway.answer("credit", body(token(100))), tokenCode("accepted"));
        const credited_milli = gateway.rig.number("credited_milli");
        assert.ok(credited_milli > 1000);
        assert.equal(gateway.answer("credit", body(token(100))), tokenCode("used"));
        cut(gateway.rig);
        gateway.rig.keys(`${token(100)}#`);
        assert.equal(gateway.rig.see("token"), "used");
        gateway.rig.keys(`${token(101)}#`);
        assert.equal(gateway.rig.see("token"), "accepted");
        assert.equal(gateway.answer("credit", body(token(101))), tokenCode("used"));
        assert.equal(gateway.rig.number("credited_milli"), 2 * credited_milli - 1000);
      });

      it("a request is taken once, and its repetitions get its answer", () => {
        const gateway = withTokens();
        assert.equal(gateway.answer("credit", body(token(100))), tokenCode("accepted"));
        const credited_milli = gateway.rig.number("credited_milli");
        cut(gateway.rig);
        const { request } = gateway;
        gateway.counter += 1;
        gateway.window().put(gateway.frame("credit", body(token(102)), { request }));
        gateway.window();
        assert.deepEqual(gateway.told(), [{ request, code: tokenCode("accepted") }]);
        assert.equal(gateway.rig.number("credited_milli"), credited_milli);
      });

      it("nothing for one that is forged, of another meter or no number, and wrong ones make the next wait", () => {
        const gateway = withTokens();
        const forged = token(100).slice(0, -1) + String((Number(token(100).at(-1)) + 1) % 10);
        assert.equal(gateway.answer("credit", body(forged)), tokenCode("crc"));
        assert.equal(gateway.answer("credit", new Array<number>(10).fill(0xff)), tokenCode("format"));
        const foreign = tokenOf({ sub: 5, front: 0, middle: 9, value: 5000 }, 0, decoderKey({}, OTHER_KEY));
        for (let i = 0; i < 12; i++) gateway.answer("credit", body(foreign));
        assert.equal(gateway.rig.number("credited_milli"), 1000);
        assert.ok(gateway.rig.meter.tokens.state.books.failures > 10);
        gateway.rig.keys(`${token(100)}#`);
        assert.equal(gateway.rig.see("token"), "lockout", "as if they had been keyed in");
      });

      it("what cannot be stored has not happened: neither the credit nor its answer, and a new request brings it", () => {
        for (const credit of [body(token(100)), voucher()]) {
          const gateway = withTokens();
          gateway.window();
          gateway.rig.step("nvm low 1");
          gateway.ask("credit", credit);
          const { request } = gateway;
          assert.equal(gateway.rig.number("credited_milli"), 1000);
          gateway.rig.step("nvm low 0").pass(MINUTE_MS);
          gateway.window();
          // The same request again, as from a gateway that has not heard the answer.
          gateway.counter += 1;
          gateway.put(gateway.frame("credit", credit, { request }));
          gateway.window();
          assert.ok(gateway.rig.number("credited_milli") > 1000);
          const told = gateway.allTold().filter((one) => one.request === request);
          assert.equal(told.length, 2);
          assert.ok([code("not_stored"), creditCode("not_stored")].includes(told[0].code), `${told[0].code}`);
          assert.ok([creditCode("accepted"), tokenCode("accepted")].includes(told[1].code), `${told[1].code}`);
        }
      });

      it("any that can be keyed in: a limited flow, which a message sets and lifts too", () => {
        const gateway = withTokens();
        const limit = tokenOf({ sub: 0, front: 0, middle: 100, value: 60 }, CLASS_MANAGEMENT);
        assert.equal(gateway.answer("credit", body(limit)), tokenCode("accepted"));
        assert.equal(gateway.rig.meter.tokens.flow_limit_l_h, 60);
        assert.equal(gateway.answer("flow_limit", whole(90, 4)), code("accepted"));
        cut(gateway.rig);
        assert.equal(gateway.rig.meter.tokens.flow_limit_l_h, 90);
        assert.equal(gateway.answer("flow_limit", whole(0, 4)), code("accepted"));
        assert.equal(gateway.answer("flow_limit", [0]), code("malformed"));
        assert.equal(gateway.rig.meter.tokens.flow_limit_l_h, 0);
        assert.equal(gateway.rig.events("flow_limit").length, 1, "since the boot");
      });
    });

    it("lists of lost cards at a standpipe, and nowhere else", () => {
      const list = [4, 1, 2, 3, 4, 5, 6];
      assert.equal(fitted().answer("hot_list", list), code("refused"));
      const standpipe = fitted({ settings: { standpipe_step_l: 10 } });
      assert.equal(standpipe.answer("hot_list", list), code("accepted"));
      assert.equal(standpipe.answer("hot_list", [1]), code("refused"));
      cut(standpipe.rig);
      assert.equal(standpipe.rig.meter.card.books.hot_list.length, 7);
    });

    it("who asks for months, with those it keeps, newest first", () => {
      const gateway = fitted();
      assert.equal(gateway.answer("history", [0]), code("refused"));
      for (let month = 0; month < 3; month++) gateway.rig.litres(10).pass(31 * DAY_MS);
      gateway.window().ask("history", [1]);
      gateway.window();
      const { records } = gateway.telegram();
      const volumes = records.filter(({ quantity }) => quantity === "volume").map(({ value }) => value);
      const dates = records.filter(({ quantity }) => quantity === "date").map(({ value }) => value);
      assert.equal(volumes.length, 2);
      assert.equal(dates.length, 2);
      assert.deepEqual(gateway.told(), [{ request: 2, code: code("accepted") }]);
      assert.equal(gateway.answer("history", [12]), code("out_of_range"));
      assert.equal(gateway.answer("history", []), code("malformed"));
    });
  });

  it("is refused with settings out of bounds, and with books that it does not know: what is kept stays", () => {
    const { meter } = running();
    assert.equal(attachRadio(meter, radio({ interval_s: 299 })), "interval_s");
    assert.equal(attachRadio(meter, radio({ master_key: "00" })), "master_key");
    assert.equal(attachRadio(meter, radio({ region_key: "0011" })), "region_key");
    assert.equal(attachRadio(meter, radio({ region_key_next: "0011" })), "region_key_next");
    assert.equal(attachRadio(meter, radio({ listen_s: 3601 })), "listen_s");
    meter.annex.kept = "\x7f";
    assert.equal(attachRadio(meter, radio()), "books");
    assert.equal(meter.annex.kept, "\x7f");
  });

  it("books outlive a firmware that has no radio", () => {
    const gateway = fitted();
    gateway.answer("valve", [1]);
    const { kept } = gateway.rig.meter.annex;
    const settings = gateway.rig.world.radio_settings;
    gateway.rig.world.radio_settings = { ...settings, interval_s: 0 };
    cut(gateway.rig).pass(HOUR_MS);
    cut(gateway.rig);
    assert.equal(gateway.rig.meter.annex.kept, kept);
    gateway.rig.world.radio_settings = settings;
    cut(gateway.rig);
    const before = gateway.counters();
    gateway.window();
    assert.ok(Math.max(...before) < gateway.counters()[before.length]);
  });
});
