import assert from "node:assert/strict";
import fs from "node:fs";
import { NO_LIMIT_L } from "../../../firmware/credit/tariff";
import { readNameplate } from "../../../firmware/nameplate";
import { readRadioPlate } from "../../../firmware/radio_plate";
import { radioSettingsFault } from "../../../firmware/radio/radio_settings";
import { settingsFault } from "../../../firmware/settings";
import { UserError } from "../../../sim/scenario/user_error";
import { readBoard } from "../../../tools/build/board_file";
import { boardKeysOf } from "../../../tools/keys/board";
import { radioMasterKey } from "../../../tools/keys/derive";
import { KeyRing } from "../../../tools/keys/ring";
import { withSigning } from "../../../tools/keys/signing";
import { makeKey } from "../../../tools/lms/key";
import { keyDigests, keysFromExport, keysFromStore } from "../../../tools/provision/meter_keys";
import { checkRadio, RADIO_OF_FILE } from "../../../tools/provision/radio_part";
import { parsePlan } from "../../../tools/provision/plan";
import { loadSettings, nameplateOf, plateCrc } from "../../../tools/provision/settings_file";
import { tidAt } from "../../../tools/token/tid";
import { LATER, METER, NOON, REGION, sampleRing, temporaryFolder } from "../keys/samples";
import { HOUSEHOLD } from "./desk";

describe("settings file of a commissioning", () => {
  const folder = temporaryFolder();

  function load(content: unknown) {
    const file = folder.file("settings.json");
    fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 1));
    return loadSettings(file);
  }

  const refused: [string, unknown, RegExp][] = [
    ["no tariff", { meter: {} }, /tariff: is missing/],
    ["a meter number", { ...HOUSEHOLD, meter: { meter_number: METER } }, /meter\.meter_number: is not a field/],
    [
      "a transport key",
      { ...HOUSEHOLD, meter: { transport_key: "0".repeat(32) } },
      /meter\.transport_key: is not a field/,
    ],
    [
      "a decoder key",
      { ...HOUSEHOLD, meter: { tokens: { key: "0".repeat(32) } } },
      /meter\.tokens\.key: is not a field/,
    ],
    [
      "a radio's key",
      { ...HOUSEHOLD, meter: { radio: { master_key: "0".repeat(32) } } },
      /meter\.radio\.master_key: is not a field/,
    ],
    [
      "a report each second",
      { ...HOUSEHOLD, meter: { radio: { interval_s: 1 } } },
      /meter\.radio\.interval_s: must be at least 300/,
    ],
    ["what only a twin has", { ...HOUSEHOLD, meter: { battery_mv: 3600 } }, /meter\.battery_mv: is not a field/],
    [
      "a pulse of nothing",
      { ...HOUSEHOLD, meter: { pulse: { litres: 0, pulses: 1 } } },
      /pulse\.litres: must be at least 1/,
    ],
    [
      "limits that do not rise",
      {
        tariff: { id: 1, blocks: [{ up_to_l: 5, price_milli: 1 }, { up_to_l: 5, price_milli: 1 }, { price_milli: 1 }] },
      },
      /tariff\.blocks\[1\]\.up_to_l: must be above the limit before it/,
    ],
    [
      "a largest flow below Q3",
      { ...HOUSEHOLD, meter: { q3_l_h: 4000, flow_max_l_h: 100 } },
      /meter\.flow_max_l_h: the firmware/,
    ],
    [
      "a price of litres that is none",
      { ...HOUSEHOLD, meter: { tokens: { mode: "volume" } } },
      /tariff\.blocks: a meter that keeps litres has one block of 1000/,
    ],
    ["what is no JSON", "{", /not valid JSON/],
  ];
  for (const [what, content, message] of refused) {
    it(`with ${what} is refused in one line with file, line and field`, () => {
      assert.throws(
        () => load(content),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          assert.match(error.message, /settings\.json:\d+: [^\n]+$/);
          return true;
        },
      );
    });
  }

  it("becomes the nameplate of one meter, with settings that the firmware takes", () => {
    const keys = keysFromStore(sampleRing(), REGION, METER, { card: true, tariff_index: 7, radio: false }, NOON);
    const plate = readNameplate(nameplateOf(load(HOUSEHOLD), keys), plateCrc);
    assert.ok(plate !== undefined);
    const { settings, tariff } = plate;
    assert.equal(settingsFault(settings, 65_536), "");
    assert.deepEqual([settings.meter_number, settings.region], [METER, REGION]);
    assert.deepEqual([settings.pulse_litres, settings.pulse_pulses, settings.q3_l_h], [1, 10, 4000]);
    assert.deepEqual([settings.friendly_from_minute, settings.friendly_to_minute], [18 * 60, 8 * 60]);
    assert.deepEqual(settings.holidays, [20_812, 20_819]);
    assert.equal(settings.transport_key, keys.transport?.key.buffer().toString("hex").toUpperCase());
    assert.equal(settings.tokens.key, keys.token?.key.buffer().toString("hex"));
    assert.equal(settings.tokens.first_tid, tidAt(2014, new Date("2026-11-22T00:00:00Z")));
    assert.deepEqual(tariff, {
      id: 12,
      start_utc_s: 0,
      standing_milli: 500,
      limits_l: [5000, NO_LIMIT_L],
      prices_milli: [120_000, 240_000],
    });
  });

  it("gives a board without a card reader no transport key, and a meter without tokens no decoder key", () => {
    const keys = keysFromStore(
      sampleRing(),
      REGION,
      METER,
      { card: false, tariff_index: undefined, radio: false },
      NOON,
    );
    const plate = readNameplate(nameplateOf(load({ tariff: HOUSEHOLD.tariff }), keys), plateCrc);
    assert.deepEqual([plate?.settings.transport_key, plate?.settings.tokens.key], ["", ""]);
  });
});

