/**
 * Tariffs from the desk of a session to its meter: on the air behind a telegram, and followed by what telegrams say.
 */
import assert from "node:assert/strict";
import type { Manner } from "../../../sim/serve/desk";
import type { PushView, TariffWish } from "../../../sim/serve/messages";
import { Rig } from "./rig";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function wish(said: Partial<TariffWish> = {}): TariffWish {
  return {
    ...{ manner: "good", version: 3, start_local_s: null, standing_milli: 0 },
    blocks: [
      { up_to_l: 1000, price_milli: 250_000 },
      { up_to_l: null, price_milli: 400_000 },
    ],
    ...said,
  };
}

describe("a tariff from the desk of a session", function () {
  let rig: Rig;
  const push = (said: Partial<TariffWish> = {}): Promise<void> => rig.ask({ do: "push_tariff", wish: wish(said) });
  const newest = (): PushView => rig.shown.pushes[0];

  beforeEach(async () => {
    rig = await Rig.open();
    await rig.pass(60_000);
  });
  afterEach(() => rig.close());

  it("waits for the meter's telegram, is sent behind it, and is active when a later one says so", async () => {
    await push();
    assert.match(newest().words, /version +3\n[\s\S]*2\.50000 per m3, up to 1000 l a month/);
    assert.deepEqual([newest().state, newest().sent_t], ["waiting", null]);
    await rig.pass(HOUR_MS);
    assert.equal(newest().state, "sent");
    assert.equal(rig.state.numbers.unit_price_milli, 250_000);
    await rig.pass(HOUR_MS);
    assert.equal(newest().state, "active");
    assert.equal(await rig.replays("pushed"), true);
  });

  it("is delivered, and waits for the time by the meter's clock at which it begins", async () => {
    await push({ start_local_s: rig.state.local_s + 5 * 3600 });
    await rig.pass(2 * HOUR_MS + 60_000);
    assert.equal(newest().state, "delivered");
    assert.equal(rig.state.numbers.tariff, 2);
    await rig.pass(3 * HOUR_MS - 120_000);
    assert.equal(rig.state.numbers.tariff, 2, "a minute before");
    await rig.pass(120_000);
    assert.equal(rig.state.numbers.tariff, 3, "a minute after");
    await rig.pass(HOUR_MS);
    assert.equal(newest().state, "active");
  });

  for (const [manner, reason] of [
    ["forged", "bad_signature"],
    ["old", "old_version"],
    ["foreign", "foreign_region"],
  ] satisfies [Manner, string][]) {
    it(`is refused when it is ${manner}, with the reason that the meter gives`, async () => {
      await push({ manner });
      await rig.pass(2 * HOUR_MS);
      assert.deepEqual([newest().state, newest().reason], ["refused", reason]);
      assert.equal(rig.state.numbers.tariff, 2);
      assert.equal(await rig.replays(manner), true);
    });
  }

  it("waits as long as the radio is lost", async () => {
    await rig.ask({ do: "act", steps: [{ modem: "silent" }] });
    await push();
    await rig.pass(DAY_MS);
    assert.equal(newest().state, "waiting");
    await rig.ask({ do: "act", steps: [{ modem: "ok" }] });
    await rig.pass(3 * HOUR_MS);
    assert.equal(newest().state, "active");
  });

  it("goes out one in a window, each with its own answer", async () => {
    await push({ version: 3 });
    await push({ version: 4, manner: "forged" });
    await push({ version: 5 });
    await rig.pass(5 * HOUR_MS);
    assert.deepEqual(
      rig.shown.pushes.map(({ version, state }) => [version, state]),
      [
        [5, "active"],
        [4, "refused"],
        [3, "active"],
      ],
    );
  });

  it("is gone with a snapshot from before it was sent, and can be pushed again", async () => {
    await rig.ask({ do: "snapshot" });
    await push();
    await rig.pass(2 * HOUR_MS);
    assert.equal(newest().state, "active");
    await rig.ask({ do: "restore", snapshot: rig.last("snapshots").snapshots[0].id });
    assert.deepEqual(rig.shown.pushes, []);
    assert.equal(rig.state.numbers.tariff, 2);
    await push();
    await rig.pass(2 * HOUR_MS);
    assert.equal(newest().state, "active");
    assert.equal(await rig.replays("again"), true);
  });

  it("is refused at the desk in one line that names the field, and nothing is sent", async () => {
    const blocks = [
      { up_to_l: 1000, price_milli: 1 },
      { up_to_l: 1000, price_milli: 2 },
      { up_to_l: null, price_milli: 3 },
    ];
    await push({ blocks });
    assert.match(rig.refusal, /^tariff:1: tariff\.blocks\[1\]\.up_to_l: [^\n]+$/);
    assert.equal(
      rig.answers.some((answer) => answer.kind === "desk"),
      false,
    );
  });

  it("is shown, field by field, in the telegram that says that it holds", async () => {
    await push();
    await rig.pass(2 * HOUR_MS);
    const { telegrams, count } = rig.last("telegrams");
    const fields = new Map(telegrams.at(-1)?.fields);
    assert.equal(fields.get("tariff_version_nr"), "3");
    assert.equal(fields.get("meter"), "curbstop");
    assert.match(telegrams.at(-1)?.explanation ?? "", /MAC holds: genuine/);
    // Three at installation, two reports.
    assert.equal(count, 5);
  });

  it("needs no desk to be read: a scenario says the key of its meter", async () => {
    await rig.ask({ do: "load", scenario: "radio.json" });
    await rig.pass(2 * HOUR_MS);
    const { telegrams } = rig.last("telegrams");
    const fields = new Map(telegrams.at(-1)?.fields);
    assert.equal(fields.get("id"), "00000017");
    assert.equal(fields.get("total_m3"), "0.01");
  });
});
