import assert from "node:assert/strict";
import fs from "node:fs";
import { blankRadioPlate, keylessRadioPlate, radioPlateBytes } from "../../../firmware/radio_plate";
import { UserError } from "../../../sim/scenario/user_error";
import { Secret } from "../../../tools/keys/secret";
import { analysisText } from "../../../tools/service/analysis";
import {
  bundleText,
  checkBundleFile,
  KEY_FIELDS,
  parseBundle,
  readBundle,
  writeBundle,
} from "../../../tools/service/support_bundle";
import { HOURS_FULL_BYTES } from "../../../firmware/history";
import { takeCredit } from "../../../firmware/requests";
import { HOUR_MS, running } from "../../firmware/rig";
import { settings, tariff } from "../../firmware/samples";
import { assertNoSecret, temporaryFolder } from "../keys/samples";
import { gather } from "../../../tools/service/collect";
import { contentOf, lineOf } from "./meter_line";

const KEYS = [
  "00112233445566778899AABBCCDDEEFF",
  "F0E1D2C3B4A5968778695A4B3C2D1E0F",
  "C0FFEE00DDBEEF11C0FFEE22DDBEEF33",
];

/** A meter with every key there is in its settings. */
function keyedRig() {
  const given = settings({ transport_key: KEYS[0] });
  given.tokens = { ...given.tokens, key: KEYS[1], paygo_key: KEYS[2] };
  return running({ opening_milli: 500_000, settings: given, tariff: tariff({ id: 9 }) });
}