describe("radio of a commissioning", () => {
  const folder = temporaryFolder();
  const radio = { interval_s: 900, group: 3, listen: { at: "02:10", seconds: 600 }, mode: "T" };

  function loaded(): ReturnType<typeof loadSettings> {
    const file = folder.file("radio.json");
    fs.writeFileSync(file, JSON.stringify({ tariff: HOUSEHOLD.tariff, meter: { ...HOUSEHOLD.meter, radio } }));
    return loadSettings(file);
  }

  async function signingRing(): Promise<KeyRing> {
    const [tariffs, updates] = await Promise.all([1, 2].map(() => makeKey({ tree_type: 10, ots_type: 8 })));
    const signing = withSigning([], REGION, tariffs, LATER);
    return new KeyRing(sampleRing().keys, withSigning(signing, REGION, updates, LATER, "update"));
  }

  const needs = { card: true, tariff_index: 7, radio: true };

  function partOf(text: string) {
    const plate = readRadioPlate(readNameplate(text, plateCrc)?.radio ?? "");
    assert.ok(plate !== undefined, "the firmware reads it");
    assert.equal(radioSettingsFault(plate.station), "");
    return plate;
  }

  it("has the meter's derived key and the region's public keys, as the firmware takes them", async () => {
    const ring = await signingRing();
    const keys = keysFromStore(ring, REGION, METER, needs, NOON);
    const { station, update_key, update_key_revision, modem } = partOf(nameplateOf(loaded(), keys));
    assert.equal(
      station.master_key,
      radioMasterKey(ring.current(REGION, "radio"), METER).buffer().toString("hex").toUpperCase(),
    );
    const board = boardKeysOf(ring, REGION, METER);
    assert.deepEqual(
      [station.region_key, station.region_key_revision, update_key, update_key_revision],
      [board.signing?.public_key.toUpperCase(), 1, board.update?.public_key.toUpperCase(), 1],
    );
    assert.deepEqual(
      [station.interval_s, station.group, station.listen_minute, station.listen_s, modem],
      [900, 3, 130, 600, { wmbus: { mode: "T" }, lorawan: undefined, bg96: undefined }],
    );
    assert.equal(keyDigests(keys).length, 2, "decoder key and radio key are this meter's alone");
  });

  it("has the same keys from an export, whose next public keys come along", async () => {
    const ring = await signingRing();
    const [next] = await Promise.all([makeKey({ tree_type: 10, ots_type: 8 })]);
    const next_key = next.public_key.toString("hex");
    const order = { ti: "07" };
    const board = boardKeysOf(ring, REGION, METER, {}, order, { signing: next_key, update: next_key });
    const plate = partOf(nameplateOf(loaded(), keysFromExport(board, REGION, METER, needs)));
    const own = partOf(nameplateOf(loaded(), keysFromStore(ring, REGION, METER, needs, NOON)));
    assert.equal(plate.station.region_key_next, next_key.toUpperCase());
    assert.equal(plate.update_key_next, next_key.toUpperCase());
    assert.deepEqual({ ...plate.station, region_key_next: "" }, own.station);
  });

  it("takes no signed message and no update where the region signs none, and a group of the meter's own", () => {
    const keys = keysFromStore(sampleRing(), REGION, METER, needs, NOON);
    const { station, update_key } = partOf(nameplateOf(loaded(), keys, 9));
    assert.deepEqual([station.region_key, update_key, station.group], ["", "", 9]);
  });

  it("is none for a meter whose settings have none", () => {
    const keys = keysFromStore(sampleRing(), REGION, METER, { ...needs, radio: false }, NOON);
    assert.equal(keys.radio, undefined);
    assert.equal(readNameplate(nameplateOf(loaded(), keys), plateCrc)?.radio, "");
  });

  it("is refused for a board without a radio, or with a modem that cannot be set up here", () => {
    const wanted = RADIO_OF_FILE.parse(radio);
    checkRadio(readBoard("espruino-esp32"), wanted, "x.json");
    checkRadio(readBoard("espruino-wifi"), undefined, "x.json");
    const refused = (board: string) => () => checkRadio(readBoard(board), wanted, "x.json");
    const esp32 = readBoard("espruino-esp32");
    const modem_of_none = { ...esp32, parts: { ...esp32.parts, radio: "none" as const } };
    assert.throws(refused("espruino-wifi"), /^Error: x\.json: meter\.radio: espruino-wifi has no radio/);
    assert.throws(
      refused("espruino-rak5010"),
      /the modem of espruino-rak5010 has to know network and broker \(add "mobile/,
    );
    assert.throws(
      () => checkRadio(modem_of_none, wanted, "x.json"),
      /x\.json: meter\.radio: the modem of espruino-esp32 cannot be set up/,
    );
  });
});

describe("list of a batch", () => {
  const parse = (text: string, port?: string) => parsePlan(text, "x.csv", port, (one) => one.startsWith("tcp://"));

  it("names a meter and a port a row, in any order of columns, with CR or not", async () => {
    const text = `port,meter\r\ntcp://a:1,${METER}\r\n,600727000000000017\r\n`;
    assert.deepEqual(await parse(text, "tcp://b:2"), [
      { meter: METER, port: "tcp://a:1" },
      { meter: "600727000000000017", port: "tcp://b:2" },
    ]);
  });

  it("may name the group of a meter's radio", async () => {
    assert.deepEqual(await parse(`meter,port,group\n${METER},tcp://a:1,65535\n600727000000000017,tcp://a:2,\n`), [
      { meter: METER, port: "tcp://a:1", group: 65_535 },
      { meter: "600727000000000017", port: "tcp://a:2" },
    ]);
  });

  const bad: [string, string, RegExp][] = [
    ["a group that is none", `meter,port,group\n${METER},tcp://a:1,65536\n`, /:2: group "65536" is none/],
    ["a group of letters", `meter,port,group\n${METER},tcp://a:1,all\n`, /:2: group "all" is none/],
    ["nothing", "meter,port\n", /no meter stands in it/],
    ["a number without its check digit", "meter\n600727000000000008\n", /:2: meter "600727000000000008" is none/],
    [
      "a number twice",
      `meter,port\n${METER},tcp://a:1\n${METER},tcp://a:2\n`,
      /:3: meter 600727000000000009 stands here twice/,
    ],
    ["a column that nobody knows", `meter,colour\n${METER},red\n`, /:2: "colour" is no column/],
    ["a column twice", `meter,port,meter\n${METER},tcp://a:1,${METER}\n`, /: the column "meter" stands there twice/],
    ["a port that is none", `meter,port\n${METER},http://x\n`, /:2: port "http:\/\/x" is none/],
    ["no port at all", `meter\n${METER}\n`, /:2: no port stands here/],
    ["rows of other lengths", `meter,port\n${METER}\n`, /x\.csv: /],
  ];
  for (const [what, text, message] of bad) {
    it(`with ${what} is refused before any meter is given`, async () => {
      await assert.rejects(
        parse(text),
        (error: Error) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"),
      );
    });
  }
});
