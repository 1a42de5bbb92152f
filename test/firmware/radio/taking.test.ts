/** Promises of signed content: what reaches a meter over the carousel, and what it does with it. */
import assert from "node:assert/strict";
import { NO_LIMIT_L, type Tariff } from "../../../firmware/credit/tariff";
import { fragmentFrame } from "../../../firmware/carousel/fragments";
import { contentOfA, frameA } from "../../../firmware/radio/frames";
import { SIGNED_FIRST, SIGNED_REFUSALS } from "../../../firmware/radio/radio_results";
import type { SignedContent } from "../../../firmware/radio/signed_content";
import type { SignedResult } from "../../../firmware/radio/signed_judgement";
import { STEP_HASHES } from "../../../firmware/radio/taking";
import { HOUR_MS, MINUTE_MS, SECOND_MS, tariffWords, type RigOptions } from "../rig";
import { START_UTC_S, tariff } from "../samples";
import { Gateway, carouselOf, contentOf, fitted, radio, signed, signer, turn, type Signer } from "./gateway";
import { GATEWAY } from "./samples";

const OFF_MS = 2000;
/** The daily window: 02:00 in Rome, and the meter has run for less than a minute. */
const WINDOW_UTC_S = START_UTC_S + 2 * 3600;
const VERIFIED_MS = 20 * SECOND_MS;

function priced(price_milli: number, version = 8, start_utc_s = 0): Partial<SignedContent> {
  const made: Tariff = { ...tariff({ id: version, start_utc_s }), limits_l: [NO_LIMIT_L], prices_milli: [price_milli] };
  return { version, start_utc_s, tariff: made };
}

