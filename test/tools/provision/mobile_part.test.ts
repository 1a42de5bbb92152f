/** A BG96 in a settings file: what its modem is told, and passwords that stay in their file and on the nameplate. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { readNameplate } from "../../../firmware/nameplate";
import { bg96SettingsFault } from "../../../firmware/modem/bg96_commands";
import { readRadioPlate } from "../../../firmware/radio_plate";
import { UserError } from "../../../sim/scenario/user_error";
import { readBoard } from "../../../tools/build/board_file";
import { KeyError } from "../../../tools/keys/key_error";
import { keysFromStore } from "../../../tools/provision/meter_keys";
import { authorityOf, modemTrustOf, readPasswords } from "../../../tools/provision/mobile_part";
import { ProvisionError } from "../../../tools/provision/provision_error";
import { checkRadio } from "../../../tools/provision/radio_part";
import { loadSettings, nameplateOf, plateCrc } from "../../../tools/provision/settings_file";
import { METER, NOON, REGION, sampleRing, temporaryFolder } from "../keys/samples";
import { RENEWED, UTILITY } from "./authorities";
import { HOUSEHOLD } from "./desk";

const ID = METER.slice(-8);

describe("a BG96 in a settings file", () => {
  const folder = temporaryFolder();
  const keys = keysFromStore(sampleRing(), REGION, METER, { card: true, tariff_index: 7, radio: true }, NOON);

  function load(mobile: object) {
    const file = folder.file("mobile.json");
    const meter = { ...HOUSEHOLD.meter, radio: { interval_s: 900, mobile } };
    fs.writeFileSync(file, JSON.stringify({ tariff: HOUSEHOLD.tariff, meter }));
    return loadSettings(file);
  }

  function passwords(text: string, mode = 0o600): string {
    const file = folder.file("broker.passwords");
    fs.rmSync(file, { force: true });
    fs.writeFileSync(file, text, { mode });
    return file;
  }

  const told = (mobile: object) => {
    const plate = readRadioPlate(readNameplate(nameplateOf(load(mobile), keys), plateCrc)?.radio ?? "");
    assert.deepEqual([plate?.modem.wmbus, plate?.modem.lorawan], [undefined, undefined]);
    const { bg96 } = plate?.modem ?? {};
    assert.ok(bg96 !== undefined, "the firmware reads it");
    assert.equal(bg96SettingsFault(bg96), "");
    return bg96;
  };

  it("has topics, client and user of the meter's own, and its password out of the file beside the settings", () => {
    // An editor of Windows begins a file with a byte order mark.
    passwords(`\ufeffmeters:at the door\n\n${ID}:its own: with a colon\n00000000:another's\n`);
    const mobile = {
      ...{ apn: "iot.example", apn_authentication: "chap", apn_user: "meters", network: "lte_m" },
      ...{ host: "broker.example", passwords_file: "broker.passwords", psm_period_s: 86_400, psm_active_s: 60 },
    };
    assert.deepEqual(told(mobile), {
      apn: "iot.example",
      apn_authentication: "chap",
      apn_user: "meters",
      apn_password: "at the door",
      network: "lte_m",
      host: "broker.example",
      port: 8883,
      tls: true,
      ca_file: "cacert.pem",
      client_id: `curbstop-${ID}`,
      user: ID,
      password: "its own: with a colon",
      up_topic: `curbstop/meter/${ID}/up`,
      down_topic: `curbstop/meter/${ID}/down`,
      broadcast_topic: "curbstop/meters/down",
      keepalive_s: 1200,
      edrx_s: 0,
      psm_period_s: 86_400,
      psm_active_s: 60,
      watch_ms: 600_000,
    });
    assert.equal(told({ ...mobile, user: "meters" }).password, "at the door");
  });

  it("asks for no password where the broker asks nobody, and names no certificate without TLS", () => {
    const { user, password, ca_file, port } = told({ host: "10.0.0.1", port: 1883, tls: false });
    assert.deepEqual([user, password, ca_file, port], ["", "", "", 1883]);
  });

  it("names the file of the module's authority, and knows its certificate where the settings have it", () => {
    assert.equal(authorityOf(load({ host: "b", tls: false }).meter.radio?.mobile, NOON), undefined);
    const by_others = authorityOf(load({ host: "b" }).meter.radio?.mobile, NOON);
    assert.deepEqual(by_others, { name: "cacert.pem", certificate: undefined, next: undefined });
    assert.equal(modemTrustOf(by_others), undefined);
    fs.writeFileSync(folder.file("ca.pem"), UTILITY);
    const ours = load({ host: "b", ca_file: "utility.pem", ca_certificate: "ca.pem" }).meter.radio?.mobile;
    const alone = { name: "utility.pem", text: UTILITY, other_text: UTILITY };
    assert.deepEqual(modemTrustOf(authorityOf(ours, NOON)), alone);
    fs.writeFileSync(folder.file("next.pem"), RENEWED);
    const changing = { host: "b", ca_file: "utility.pem", ca_certificate: "ca.pem", ca_certificate_next: "next.pem" };
    const both = authorityOf(load(changing).meter.radio?.mobile, NOON);
    assert.deepEqual(modemTrustOf(both), { ...alone, other_text: RENEWED });
    assert.deepEqual(told(changing), told({ host: "b", ca_file: "utility.pem" }), "its nameplate stays as it is");
    assert.equal(
      told({ host: "b", ca_certificate: "ca.pem" }).ca_file,
      "cacert.pem",
      "the firmware gets its name alone",
    );
  });

  it("is refused for a meter whose user has no password, without a word of the others'", () => {
    const file = passwords("other:water\n");
    const refused = (mobile: object, message: RegExp) => {
      assert.throws(
        () => nameplateOf(load({ host: "broker.example", ...mobile }), keys),
        (error: Error) => {
          assert.ok(error instanceof ProvisionError);
          assert.match(error.message, message);
          return !error.message.includes("water") && !error.message.includes("\n");
        },
      );
    };
    refused({ passwords_file: file }, new RegExp(`the password of user ${ID} is not there.*broker\\.passwords`));
    refused({ user: "one" }, /the password of user one is not there \(looked for in nowhere/);
  });

  const bad: [string, object, RegExp][] = [
    ["a quote in the broker's name", { host: 'a"b' }, /radio\.mobile\.host: must be of ASCII/],
    ["no broker", {}, /radio\.mobile\.host: is missing/],
    ["a password", { host: "b", password: "water" }, /radio\.mobile\.password: is not a field/],
    [
      "power saving without an active time",
      { host: "b", psm_period_s: 60 },
      /mobile\.psm_period_s: must stand together with psm_act/,
    ],
    [
      "an APN that asks nobody in particular",
      { host: "b", apn_authentication: "pap" },
      /mobile\.apn_authentication: must stand together/,
    ],
    [
      "an authority and no TLS",
      { host: "b", tls: false, ca_certificate: "ca.pem" },
      /mobile\.ca_certificate: must not stand where there is no TLS/,
    ],
    [
      "a next authority and no present one",
      { host: "b", ca_certificate_next: "ca.pem" },
      /mobile\.ca_certificate_next: must stand together with ca_certificate/,
    ],
    [
      "all files of the module for one",
      { host: "b", ca_file: "*", ca_certificate: "ca.pem" },
      /mobile\.ca_file: must have letters, digits, dots and dashes only/,
    ],
    ["a user with a colon", { host: "b", user: "a:b" }, /radio\.mobile\.user: must have no colon/],
    ["an eDRX cycle that there is not", { host: "b", edrx_s: 5 }, /radio\.mobile\.edrx_s: /],
  ];
  for (const [what, mobile, message] of bad) {
    it(`with ${what} is refused in one line`, () => {
      assert.throws(
        () => load(mobile),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          return !error.message.includes("\n");
        },
      );
    });
  }

  it("belongs to a board with a BG96, or a modem in its module, which has to have it", () => {
    const radio = load({ host: "broker.example" }).meter.radio;
    checkRadio(readBoard("espruino-rak5010"), radio, "x.json");
    checkRadio(readBoard("lua-luatos"), radio, "x.json");
    const without = radio === undefined ? undefined : { ...radio, mobile: undefined };
    assert.throws(
      () => checkRadio(readBoard("lua-luatos"), without, "x.json"),
      /x\.json: meter\.radio: the modem of lua-luatos has to know network and broker \(add "mobile"/,
    );
    assert.throws(
      () => checkRadio(readBoard("espruino-esp32"), radio, "x.json"),
      /esp32 knows no broker \(leave out "mob/,
    );
  });

  it("with power saving is refused for a modem in a module, which has none", () => {
    for (const saving of [{ edrx_s: 82 }, { psm_period_s: 86_400, psm_active_s: 60 }]) {
      const radio = load({ host: "broker.example", ...saving }).meter.radio;
      checkRadio(readBoard("espruino-rak5010"), radio, "x.json");
      assert.throws(
        () => checkRadio(readBoard("lua-luatos"), radio, "x.json"),
        /^Error: x\.json: meter\.radio\.mobile: the modem of lua-luatos has no power saving \(leave out edrx_s/,
      );
    }
  });

  it("a file of passwords that is missing is told before the first meter", () => {
    const radio = load({ host: "broker.example", passwords_file: "nothing.here" }).meter.radio;
    const missing = path.join(folder.path, "nothing.here");
    assert.throws(
      () => checkRadio(readBoard("espruino-rak5010"), radio, "x.json"),
      (error: Error) => error instanceof KeyError && error.message.startsWith(`${missing}: there is no such file`),
    );
  });

  const wrong: [string, string, RegExp][] = [
    ["a line without a user", "a:water\nwater\n", /passwords:2: there is no user/],
    ["an empty user", ":water\n", /passwords:1: there is no user/],
    ["a hash", "a:$7$101$c2FsdA==$aGFzaA==\n", /passwords:1: the password is a hash/],
    ["no password", "a:\n", /passwords:1: a password has 1 to 64/],
    ["a password with a quote", 'a:wa"ter\n', /passwords:1: a password has 1 to 64/],
    ["a password that is too long", `a:${"water".repeat(13)}\n`, /passwords:1: a password has 1 to 64/],
    ["a user twice", "a:water\na:well\n", /passwords:2: this user stands here twice/],
  ];
  for (const [what, text, message] of wrong) {
    it(`a file of passwords with ${what} is refused by its line, which is not shown`, () => {
      assert.throws(
        () => readPasswords(passwords(text)),
        (error: Error) =>
          error instanceof KeyError && message.test(error.message) && !/water|aGFzaA/.test(error.message),
      );
    });
  }

  it("a file of passwords that others can read is refused", function () {
    if (process.platform === "win32") this.skip();
    assert.throws(
      () => readPasswords(passwords("a:water\n", 0o644)),
      (error: Error) => error instanceof KeyError && error.code === "too_open",
    );
  });
});