describe("support bundle", () => {
  const folder = temporaryFolder();

  it("holds what the meter says of itself, its whole log, hours, months and settings", async () => {
    const rig = keyedRig().litres(40, 600);
    for (let times = 0; times < 30; times++) rig.step("lock 1", "lock 0");
    rig.litres(3, 60).pass(5 * HOUR_MS);
    const content = await contentOf(rig, "espruino-rak5010");
    const read = parseBundle(bundleText(content), "x");
    assert.deepEqual(read, { format: "curbstop support bundle", version: 1, ...content });
    assert.equal(read.identity.meter, settings().meter_number);
    const { volume_l } = rig.meter.register;
    assert.ok(volume_l > 40);
    assert.equal(read.readings.volume_l, volume_l);
    assert.deepEqual(
      read.events.map(({ sequence }) => sequence),
      Array.from({ length: rig.meter.log.count }, (_, index) => index + 1),
    );
    assert.equal(
      read.hours.flatMap(({ litres }) => litres).reduce((sum, one) => sum + one, 0),
      volume_l,
    );
    assert.equal(read.settings?.["q3_l_h"], 2500);
    assert.equal(read.prices?.["id"], 9);
    assert.deepEqual(read.missing, []);
  });

  it("counts no hour twice that was archived before a change which could not be stored, and was undone", async () => {
    const rig = running({ opening_milli: 5_000_000 });
    const { meter } = rig;
    const { nvm } = meter.hal;
    const ring_end = (meter.keeper.journal?.layout.events_first ?? 0) * nvm.geometry.sector_bytes;
    while (meter.history.hours.length < HOURS_FULL_BYTES) {
      rig.step("lock 1", "lock 0").litres(2).pass(HOUR_MS);
      assert.equal(meter.keeper.storage, "ok");
    }
    const program = nvm.program.bind(nvm);
    nvm.program = (address, bytes) => (address < ring_end ? "low_power" : program(address, bytes));
    assert.equal(takeCredit(meter, { sequence: 9, amount_milli: 5 }), "not_stored");
    nvm.program = program;
    assert.equal(takeCredit(meter, { sequence: 9, amount_milli: 5 }), "accepted");
    for (let day = 0; day < 2; day++) {
      const { hours, readings } = await contentOf(rig);
      const starts = hours.map(({ from_utc_s }) => from_utc_s);
      assert.deepEqual(starts, [...new Set(starts)].sort());
      const used_l = hours.flatMap(({ litres }) => litres).reduce((sum, one) => sum + one, 0);
      assert.equal(used_l, readings.volume_l);
      rig.pass(24 * HOUR_MS);
    }
  });

  it("has no key of the meter's, in any spelling", async () => {
    const text = bundleText(await contentOf(keyedRig()));
    assertNoSecret(
      text,
      KEYS.map((key) => new Secret(Buffer.from(key, "hex"))),
    );
    for (const name of KEY_FIELDS) assert.ok(!text.includes(`"${name}"`), name);
  });

  it("tells when a radio sends and hears, and nothing of its keys", async () => {
    const rig = keyedRig();
    const plate = blankRadioPlate();
    plate.station = { ...plate.station, interval_s: 900, group: 3, listen_minute: 130, listen_s: 600 };
    plate.station.master_key = KEYS[0];
    rig.meter.annex.settings_part = keylessRadioPlate(radioPlateBytes({ ...plate, update_key: KEYS[1] }));
    const content = await contentOf(rig);
    assert.deepEqual(content.settings?.["radio"], { interval_s: 900, group: 3, listen_minute: 130, listen_s: 600 });
    assertNoSecret(
      bundleText(content),
      KEYS.map((key) => new Secret(Buffer.from(key, "hex"))),
    );
  });

  it("is never written with a field of a key, nor read", async () => {
    const content = await contentOf(keyedRig());
    for (const name of KEY_FIELDS) {
      const leaking = { ...content, settings: { tokens: { [name]: "" } } };
      assert.throws(() => bundleText(leaking), /never holds a key/);
    }
    const text = bundleText(content).replace('"tokens": {', '"tokens": {"key": "00",');
    assert.throws(() => parseBundle(text, "x"), /x: the file: a support bundle never holds a key/);
  });

  it("is not made of answers that a noisy line has spoilt", async () => {
    const rig = keyedRig()
      .litres(3, 60)
      .pass(2 * HOUR_MS);
    const spoil = (request: string, from: RegExp, to: string) => {
      const line = lineOf(rig);
      const ask: typeof line.ask = async (asked, argument) => {
        const answer = await line.ask(asked, argument);
        return asked === request ? answer?.replace(from, to) : answer;
      };
      return gather({ ask }, null, 0, () => undefined);
    };
    const spoilt: [string, RegExp, string][] = [
      ["read", /volume_l=\d+/, "volume_l="],
      ["read", /balance_milli=\d+/, "balance_milli=1e9"],
      ["log", /code=\w+/, "code=B~D"],
      ["hours", /hours=\d+/, "hours=x"],
      ["selftest", /crypto=1/, "crypto=7"],
    ];
    for (const [request, from, to] of spoilt)
      await assert.rejects(
        spoil(request, from, to),
        /^Error: the meter's (answer|numbers)[^\n]* not to be read: [^\n]+$/,
        to,
      );
  });

  it("says which events the meter no longer has", async () => {
    const rig = keyedRig();
    for (let times = 0; times < 400; times++) rig.step("lock 1", "lock 0");
    const content = await contentOf(rig);
    const [first] = content.events;
    assert.ok(first.sequence > 1);
    assert.deepEqual(content.missing, [`events 1 to ${first.sequence - 1}: the meter no longer has them`]);
    assert.equal(content.events.at(-1)?.sequence, rig.meter.log.count);
  });

  it("is written for its owner alone, and over no other file", async () => {
    const file = folder.file("bundle.json");
    const content = await contentOf(keyedRig());
    writeBundle(file, content);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.equal(readBundle(file).identity.meter, settings().meter_number);
    assert.throws(() => writeBundle(file, content), /there is such a file already, and it is kept/);
  });

  it("leaves no part of a file on a full disk, so that the same name can be taken again", async () => {
    const file = folder.file("full.json");
    const content = await contentOf(keyedRig());
    const forced = fs.fsyncSync;
    try {
      fs.fsyncSync = () => {
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      };
      assert.throws(() => writeBundle(file, content), /full\.json: cannot be written \(ENOSPC; make room/);
    } finally {
      fs.fsyncSync = forced;
    }
    assert.ok(!fs.existsSync(file));
    writeBundle(file, content);
    assert.equal(readBundle(file).identity.meter, settings().meter_number);
  });

  it("finds a name that is taken, or a folder that is not there, before a meter is asked", () => {
    const file = folder.file("taken.json");
    checkBundleFile(file);
    fs.writeFileSync(file, "");
    assert.throws(() => checkBundleFile(file), /there is such a file already, and it is kept/);
    assert.throws(() => checkBundleFile(folder.file("none/x.json")), /x\.json: cannot be written \(ENOENT; /);
  });

  it("is not made of answers that fit no bundle, which is said in one line", async () => {
    const content = await contentOf(keyedRig());
    const odd = { ...content, hours: [{ from_utc_s: 3600, litres: [-1] }] };
    assert.throws(() => bundleText(odd), {
      message: /^the meter's answers make no support bundle: hours\.0\.litres\.0: [^\n]+ \(ask again\)$/,
      exit_code: 1,
    });
  });

  it("is explained, or refused, whatever time or name somebody has written into it", async () => {
    const text = bundleText(await contentOf(keyedRig()));
    const strange = text.replace(/"made_utc_s": \d+/, '"made_utc_s": 9007199254740991');
    assert.notEqual(strange, text);
    assert.match(analysisText(parseBundle(strange, "x")), /written no such time/);
    const naming = text.replace('"missing"', '"\\u001b[2J": 1, "missing"');
    assert.throws(() => parseBundle(naming, "x"), { message: /^x: [ -~]+$/ });
    const nested = text.replace('"storage": {', '"storage": {"\\u001b[2J": 1, ');
    assert.throws(() => parseBundle(nested, "x"), { message: /^x: [ -~]+$/ });
  });

  it("is refused in one line when it is none, of another version, or spoilt", async () => {
    const text = bundleText(await contentOf(keyedRig()));
    const bad: [string, RegExp][] = [
      ["", /this is no JSON/],
      ["null", /this is no support bundle/],
      ['{"format":"curbstop certificate"}', /this is no support bundle/],
      [text.replace('"version": 1', '"version": 2'), /another version \(this program reads 1: update it\)/],
      [text.replace('"made_by": "monitor"', '"made_by": "nobody"'), /x: made_by: /],
      [text.replace('"code": "boot"', '"code": "b\\u001b[2J"'), /x: events\.0\.code: /],
      [text.replace('"board": null', '"board": "\\u001b[2J"'), /x: board: must be plain text/],
      [text.replace('"flow": "none"', '"flow": "\\u001b[2J"'), /x: self_test\.flow: /],
      [text.replace('"volume_l": 0', '"volume_l": null'), /x: readings\.volume_l: /],
      [text.replace('"missing"', '"more": 1, "missing"'), /Unrecognized key: "more"/],
    ];
    for (const [spoilt, message] of bad) {
      assert.throws(
        () => parseBundle(spoilt, "x"),
        (error: Error) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"),
        String(message),
      );
    }
    assert.throws(() => readBundle(folder.file("none.json")), /there is no such file/);
  });
});