describe("signed content", () => {
  let region: Signer;

  before("make the region's key", async () => {
    region = await signer();
  });

  function meter(options: RigOptions = {}): Gateway {
    return fitted({ radio: radio({ region_key: region.region_key }), ...options });
  }

  /** Lets the time pass up to the daily window's first minute. */
  function toWindow(gateway: Gateway): Gateway {
    const now_s = gateway.rig.world.clock.port.now_utc_s();
    gateway.rig.pass((WINDOW_UTC_S - now_s) * 1000 + MINUTE_MS);
    return gateway;
  }

  function air(gateway: Gateway, frames: readonly number[][]): Gateway {
    for (const frame of frames) {
      gateway.put(frame);
      gateway.rig.pass(50);
    }
    return gateway;
  }

  const by = (changes: Partial<SignedContent>) => signed(region, contentOf(changes));

  describe("is taken", () => {
    it("under the key of the next revision, whose public key the meter was given, as under its own", async () => {
      const next = await signer("the next seed, kept in a safe");
      const keys = { region_key: region.region_key, region_key_next: next.region_key };
      const gateway = toWindow(fitted({ radio: radio(keys) }));
      const taken = (message: string): number => {
        air(gateway, turn(message)).rig.pass(VERIFIED_MS);
        return gateway.rig.number("tariff");
      };
      assert.equal(taken(signed(next, contentOf(priced(5000)))), 1, "it is not the key of revision 1");
      assert.equal(taken(signed(region, contentOf({ ...priced(5000), key_revision: 2 }))), 1, "nor that of 2 the old");
      assert.equal(taken(signed(next, contentOf({ ...priced(5000), key_revision: 2 }))), 8);
      assert.equal(taken(signed(region, contentOf(priced(6000, 9)))), 9);
    });

    it("from a carousel that loses every third frame, in the daily window", () => {
      const gateway = toWindow(meter());
      const frames = turn(by(priced(5000)));
      for (let round = 0; round < 3; round++) air(gateway, frames.filter((_, place) => (place + round) % 3 !== 0)); // prettier-ignore
      gateway.rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
      gateway.window();
      assert.deepEqual(gateway.verdicts(), [{ version: 8, code: 0 }]);
      assert.equal(
        gateway.rig
          .step(`power_cut ${OFF_MS}`)
          .pass(OFF_MS + 5000)
          .number("tariff"),
        8,
      );
    });

    it("from any fragments that are as many as it has, parity too, with pulses counted while lost ones are computed", () => {
      const gateway = toWindow(meter());
      const carousel = carouselOf(by(priced(1000)), 60);
      const parity = carousel.fragments.map((_, place) => carousel.fragments.length + 3 * place);
      gateway.rig.step("draw 6000 60000");
      air(gateway, parity.map((number) => frameA(fragmentFrame(GATEWAY, carousel, number)))).rig.pass(MINUTE_MS); // prettier-ignore
      assert.equal(gateway.rig.number("tariff"), 8);
      assert.equal(gateway.rig.number("volume_l"), 100);
    });

    it("in the window behind a telegram too, and not outside of any", () => {
      const gateway = meter();
      gateway.rig.pass(MINUTE_MS);
      air(gateway, turn(by(priced(5000))));
      gateway.window();
      air(gateway, turn(by(priced(6000, 9))));
      gateway.rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 9);
    });

    it("over many windows, where each brings only a part", () => {
      const gateway = meter();
      for (const frame of turn(by(priced(5000)), 60)) gateway.window().put(frame);
      // Hours lie between two parts: nothing else is on the air meanwhile.
      gateway.rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
    });

    it("with every pulse counted while the signature is verified, in steps of so many hashes", () => {
      const gateway = toWindow(meter());
      gateway.rig.step("draw 6000 60000");
      const frames = turn(by(priced(1000)));
      const due = gateway.rig.meter.annex.on_due.bind(gateway.rig.meter.annex);
      let steps = 0;
      gateway.rig.meter.annex.on_due = (now_ms) => {
        steps += 1;
        due(now_ms);
      };
      air(gateway, frames).rig.pass(MINUTE_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
      assert.equal(gateway.rig.number("volume_l"), 100);
      // W4 with n = 24: 51 chains of 15 hashes at most, half of them on average.
      assert.ok(steps >= (51 * 15) / 4 / STEP_HASHES && steps < (51 * 15) / STEP_HASHES + 20, `${steps}`);
    });

    it("for the litre after its start: the one before is charged at the old price, also in the middle of a draw", () => {
      const start_utc_s = WINDOW_UTC_S + 1800;
      const gateway = toWindow(meter({ opening_milli: 1e9 }));
      air(gateway, turn(by(priced(7000, 8, start_utc_s)))).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 1);
      const left_ms = (start_utc_s - gateway.rig.world.clock.port.now_utc_s()) * 1000;
      // 3600 litres an hour: a litre a second, so many before the start and as many after it.
      gateway.rig
        .pass(left_ms - 100_500)
        .step("draw 3600 200000")
        .pass(100_000);
      const old_l = gateway.rig.number("volume_l");
      assert.equal(gateway.rig.number("charged_milli"), old_l);
      assert.ok(old_l >= 99 && old_l <= 101);
      gateway.rig.pass(200_000);
      const all_l = gateway.rig.number("volume_l");
      assert.equal(all_l, 200);
      const before_l = gateway.rig.number("charged_milli");
      const first_new_l = (7 * all_l - before_l) / 6;
      assert.ok(Number.isInteger(first_new_l) && first_new_l >= old_l && first_new_l <= old_l + 1, `${first_new_l}`);
    });

    it("with its rules, from their start, and kept through power cuts", () => {
      const gateway = toWindow(meter({ opening_milli: 5, settings: { emergency_milli: 0 } }));
      const start_utc_s = WINDOW_UTC_S + 3600;
      const lifeline = { kind: "daily_allowance" as const, daily_l: 30, open_s: 0, period_s: 0 };
      const message = by({ version: 3, start_utc_s, lifeline, emergency_milli: 3000, holidays: [17_959] });
      air(gateway, turn(message))
        .rig.pass(VERIFIED_MS)
        .step(`power_cut ${OFF_MS}`)
        .pass(OFF_MS + 5000);
      const { settings } = gateway.rig.meter;
      assert.equal(settings.lifeline, "none");
      gateway.rig.pass(HOUR_MS);
      assert.equal(settings.lifeline, "daily_allowance");
      assert.equal(gateway.rig.events("rules_active").length, 1);
      gateway.rig.step(`power_cut ${OFF_MS}`).pass(OFF_MS + 5000);
      const after = gateway.rig.meter.settings;
      assert.deepEqual([after.lifeline_daily_l, after.emergency_milli, after.holidays], [30, 3000, [17_959]]);
      assert.equal(gateway.rig.world.settings.lifeline, "none", "the board's own settings stay");
    });

    it("and rests in a meter that was taken out of service before its start, which sleeps over it", () => {
      const gateway = toWindow(meter({ opening_milli: 5 }));
      const { rig } = gateway;
      air(gateway, turn(by({ version: 3, start_utc_s: WINDOW_UTC_S + 3600, holidays: [17_959] }))).rig.pass(
        VERIFIED_MS,
      );
      rig.meter.reasons.not_commissioned = true;
      let woken = 0;
      const { watchdog } = rig.meter.hal;
      const kick = watchdog.kick.bind(watchdog);
      watchdog.kick = () => {
        assert.ok(++woken < 1000, "it is woken for nothing");
        kick();
      };
      rig.pass(3 * HOUR_MS);
      assert.deepEqual(rig.meter.settings.holidays, []);
      rig.meter.reasons.not_commissioned = false;
      rig.pass(HOUR_MS);
      assert.deepEqual(rig.meter.settings.holidays, [17_959]);
    });

    it("part by part: a holiday list that comes before an older tariff does not keep the tariff out", () => {
      const gateway = toWindow(meter());
      air(gateway, turn(by({ version: 9, holidays: [20_000] }))).rig.pass(VERIFIED_MS);
      air(gateway, turn(by({ ...priced(5000, 8), holidays: [1] }))).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
      assert.deepEqual(gateway.rig.meter.settings.holidays, [20_000]);
    });
  });

  describe("is refused, changes nothing and is counted:", () => {
    const code = (result: SignedResult) => SIGNED_FIRST + SIGNED_REFUSALS.indexOf(result);

    async function refused(message: string, result: SignedResult, in_region = "600100"): Promise<void> {
      const gateway = toWindow(meter());
      const { rig } = gateway;
      const tariff_text = JSON.stringify([rig.meter.account.tariff, rig.meter.account.pending, rig.meter.settings]);
      air(gateway, turn(message, 180, in_region)).rig.pass(VERIFIED_MS);
      assert.equal(rig.events(`signed_${result}`).length, 1);
      assert.equal(
        JSON.stringify([rig.meter.account.tariff, rig.meter.account.pending, rig.meter.settings]),
        tariff_text,
      );
      gateway.window();
      const version = gateway.verdicts();
      if (in_region === "600100") assert.equal(version[0].code, code(result));
      return Promise.resolve();
    }

    it("one that was changed after it was signed", async () => {
      const message = by(priced(5000));
      const at = message.length - 100;
      await refused(message.slice(0, at) + String.fromCharCode(message.charCodeAt(at) ^ 1) + message.slice(at + 1), "bad_signature"); // prettier-ignore
      await refused(message.slice(0, 40) + String.fromCharCode(message.charCodeAt(40) ^ 1) + message.slice(41), "bad_signature"); // prettier-ignore
    });

    it("one under another key, of this revision and of another", async () => {
      const other = await signer("somebody else's seed");
      await refused(signed(other, contentOf(priced(5000))), "bad_signature");
      await refused(by({ ...priced(5000), key_revision: 2 }), "unknown_key");
    });

    it("an old version, another region, another utility, an unknown format", async () => {
      await refused(by(priced(5000, 1)), "old_version");
      await refused(by({ ...priced(5000), region: "600201" }), "foreign_region");
      await refused(by({ ...priced(5000), utility: 8 }), "foreign_region");
      await refused(by({ ...priced(5000), region: "600201" }), "foreign_region", "600201");
      await refused("\x02" + by(priced(5000)).slice(1), "unknown_format");
      await refused(by(priced(5000)).slice(0, 20), "malformed");
    });

    it("one for another group, without a word; one for this group is taken", () => {
      const gateway = toWindow(meter());
      air(gateway, turn(by({ ...priced(5000), scope: "group", group: 6 }))).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 1);
      assert.equal(gateway.rig.events().filter(({ code }) => code.startsWith("signed_")).length, 0); // prettier-ignore
      air(gateway, turn(by({ ...priced(5000), scope: "group", group: 5 }))).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
    });

    it("bytes that do not have the name under which they came", () => {
      const gateway = toWindow(meter());
      const frames = turn(by(priced(5000)));
      const forged = turn("z".repeat(by(priced(5000)).length));
      const content = contentOfA(forged[3]) ?? [];
      const genuine = contentOfA(frames[3]) ?? [];
      content.splice(16, 4, ...genuine.slice(16, 20));
      const mixed = frames.map((frame) => [...frame]);
      gateway.put(frames[0]);
      // The piece with the stolen name comes first; the genuine one finds its place taken.
      mixed.splice(3, 1, frameA(content));
      air(gateway, mixed).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.events("signed_damaged").length, 1);
      assert.equal(gateway.rig.number("tariff"), 1);
      air(gateway, frames).rig.pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 8);
    });

    it("a tariff older than one that a card has brought while its signature was verified", () => {
      const gateway = toWindow(meter());
      air(gateway, turn(by(priced(5000, 8))));
      gateway.rig.step(`tariff ${tariffWords(tariff({ id: 9, prices_milli: [3000] }))}`).pass(VERIFIED_MS);
      assert.equal(gateway.rig.number("tariff"), 9);
      assert.equal(gateway.rig.number("unit_price_milli"), 3000);
    });
  });
});
